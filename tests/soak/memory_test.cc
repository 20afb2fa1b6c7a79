// memory_limit: what a database takes in memory while it is loaded, linked, searched, changed, merged and opened again.
//
// A process of its own does it, over a database several times larger than it may hold, and tells after each part what memory it took at
// most (VmHWM, which the kernel keeps), beyond what it had before it opened the database.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "quire/database.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/environment.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::soak {
namespace {

using testing::ChildArgument;
using testing::ChildProcess;
using testing::NumberFromEnvironment;
using testing::TellParent;

constexpr uint32_t kDim = 384;
constexpr uint64_t kBatch = 500;  // chunks a commit
constexpr uint64_t kMiB = 1 << 20;

// What there may be beyond memory_limit: engine/doc/memory.md.
constexpr uint64_t kConstantBytes = 40 * kMiB;
constexpr uint64_t kBytesWhileWritten = 256;      // a vector that is not linked yet
constexpr uint64_t kBytesWhileBuilt = 4 * kDim;   // a vector, while links or a generation are made

struct Part {
  const char* name;
  uint64_t bytes_a_vector;
};
constexpr Part kOpen{"open", 0}, kLoad{"load", kBytesWhileWritten}, kLinks{"links and merges", kBytesWhileBuilt}, kSearches{"searches", 0},
    kChanges{"changes", kBytesWhileWritten}, kMerges{"merges again", kBytesWhileBuilt}, kGeneration{"a generation", kBytesWhileBuilt},
    kAgain{"opened again", 0};

uint64_t StatusBytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

// The most memory since the last call that is not of a file.
uint64_t TakePeak() {
  const uint64_t peak = StatusBytes("VmHWM"), of_files = StatusBytes("RssFile");
  std::ofstream("/proc/self/clear_refs") << 5;
  return peak - std::min(peak, of_files);
}

std::vector<float> VectorOf(uint64_t number) {
  std::mt19937 cluster(static_cast<uint32_t>(number % 200)), random(static_cast<uint32_t>(number));
  std::uniform_real_distribution<float> spread(-1, 1);
  std::vector<float> vector(kDim);
  for (float& value : vector) value = 1.5F * spread(cluster);
  for (float& value : vector) value += spread(random);
  return vector;
}

std::string TextOf(uint64_t number) {
  std::mt19937_64 random(number);
  std::string text = "entry" + std::to_string(number);
  for (int i = 0; i < 60; ++i) {
    const double share = std::generate_canonical<double, 53>(random);
    text += " word" + std::to_string(static_cast<uint64_t>(share * share * share * 30'000));
  }
  return text;
}

class Work {
 public:
  Work(std::string path, uint64_t limit, uint64_t chunks) : path_(std::move(path)), limit_(limit), chunks_(chunks), base_(TakePeak()) {}

  Status Run() {
    QUIRE_RETURN_IF_ERROR(Open());
    QUIRE_RETURN_IF_ERROR(database_->CreateCollection(
        {.name = "docs", .attributes = {{"number", Type::kInteger}, {"name", Type::kText}}, .embedder = "none", .dim = kDim}));
    Tell(kOpen);
    QUIRE_RETURN_IF_ERROR(Put(0, chunks_));
    Tell(kLoad);
    QUIRE_RETURN_IF_ERROR(database_->Vacuum("docs"));
    Tell(kLinks);
    QUIRE_RETURN_IF_ERROR(Search(chunks_ / 20));
    Tell(kSearches);
    salt_ = 1;
    for (uint64_t i = 0; i < chunks_ / 4; i += kBatch) QUIRE_RETURN_IF_ERROR(Put(i * 4, i * 4 + kBatch));
    QUIRE_RETURN_IF_ERROR(Search(chunks_ / 100));
    Tell(kChanges);
    QUIRE_RETURN_IF_ERROR(database_->Vacuum("docs"));
    Tell(kMerges);
    QUIRE_RETURN_IF_ERROR(database_->StartRebuild("docs", {.switch_when_ready = true}));
    QUIRE_RETURN_IF_ERROR(database_->RunJobs());
    QUIRE_RETURN_IF_ERROR(database_->DropGeneration("docs"));
    QUIRE_RETURN_IF_ERROR(database_->RunJobs());
    Tell(kGeneration);
    database_.reset();
    QUIRE_RETURN_IF_ERROR(Open());
    QUIRE_RETURN_IF_ERROR(Search(chunks_ / 20));
    Tell(kAgain);
    return {};
  }

 private:
  Status Open() {
    Options options;
    options.sync = Sync::kOff;
    options.memory_limit_bytes = limit_;
    options.background_threads = 0;  // so that a part is what it says
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(path_, options));
    return {};
  }
  void Tell(const Part& part) {
    const uint64_t peak = TakePeak(), allowed = limit_ + kConstantBytes + part.bytes_a_vector * chunks_;
    const uint64_t taken = peak - std::min(peak, base_);
    TellParent((taken <= allowed ? "within " : "beyond ") + std::to_string(allowed / kMiB) + " MiB: " + std::to_string(taken / kMiB) + ", " + part.name + "\n");
  }
  Status Put(uint64_t begin, uint64_t end) {
    for (uint64_t number = begin; number < end;) {
      const auto transaction = database_->Begin();
      for (uint64_t i = 0; i < kBatch && number < end; ++i, ++number) {
        Chunk chunk{.id = std::to_string(number), .text = TextOf(number + salt_), .embedding = VectorOf(number)};
        chunk.attributes = {Value::Integer(static_cast<int64_t>(number % 1000)), Value::Text("name " + std::to_string(number % 5000))};
        QUIRE_RETURN_IF_ERROR(transaction->Put("docs", std::move(chunk)));
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
    }
    return {};
  }
  // By vector, words and attribute, what is found read.
  Status Search(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const auto reader = database_->reader();
      SearchRequest request;
      request.k = 10;
      if (i % 3 != 1) {
        request.vector = VectorOf(i * 7919);
        request.mode = SearchMode::kVector;
        if (i % 3 == 2) request.filter = Filter::Compare(Filter::Op::kLess, "number", Value::Integer(static_cast<int64_t>(i % 1000)));
      } else {
        request.text = "word" + std::to_string(i % 30'000) + " OR word" + std::to_string(i * 31 % 1000);
        request.mode = SearchMode::kWords;
      }
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader->Search("docs", request));
      for (const Hit& hit : hits) QUIRE_RETURN_IF_ERROR(reader->Get("docs", hit.number, {}).status());
    }
    return {};
  }

  const std::string path_;
  const uint64_t limit_, chunks_, base_;
  uint64_t salt_ = 0;  // other texts, equal vectors
  std::unique_ptr<Database> database_;
};

TEST_CASE("memory child: does everything once", "[.]") {
  Work work(ChildArgument("QUIRE_CHILD_PATH"), std::stoull(ChildArgument("QUIRE_CHILD_LIMIT")), std::stoull(ChildArgument("QUIRE_CHILD_CHUNKS")));
  const Status status = work.Run();
  TellParent(status.ok() ? "done\n" : status.ToString() + "\n");
}

TEST_CASE("soak: memory_limit holds while it is loaded, linked, searched, changed, merged and opened again", "[memory]") {
  const uint64_t limit = NumberFromEnvironment("QUIRE_MEMORY_LIMIT", 16 * kMiB), chunks = NumberFromEnvironment("QUIRE_MEMORY_CHUNKS", 18'000);
  const testing::TemporaryDirectory directory;
  ChildProcess child("memory child: does everything once", {{"QUIRE_CHILD_PATH", directory / "db"},
                                                            {"QUIRE_CHILD_LIMIT", std::to_string(limit)},
                                                            {"QUIRE_CHILD_CHUNKS", std::to_string(chunks)}});
  REQUIRE(child.started());
  const std::string output = child.ReadToEnd();
  std::printf("%s", output.c_str());
  INFO(output);
  CHECK(output.ends_with("done\n"));
  CHECK(output.find("beyond") == std::string::npos);
}

}  // namespace
}  // namespace quire::soak
