// What runs in the background: merging what small commits left behind, making links, and giving back the space of dropped
// collections and generations.

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/huge_buffer.h"
#include "engine/db/database_impl.h"
#include "engine/db/key_kinds.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

namespace {

constexpr uint32_t kTermsPerStep = 2000;
constexpr size_t kKeysPerStep = 10'000;
constexpr std::chrono::seconds kLongestWait{3}, kLongestLoad{600};

// Whether a family holds nothing but generations of the vector index; of kMeta the kinds above do.
bool HoldsGenerations(Family family) {
  return family != Family::kChunk && family != Family::kWord && family != Family::kAttribute;
}

// How far links are. Tests kill a link job at these points.
constexpr double kMade = 0.96, kStored = 0.97, kAttached = 0.98;

Status Cancelled() { return Status(Code::kCancelled, "cancelled"); }

}  // namespace

void DatabaseImpl::ScheduleMerge(const CollectionState& collection) {
  jobs_->Add("merge", collection.schema().name, collection.id(),
             [this, id = collection.id()](JobQueue::Control* control) { return Merge(id, index::Repacking::kWhereWorthIt, control); });
}

Status DatabaseImpl::Merge(uint32_t id, index::Repacking how, JobQueue::Control* control) {
  uint32_t generation = 0;
  const auto repack = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    batch->SetFreesSpace();
    Collections next = current.collections;
    const auto collection = current.FindById(id);
    if (!collection || !collection->HasGeneration(generation)) return next;
    QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(generation, *current.snapshot));
    QUIRE_ASSIGN_OR_RETURN(auto repacked, index::Repack(*vectors, how, *current.snapshot, batch));
    if (repacked) {
      next[LowerCase(collection->schema().name)] = std::make_shared<const CollectionState>(
          *collection, collection->entry(), collection->counters(), nullptr, Views{std::move(repacked)});
    }
    return next;
  };
  std::string next_term;
  const auto merge_words = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    batch->SetFreesSpace();
    const auto collection = current.FindById(id);
    if (!collection) return next_term.clear(), current.collections;
    QUIRE_ASSIGN_OR_RETURN(const auto table, collection->Table(*current.snapshot));
    QUIRE_RETURN_IF_ERROR(text::MergePostings(WordsOf(*collection, *current.snapshot, *table), kTermsPerStep, &next_term,
                                              batch));
    return current.collections;
  };
  const auto start = state()->FindById(id);
  if (!start) return {};
  for (const uint32_t one : start->Generations()) {
    generation = one;
    QUIRE_RETURN_IF_ERROR(Change(repack));
  }
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
             [this, id = collection.id()](JobQueue::Control* control) -> Status {
               WaitForLoads(*control, kLongestWait, true);
               const auto serving = state()->FindById(id);
               return serving ? Link(id, serving->entry().generation, control, 0, 1) : Status();
             });
}

