#include "extensions/ingest/row.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/base/utf8.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

using nlohmann::json;

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

// `object` with the columns that were asked for in the place of the keys they were taken from.
void TakeColumns(const std::vector<ColumnPath>& columns, json* object) {
  std::vector<std::pair<std::string, json>> taken;
  std::set<std::string, std::less<>> used;
  for (const ColumnPath& column : columns) {
    const json* found = object;
    for (const std::string& step : column.steps) {
      const bool index = found->is_array() && !step.empty() &&
                         step.find_first_not_of("0123456789") == std::string::npos && step.size() < 10 &&
                         std::stoul(step) < found->size();
      const json* next = index ? &(*found)[std::stoul(step)] : nullptr;
      if (found->is_object() && found->contains(step)) next = &(*found)[step];
      found = next;
      if (found == nullptr) break;
    }
    used.insert(column.steps[0]);
    if (found != nullptr) taken.emplace_back(column.name, *found);
  }
  for (const std::string& key : used) object->erase(key);
  for (auto& [name, value] : taken) (*object)[name] = std::move(value);
}

}  // namespace

Result<ColumnPath> ParseColumnPath(std::string_view text) {
  const size_t equals = text.find('=');
  ColumnPath column;
  if (equals != std::string_view::npos) column.name = text.substr(0, equals);
  std::string_view path = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
  if (path.substr(0, 2) == "$." || path.substr(0, 2) == "$[") path.remove_prefix(1);
  std::string step;
  for (const char c : path) {
    if (c != '.' && c != '[' && c != ']') {
      step.push_back(c);
    } else if (!step.empty()) {
      column.steps.push_back(std::exchange(step, {}));
    }
  }
  if (!step.empty()) column.steps.push_back(step);
  if (!column.name.empty() && !column.steps.empty()) return column;
  return Status(Code::kInvalidArgument, "column '" + std::string(text) + "' is not NAME=PATH",
                "--column text=data.prompt, --column title=$.meta.titles[0]");
}

Result<Row> ParseRow(std::string_view line, const std::vector<ColumnPath>& columns) {
  if (const size_t bad = FindInvalidUtf8(line); bad != std::string_view::npos) {
    return Status(Code::kInvalidArgument, "is not UTF-8 at byte " + std::to_string(bad) + " of the line");
  }
  if (!JsonIsShallow(line)) return Status(Code::kResourceExhausted, "is nested too deep");
  json object = json::parse(line, nullptr, false);
  if (object.is_discarded()) return Status(Code::kInvalidArgument, "is not valid JSON");
  if (!object.is_object()) {
    return Status(Code::kInvalidArgument, std::string("is ") + object.type_name() + ", expected an object");
  }
  if (!columns.empty()) TakeColumns(columns, &object);
  Row row;
  bool has_content = false;
  for (const auto& [key, value] : object.items()) QUIRE_RETURN_IF_ERROR(TakeKey(key, value, &row, &has_content));
  if (!has_content)
    return Status(Code::kInvalidArgument, "has neither 'text' nor 'embedding'",
                  "--column text=PATH says where its text is");
  row.chunk.indexed_text = IndexedText(row.chunk);
  return row;
}

}  // namespace quire::ingest
