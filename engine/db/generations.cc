// Generations of a vector index: a second one is filled beside the one that serves, compared, switched to, rolled back and
// dropped. Each step is one commit that leaves one complete generation serving. The page for people:
// engine/doc/generations.md.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "engine/db/compare.h"
#include "engine/db/database_impl.h"
#include "engine/db/trained.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

namespace {

using Clock = std::chrono::steady_clock;

// How many chunks are copied under one holding of the writer's lock: as many as take about this long.
constexpr auto kStepTime = std::chrono::milliseconds(10);
constexpr size_t kStepMin = 128, kStepFirst = 512, kStepMax = 2048;  // multiples of a segment
// When so few are left they are read and copied under the lock, and nothing can come between.
constexpr size_t kTailMax = 64;

// How far a rebuild is. Tests kill it at these points.
constexpr double kFilled = 0.4, kLinked = 0.9, kCompared = 0.95;

std::string_view RoleName(GenerationRole role) {
  switch (role) {
    case GenerationRole::kFilling: return "filling";
    case GenerationRole::kReady: return "ready";
    case GenerationRole::kPrevious: return "previous";
  }
  return "";
}

Status Cancelled() { return Status(Code::kCancelled, "cancelled"); }

Status Refused(const CollectionState& collection, Code code, const std::string& what, std::string hint) {
  return Status(code, "collection '" + collection.schema().name + "' " + what, std::move(hint));
}

bool IsFilling(const CollectionState* collection, uint32_t generation) {
  if (collection == nullptr) return false;
  const auto& second = collection->entry().second;
  return second && second->number == generation && second->role == GenerationRole::kFilling;
}

// The first `most` live numbers from `begin` on.
std::vector<ChunkNumber> LiveFrom(const ChunkTable& table, ChunkNumber begin, ChunkNumber end, size_t most) {
  std::vector<ChunkNumber> numbers;
  for (ChunkNumber number = begin; number < end && numbers.size() < most; ++number) {
    if (table.IsLive(number)) numbers.push_back(number);
  }
  return numbers;
}

// Live numbers from one end to the other, evenly.
std::vector<ChunkNumber> Sample(const ChunkTable& table, ChunkNumber end, size_t count) {
  std::vector<ChunkNumber> live = LiveFrom(table, 0, end, table.live_count());
  if (live.size() <= count) return live;
  std::vector<ChunkNumber> sample(count);
  for (size_t i = 0; i < count; ++i) sample[i] = live[i * live.size() / count];
  return sample;
}

// Whether the vectors of the second generation are those of the one that serves, so that they are copied.
bool IsCopy(const CatalogEntry& entry) {
  return entry.second->made_by == entry.made_by && entry.second->dim == entry.schema.dim;
}

// Adds stored vectors of chunks for the second generation to `vectors`, one after the other: where it is a copy those of the one that
// serves, else those that commits left for it.
Status AppendVectors(const CollectionState& collection, const storage::Snapshot& snapshot,
                     std::span<const ChunkNumber> numbers, std::vector<float>* vectors) {
  const CatalogEntry& entry = collection.entry();
  QUIRE_ASSIGN_OR_RETURN(const auto serving, collection.Vectors(IsCopy(entry) ? entry.generation : entry.second->number, snapshot));
  for (const ChunkNumber number : numbers) {
    QUIRE_ASSIGN_OR_RETURN(const std::vector<float> vector, index::ReadVector(serving->parameters(), number, snapshot));
    vectors->insert(vectors->end(), vector.begin(), vector.end());
  }
  return {};
}

// What is copied in one step: made outside the writer's lock, since a number never stands for another vector.
struct Portion {
  std::vector<ChunkNumber> numbers;
  std::vector<float> vectors;  // of each number
  ChunkNumber end = 0;         // holds all live numbers below it, from the last portion on
};

// Which chunks; their vectors are still to come.
Result<Portion> NextPortion(const CollectionState& collection, const storage::Snapshot& snapshot, size_t count) {
  QUIRE_ASSIGN_OR_RETURN(const auto table, collection.Table(snapshot));
  const CatalogEntry& entry = collection.entry();
  // Texts that have to be embedded come first, and no others with them.
  const bool embeds = !IsCopy(entry) && entry.second->copied_to < entry.second->written_from;
  const ChunkNumber next = collection.counters().next_number, end = embeds ? std::min(next, entry.second->written_from) : next;
  Portion portion;
  portion.numbers = LiveFrom(*table, collection.entry().second->copied_to, end, count);
  portion.end = portion.numbers.size() == count ? portion.numbers.back() + 1 : end;
  return portion;
}

// Adds to a portion what else there is, if that is little: the generation is then complete.
Status AddTail(const CollectionState& collection, const storage::Snapshot& snapshot, const ChunkTable& table,
               Portion* portion) {
  const CatalogEntry& entry = collection.entry();
  if (!IsCopy(entry) && portion->end < entry.second->written_from) return {};  // these are not embedded yet
  const ChunkNumber end = collection.counters().next_number;
  const std::vector<ChunkNumber> rest = LiveFrom(table, portion->end, end, kTailMax + 1);
  if (rest.size() > kTailMax) return {};
  QUIRE_RETURN_IF_ERROR(AppendVectors(collection, snapshot, rest, &portion->vectors));
  portion->numbers.insert(portion->numbers.end(), rest.begin(), rest.end());
  portion->end = end;
  return {};
}

void SwapWithSecond(CatalogEntry* entry) {
  SecondGeneration& second = *entry->second;
  std::swap(entry->generation, second.number);
  std::swap(entry->schema.embedder, second.embedder);
  std::swap(entry->made_by, second.made_by);
  std::swap(entry->schema.dim, second.dim);
  std::swap(entry->trained_on, second.trained_on);
  std::swap(entry->measured, second.measured);
  second.role = GenerationRole::kPrevious;
  second.switch_when_ready = false;
}

}  // namespace

