#include "extensions/ingest/rows.h"

#include <cerrno>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/columns.h"
#include "extensions/ingest/delimited.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

using nlohmann::json;

constexpr size_t kBatchRows = 1000;
constexpr size_t kBatchBytes = size_t{4} << 20;
constexpr size_t kLineBytesMax = size_t{64} << 20;

struct Row {
  uint64_t line = 0;
  Chunk chunk;
  std::vector<Attribute> attributes;
};

Status WrongType(std::string_view key, std::string_view expected, const json& found) {
  return Status(Code::kTypeMismatch,
                "key '" + Printable(key) + "' is " + found.type_name() + ", expected " + std::string(expected));
}

// A text, or a number as it is written; null is empty.
Status TakeText(std::string_view key, const json& value, std::string* out) {
  if (value.is_null()) return {};
  if (value.is_number()) {
    *out = value.dump();
    return {};
  }
  if (!value.is_string()) return WrongType(key, "a text", value);
  *out = value.get_ref<const std::string&>();
  return {};
}

Status TakeEmbedding(const json& value, std::vector<float>* out) {
  if (value.is_null()) return {};
  if (!value.is_array()) return WrongType("embedding", "a list of numbers", value);
  out->reserve(value.size());
  for (const json& component : value) {
    if (!component.is_number()) return WrongType("embedding", "a list of numbers", component);
    out->push_back(component.get<float>());
  }
  return {};
}

Status TakeCreatedAt(const json& value, int64_t* out) {
  if (value.is_null()) return {};
  if (value.is_number_integer()) {
    *out = value.get<int64_t>();
    return {};
  }
  if (!value.is_string()) return WrongType("created_at", "a timestamp", value);
  QUIRE_ASSIGN_OR_RETURN(const Value timestamp, Cast(Value::Text(value.get<std::string>()), Type::kTimestamp));
  *out = timestamp.integer();
  return {};
}

Value ToValue(const json& value) {
  if (value.is_null()) return Value::Null();
  if (value.is_boolean()) return Value::Boolean(value.get<bool>());
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) return Value::Real(value.get<double>());
  if (value.is_number_integer()) return Value::Integer(value.get<int64_t>());
  if (value.is_number()) return Value::Real(value.get<double>());
  if (value.is_string()) return Value::Text(value.get<std::string>());
  std::vector<std::string> texts;
  for (const json& element : value) {
    if (!value.is_array() || !element.is_string()) return Value::Json(value.dump());
    texts.push_back(element.get<std::string>());
  }
  return value.is_array() ? Value::TextArray(std::move(texts)) : Value::Json(value.dump());
}

Status TakeKey(const std::string& key, const json& value, Row* row, bool* has_content) {
  Chunk& chunk = row->chunk;
  const std::string name = ToLower(key);
  if (name == "id" || (name == "_id" && chunk.id.empty())) return TakeText(key, value, &chunk.id);
  if (name == "uri") return TakeText(key, value, &chunk.uri);
  if (name == "title") return TakeText(key, value, &chunk.title);
  if (name == "section") return TakeText(key, value, &chunk.section);
  if (name == "created_at") return TakeCreatedAt(value, &chunk.created_at);
  if (name == "text" || name == "embedding") {
    *has_content = *has_content || !value.is_null();
    return name == "text" ? TakeText(key, value, &chunk.text) : TakeEmbedding(value, &chunk.embedding);
  }
  if (name == "document" || name == "ordinal") {
    return Status(Code::kInvalidArgument, "key '" + key + "' is a column that is computed");
  }
  row->attributes.push_back({key, ToValue(value)});
  return {};
}

// Words are looked for in the title as well, as in documents.
std::string IndexedText(const Chunk& chunk) {
  std::string text;
  for (const std::string* part : {&chunk.title, &chunk.section, &chunk.text}) {
    if (part->empty()) continue;
    if (!text.empty()) text.push_back('\n');
    text += *part;
  }
  return text;
}

Result<Row> ParseRow(std::string_view line) {
  if (const size_t bad = FindInvalidUtf8(line); bad != std::string_view::npos) {
    return Status(Code::kInvalidArgument, "is not UTF-8 at byte " + std::to_string(bad) + " of the line");
  }
  const json object = json::parse(line, nullptr, false);
  if (object.is_discarded()) return Status(Code::kInvalidArgument, "is not valid JSON");
  if (!object.is_object()) {
    return Status(Code::kInvalidArgument, std::string("is ") + object.type_name() + ", expected an object");
  }
  Row row;
  bool has_content = false;
  for (const auto& [key, value] : object.items()) QUIRE_RETURN_IF_ERROR(TakeKey(key, value, &row, &has_content));
  if (!has_content) return Status(Code::kInvalidArgument, "has neither 'text' nor 'embedding'");
  row.chunk.indexed_text = IndexedText(row.chunk);
  return row;
}

class RowLoading {
 public:
  RowLoading(Database& database, const RowsOptions& options) : database_(database), options_(options) {}

