#include "extensions/ingest/load_source.h"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/bytes.h"
#include "engine/base/calendar.h"
#include "engine/base/hash.h"
#include "extensions/ingest/load_errors.h"

namespace quire::ingest {

using nlohmann::json;

std::string SourceOf(const LoadOptions& options) {
  json source = json::object();
  for (const std::string& path : options.paths) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    source["paths"].push_back(error ? path : absolute.lexically_normal().string());
  }
  const auto keep = [&source](const char* key, const auto& value) {
    if (!value.empty()) source[key] = value;
  };
  keep("include", options.walk.include);
  keep("exclude", options.walk.exclude);
  keep("include_roots", options.include_roots);
  keep("encoding", options.encoding);
  if (!options.via.empty()) source["via"] = true;  // not the command: what a database says is never run
  if (options.path_pattern) source["path_attributes"] = options.path_pattern->text();
  if (options.limits.bytes_max != kFileBytesMax) source["max_size"] = options.limits.bytes_max;
  if (options.limits.timeout != FileLimits().timeout) source["timeout_ms"] = options.limits.timeout.count();
  if (options.walk.git_commit) source["git_commit"] = "head";
  if (!options.walk.git_ignore) source["gitignore"] = "no";
  if (options.walk.format != nullptr) source["format"] = options.walk.format->name;
  return source.dump(-1, ' ', false, json::error_handler_t::replace);
}

namespace {

std::vector<std::string> TextsOf(const json& source, const char* key) {
  std::vector<std::string> texts;
  if (!source.contains(key) || !source[key].is_array()) return texts;
  for (const json& text : source[key]) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::string TextOf(const json& source, const char* key) {
  return source.contains(key) && source[key].is_string() ? source[key].get<std::string>() : std::string();
}

uint64_t NumberOf(const json& source, const char* key) {
  return source.contains(key) && source[key].is_number_unsigned() ? source[key].get<uint64_t>() : 0;
}

}  // namespace

LoadOptions OptionsOf(const std::string& collection, const std::string& text) {
  LoadOptions options;
  options.collection = collection;
  options.create_collection = false;
  const json source = json::parse(text, nullptr, false);
  if (!source.is_object()) return options;
  options.paths = TextsOf(source, "paths");
  options.walk.include = TextsOf(source, "include");
  options.walk.exclude = TextsOf(source, "exclude");
  options.include_roots = TextsOf(source, "include_roots");
  options.encoding = TextOf(source, "encoding");
  if (const uint64_t bytes = NumberOf(source, "max_size"); bytes > 0) options.limits.bytes_max = bytes;
  if (const uint64_t time = NumberOf(source, "timeout_ms"); time > 0) options.limits.timeout = std::chrono::milliseconds(time);
  options.walk.git_commit = source.contains("git_commit");
  options.walk.git_ignore = !source.contains("gitignore");
  if (const std::string pattern = TextOf(source, "path_attributes"); !pattern.empty()) {
    Result<PathPattern> parsed = PathPattern::Parse(pattern);
    if (parsed.ok()) options.path_pattern = std::move(parsed).value();
  }
  if (const std::string format = TextOf(source, "format"); !format.empty()) options.walk.format = FindFormat(format);
  return options;
}

Status CheckNeedsNoCommand(const std::string& collection, const std::string& text) {
  const json source = json::parse(text, nullptr, false);
  if (!source.is_object() || !source.contains("via")) return {};
  return Status(Code::kUnsupported, "collection '" + collection + "' was loaded with --via, and commands are not stored",
                "load it again: quire-load ... --via 'command {}'");
}

namespace {

const std::string kName(kSourcesCollection);

std::string IdOf(const std::string& collection, const std::string& source) {
  std::string key;
  AppendString(&key, collection);
  AppendString(&key, source);
  return ToHex(HashOf128(key));
}

Status MakeCollection(Database& database) {
  if (database.reader()->GetCollection(kName).ok()) return {};
  const auto number = [](const char* name) { return ColumnSchema{.name = name, .type = Type::kInteger}; };
  return database.CreateCollection({.name = kName,
                                    .attributes = {{.name = "collection"},
                                                   {.name = "source"},
                                                   {.name = "loaded_at", .type = Type::kTimestamp},
                                                   number("documents"),
                                                   number("added"),
                                                   number("changed"),
                                                   number("deleted"),
                                                   number("failed")}});
}

}  // namespace

Status RecordSource(Database& database, const LoadOptions& options, const LoadReport& report) {
  if (options.collection == kName || options.collection == kLoadErrorsCollection) return {};
  const std::string source = SourceOf(options);
  Chunk chunk;
  chunk.id = IdOf(options.collection, source);
  const Result<std::optional<ChunkNumber>> known = database.reader()->Find(kName, chunk.id);
  const bool changed = report.added + report.changed + report.renamed + report.deleted > 0;
  if (known.ok() && *known && !changed) return {};
  QUIRE_RETURN_IF_ERROR(MakeCollection(database));
  for (const std::string& path : OptionsOf(options.collection, source).paths) chunk.text += (chunk.text.empty() ? "" : "\n") + path;
  const auto number = [](uint64_t count) { return Value::Integer(static_cast<int64_t>(count)); };
  chunk.attributes = {Value::Text(options.collection),
                      Value::Text(source),
                      Value::Timestamp(NowMicroseconds()),
                      number(report.added + report.changed + report.renamed + report.unchanged),
                      number(report.added + report.renamed),
                      number(report.changed),
                      number(report.deleted),
                      number(report.failed)};
  const auto transaction = database.Begin();
  QUIRE_RETURN_IF_ERROR(transaction->Put(kName, std::move(chunk)));
  return transaction->Commit();
}

Result<LoadOptions> AllSources(Database& database, const std::string& collection) {
  const std::shared_ptr<const Reader> reader = database.reader();
  const Result<CollectionInfo> info = reader->GetCollection(kName);
  std::set<std::string> paths, options;
  if (info.ok()) {
    const Filter filter = Filter::Compare(Filter::Op::kEqual, "collection", Value::Text(collection));
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader->Scan(kName, filter, {}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) break;
      QUIRE_ASSIGN_OR_RETURN(const Value source, ColumnValue(info->schema, chunk, "source"));
      const std::string text = source.type() == Type::kText ? source.text() : "";
      QUIRE_RETURN_IF_ERROR(CheckNeedsNoCommand(collection, text));
      LoadOptions one = OptionsOf(collection, text);
      paths.insert(one.paths.begin(), one.paths.end());
      one.paths.clear();
      options.insert(SourceOf(one));
    }
  }
  const std::string what = "collection '" + collection + "'";
  if (paths.empty()) {
    return Status(Code::kNotFound, what + " was not loaded from files", "SYNC " + collection + " FROM DIRECTORY '...'");
  }
  if (options.size() > 1) {
    return Status(Code::kUnsupported, what + " was loaded from several sources with different options",
                  "SYNC " + collection + " FROM one of them; they are in " + kName);
  }
  LoadOptions all = OptionsOf(collection, *options.begin());
  all.paths.assign(paths.begin(), paths.end());
  all.sync = true;
  return all;
}

}  // namespace quire::ingest
