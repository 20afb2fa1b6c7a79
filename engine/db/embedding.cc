// Which embedder makes a collection's vectors: moving to another one, training one, and what embedders there are. The page for
// people: engine/doc/generations.md.

#include <algorithm>
#include <chrono>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/db/database_impl.h"
#include "engine/db/reader.h"
#include "engine/db/retrieval.h"
#include "engine/db/trained.h"
#include "engine/db/validate.h"
#include "engine/storage/keys.h"

namespace quire::db {

using storage::Family;

namespace {

constexpr uint32_t kHashedDim = 512;
constexpr std::chrono::seconds kLongestLoad{60};
constexpr uint32_t kComparedHits = 10, kNearHits = 5;

MadeBy MadeByOf(const Embedder::Identity& identity) {
  return {.name = identity.name, .version = identity.version, .config = identity.config};
}

}  // namespace

Status DatabaseImpl::ResolveEmbedder(CatalogEntry* entry) const {
  CollectionSchema& schema = entry->schema;
  const std::string what = "collection '" + schema.name + "': ";
  const std::string asked = LowerCase(schema.embedder);
  if (IsBuiltIn(asked)) schema.embedder = asked;
  if (asked == kNone) {
    entry->made_by = {.name = asked};
    if (schema.dim == 0) return Status(Code::kInvalidArgument, what + "without an embedder, dim must be given");
    return {};
  }
  if (asked == kTrained) {
    return Status(Code::kInvalidArgument, what + "there is nothing to train an embedder on yet",
                  "leave it at 'builtin', which is trained when there is enough");
  }
  auto found = embedders_->Find(asked, schema.dim);
  if (found.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, what + "embedder '" + Printable(schema.embedder) + "' does not exist",
                  "'builtin', 'hashed', 'none', one of CREATE EMBEDDER, or one the database was opened with");
  }
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, std::move(found));
  const Embedder::Identity& identity = embedder->identity();
  if (schema.dim != 0 && schema.dim != identity.dim) {
    return Status(Code::kInvalidArgument, what + "dim is " + std::to_string(schema.dim) + ", expected " +
                                              std::to_string(identity.dim) + " as embedder '" + identity.name + "' gives");
  }
  schema.dim = identity.dim;
  entry->made_by = MadeByOf(identity);
  if (!IsBuiltIn(asked)) schema.embedder = identity.name;
  return {};
}

// The collection asks for what serves it already: only what the schema says changes.
Status DatabaseImpl::KeepEmbedder(std::string_view name, const RebuildOptions& options, std::string_view asked) {
  QUIRE_RETURN_IF_ERROR(ChangeEntry(name, [&](const CollectionState&, CatalogEntry* entry, storage::Batch*, Views*) -> Status {
    entry->schema.embedder = asked;
    return {};
  }));
  QUIRE_ASSIGN_OR_RETURN(const auto collection, state()->Find(name));
  if (WantsTraining(*collection)) ScheduleTraining(*collection, {.switch_when_ready = options.switch_when_ready});
  return {};
}

Status DatabaseImpl::SetEmbedder(std::string_view name, const RebuildOptions& options) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  QUIRE_ASSIGN_OR_RETURN(const auto collection, state()->Find(name));
  const CatalogEntry& serving = collection->entry();
  const std::string asked = LowerCase(options.embedder);
  const std::string what = "collection '" + serving.schema.name + "': ";
  if (asked == kNone || serving.made_by.name == kNone) {
    return Status(Code::kUnsupported, what + "vectors that are brought by the caller cannot be embedded from texts, or back",
                  "make another collection and INSERT INTO ... SELECT");
  }
  const bool is_own = serving.made_by.name == kHashed || serving.made_by.name == kTrained;
  if (asked == kBuiltin && is_own) return KeepEmbedder(name, options, kBuiltin);
  if (asked == kTrained) {
    if (serving.second) {
      return Status(Code::kAlreadyExists, what + "there is a second generation already",
                    "drop it first: ALTER COLLECTION " + serving.schema.name + " DROP GENERATION");
    }
    ScheduleTraining(*collection, options);
    return {};
  }
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, embedders_->Find(asked, 0));
  const Embedder::Identity& identity = embedder->identity();
  const SecondGeneration wanted{
      .embedder = IsBuiltIn(asked) ? asked : identity.name, .made_by = MadeByOf(identity), .dim = identity.dim};
  if (wanted.made_by == serving.made_by && wanted.dim == serving.schema.dim) {
    if (serving.schema.embedder != wanted.embedder) return KeepEmbedder(name, options, wanted.embedder);
    return Status(Code::kInvalidArgument, what + "embedder '" + identity.name + "' serves it already",
                  "REINDEX " + serving.schema.name + " builds the index anew");
  }
  QUIRE_RETURN_IF_ERROR(ChangeEntry(name, [&](const CollectionState& now, CatalogEntry* entry, storage::Batch* batch,
                                              Views* views) {
    return BeginSecond(now, wanted, options, entry, batch, views);
  }));
  if (const auto now = state()->Find(name); now.ok()) ScheduleRebuild(**now);
  return {};
}