  Result<LoadReport> Run() {
    const auto begun = std::chrono::steady_clock::now();
    std::ifstream file(options_.path, std::ios::binary);
    if (!file) {
      return Status(errno == ENOENT ? Code::kNotFound : Code::kIoError,
                    "'" + options_.path + "': " + ToLower(std::generic_category().message(errno)));
    }
    QUIRE_ASSIGN_OR_RETURN(ColumnMap columns, ColumnMap::Open(database_, options_.collection));
    columns_ = &columns;
    const std::string kind = options_.format.empty() ? ExtensionOf(options_.path) : options_.format;
    QUIRE_RETURN_IF_ERROR(kind == "csv" || kind == "tsv" ? TakeRecords(file, kind == "csv" ? ',' : '\t')
                                                         : TakeLines(file));
    if (file.bad()) return Status(Code::kIoError, "'" + options_.path + "' cannot be read to its end");
    QUIRE_RETURN_IF_ERROR(WriteBatch());
    if (report_.rows > 0) QUIRE_RETURN_IF_ERROR(database_.Flush());
    if (report_.rows_failed > kRowIssuesMax) {
      report_.notices.push_back(Plural(report_.rows_failed - kRowIssuesMax, "more row") + " failed");
    }
    report_.cancelled = options_.cancelled != nullptr && options_.cancelled->load();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return std::move(report_);
  }

 private:
  bool IsCancelled() const { return options_.cancelled != nullptr && options_.cancelled->load(); }

  Status TakeLines(std::istream& file) {
    std::string line;
    for (uint64_t number = 1; std::getline(file, line) && !IsCancelled(); ++number) {
      std::string_view text = Trim(line);
      if (number == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
      if (!text.empty()) TakeLine(number, text);
      if (batch_.size() >= kBatchRows || batch_bytes_ >= kBatchBytes) QUIRE_RETURN_IF_ERROR(WriteBatch());
    }
    return {};
  }

  Status TakeRecords(std::istream& file, char delimiter) {
    DelimitedReader records(file, delimiter);
    for (DelimitedReader::Record record; records.Next(&record) && !IsCancelled();) {
      if (record.json.ok()) {
        TakeLine(record.line, *record.json);
      } else {
        Fail(record.line, record.json.status());
      }
      if (batch_.size() >= kBatchRows || batch_bytes_ >= kBatchBytes) QUIRE_RETURN_IF_ERROR(WriteBatch());
    }
    return {};
  }

  void TakeLine(uint64_t number, std::string_view line) {
    if (line.size() > kLineBytesMax) {
      return Fail(number,
                  Status(Code::kResourceExhausted, "has " + std::to_string(line.size()) + " bytes, expected at most " +
                                                       std::to_string(kLineBytesMax)));
    }
    Result<Row> row = ParseRow(line);
    if (!row.ok()) return Fail(number, row.status());
    row->line = number;
    if (row->chunk.id.empty()) row->chunk.id = DeriveId(line);
    batch_.push_back(std::move(row).value());
    batch_bytes_ += line.size();
  }

  // Of what the line says and how often the file has said so: the same file gives the same rows again.
  std::string DeriveId(std::string_view line) {
    const Hash128 content = HashOf128(line);
    std::string key(content.begin(), content.end());
    AppendVarint(&key, occurrences_[Hash64(line)]++);
    return ToHex(HashOf128(key));
  }

  void Fail(uint64_t line, const Status& status) {
    if (++report_.rows_failed > kRowIssuesMax) return;
    report_.issues.push_back(FailureOf(options_.path + ":" + std::to_string(line), "parse", status));
  }

  Status WriteBatch() {
    if (batch_.empty()) return {};
    std::vector<const Attribute*> attributes;
    for (const Row& row : batch_) {
      for (const Attribute& attribute : row.attributes) attributes.push_back(&attribute);
    }
    QUIRE_RETURN_IF_ERROR(columns_->AddMissing(attributes, &report_.notices));
    const auto transaction = database_.Begin();
    uint64_t written = 0;
    for (Row& row : batch_) {
      Status status = FillAttributes(&row);
      if (status.ok()) status = transaction->Put(options_.collection, std::move(row.chunk));
      if (!status.ok()) {
        Fail(row.line, status);
      } else {
        ++written;
      }
    }
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
    report_.rows += written;
    batch_.clear();
    batch_bytes_ = 0;
    if (options_.on_progress) options_.on_progress(report_.rows);
    return {};
  }

  Status FillAttributes(Row* row) const {
    std::vector<Value>& values = row->chunk.attributes;
    values.resize(columns_->size());
    for (const Attribute& attribute : row->attributes) {
      const size_t column = columns_->Find(attribute.name);
      if (column == ColumnMap::kNone) continue;
      Result<Value> value = FitColumn(attribute.value, columns_->type(column));
      if (!value.ok()) return std::move(value).status().Within("key '" + Printable(attribute.name) + "'");
      values[column] = std::move(value).value();
    }
    return {};
  }

  Database& database_;
  const RowsOptions& options_;
  ColumnMap* columns_ = nullptr;
  std::vector<Row> batch_;
  size_t batch_bytes_ = 0;
  std::unordered_map<uint64_t, uint32_t> occurrences_;  // of lines without an id
  LoadReport report_;
};

}  // namespace

bool IsRowFile(std::string_view path) {
  const std::string extension = ExtensionOf(path);
  return extension == "jsonl" || extension == "ndjson" || extension == "csv" || extension == "tsv";
}

Result<LoadReport> LoadRows(Database& database, const RowsOptions& options) {
  return RowLoading(database, options).Run();
}

}  // namespace quire::ingest
