#include "extensions/ingest/load_errors.h"

#include <map>
#include <set>
#include <unordered_set>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "extensions/ingest/columns.h"
#include "extensions/ingest/load_source.h"

namespace quire::ingest {
namespace {

const std::string kName(kLoadErrorsCollection);

struct Entry {
  std::string id, uri, source;
};

Result<std::vector<Entry>> EntriesOf(const Reader& reader, const std::string& collection) {
  std::vector<Entry> entries;
  const Result<CollectionInfo> info = reader.GetCollection(kName);
  if (!info.ok()) return entries;
  QUIRE_ASSIGN_OR_RETURN(
      const auto cursor,
      reader.Scan(kName, Filter::Compare(Filter::Op::kEqual, "collection", Value::Text(collection)), {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return entries;
    QUIRE_ASSIGN_OR_RETURN(const Value source, ColumnValue(info->schema, chunk, "source"));
    entries.push_back({chunk.id, chunk.uri, source.type() == Type::kText ? source.text() : ""});
  }
}

Chunk ChunkOf(const std::string& collection, const std::string& source, const Issue& issue) {
  Chunk chunk;
  std::string key;
  AppendString(&key, collection);
  AppendString(&key, issue.path);
  chunk.id = ToHex(HashOf128(key));
  chunk.uri = issue.path;
  chunk.text = issue.reason;
  chunk.attributes = {Value::Text(collection), Value::Text(issue.stage),
                      issue.hint.empty() ? Value::Null() : Value::Text(issue.hint), Value::Text(source)};
  return chunk;
}

}  // namespace

Status RecordFailures(Database& database, const LoadOptions& options, const FileList& list, const LoadReport& report) {
  if (options.collection == kName) return {};
  const std::string source = SourceOf(options);
  std::map<std::string, Chunk> failed;  // by id
  for (const Issue& issue : report.issues) {
    Chunk chunk = ChunkOf(options.collection, source, issue);
    if (issue.failed) failed.emplace(chunk.id, std::move(chunk));
  }
  const std::shared_ptr<const Reader> reader = database.reader();
  const bool there = reader->GetCollection(kName).ok();
  if (!there && failed.empty()) return {};
  if (!there) {
    QUIRE_RETURN_IF_ERROR(database.CreateCollection(
        {.name = kName,
         .attributes = {{.name = "collection"}, {.name = "stage"}, {.name = "hint"}, {.name = "source"}}}));
  }
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Entry> entries, EntriesOf(*database.reader(), options.collection));
  std::unordered_set<std::string_view> looked_at;
  for (const SourceFile& file : list.files) looked_at.insert(file.uri);
  const bool whole = !report.cancelled && !(options.fail_fast && report.failed > 0);
  const auto transaction = database.Begin();
  bool changed = !failed.empty();
  for (const Entry& entry : entries) {
    if (failed.contains(entry.id) || !whole || (entry.source != source && !looked_at.contains(entry.uri))) continue;
    QUIRE_RETURN_IF_ERROR(transaction->Delete(kName, entry.id).status());
    changed = true;
  }
  for (auto& [id, chunk] : failed) QUIRE_RETURN_IF_ERROR(transaction->Put(kName, std::move(chunk)));
  return changed ? transaction->Commit() : Status();
}

Result<std::vector<LoadOptions>> FailedLoads(Database& database, const std::string& collection) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Entry> entries, EntriesOf(*database.reader(), collection));
  std::set<std::string> sources;
  for (const Entry& entry : entries) sources.insert(entry.source);
  std::vector<LoadOptions> loads;
  Status needs_none;
  for (const std::string& source : sources) {
    Status status = CheckNeedsNoCommand(collection, source);
    if (status.ok()) loads.push_back(OptionsOf(collection, source));
    if (!status.ok()) needs_none = std::move(status);
  }
  if (!loads.empty()) return loads;
  QUIRE_RETURN_IF_ERROR(std::move(needs_none));
  return Status(Code::kNotFound, "nothing of collection '" + collection + "' failed to load");
}

}  // namespace quire::ingest
