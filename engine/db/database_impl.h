// DatabaseImpl: the store, the state that readers see, and the one path by which it changes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/thread_pool.h"
#include "engine/db/commit_rhythm.h"
#include "engine/db/jobs.h"
#include "engine/db/pending.h"
#include "engine/db/recall_gauge.h"
#include "engine/db/state.h"
#include "engine/db/transaction.h"
#include "quire/database.h"

namespace quire::db {

class DatabaseImpl : public Database {
 public:
  static Result<std::unique_ptr<DatabaseImpl>> Open(const std::string& path, Options options);
  ~DatabaseImpl() override;

  Status CreateCollection(CollectionSchema schema) override;
  Status DropCollection(std::string_view name) override;
  Status RenameCollection(std::string_view name, std::string_view new_name) override;
  Status AddColumns(std::string_view collection, std::vector<ColumnSchema> columns) override;
  Status SetRecallTarget(std::string_view collection, double recall_target) override;
  Status SetVectorWeight(std::string_view collection, double weight) override;
  Status StartRebuild(std::string_view collection, const RebuildOptions& options) override;
  Status SwitchGeneration(std::string_view collection) override { return Swap(collection, GenerationRole::kReady); }
  Status RollBackGeneration(std::string_view collection) override { return Swap(collection, GenerationRole::kPrevious); }
  Status DropGeneration(std::string_view collection) override;
  Result<std::vector<GenerationInfo>> ListGenerations(std::string_view collection) const override;
  Result<std::vector<GenerationComparison>> CompareGenerations(std::string_view collection,
                                                               const std::vector<ComparisonQuery>& queries) const override;
  Status CreateEmbedder(EmbedderDefinition definition) override;
  Status DropEmbedder(std::string_view name) override;
  std::vector<EmbedderInfo> ListEmbedders() const override;
  Result<std::shared_ptr<const Embedder>> FindEmbedder(std::string_view name, std::string_view collection) const override;
  std::unique_ptr<Transaction> Begin() override;
  std::shared_ptr<const Reader> reader() const override;
  Result<uint64_t> Refresh() override;
  Status Flush() override;
  void SetSync(Sync sync) override;
  Sync sync() const override;
  std::vector<IndexInfo> ListIndexes() const override;
  std::vector<MetricInfo> ListMetrics() const override;
  std::vector<JobInfo> ListJobs() const override { return jobs_->List(); }
  Status CancelJob(uint64_t id) override { return jobs_->Cancel(id); }
  Status RunJobs() override {
    ScheduleLoads();
    return jobs_->RunAll();
  }
  Status Vacuum(std::string_view collection) override;
  Result<std::vector<std::string>> Check() const override;
  Result<BackupInfo> Backup(const std::string& directory) const override { return store_->Backup(directory); }
  Result<ForgetReceipt> ForgetDocument(std::string_view collection, const std::string& uri, const ForgetAlso& also) override;
  const std::string& path() const override;
  bool read_only() const override;
  const Options& options() const override { return options_; }
  // What makes the vectors of a collection now. Errors: kNotFound.
  Result<MadeBy> MadeByNow(std::string_view collection) const;

 private:
  // A change of the database made under the writer's lock: fills `batch` and gives the collections that follow.
  using Collections = decltype(DatabaseState::collections);
  using ChangeFunction = std::function<Result<Collections>(const DatabaseState& current, storage::Batch* batch)>;

  DatabaseImpl(std::unique_ptr<storage::Store> store, Options options);
  Status LoadCatalog();
  Result<std::shared_ptr<const CollectionState>> MakeState(CatalogEntry entry, Counters counters) const;
  // Resolves what a new collection asks for. Errors: kNotFound, kInvalidArgument.
  Status ResolveEmbedder(CatalogEntry* entry) const;
  std::shared_ptr<const DatabaseState> state() const;

  // The one path by which the database changes: `change`, commit, publish. On failure the state stays as it was.
  Status Change(const ChangeFunction& change, Sync most = Sync::kFull);
  // The same where nothing is stored: another form of the same state.
  Status Publish(const std::function<Result<Collections>(const DatabaseState& current)>& change);
  std::unique_ptr<TransactionImpl> BeginNoted();  // Begin, for those who note what is to be done after the commit
  Status CommitPending(Pending&& pending);
  // False, and nothing is done, if vectors are missing for a generation that came since they were made.
  Result<bool> CommitPrepared(Pending* pending);
  Status Prepare(const DatabaseState& now, Pending* pending);
  Status Embed(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
               std::vector<PendingChunk*> chunks);
  // `words` are those of the texts, as the collection's analyzer lists them; none where nobody has listed them.
  Status EmbedTexts(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                    std::span<const std::string_view> texts, std::span<const text::WordList* const> words,
                    std::vector<float>* vectors);

