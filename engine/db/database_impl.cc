#include "engine/db/database_impl.h"

#include <algorithm>
#include <random>
#include <thread>

#include "engine/db/collection_writer.h"
#include "engine/db/reader.h"
#include "engine/db/transaction.h"
#include "engine/db/validate.h"
#include "engine/storage/keys.h"

namespace quire {

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, Options options) {
  QUIRE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, db::DatabaseImpl::Open(path, std::move(options)));
  return database;
}

Status Database::Restore(const std::string& directory, const std::string& path) {
  return storage::Store::Restore(directory, path);
}

}  // namespace quire

namespace quire::db {

using storage::Family;

namespace {

// Preparing a commit uses as many threads as jobs may, besides the caller's own.
size_t PoolThreads(const Options& options) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::min<size_t>(options.background_threads, cores - 1);
}

uint32_t NumberOf(std::string_view key) { return ReadBigEndian<uint32_t>(key.substr(1)); }

// What is stored of the collections.
Result<std::vector<std::pair<CatalogEntry, Counters>>> ReadCatalog(const storage::Snapshot& snapshot) {
  std::vector<std::pair<CatalogEntry, Counters>> stored;
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kMeta, "M");
  for (; cursor.Valid(); cursor.Next()) {
    if (cursor.key().size() != 1 + sizeof(uint32_t)) continue;
    QUIRE_ASSIGN_OR_RETURN(CatalogEntry entry, DecodeCatalogEntry(cursor.value(), NumberOf(cursor.key())));
    std::string bytes;
    QUIRE_ASSIGN_OR_RETURN(const bool found, snapshot.Get(Family::kMeta, storage::CountersKey(entry.id), &bytes));
    if (!found) bytes.clear();
    QUIRE_ASSIGN_OR_RETURN(const Counters counters, DecodeCounters(bytes, entry.schema.name));
    stored.emplace_back(std::move(entry), counters);
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return stored;
}

// The rotation of an index: any number will do, but it must differ between collections.
uint64_t RandomSeed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

}  // namespace

DatabaseImpl::DatabaseImpl(std::unique_ptr<storage::Store> store, Options options)
    : options_(std::move(options)),
      store_(std::move(store)),
      pool_(PoolThreads(options_)),
      embedders_(std::make_shared<Embedders>(options_)),
      jobs_(std::make_unique<JobQueue>(options_.background_threads)) {}

DatabaseImpl::~DatabaseImpl() {
  jobs_->Stop();  // what runs may still add jobs
  jobs_.reset();
  state_.reset();  // its snapshot must go before the store
}

Result<std::unique_ptr<DatabaseImpl>> DatabaseImpl::Open(const std::string& path, Options options) {
  QUIRE_ASSIGN_OR_RETURN(auto store, storage::Store::Open(path, options));
  std::unique_ptr<DatabaseImpl> database(new DatabaseImpl(std::move(store), std::move(options)));
  QUIRE_RETURN_IF_ERROR(database->LoadCatalog());
  return database;
}

Status DatabaseImpl::LoadCatalog() {
  auto state = std::make_shared<DatabaseState>();
  state->snapshot = store_->snapshot();
  QUIRE_RETURN_IF_ERROR(embedders_->Load(*state->snapshot));
  QUIRE_ASSIGN_OR_RETURN(const auto stored, ReadCatalog(*state->snapshot));
  for (const auto& [entry, counters] : stored) {
    QUIRE_ASSIGN_OR_RETURN(state->collections[LowerCase(entry.schema.name)], MakeState(entry, counters));
  }
  if (!options_.read_only) {
    storage::Cursor dropped = state->snapshot->ScanPrefix(Family::kMeta, "Z");
    for (; dropped.Valid(); dropped.Next()) {
      if (dropped.key().size() >= 1 + sizeof(uint32_t)) ScheduleReclaim(NumberOf(dropped.key()));
    }
    QUIRE_RETURN_IF_ERROR(dropped.status());
  }
  {
    std::lock_guard lock(state_mutex_);
    state_ = state;
  }
  if (options_.read_only) return {};
  for (const auto& [name, collection] : state->collections) {
    // Links that were not finished when the database was closed: it may be long until a commit asks for them.
    const std::string head = storage::LinksHeadKey(collection->id(), collection->entry().generation);
    const bool linked = state->snapshot->ScanPrefix(Family::kTree, head).Valid();
    if (!linked && collection->counters().chunks >= index::kLinkedMin) ScheduleLink(*collection);
    ResumeRebuild(*collection);
  }
  return {};
}