void DatabaseImpl::WaitForLoads(const JobQueue::Control& control, std::chrono::seconds longest, bool yields) const {
  const auto begun = std::chrono::steady_clock::now();
  while (!control.cancelled()) {
    // In the mode for bulk loads, as long as that is set, everything waits for the end of one, within reason.
    const bool announced = store_->sync() == Sync::kOff;
    const bool is_wanted = yields && !announced && jobs_->HasWaiting();
    const bool is_late = std::chrono::steady_clock::now() - begun >= (announced ? kLongestLoad : longest);
    if (rhythm_.quiet(announced) || is_wanted || is_late) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Status DatabaseImpl::Link(uint32_t id, uint32_t generation, JobQueue::Control* control, double begin, double end) {
  const auto progress = [&](double done) { control->SetProgress(begin + (end - begin) * done); };
  // Threads of its own: commits go on with the database's meanwhile.
  ThreadPool threads(std::max(1u, std::thread::hardware_concurrency()) - 1);
  const auto commit = [this](storage::Batch batch) { return store_->Commit(std::move(batch)); };
  const auto reclaim = [&]() -> Status {
    const auto current = state();
    const auto collection = current->FindById(id);
    if (!collection || !collection->HasGeneration(generation)) return {};
    QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(generation, *current->snapshot));
    return index::ReclaimLinked(*vectors, *current->snapshot, commit);
  };
  const auto start = state();
  const auto collection = start->FindById(id);
  if (!collection || !collection->HasGeneration(generation)) return {};
  QUIRE_ASSIGN_OR_RETURN(const auto vectors, collection->Vectors(generation, *start->snapshot));
  if (!index::WantsLinks(*vectors)) return {};
  QUIRE_RETURN_IF_ERROR(reclaim());
  const auto outgrown = [&] {  // most of it would be made anew at once
    const auto now = state()->FindById(id);
    return now && now->counters().chunks > 2 * vectors->size();
  };
  auto made = index::MakeLinked(*vectors, *start->snapshot,
                                {.pool = &threads,
                                 .stopped = [&] { return control->cancelled() || outgrown(); },
                                 .progress = [&](double done) { progress(0.95 * done); },
                                 .directory = store_->path()});
  if (made.status().code() == Code::kCancelled && !control->cancelled()) {
    WaitForLoads(*control, kLongestWait, true);
    return Link(id, generation, control, begin, end);
  }
  QUIRE_ASSIGN_OR_RETURN(const auto linked, std::move(made));
  progress(kMade);
  QUIRE_RETURN_IF_ERROR(index::StoreLinked(vectors->parameters(), *linked, commit));
  progress(kStored);
  QUIRE_RETURN_IF_ERROR(Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    const auto now = current.FindById(id);
    if (!now || !now->HasGeneration(generation)) return next;
    QUIRE_ASSIGN_OR_RETURN(const auto view, now->Vectors(generation, *current.snapshot));
    next[LowerCase(now->schema().name)] = std::make_shared<const CollectionState>(
        *now, now->entry(), now->counters(), nullptr, Views{index::AttachLinked(*view, linked, batch)});
    return next;
  }));
  progress(kAttached);
  QUIRE_RETURN_IF_ERROR(reclaim());
  QUIRE_RETURN_IF_ERROR(index::WarmVectors(*vectors, *start->snapshot, control->cancel_flag()));
  ReturnFreedMemory();
  return {};
}

void DatabaseImpl::ScheduleLoads() const {
  if (!load_requests_->waiting()) return;
  for (const uint32_t id : load_requests_->Take()) {
    const auto collection = state()->FindById(id);
    if (!collection) continue;
    jobs_->Add("load", collection->schema().name, id,
               [self = const_cast<DatabaseImpl*>(this), id](JobQueue::Control* control) {
                 return self->LoadIndexes(id, control);
               });
  }
}

Status DatabaseImpl::LoadIndexes(uint32_t id, JobQueue::Control* control) {
  const auto collection = state()->FindById(id);
  if (!collection) return {};
  for (const uint32_t generation : collection->Generations()) {
    QUIRE_RETURN_IF_ERROR(LoadIndex(id, generation, control));
  }
  return {};
}

Status DatabaseImpl::LoadIndex(uint32_t id, uint32_t generation, JobQueue::Control* control) {
  const auto start = state();
  const auto collection = start->FindById(id);
  if (!collection || !collection->HasGeneration(generation)) return {};
  QUIRE_ASSIGN_OR_RETURN(const auto on_disk, collection->Vectors(generation, *start->snapshot));
  if (!index::WantsLoading(*on_disk)) {
    if (index::WantsLinks(*on_disk) && !read_only()) ScheduleLink(*collection);
    return {};
  }
  QUIRE_ASSIGN_OR_RETURN(const auto loaded, index::LoadWhatFits(*on_disk, *start->snapshot, control->cancel_flag()));
  control->SetProgress(0.8);
  bool wants_links = false;
  QUIRE_RETURN_IF_ERROR(Publish([&](const DatabaseState& current) -> Result<Collections> {
    Collections next = current.collections;
    const auto now = current.FindById(id);
    if (!now || !now->HasGeneration(generation)) return next;
    QUIRE_ASSIGN_OR_RETURN(const auto view, now->Vectors(generation, *current.snapshot));
    auto caught_up = index::CatchUp(*view, *loaded);
    if (caught_up == nullptr) return next;
    wants_links = index::WantsLinks(*caught_up);
    next[LowerCase(now->schema().name)] = std::make_shared<const CollectionState>(
        *now, now->entry(), now->counters(), nullptr, Views{std::move(caught_up)});
    return next;
  }));
  if (wants_links && !read_only()) ScheduleLink(*collection);
  QUIRE_RETURN_IF_ERROR(index::WarmVectors(*on_disk, *start->snapshot, control->cancel_flag()));
  ReturnFreedMemory();
  return {};
}