Status DatabaseImpl::ChangeEntry(std::string_view name, const EntryFunction& change) {
  return Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    QUIRE_ASSIGN_OR_RETURN(const auto collection, current.Find(name));
    CatalogEntry entry = collection->entry();
    Views views;
    QUIRE_RETURN_IF_ERROR(change(*collection, &entry, batch, &views));
    batch->Put(Family::kMeta, storage::CatalogKey(entry.id), EncodeCatalogEntry(entry));
    Collections next = current.collections;
    next[LowerCase(name)] = std::make_shared<const CollectionState>(*collection, std::move(entry), collection->counters(),
                                                                    nullptr, std::move(views));
    return next;
  });
}

Status DatabaseImpl::SetRecallTarget(std::string_view collection, double recall_target) {
  if (!(recall_target > 0 && recall_target <= 1)) {
    return Status(Code::kInvalidArgument, "recall_target must be above 0 and at most 1, found " +
                                              Value::Real(recall_target).ToString());
  }
  return ChangeEntry(collection, [&](const CollectionState&, CatalogEntry* entry, storage::Batch*, Views*) -> Status {
    entry->schema.recall_target = recall_target;
    return {};
  });
}

Status DatabaseImpl::BeginSecond(const CollectionState& collection, const SecondGeneration& wanted,
                                 const RebuildOptions& options, CatalogEntry* entry, storage::Batch* batch, Views* views) {
  const std::string drop_first = "drop it first: ALTER COLLECTION " + collection.schema().name + " DROP GENERATION";
  std::optional<SecondGeneration>& second = entry->second;
  const std::string number = second ? std::to_string(second->number) : "";
  if (second && second->role == GenerationRole::kPrevious) {
    return Refused(collection, Code::kAlreadyExists, "keeps generation " + number + " for a rollback", drop_first);
  }
  if (second && jobs_->IsActive("rebuild", collection.id())) {
    return Refused(collection, Code::kBusy, "is building generation " + number + " already", "see SHOW JOBS");
  }
  if (second && !(second->made_by == wanted.made_by)) {
    return Refused(collection, Code::kBusy, "has begun generation " + number + " for embedder '" + second->made_by.name + "'",
                   drop_first);
  }
  if (!second) {
    second = wanted;
    second->number = ++entry->last_generation;
    if (!IsCopy(*entry)) second->written_from = collection.counters().next_number;
    views->push_back(index::Create({.collection = entry->id,
                                    .generation = second->number,
                                    .dim = wanted.dim,
                                    .metric = entry->schema.metric,
                                    .raw = entry->schema.raw,
                                    .seed = options.seed.value_or(std::random_device()()),
                                    .memory_limit = store_->memory_limit_bytes()},
                                   batch));
  }
  second->switch_when_ready = options.switch_when_ready;
  return {};
}