Result<std::shared_ptr<const CollectionState>> DatabaseImpl::MakeState(CatalogEntry entry, Counters counters) const {
  QUIRE_ASSIGN_OR_RETURN(auto analyzer, text::Analyzer::Make(entry.schema.language));
  return std::make_shared<const CollectionState>(std::move(entry), counters, std::move(analyzer), embedders_,
                                                 store_->memory_limit_bytes(), load_requests_);
}

std::shared_ptr<const DatabaseState> DatabaseImpl::state() const {
  std::lock_guard lock(state_mutex_);
  return state_;
}

Status DatabaseImpl::Change(const ChangeFunction& change, Sync most) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  std::lock_guard writer(writer_mutex_);
  const std::shared_ptr<const DatabaseState> current = state();
  storage::Batch batch;
  auto next = std::make_shared<DatabaseState>();
  QUIRE_ASSIGN_OR_RETURN(next->collections, change(*current, &batch));
  if (batch.count() == 0) return {};
  QUIRE_RETURN_IF_ERROR(store_->Commit(std::move(batch), most));
  next->snapshot = store_->snapshot();
  std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return {};
}

Status DatabaseImpl::Publish(const std::function<Result<Collections>(const DatabaseState& current)>& change) {
  std::lock_guard writer(writer_mutex_);
  const std::shared_ptr<const DatabaseState> current = state();
  auto next = std::make_shared<DatabaseState>();
  QUIRE_ASSIGN_OR_RETURN(next->collections, change(*current));
  next->snapshot = current->snapshot;
  std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return {};
}

Result<uint64_t> DatabaseImpl::Refresh() {
  std::lock_guard writer(writer_mutex_);
  QUIRE_RETURN_IF_ERROR(store_->Refresh());
  const std::shared_ptr<const DatabaseState> current = state();
  auto next = std::make_shared<DatabaseState>();
  next->snapshot = store_->snapshot();
  const uint64_t before = current->snapshot->sequence(), now = next->snapshot->sequence();
  if (now <= before) return uint64_t{0};  // keeps what it has in memory
  QUIRE_RETURN_IF_ERROR(embedders_->Load(*next->snapshot));
  QUIRE_ASSIGN_OR_RETURN(const auto stored, ReadCatalog(*next->snapshot));
  for (const auto& [entry, counters] : stored) {
    auto& collection = next->collections[LowerCase(entry.schema.name)];
    if (const auto previous = current->FindById(entry.id)) {
      QUIRE_ASSIGN_OR_RETURN(collection, CollectionState::Follow(*previous, *current->snapshot, entry, counters, *next->snapshot));
    } else {
      QUIRE_ASSIGN_OR_RETURN(collection, MakeState(entry, counters));
    }
  }
  std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return now - before;
}