Status DatabaseImpl::Vacuum(std::string_view name) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  std::vector<uint32_t> ids;
  {  // what this state sees would stay on the disk
    const auto before = state();
    if (!name.empty()) {
      QUIRE_ASSIGN_OR_RETURN(const auto collection, before->Find(name));
      ids.push_back(collection->id());
    } else {
      for (const auto& [key, collection] : before->collections) ids.push_back(collection->id());
    }
  }
  QUIRE_RETURN_IF_ERROR(RunJobs());
  JobQueue::Control control;
  for (const uint32_t id : ids) QUIRE_RETURN_IF_ERROR(Merge(id, index::Repacking::kWhereWorthIt, &control));
  if (gauge_->HasWork()) QUIRE_RETURN_IF_ERROR(gauge_->Run(control.cancel_flag()));  // its samples hold older views
  QUIRE_RETURN_IF_ERROR(Flush());
  for (const uint32_t id : ids) {
    for (const KeyKinds& keys : kCollectionKeys) {
      for (const char kind : keys.kinds) QUIRE_RETURN_IF_ERROR(store_->CompactDeleted(keys.family, storage::CollectionPrefix(kind, id)));
    }
  }
  ReturnFreedMemory();
  return {};
}

void DatabaseImpl::ScheduleReclaim(uint32_t id) {
  jobs_->Add("reclaim", "#" + std::to_string(id), id,
             [this, id](JobQueue::Control* control) { return Reclaim(id, control); });
}

// What there is to reclaim is said by marks, so that one job does what several drops left behind.
Status DatabaseImpl::Reclaim(uint32_t id, JobQueue::Control* control) {
  std::vector<std::string> marks;
  const auto snapshot = store_->snapshot();
  storage::Cursor cursor = snapshot->ScanPrefix(Family::kMeta, storage::DroppedKey(id));
  for (; cursor.Valid(); cursor.Next()) marks.emplace_back(cursor.key());
  QUIRE_RETURN_IF_ERROR(cursor.status());
  for (const std::string& mark : marks) {
    const std::string_view numbers = std::string_view(mark).substr(1);  // of the collection, or also of a generation
    for (const KeyKinds& keys : kCollectionKeys) {
      if (numbers.size() > sizeof(uint32_t) && !HoldsGenerations(keys.family)) continue;
      for (const char kind : keys.kinds) {
        QUIRE_RETURN_IF_ERROR(ReclaimPrefix(keys.family, std::string(1, kind).append(numbers), control));
      }
    }
    if (numbers.size() == sizeof(uint32_t)) QUIRE_RETURN_IF_ERROR(ReclaimPrefix(Family::kMeta, storage::CollectionPrefix('G', id), control));
    storage::Batch batch;
    batch.SetFreesSpace();
    batch.Delete(Family::kMeta, mark);
    QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch)));
  }
  return {};
}

Status DatabaseImpl::ReclaimPrefix(Family family, const std::string& prefix, JobQueue::Control* control) {
  for (bool more = true; more;) {
    if (control->cancelled()) return Cancelled();
    storage::Batch batch;
    batch.SetFreesSpace();
    const auto snapshot = store_->snapshot();
    storage::Cursor cursor = snapshot->ScanPrefix(family, prefix);
    for (; cursor.Valid() && batch.count() < kKeysPerStep; cursor.Next()) batch.Delete(family, cursor.key());
    QUIRE_RETURN_IF_ERROR(cursor.status());
    more = cursor.Valid();
    QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch)));
  }
  return store_->CompactRange(family, prefix, storage::EndOfPrefix(prefix));
}

}  // namespace quire::db