Status DatabaseImpl::StartRebuild(std::string_view name, const RebuildOptions& options) {
  if (!options.embedder.empty()) return SetEmbedder(name, options);
  const auto start = [&](const CollectionState& collection, CatalogEntry* entry, storage::Batch* batch,
                         Views* views) -> Status {
    SecondGeneration wanted{.embedder = entry->schema.embedder,
                            .made_by = entry->made_by,
                            .dim = entry->schema.dim,
                            .trained_on = entry->trained_on};
    QUIRE_RETURN_IF_ERROR(BeginSecond(collection, wanted, options, entry, batch, views));
    if (entry->made_by.name != kTrained) return {};
    return CopyTrained(entry->id, entry->generation, entry->second->number, *state()->snapshot, batch);
  };
  QUIRE_RETURN_IF_ERROR(ChangeEntry(name, start));
  if (const auto collection = state()->Find(name); collection.ok()) ScheduleRebuild(**collection);
  return {};
}

void DatabaseImpl::ScheduleRebuild(const CollectionState& collection) {
  jobs_->Add("rebuild", collection.schema().name, collection.id(),
             [this, id = collection.id()](JobQueue::Control* control) { return Rebuild(id, control); });
}

void DatabaseImpl::ResumeRebuild(const CollectionState& collection) {
  const auto& second = collection.entry().second;
  if (WantsTraining(collection)) ScheduleTraining(collection, {});
  if (second && second->role == GenerationRole::kPrevious && second->drop_previous) ScheduleRebuild(collection);
  if (!second || second->role == GenerationRole::kPrevious) return;
  const bool compared = second->measured.queries > 0 || collection.counters().chunks == 0;
  if (second->role == GenerationRole::kFilling || second->switch_when_ready || !compared) ScheduleRebuild(collection);
}

Status DatabaseImpl::Rebuild(uint32_t id, JobQueue::Control* control) {
  const auto start = state()->FindById(id);
  if (!start || !start->entry().second) return {};
  const uint32_t generation = start->entry().second->number;
  if (start->entry().second->role == GenerationRole::kPrevious) return DropUnwanted(*start);
  QUIRE_RETURN_IF_ERROR(Fill(id, generation, control));
  control->SetProgress(kFilled);
  QUIRE_RETURN_IF_ERROR(Link(id, generation, control, kFilled, kLinked));
  control->SetProgress(kLinked);
  QUIRE_RETURN_IF_ERROR(Compare(id, generation, control));
  control->SetProgress(kCompared);
  if (control->cancelled()) return Cancelled();
  const auto ready = state()->FindById(id);
  if (!ready) return {};
  const auto& second = ready->entry().second;
  if (!second || second->number != generation || !second->switch_when_ready) return {};
  Status switched = SwitchGeneration(ready->schema().name);
  const auto now = state()->FindById(id);
  if (now && now->entry().generation != generation) return switched;  // switched to by somebody else
  QUIRE_RETURN_IF_ERROR(now ? DropUnwanted(*now) : Status());
  // It may have grown much since the training.
  if (const auto after = state()->FindById(id); after && WantsTraining(*after)) ScheduleTraining(*after, {});
  return {};
}

// What served before a move that nobody asked for.
Status DatabaseImpl::DropUnwanted(const CollectionState& collection) {
  const auto& second = collection.entry().second;
  const bool unwanted = second && second->role == GenerationRole::kPrevious && second->drop_previous;
  return unwanted ? DropGeneration(collection.schema().name) : Status();
}