Status DatabaseImpl::CreateCollection(CollectionSchema schema) {
  QUIRE_RETURN_IF_ERROR(ValidateSchema(schema));
  QUIRE_RETURN_IF_ERROR(text::Analyzer::Make(schema.language).status());
  CatalogEntry entry;
  entry.schema = std::move(schema);
  QUIRE_RETURN_IF_ERROR(ResolveEmbedder(&entry));
  return Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    const std::string name = LowerCase(entry.schema.name);
    if (next.contains(name)) {
      return Status(Code::kAlreadyExists, "collection '" + entry.schema.name + "' exists already",
                    "CREATE COLLECTION IF NOT EXISTS, or DROP COLLECTION " + entry.schema.name);
    }
    std::string bytes;
    QUIRE_ASSIGN_OR_RETURN(const bool found, current.snapshot->Get(Family::kMeta, storage::kNextCollectionKey, &bytes));
    entry.id = found ? ByteReader(bytes).Raw<uint32_t>() : 1;
    bytes.clear();
    AppendRaw(&bytes, entry.id + 1);
    batch->Put(Family::kMeta, storage::kNextCollectionKey, bytes);
    batch->Put(Family::kMeta, storage::CatalogKey(entry.id), EncodeCatalogEntry(entry));
    batch->Put(Family::kMeta, storage::CountersKey(entry.id), EncodeCounters({}));
    index::Create({.collection = entry.id,
                   .generation = entry.generation,
                   .dim = entry.schema.dim,
                   .metric = entry.schema.metric,
                   .raw = entry.schema.raw,
                   .seed = RandomSeed()},
                  batch);
    QUIRE_ASSIGN_OR_RETURN(next[name], MakeState(entry, {}));
    return next;
  });
}

Status DatabaseImpl::DropCollection(std::string_view name) {
  uint32_t id = 0;
  const auto drop = [&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    QUIRE_ASSIGN_OR_RETURN(const auto collection, current.Find(name));
    id = collection->id();
    batch->Delete(Family::kMeta, storage::CatalogKey(id));
    batch->Delete(Family::kMeta, storage::CountersKey(id));
    batch->Put(Family::kMeta, storage::DroppedKey(id), "");
    batch->SetFreesSpace();
    Collections next = current.collections;
    next.erase(LowerCase(name));
    return next;
  };
  QUIRE_RETURN_IF_ERROR(Change(drop));
  jobs_->CancelAll("rebuild", id);
  ScheduleReclaim(id);
  return {};
}

Status DatabaseImpl::RenameCollection(std::string_view name, std::string_view new_name) {
  return Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    QUIRE_ASSIGN_OR_RETURN(const auto collection, current.Find(name));
    CatalogEntry entry = collection->entry();
    entry.schema.name = new_name;
    QUIRE_RETURN_IF_ERROR(ValidateSchema(entry.schema));
    Collections next = current.collections;
    next.erase(LowerCase(name));  // the same name in other case is a new name, too
    if (next.contains(LowerCase(new_name))) {
      return Status(Code::kAlreadyExists, "collection '" + entry.schema.name + "' exists already");
    }
    batch->Put(Family::kMeta, storage::CatalogKey(entry.id), EncodeCatalogEntry(entry));
    next[LowerCase(new_name)] = std::make_shared<const CollectionState>(*collection, std::move(entry),
                                                                        collection->counters(), nullptr, Views());
    return next;
  });
}

Status DatabaseImpl::AddColumns(std::string_view collection, std::vector<ColumnSchema> columns) {
  return Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    QUIRE_ASSIGN_OR_RETURN(const auto before, current.Find(collection));
    CatalogEntry entry = before->entry();
    filter::AttributeWriter attributes;
    QUIRE_ASSIGN_OR_RETURN(const auto table, before->Table(*current.snapshot));
    for (const ColumnSchema& column : columns) {
      const auto type = ColumnType(entry.schema, column.name);
      if (type.ok() && *type == column.type) continue;
      if (type.ok()) {
        return Status(Code::kTypeMismatch, "collection '" + entry.schema.name + "': column '" + column.name + "' has type " +
                                               std::string(TypeName(*type)) + ", expected " +
                                               std::string(TypeName(column.type)));
      }
      QUIRE_RETURN_IF_ERROR(ValidateColumn(entry.schema, column));
      const auto number = static_cast<uint16_t>(filter::kFirstAttribute + entry.schema.attributes.size());
      table->Live().ForEach([&](ChunkNumber chunk) { return attributes.Add(number, Value::Null(), chunk), true; });
      entry.schema.attributes.push_back(column);
    }
    Collections next = current.collections;
    if (entry.schema.attributes.size() == before->schema().attributes.size()) return next;
    QUIRE_RETURN_IF_ERROR(attributes.Write(entry.id, *current.snapshot, batch));
    batch->Put(Family::kMeta, storage::CatalogKey(entry.id), EncodeCatalogEntry(entry));
    next[LowerCase(collection)] =
        std::make_shared<const CollectionState>(*before, std::move(entry), before->counters(), table, Views());
    return next;
  });
}

