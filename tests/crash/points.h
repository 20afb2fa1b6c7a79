// Points: a collection of vectors large enough to be linked, whose transactions are drawn from a seed, a child that writes
// them until it is killed, and what must then be there.
#pragma once

#include <chrono>
#include <functional>
#include <random>
#include <set>
#include <string>

#include "quire/database.h"

namespace quire::crash {

// Points that come and go: equal seeds give equal transactions. Point n has the id "n" and the vector of n.
class Points {
 public:
  explicit Points(uint64_t seed) : random_(seed) {}

  // Carries out the next transaction. Its number is an attribute of one more chunk (CountDone).
  Status Execute(Database& database);
  void SkipTo(uint64_t done);
  uint64_t done() const { return done_; }
  const std::set<uint64_t>& live() const { return live_; }

 private:
  Status Next(Transaction* transaction);  // null: only counts

  std::mt19937_64 random_;
  std::set<uint64_t> live_;
  uint64_t next_ = 0, done_ = 0;
};

// Makes the collection "points" if it is not there.
Status CreatePoints(Database& database);

// When a child dies: a little after a running job of `kind` came as far as `progress`, or, without a kind, from outside.
struct Kill {
  std::string kind{};
  double progress = 0;
  std::chrono::microseconds after{0};
};

// Runs the child `name` over the database `path`, which holds `done` transactions of `seed`, until it was killed. Gives how
// many more were acknowledged.
uint64_t RunChild(const std::string& name, const std::string& path, uint64_t seed, uint64_t done, Sync sync, const Kill& kill);
// What a child does: writes points until it is killed, as RunChild told it, and calls `between` after each transaction.
void WritePoints(const std::function<Status(Database& database, uint64_t done)>& between);

void CheckOk(const Status& status);
// Answers have as many hits as there can be, in the order of true distances; most are the right ones.
void CheckSearches(const Database& database, uint64_t seed);
// The ids of all points.
std::set<uint64_t> Ids(const Reader& reader);
// How many transactions are there.
uint64_t CountDone(const Reader& reader);
void CheckIsClean(const Database& database);

}  // namespace quire::crash