Status DatabaseImpl::Fill(uint32_t id, uint32_t generation, JobQueue::Control* control) {
  size_t step = kStepFirst;
  while (true) {
    if (control->cancelled()) return Cancelled();
    const auto before = state();
    const auto collection = before->FindById(id);
    if (!IsFilling(collection.get(), generation)) return {};
    QUIRE_ASSIGN_OR_RETURN(Portion portion, NextPortion(*collection, *before->snapshot, step));
    const CatalogEntry& entry_before = collection->entry();
    const bool is_stored = IsCopy(entry_before) || entry_before.second->copied_to >= entry_before.second->written_from;
    QUIRE_RETURN_IF_ERROR(is_stored ? AppendVectors(*collection, *before->snapshot, portion.numbers, &portion.vectors)
                                    : EmbedStored(*collection, generation, *before->snapshot, portion.numbers, control, &portion.vectors));
    Clock::duration held{};
    const auto copy = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
      const Clock::time_point begin = Clock::now();
      Collections next = current.collections;
      const auto now = current.FindById(id);
      if (!IsFilling(now.get(), generation)) return next;
      QUIRE_ASSIGN_OR_RETURN(const auto table, now->Table(*current.snapshot));
      QUIRE_RETURN_IF_ERROR(AddTail(*now, *current.snapshot, *table, &portion));
      std::vector<index::Insertion> insertions;
      const size_t dim = now->entry().second->dim;
      for (size_t i = 0; i < portion.numbers.size(); ++i) {
        if (!table->IsLive(portion.numbers[i])) continue;  // went since it was read
        insertions.push_back({portion.numbers[i], std::span(portion.vectors).subspan(i * dim, dim)});
      }
      CatalogEntry entry = now->entry();
      entry.second->copied_to = portion.end;
      if (portion.end == now->counters().next_number) entry.second->role = GenerationRole::kReady;
      QUIRE_ASSIGN_OR_RETURN(const auto view, now->Vectors(generation, *current.snapshot));
      Views views(1);
      QUIRE_ASSIGN_OR_RETURN(views[0],
                             index::Apply(*view, {.insertions = insertions, .removals = {}, .spill_directory = path()}, *current.snapshot, batch));
      batch->Put(Family::kMeta, storage::CatalogKey(id), EncodeCatalogEntry(entry));
      const double end = std::max<double>(1, now->counters().next_number);
      control->SetProgress(kFilled * portion.end / end);
      next[LowerCase(now->schema().name)] =
          std::make_shared<const CollectionState>(*now, std::move(entry), now->counters(), nullptr, std::move(views));
      held = Clock::now() - begin;
      return next;
    };
    QUIRE_RETURN_IF_ERROR(Change(copy));
    if (held > kStepTime) step = std::max(kStepMin, step / 2);
    if (held < kStepTime / 4) step = std::min(kStepMax, step * 2);
  }
}

Status DatabaseImpl::Compare(uint32_t id, uint32_t generation, JobQueue::Control* control) {
  const auto start = state();
  const auto collection = start->FindById(id);
  if (!collection || !collection->HasGeneration(generation) || !collection->entry().second) return {};
  QUIRE_ASSIGN_OR_RETURN(const auto table, collection->Table(*start->snapshot));
  const auto sample = Sample(*table, collection->counters().next_number, kCompareQueries);
  std::map<uint32_t, Measured> measured;
  for (const uint32_t one : collection->Generations()) {
    QUIRE_ASSIGN_OR_RETURN(const auto view, collection->Vectors(one, *start->snapshot));
    QUIRE_ASSIGN_OR_RETURN(measured[one], MeasureGeneration(*view, *start->snapshot, sample,
                                                            collection->schema().recall_target, control->cancel_flag()));
  }
  const std::string name = collection->schema().name;
  const auto keep = [&](const CollectionState& now, CatalogEntry* entry, storage::Batch*, Views*) -> Status {
    if (now.id() != id || !now.HasGeneration(generation)) return Cancelled();
    if (const auto found = measured.find(entry->generation); found != measured.end()) entry->measured = found->second;
    if (!entry->second) return {};
    if (const auto found = measured.find(entry->second->number); found != measured.end()) {
      entry->second->measured = found->second;
    }
    return {};
  };
  Status status = ChangeEntry(name, keep);
  return status.code() == Code::kNotFound ? Cancelled() : status;
}

