// What runs in the background: merging what small commits left behind, and giving back the space of dropped collections.

#include <algorithm>
#include <thread>

#include "engine/db/database_impl.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

namespace {

constexpr uint32_t kTermsPerStep = 2000;
constexpr size_t kKeysPerStep = 10'000;

// Where the keys of a collection are: its family and their kind bytes.
struct KeyKinds {
  Family family;
  std::string_view kinds;
};
constexpr KeyKinds kCollectionKeys[] = {
    {Family::kMeta, "I"},      {Family::kChunk, "CIDL"},  {Family::kWord, "W"}, {Family::kAttribute, "F"},
    {Family::kTree, "NT"},      {Family::kPosting, "PAX"}, {Family::kCode, "EK"}, {Family::kRaw, "R"},
};

// How far a link job is. Tests kill it at these points.
constexpr double kMade = 0.96, kStored = 0.97, kAttached = 0.98;

Status Cancelled() { return Status(Code::kCancelled, "cancelled"); }

}  // namespace

void DatabaseImpl::ScheduleMerge(const CollectionState& collection) {
  jobs_->Add("merge", collection.schema().name, collection.id(),
             [this, id = collection.id()](JobQueue::Control* control) { return Merge(id, control); });
}

Status DatabaseImpl::Merge(uint32_t id, JobQueue::Control* control) {
  const auto repack = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    const auto collection = current.FindById(id);
    if (!collection) return next;
    QUIRE_ASSIGN_OR_RETURN(const auto table, collection->Table(*current.snapshot));
    QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(*current.snapshot));
    QUIRE_ASSIGN_OR_RETURN(auto repacked, index::Repack(*vectors, *current.snapshot, batch));
    if (repacked) {
      next[LowerCase(collection->schema().name)] = std::make_shared<const CollectionState>(
          *collection, collection->entry(), collection->counters(), table, std::move(repacked));
    }
    return next;
  };
  std::string next_term;
  const auto merge_words = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    const auto collection = current.FindById(id);
    if (!collection) return next_term.clear(), current.collections;
    QUIRE_ASSIGN_OR_RETURN(const auto table, collection->Table(*current.snapshot));
    QUIRE_RETURN_IF_ERROR(text::MergePostings(WordsOf(*collection, *current.snapshot, *table), kTermsPerStep, &next_term,
                                              batch));
    return current.collections;
  };
  QUIRE_RETURN_IF_ERROR(Change(repack));
  do {
    if (control->cancelled()) return Cancelled();
    QUIRE_RETURN_IF_ERROR(Change(merge_words));
    // Terms come in order: their first byte says about how far it is.
    control->SetProgress(next_term.empty() ? 1 : static_cast<unsigned char>(next_term[0]) / 256.0);
  } while (!next_term.empty());
  return {};
}

void DatabaseImpl::ScheduleLink(const CollectionState& collection) {
  jobs_->Add("link", collection.schema().name, collection.id(),
             [this, id = collection.id()](JobQueue::Control* control) { return Link(id, control); });
}

Status DatabaseImpl::Link(uint32_t id, JobQueue::Control* control) {
  // Threads of its own: commits go on with the database's meanwhile.
  ThreadPool threads(std::max(1u, std::thread::hardware_concurrency()) - 1);
  const auto commit = [this](storage::Batch batch) { return store_->Commit(std::move(batch)); };
  const auto reclaim = [&]() -> Status {
    const auto current = state();
    const auto collection = current->FindById(id);
    if (!collection) return {};
    QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(*current->snapshot));
    return index::ReclaimLinked(*vectors, *current->snapshot, commit);
  };
  const auto start = state();
  const auto collection = start->FindById(id);
  if (!collection) return {};
  QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(*start->snapshot));
  if (!index::WantsLinks(*vectors)) return {};
  QUIRE_RETURN_IF_ERROR(reclaim());
  QUIRE_ASSIGN_OR_RETURN(auto linked,
                         index::MakeLinked(*vectors, *start->snapshot,
                                           {.pool = &threads,
                                            .cancelled = control->cancel_flag(),
                                            .progress = [&](double done) { control->SetProgress(0.95 * done); }}));
  control->SetProgress(kMade);
  QUIRE_RETURN_IF_ERROR(index::StoreLinked(vectors->parameters(), *linked, commit));
  control->SetProgress(kStored);
  QUIRE_RETURN_IF_ERROR(Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    const auto now = current.FindById(id);
    if (!now) return next;
    QUIRE_ASSIGN_OR_RETURN(const auto table, now->Table(*current.snapshot));
    QUIRE_ASSIGN_OR_RETURN(const auto view, now->Vectors(*current.snapshot));
    next[LowerCase(now->schema().name)] = std::make_shared<const CollectionState>(
        *now, now->entry(), now->counters(), table, index::AttachLinked(*view, linked, batch));
    return next;
  }));
  control->SetProgress(kAttached);
  QUIRE_RETURN_IF_ERROR(reclaim());
  return index::WarmVectors(*vectors, *start->snapshot, control->cancel_flag());
}

void DatabaseImpl::ScheduleReclaim(uint32_t id) {
  jobs_->Add("reclaim", "#" + std::to_string(id), id,
             [this, id](JobQueue::Control* control) { return Reclaim(id, control); });
}

Status DatabaseImpl::Reclaim(uint32_t id, JobQueue::Control* control) {
  for (const KeyKinds& keys : kCollectionKeys) {
    for (const char kind : keys.kinds) {
      const std::string prefix = storage::CollectionPrefix(kind, id);
      bool more = true;
      while (more) {
        if (control->cancelled()) return Cancelled();
        storage::Batch batch;
        const auto snapshot = store_->snapshot();
        storage::Cursor cursor = snapshot->ScanPrefix(keys.family, prefix);
        for (; cursor.Valid() && batch.count() < kKeysPerStep; cursor.Next()) batch.Delete(keys.family, cursor.key());
        QUIRE_RETURN_IF_ERROR(cursor.status());
        more = cursor.Valid();
        QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch)));
      }
      QUIRE_RETURN_IF_ERROR(store_->CompactRange(keys.family, prefix, storage::CollectionPrefix(kind, id + 1)));
    }
  }
  storage::Batch batch;
  batch.Delete(Family::kMeta, storage::DroppedKey(id));
  return store_->Commit(std::move(batch));
}

}  // namespace quire::db
