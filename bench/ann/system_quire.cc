// Quire as a program would use it: through quire/*.h, with a database on disk.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "bench/ann/machine.h"
#include "bench/ann/system.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

constexpr size_t kChunksPerCommit = 10'000;
constexpr size_t kChurnPerCommit = 1'000;
constexpr double kTargets[] = {.5, .7, .8, .85, .9, .93, .95, .97, .98, .99, .995, .999};
constexpr const char* kCollection = "vectors";
constexpr const char* kBucket = "bucket";

std::string IdOf(size_t row) { return "r" + std::to_string(row); }

class QuireSystem : public System {
 public:
  explicit QuireSystem(const Problem& problem) : problem_(problem), path_(problem.folder + "/quire") {}

  std::string name() const override { return "quire"; }
  std::string settings() const override { return "recall_target, f16 vectors, database on disk"; }
  std::vector<std::string> points() const override {
    std::vector<std::string> names;
    for (const double target : kTargets) names.push_back("target=" + std::to_string(target).substr(0, 5));
    return names;
  }

  Result<BuildFigures> Build() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_ + "/db", ignored);
    // Bulk load, as the loader does it: nothing is synced until the Flush at the end.
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(path_ + "/db", OptionsWith(Sync::kOff)));
    CollectionSchema schema{.name = kCollection, .metric = problem_.metric, .embedder = "none"};
    schema.dim = static_cast<uint32_t>(problem_.base.dim);
    if (problem_.with_buckets) schema.attributes.push_back({.name = kBucket, .type = Type::kInteger});
    QUIRE_RETURN_IF_ERROR(database_->CreateCollection(schema));
    BuildFigures figures;
    const Stopwatch watch;
    for (size_t begin = 0; begin < problem_.base.rows; begin += kChunksPerCommit) {
      const auto transaction = database_->Begin();
      for (size_t row = begin; row < std::min(begin + kChunksPerCommit, problem_.base.rows); ++row) {
        QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, ChunkOf(row)));
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
    }
    figures.commit_seconds = watch.seconds();
    QUIRE_RETURN_IF_ERROR(WaitUntilIdle());
    QUIRE_RETURN_IF_ERROR(database_->Flush());
    figures.seconds = watch.seconds();
    Close();
    return figures;
  }

  Status Open() override {
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(path_ + "/db", OptionsWith(Sync::kFull)));
    reader_ = database_->reader();
    return {};
  }

  void Close() override {
    rows_ = {};
    reader_.reset();
    database_.reset();
  }

  Status WaitUntilWarm() override {
    reader_ = database_->reader();  // asks for what the first search found on disk
    QUIRE_RETURN_IF_ERROR(WaitUntilIdle());
    reader_ = database_->reader();
    return {};
  }

  void SetPoint(size_t point) override { target_ = kTargets[point]; }

  Status Search(const float* query, uint32_t k, std::vector<uint32_t>* found) override {
    return SearchWith({}, query, k, found);
  }

  Status ToRows(std::vector<uint32_t>* found) override {
    if (rows_.empty()) QUIRE_RETURN_IF_ERROR(LearnRows());
    for (uint32_t& number : *found) number = rows_.at(number);
    return {};
  }

  bool has_filters() const override { return problem_.with_buckets; }
  Status SearchBelow(uint32_t bucket, const float* query, uint32_t k, std::vector<uint32_t>* found) override {
    return SearchWith(Filter::Compare(Filter::Op::kLess, kBucket, Value::Integer(bucket)), query, k, found);
  }

  bool has_churn() const override { return true; }
  Result<ChurnFigures> Churn(const std::vector<uint32_t>& rows) override {
    ChurnFigures figures;
    for (size_t begin = 0; begin < rows.size(); begin += kChurnPerCommit) {
      const size_t end = std::min(begin + kChurnPerCommit, rows.size());
      const Stopwatch deleting;
      auto transaction = database_->Begin();
      for (size_t i = begin; i < end; ++i) {
        QUIRE_ASSIGN_OR_RETURN(const bool was_there, transaction->Delete(kCollection, IdOf(rows[i])));
        if (!was_there) return Status(Code::kInternal, "chunk " + IdOf(rows[i]) + " is not there");
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
      figures.delete_seconds += deleting.seconds();
      const Stopwatch inserting;
      transaction = database_->Begin();
      for (size_t i = begin; i < end; ++i) {
        QUIRE_RETURN_IF_ERROR(transaction->Insert(kCollection, ChunkOf(rows[i])));
      }
      QUIRE_RETURN_IF_ERROR(transaction->Commit());
      figures.insert_seconds += inserting.seconds();
    }
    const Stopwatch waiting;
    QUIRE_RETURN_IF_ERROR(WaitUntilIdle());
    figures.idle_seconds = waiting.seconds();
    rows_.clear();
    reader_ = database_->reader();
    return figures;
  }

 private:
  Options OptionsWith(Sync sync) const {
    Options options;
    options.sync = sync;
    options.memory_limit_bytes = problem_.memory_limit_bytes;
    options.background_threads = static_cast<uint32_t>(problem_.build_threads);
    return options;
  }

  Chunk ChunkOf(size_t row) const {
    Chunk chunk;
    chunk.id = IdOf(row);
    chunk.text = "v";
    chunk.embedding.assign(problem_.base.row(row), problem_.base.row(row) + problem_.base.dim);
    if (problem_.with_buckets) chunk.attributes.push_back(Value::Integer(BucketOf(row)));
    return chunk;
  }

  // Jobs may start others: idle is what stays idle for a moment.
  Status WaitUntilIdle() {
    for (int idle = 0; idle < 3; ++idle) {
      for (const JobInfo& job : database_->ListJobs()) {
        if (job.state == "failed") return {Code::kInternal, "job '" + job.kind + "' failed: " + job.message};
        if (job.state == "waiting" || job.state == "running") idle = -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return {};
  }

  // Learns which row each number stands for.
  Status LearnRows() {
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_->Scan(kCollection, {}, {.text = false}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      if (chunk.number >= rows_.size()) rows_.resize(chunk.number + 1);
      rows_[chunk.number] = static_cast<uint32_t>(std::stoul(chunk.id.substr(1)));
    }
  }

  Status SearchWith(Filter filter, const float* query, uint32_t k, std::vector<uint32_t>* found) {
    SearchRequest request;
    request.mode = SearchMode::kVector;
    request.vector.assign(query, query + problem_.base.dim);
    request.filter = std::move(filter);
    request.k = k;
    request.recall_target = target_;
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader_->Search(kCollection, request));
    found->clear();
    for (const Hit& hit : hits) found->push_back(hit.number);
    return {};
  }

  const Problem& problem_;
  std::string path_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<const Reader> reader_;
  std::vector<uint32_t> rows_;  // by number
  double target_ = 0.95;
};

}  // namespace

std::unique_ptr<System> MakeQuire(const Problem& problem) { return std::make_unique<QuireSystem>(problem); }

}  // namespace quire::bench
