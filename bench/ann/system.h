// System: what is measured, Quire or a rival, behind one door.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/ann/vectors.h"
#include "quire/status.h"

namespace quire::bench {

struct BuildFigures {
  double seconds = 0;         // from the first vector until searches are as good as they will be
  double commit_seconds = 0;  // until the last vector is in, if work in the background follows; else 0
};

struct ChurnFigures {
  double delete_seconds = 0;
  double insert_seconds = 0;
  double idle_seconds = 0;  // after the last insert, until work in the background is done
};

// One system over one Problem. Its life: Build, Open, searches, Close; Open again; and so on. What it keeps lies in a
// folder of its own, made by the caller. Only Search may be called from several threads at once.
class System {
 public:
  virtual ~System() = default;

  virtual std::string name() const = 0;
  virtual std::string settings() const = 0;        // for people: parameters, version, instruction level
  virtual std::string note() const { return {}; }  // a warning that belongs under the figures; usually none
  // The points of its sweep, from fast to exact.
  virtual std::vector<std::string> points() const = 0;

  // Builds everything from the problem's base, on problem.build_threads threads, and leaves it on disk, closed.
  virtual Result<BuildFigures> Build() = 0;
  virtual Status Open() = 0;
  virtual void Close() = 0;
  // After the first Search: until searches are as fast as they will be, where that takes work in the background.
  virtual Status WaitUntilWarm() { return {}; }

  // REQUIRES for what follows: open.
  virtual void SetPoint(size_t point) = 0;
  // Called by each thread before its first Search.
  virtual void EnterThread() {}
  // The vectors nearest to a query as it stands in problem.queries, by the system's own numbers: whatever has to be done
  // to the query is part of the search.
  virtual Status Search(const float* query, uint32_t k, std::vector<uint32_t>* found) = 0;
  // Turns the system's numbers into rows of the base. Not timed: a program would keep the numbers.
  virtual Status ToRows(std::vector<uint32_t>* /*found*/) { return {}; }

  // A search among the rows whose BucketOf is below `bucket`.
  virtual bool has_filters() const { return false; }
  virtual Status SearchBelow(uint32_t bucket, const float* query, uint32_t k, std::vector<uint32_t>* found);

  // Deletes these rows and inserts them again, in turns, on one thread.
  virtual bool has_churn() const { return false; }
  virtual Result<ChurnFigures> Churn(const std::vector<uint32_t>& rows);
};

// The systems that were compiled in, Quire first. Each borrows the problem.
std::vector<std::string> SystemNames();
// Errors: kNotFound naming those there are.
Result<std::unique_ptr<System>> MakeSystem(const std::string& name, const Problem& problem);

std::unique_ptr<System> MakeQuire(const Problem& problem);
std::unique_ptr<System> MakeHnswlib(const Problem& problem);
std::unique_ptr<System> MakeFaissHnsw(const Problem& problem);
std::unique_ptr<System> MakeFaissIvfFlat(const Problem& problem);
std::unique_ptr<System> MakeFaissIvfPqFastScan(const Problem& problem);
std::unique_ptr<System> MakeFaissFlat(const Problem& problem);

}  // namespace quire::bench