void DatabaseImpl::ScheduleTraining(const CollectionState& collection, const RebuildOptions& options) {
  const uint32_t id = collection.id();
  if (options.embedder.empty()) {
    std::lock_guard lock(training_mutex_);
    if (untrainable_.contains(id) || jobs_->IsActive("train", id)) return;
  }
  jobs_->Add("train", collection.schema().name, id, [this, id, options](JobQueue::Control* control) {
    Status status = TrainEmbedder(id, options, control);
    if (status.ok()) return status;
    std::lock_guard lock(training_mutex_);
    untrainable_.insert(id);
    // Texts from which nothing can be learned are no failure of anybody's: the collection stays as it is.
    const bool asked_for = !options.embedder.empty();
    return !asked_for && status.code() == Code::kInvalidArgument ? Status() : status;
  });
}

Status DatabaseImpl::TrainEmbedder(uint32_t id, const RebuildOptions& options, JobQueue::Control* control) {
  const bool asked_for = !options.embedder.empty();
  // Until a load is over: what is learned from a part of it would have to be learned again.
  if (!asked_for) WaitForLoads(*control, kLongestLoad, false);
  const auto before = state();
  const auto collection = before->FindById(id);
  if (!collection || (!asked_for && !WantsTraining(*collection))) return {};
  const auto progress = [&](double done) {
    control->SetProgress(done);
    return !control->cancelled();
  };
  QUIRE_ASSIGN_OR_RETURN(embed::TrainedModel model, TrainOn(*collection, *before->snapshot, progress));
  const std::string bytes = embed::Serialize(model);
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, embed::MakeTrainedEmbedder(std::move(model)));
  const SecondGeneration wanted{.drop_previous = !asked_for,
                                .embedder = asked_for ? std::string(kTrained) : std::string(kBuiltin),
                                .made_by = MadeByOf(embedder->identity()),
                                .dim = embedder->identity().dim,
                                .trained_on = collection->counters().chunks};
  RebuildOptions begin = options;
  begin.switch_when_ready = !asked_for || options.switch_when_ready;
  const auto start = [&](const CollectionState& now, CatalogEntry* entry, storage::Batch* batch, Views* views) -> Status {
    if (now.id() != id || entry->second) return Status(Code::kCancelled, "the collection changed meanwhile");
    QUIRE_RETURN_IF_ERROR(BeginSecond(now, wanted, begin, entry, batch, views));
    PutTrained(id, entry->second->number, bytes, batch);
    return {};
  };
  const Status begun = ChangeEntry(collection->schema().name, start);
  if (!begun.ok()) return asked_for ? begun : Status();  // nobody waits for it
  if (const auto now = state()->FindById(id)) ScheduleRebuild(*now);
  return {};
}

Status DatabaseImpl::EmbedStored(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                                 std::span<const ChunkNumber> numbers, JobQueue::Control* control,
                                 std::vector<float>* vectors) {
  std::vector<std::string> texts;
  for (const ChunkNumber number : numbers) {
    if (control->cancelled()) return Status(Code::kCancelled, "cancelled");
    QUIRE_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(collection, snapshot, number, {.text = true}));
    texts.push_back(IndexedTextOf(record.chunk));
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  QUIRE_RETURN_IF_ERROR(EmbedTexts(collection, generation, snapshot, views, {}, vectors));
  const size_t dim = collection.DimOf(generation);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const auto begin = vectors->begin() + static_cast<std::ptrdiff_t>(i * dim);
    QUIRE_RETURN_IF_ERROR(ValidateVector(collection.schema(), collection.DimOf(generation),
                                         std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(dim))));
  }
  return {};
}