Status DatabaseImpl::Swap(std::string_view name, GenerationRole from) {
  const bool rolls_back = from == GenerationRole::kPrevious;
  const auto swap = [&](const CollectionState& collection, CatalogEntry* entry, storage::Batch*, Views*) -> Status {
    if (!entry->second || (rolls_back && entry->second->role != from)) {
      return rolls_back ? Refused(collection, Code::kNotFound, "has no previous generation to roll back to", "")
                        : Refused(collection, Code::kNotFound, "has no other generation to switch to",
                                        "REINDEX " + collection.schema().name);
    }
    if (entry->second->role != from) {
      return Refused(collection, Code::kInvalidArgument,
                           "cannot switch to generation " + std::to_string(entry->second->number) + ", which is " +
                               std::string(RoleName(entry->second->role)) + ", expected a ready one",
                           entry->second->role == GenerationRole::kPrevious
                               ? "ALTER COLLECTION " + collection.schema().name + " ROLLBACK GENERATION"
                               : "see SHOW JOBS");
    }
    SwapWithSecond(entry);
    // Who rolls back to another embedder wants that one, and not what would be chosen next.
    const bool other_embedder = entry->made_by != entry->second->made_by;
    if (rolls_back && other_embedder && entry->schema.embedder == kBuiltin) entry->schema.embedder = entry->made_by.name;
    return {};
  };
  const auto before = state();
  QUIRE_ASSIGN_OR_RETURN(const auto collection, before->Find(name));
  std::shared_ptr<const index::View> other;  // read now if it was not: one that is damaged must not serve
  if (const auto& second = collection->entry().second) {
    QUIRE_ASSIGN_OR_RETURN(other, collection->Vectors(second->number, *before->snapshot));
  }
  QUIRE_RETURN_IF_ERROR(ChangeEntry(name, swap));
  gauge_->Forget(collection->id());
  // A generation that did not serve was not linked anew meanwhile.
  if (other && index::WantsLinks(*other)) ScheduleLink(*collection);
  return {};
}

Status DatabaseImpl::DropGeneration(std::string_view name) {
  uint32_t id = 0;
  const auto drop = [&](const CollectionState& collection, CatalogEntry* entry, storage::Batch* batch, Views*) -> Status {
    if (!entry->second) return Refused(collection, Code::kNotFound, "has no other generation to drop", "");
    id = entry->id;
    batch->Put(Family::kMeta, storage::IndexPrefix('Z', id, entry->second->number), "");
    entry->second.reset();
    batch->SetFreesSpace();
    return {};
  };
  QUIRE_RETURN_IF_ERROR(ChangeEntry(name, drop));
  jobs_->CancelAll("rebuild", id);
  ScheduleReclaim(id);
  return {};
}

Result<std::vector<GenerationInfo>> DatabaseImpl::ListGenerations(std::string_view name) const {
  const auto current = state();
  QUIRE_ASSIGN_OR_RETURN(const auto collection, current->Find(name));
  const CatalogEntry& entry = collection->entry();
  std::vector<GenerationInfo> list;
  for (const uint32_t generation : collection->Generations()) {
    QUIRE_ASSIGN_OR_RETURN(const auto view, collection->Vectors(generation, *current->snapshot));
    const bool serves = generation == entry.generation;
    const bool filling = !serves && entry.second->role == GenerationRole::kFilling;
    const index::LinkState links = view->links();
    const Measured& measured = serves ? entry.measured : entry.second->measured;
    const double end = std::max<double>(1, collection->counters().next_number);
    list.push_back({.number = generation,
                    .role = serves ? "serving" : std::string(RoleName(entry.second->role)),
                    .embedder = collection->MadeByOf(generation).name,
                    .embedder_version = collection->MadeByOf(generation).version,
                    .embedder_config = collection->MadeByOf(generation).config,
                    .dim = serves ? entry.schema.dim : entry.second->dim,
                    .vectors = view->size(),
                    .copied = filling ? entry.second->copied_to / end : 1,
                    .linked = links.nodes - links.dead,
                    .memory_bytes = view->memory_bytes(),
                    .queries = measured.queries,
                    .recall = std::round(1e4 * static_cast<double>(measured.recall)) / 1e4,
                    .median_us = std::round(10 * static_cast<double>(measured.median_us)) / 10});
  }
  return list;
}

}  // namespace quire::db