  void ScheduleMerge(const CollectionState& collection);
  // Erases from the disk what a collection no longer holds; what may be left is noted in the receipt. Errors: kIoError, kCorruption.
  Status EraseDeleted(uint32_t collection, ForgetReceipt* receipt);
  Status Merge(uint32_t collection, index::Repacking how, JobQueue::Control* control);
  void ScheduleLink(const CollectionState& collection);
  // Waits until no load is going on: for so long at most and, if it `yields`, while no other job has to. Longer where the load was
  // announced.
  void WaitForLoads(const JobQueue::Control& control, std::chrono::seconds longest, bool yields) const;
  // Makes links of a generation if it wants them; its progress goes from `begin` to `end`.
  Status Link(uint32_t collection, uint32_t generation, JobQueue::Control* control, double begin, double end);
  // Reads into memory what was opened on disk, while it serves from there: where that was asked for.
  void ScheduleLoads() const;
  Status LoadIndexes(uint32_t collection, JobQueue::Control* control);
  Status LoadIndex(uint32_t collection, uint32_t generation, JobQueue::Control* control);
  void ScheduleReclaim(uint32_t collection);
  Status Reclaim(uint32_t collection, JobQueue::Control* control);
  Status ReclaimPrefix(storage::Family family, const std::string& prefix, JobQueue::Control* control);

  // generations.cc
  // A change of what the catalog says of one collection; `batch` and `views` for what else goes with it.
  using EntryFunction =
      std::function<Status(const CollectionState& collection, CatalogEntry* entry, storage::Batch* batch, Views* views)>;
  Status ChangeEntry(std::string_view name, const EntryFunction& change);
  void ScheduleRebuild(const CollectionState& collection);
  void ResumeRebuild(const CollectionState& collection);  // if it was not over when the database was closed
  Status Rebuild(uint32_t collection, JobQueue::Control* control);
  Status Fill(uint32_t collection, uint32_t generation, JobQueue::Control* control);
  Status Compare(uint32_t collection, uint32_t generation, JobQueue::Control* control);
  Status Swap(std::string_view name, GenerationRole from);
  // Begins a second generation as `wanted` says, or goes on with it if it was begun.
  Status BeginSecond(const CollectionState& collection, const SecondGeneration& wanted, const RebuildOptions& options,
                     CatalogEntry* entry, storage::Batch* batch, Views* views);
  Status DropUnwanted(const CollectionState& collection);

  // embedding.cc
  // Who asked for a training: nobody, where `options.embedder` is empty.
  void ScheduleTraining(const CollectionState& collection, const RebuildOptions& options);
  Status TrainEmbedder(uint32_t collection, const RebuildOptions& options, JobQueue::Control* control);
  Status SetEmbedder(std::string_view name, const RebuildOptions& options);
  Status KeepEmbedder(std::string_view name, const RebuildOptions& options, std::string_view asked);
  Status EmbedStored(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                     std::span<const ChunkNumber> numbers, JobQueue::Control* control, std::vector<float>* vectors);

  const Options options_;
  std::unique_ptr<storage::Store> store_;
  ThreadPool pool_;
  std::mutex writer_mutex_;         // held for a change; before state_mutex_
  mutable std::mutex state_mutex_;  // guards state_, for the copy of a pointer
  std::shared_ptr<const DatabaseState> state_;
  CommitRhythm rhythm_;
  std::map<uint32_t, uint32_t> small_commits_;  // by collection, since its last merge; under writer_mutex_
  std::shared_ptr<Embedders> embedders_;
  std::mutex training_mutex_;          // guards untrainable_
  std::set<uint32_t> untrainable_;     // collections whose training failed or was cancelled since the database was opened
  std::shared_ptr<RecallGauge> gauge_ = std::make_shared<RecallGauge>();
  std::shared_ptr<LoadRequests> load_requests_ = std::make_shared<LoadRequests>();
  std::unique_ptr<JobQueue> jobs_;              // last: stops before what it works on goes
};

// See Database::Repair.
Result<RepairReport> Repair(const std::string& path, const std::string& to, Options options);

}  // namespace quire::db
