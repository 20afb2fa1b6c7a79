#include "bench/readers.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/ann/workplace.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kDocs = "docs";
constexpr int kChunksOfDocument = 20;

std::string Word(std::mt19937_64* random) {
  const double share = std::generate_canonical<double, 53>(*random);
  return "word" + std::to_string(static_cast<uint64_t>(share * share * share * 20'000));
}

std::string Words(size_t count, std::mt19937_64* random) {
  std::string words;
  for (size_t i = 0; i < count; ++i) words += (i == 0 ? "" : " ") + Word(random);
  return words;
}

Status PutDocument(Database& database, uint64_t number, std::mt19937_64* random) {
  std::vector<Chunk> chunks(kChunksOfDocument);
  for (Chunk& chunk : chunks) chunk.text = Words(60, random);
  const auto transaction = database.Begin();
  QUIRE_RETURN_IF_ERROR(transaction->PutDocument(kDocs, {.uri = std::to_string(number)}, std::move(chunks)).status());
  return transaction->Commit();
}

// What was measured in one kind of part: milliseconds of each search, sorted when all is over.
struct Part {
  std::vector<double> times{};
  double wall = 0, processor = 0;  // seconds, of the reading thread
  uint64_t commits = 0, turns = 0;
};

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class ReadersBench {
 public:
  explicit ReadersBench(const ReadersBenchOptions& options) : options_(options) {}

  Status Run() {
    QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make());
    Options options;
    options.sync = Sync::kNormal;
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(workplace.path() + "/db", options));
    QUIRE_RETURN_IF_ERROR(database_->CreateCollection({.name = kDocs, .embedder = "hashed"}));
    documents_ = std::max<uint64_t>(1, options_.chunks / kChunksOfDocument);
    std::mt19937_64 random(1);
    for (uint64_t i = 0; i < documents_; ++i) QUIRE_RETURN_IF_ERROR(PutDocument(*database_, i, &random));
    QUIRE_RETURN_IF_ERROR(database_->Vacuum(kDocs));
    for (uint64_t round = 0; round < options_.rounds; ++round) {
      QUIRE_RETURN_IF_ERROR(Measure("alone", round, {}));
      QUIRE_RETURN_IF_ERROR(Measure("beside a writer", round, {[this](Part* part) { return Write(part); }}));
      QUIRE_RETURN_IF_ERROR(Measure("beside merges and builds", round, {[this](Part* part) { return Maintain(part); }}));
      QUIRE_RETURN_IF_ERROR(Measure("beside both", round, {[this](Part* part) { return Write(part); }, [this](Part* part) { return Maintain(part); }}));
    }
    Print();
    return {};
  }

 private:
  using Other = std::function<Status(Part*)>;

  Status Measure(const std::string& name, uint64_t round, const std::vector<Other>& others) {
    Part* part = &parts_[name];
    stop_ = false;
    std::vector<Status> statuses(others.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < others.size(); ++i) threads.emplace_back([&, i] { statuses[i] = others[i](part); });
    Status status = Read(part, round);
    stop_ = true;
    for (std::thread& thread : threads) thread.join();
    for (Status& other : statuses) {
      if (status.ok()) status = std::move(other);
    }
    if (status.ok()) status = database_->Vacuum(kDocs);  // jobs are no part of what comes next
    return status;
  }

  // One search in three each: meaning and words, words alone, meaning among some documents. What is found is read.
  Status Read(Part* part, uint64_t seed) {
    std::mt19937_64 random(seed + 100);
    const double processor = ThreadSeconds();
    const auto begun = Clock::now();
    for (uint64_t i = 0; Clock::now() - begun < std::chrono::seconds(options_.seconds); ++i) {
      SearchRequest request;
      request.text = Words(i % 3 == 1 ? 1 : 5, &random);
      if (i % 3 == 1) request.mode = SearchMode::kWords;
      if (i % 3 == 2) {
        request.mode = SearchMode::kVector;
        request.filter = Filter::Compare(Filter::Op::kLess, "uri", Value::Text(std::to_string(random() % documents_)));
      }
      const auto one = Clock::now();
      const auto reader = database_->reader();
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader->Search(kDocs, request));
      for (const Hit& hit : hits) QUIRE_RETURN_IF_ERROR(reader->Get(kDocs, hit.number, {}).status());
      part->times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - one).count());
    }
    part->wall += std::chrono::duration<double>(Clock::now() - begun).count();
    part->processor += ThreadSeconds() - processor;
    return {};
  }

  // Replaces documents as fast as it can.
  Status Write(Part* part) {
    std::mt19937_64 random(part->commits + 7);
    for (; !stop_; ++part->commits) QUIRE_RETURN_IF_ERROR(PutDocument(*database_, random() % documents_, &random));
    return {};
  }

  // Builds the vector index anew and merges what there is, again and again.
  Status Maintain(Part* part) {
    for (; !stop_; ++part->turns) {
      QUIRE_RETURN_IF_ERROR(database_->StartRebuild(kDocs, {.switch_when_ready = true}));
      QUIRE_RETURN_IF_ERROR(database_->Vacuum(kDocs));
      QUIRE_RETURN_IF_ERROR(database_->DropGeneration(kDocs));
      QUIRE_RETURN_IF_ERROR(database_->Vacuum(kDocs));
    }
    return {};
  }

  void Print() {
    std::printf("%-26s %9s %8s %8s %8s %8s %10s %6s %8s %8s\n", "milliseconds", "searches", "median", "p95", "p99", "most", "p99/alone", "busy", "commits", "builds");
    double alone = 0;
    for (const char* name : {"alone", "beside a writer", "beside merges and builds", "beside both"}) {
      Part& part = parts_[name];
      if (part.times.empty()) continue;
      std::sort(part.times.begin(), part.times.end());
      const auto at = [&](double share) { return part.times[std::min(part.times.size() - 1, static_cast<size_t>(share * static_cast<double>(part.times.size())))]; };
      if (alone == 0) alone = at(0.99);
      std::printf("%-26s %9zu %8.2f %8.2f %8.2f %8.2f %10.1f %6.2f %8.0f %8llu\n", name, part.times.size(), at(0.5), at(0.95), at(0.99), part.times.back(), at(0.99) / alone,
                  part.processor / part.wall, static_cast<double>(part.commits) / part.wall, static_cast<unsigned long long>(part.turns));
    }
  }

  const ReadersBenchOptions options_;
  std::unique_ptr<Database> database_;
  uint64_t documents_ = 0;
  std::map<std::string, Part> parts_;
  std::atomic<bool> stop_{false};
};

}  // namespace

int RunReaders(const ReadersBenchOptions& options) {
  const Status status = ReadersBench(options).Run();
  if (!status.ok()) std::fprintf(stderr, "quire-bench: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace quire::bench