Result<std::vector<GenerationComparison>> DatabaseImpl::CompareGenerations(
    std::string_view name, const std::vector<ComparisonQuery>& queries) const {
  using Clock = std::chrono::steady_clock;
  const auto current = state();
  QUIRE_ASSIGN_OR_RETURN(const auto collection, current->Find(name));
  if (queries.empty()) return Status(Code::kInvalidArgument, "a comparison needs at least one text");
  std::vector<GenerationComparison> comparisons;
  std::vector<std::vector<ChunkNumber>> serving(queries.size());
  for (const uint32_t generation : collection->Generations()) {
    const auto& second = collection->entry().second;
    const bool serves = generation == collection->entry().generation;
    if (!serves && second->role == GenerationRole::kFilling) continue;
    GenerationComparison& one = comparisons.emplace_back();
    one.number = generation;
    one.embedder = collection->MadeByOf(generation).name;
    one.queries = static_cast<uint32_t>(queries.size());
    std::vector<double> times;
    double overlap = 0, found = 0;
    for (size_t i = 0; i < queries.size(); ++i) {
      const auto begin = Clock::now();
      SearchRequest request;
      request.text = queries[i].text;
      request.k = kComparedHits;
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits,
                             Retrieve(*collection, generation, *current->snapshot, request,
                                      [](const std::vector<float>&, const std::vector<index::Neighbour>&, uint32_t) {}));
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
      if (serves) {
        for (const Hit& hit : hits) serving[i].push_back(hit.number);
      }
      for (const Hit& hit : hits) overlap += std::count(serving[i].begin(), serving[i].end(), hit.number) > 0 ? 1 : 0;
      found += static_cast<double>(hits.size());
      if (queries[i].uri.empty()) continue;
      ++one.judged;
      for (size_t rank = 0; rank < hits.size(); ++rank) {
        QUIRE_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(*collection, *current->snapshot, hits[rank].number, {.text = false}));
        if (record.chunk.uri != queries[i].uri) continue;
        one.hit5 += rank < kNearHits ? 1 : 0;
        one.mrr10 += 1 / static_cast<double>(rank + 1);
        break;
      }
    }
    one.overlap10 = found > 0 ? overlap / found : 1;
    if (one.judged > 0) one.hit5 /= one.judged, one.mrr10 /= one.judged;
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    one.median_us = *middle;
  }
  return comparisons;
}

Status DatabaseImpl::CreateEmbedder(EmbedderDefinition definition) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  const auto exists = [&] {
    return Status(Code::kAlreadyExists, "embedder '" + definition.name + "' exists already", "DROP EMBEDDER " + definition.name);
  };
  if (embedders_->IsDefined(definition.name)) return exists();
  QUIRE_ASSIGN_OR_RETURN(auto embedder, embedders_->Make(definition));
  const auto store = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    if (embedders_->IsDefined(definition.name)) return exists();
    batch->Put(Family::kMeta, storage::EmbedderKey(LowerCase(definition.name)), EncodeDefinition(definition));
    return current.collections;
  };
  QUIRE_RETURN_IF_ERROR(Change(store));
  embedders_->Add(std::move(definition), std::move(embedder));
  return {};
}

Status DatabaseImpl::DropEmbedder(std::string_view name) {
  const std::string lower = LowerCase(name);
  const auto drop = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    for (const auto& [key, collection] : current.collections) {
      for (const uint32_t generation : collection->Generations()) {
        if (LowerCase(collection->MadeByOf(generation).name) != lower) continue;
        return Status(Code::kInvalidArgument, "embedder '" + std::string(name) + "' makes the vectors of collection '" +
                                                  collection->schema().name + "', generation " + std::to_string(generation),
                      "ALTER COLLECTION " + collection->schema().name + " SET EMBEDDER builtin, or DROP GENERATION");
      }
    }
    std::string bytes;
    QUIRE_ASSIGN_OR_RETURN(const bool found, current.snapshot->Get(Family::kMeta, storage::EmbedderKey(lower), &bytes));
    if (!found) {
      return Status(Code::kNotFound, "there is no embedder '" + Printable(name) + "' that could be dropped", "SHOW EMBEDDERS");
    }
    batch->Delete(Family::kMeta, storage::EmbedderKey(lower));
    return current.collections;
  };
  QUIRE_RETURN_IF_ERROR(Change(drop));
  embedders_->Remove(name);
  return {};
}

std::vector<EmbedderInfo> DatabaseImpl::ListEmbedders() const {
  std::vector<EmbedderInfo> list = embedders_->List();
  const auto current = state();
  for (EmbedderInfo& info : list) {
    for (const auto& [name, collection] : current->collections) {
      info.collections += collection->entry().made_by.name == info.identity.name ? 1 : 0;
    }
  }
  return list;
}

Result<std::shared_ptr<const Embedder>> DatabaseImpl::FindEmbedder(std::string_view name, std::string_view collection) const {
  const std::string lower = LowerCase(name);
  if (lower != kTrained) return embedders_->Find(lower, kHashedDim);
  const auto current = state();
  QUIRE_ASSIGN_OR_RETURN(const auto found, current->Find(collection));
  for (const uint32_t generation : found->Generations()) {
    if (found->MadeByOf(generation).name == kTrained) return found->EmbedderOf(generation, *current->snapshot);
  }
  return Status(Code::kUnavailable, "collection '" + found->schema().name + "' has no trained embedder",
                "ALTER COLLECTION " + found->schema().name + " SET EMBEDDER trained");
}

Status DatabaseImpl::SetVectorWeight(std::string_view collection, double weight) {
  if (!(weight >= 0 && weight <= kMaxVectorWeight)) {
    return Status(Code::kInvalidArgument, "vector_weight must be 0 (adapts) to 16, found " + Value::Real(weight).ToString());
  }
  return ChangeEntry(collection, [&](const CollectionState&, CatalogEntry* entry, storage::Batch*, Views*) -> Status {
    entry->schema.vector_weight = weight;
    return {};
  });
}

}  // namespace quire::db