std::unique_ptr<Transaction> DatabaseImpl::Begin() { return BeginNoted(); }

std::unique_ptr<TransactionImpl> DatabaseImpl::BeginNoted() {
  return std::make_unique<TransactionImpl>(
      state(), [this](Pending* pending) { return Prepare(*state(), pending); },
      [this](Pending&& pending) { return CommitPending(std::move(pending)); });
}

std::shared_ptr<const Reader> DatabaseImpl::reader() const {
  if (gauge_->HasWork()) {
    jobs_->Add("recall", "", 0, [gauge = gauge_](JobQueue::Control* control) { return gauge->Run(control->cancel_flag()); });
  }
  ScheduleLoads();
  return std::make_shared<StateReader>(state(), gauge_);
}

std::vector<IndexInfo> DatabaseImpl::ListIndexes() const {
  const auto current = state();
  std::vector<IndexInfo> list;
  for (const auto& [name, collection] : current->collections) {
    const auto read = collection->Vectors(*current->snapshot);
    if (!read.ok()) {
      list.push_back({.collection = collection->schema().name,
                      .generation = collection->entry().generation,
                      .fault = std::string(read.status().message())});
      continue;
    }
    const auto& vectors = *read;
    const index::LinkState links = vectors->links();
    const RecallGauge::Figure figure = gauge_->Of(collection->id());
    list.push_back({.collection = collection->schema().name,
                    .generation = collection->entry().generation,
                    .vectors = vectors->size(),
                    .memory_bytes = vectors->memory_bytes(),
                    .edition = links.edition,
                    .linked = links.nodes - links.dead,
                    .dead = links.dead,
                    .lag = links.linked ? links.lag : 0,
                    .recall_samples = figure.samples,
                    .recall = figure.recall});
  }
  return list;
}

std::vector<MetricInfo> DatabaseImpl::ListMetrics() const {
  uint64_t chunks = 0, documents = 0;
  const auto current = state();
  for (const auto& [name, collection] : current->collections) {
    chunks += collection->counters().chunks;
    documents += collection->counters().documents;
  }
  uint64_t index_bytes = 0;
  for (const IndexInfo& index : ListIndexes()) index_bytes += index.memory_bytes;
  const storage::Usage usage = store_->usage();
  return {{"collections", current->collections.size(), "collections"},
          {"documents", documents, "documents in all collections"},
          {"chunks", chunks, "chunks in all collections"},
          {"last_commit", current->snapshot->sequence(), "number of the newest change"},
          {"acknowledged_commit", store_->acknowledged().value_or(0), "number of the newest change that is known to be durable, of any process"},
          {"background_errors", usage.background_errors, "files that could not be written since the database was opened"},
          {"disk_bytes", usage.file_bytes, "size of the sorted files"},
          {"files", usage.files, "sorted files"},
          {"log_bytes", usage.log_bytes, "size of the write-ahead log"},
          {"index_memory_bytes", index_bytes, "codes, links and vectors of the vector indexes in memory"},
          {"write_buffer_bytes", usage.write_buffer_bytes, "changes in memory that are not in sorted files yet"},
          {"cache_bytes", usage.cache_bytes, "blocks of sorted files in memory"},
          {"views", usage.views, "moments of the database that readers hold"}};
}

Status DatabaseImpl::Flush() {
  Status status = store_->Flush();
  rhythm_.Ended();  // only now: what waited for the end of a load would take the flush's time and memory
  return status;
}
void DatabaseImpl::SetSync(Sync sync) { store_->SetSync(sync); }
Sync DatabaseImpl::sync() const { return store_->sync(); }
const std::string& DatabaseImpl::path() const { return store_->path(); }
bool DatabaseImpl::read_only() const { return store_->read_only(); }

}  // namespace quire::db
