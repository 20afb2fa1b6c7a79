#include "sql/exec/row_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "sql/registry/json_value.h"

namespace quire::sql {
namespace {

// `[{"title":"...","score":0.8},...]` on one line; or, with `lines`, an object on each.
class JsonWriter : public RowWriter {
 public:
  explicit JsonWriter(bool lines) : lines_(lines) {}
  void Begin(const std::vector<ResultColumn>& columns, std::string* out) override {
    std::map<std::string, size_t> seen;
    for (const ResultColumn& column : columns) {
      std::string name = column.name;
      // An object cannot hold one name twice: the second one is name_2.
      const size_t times = ++seen[name];
      if (times > 1) name += "_" + std::to_string(times);
      std::string key;
      AppendJsonString(&key, name);
      keys_.push_back(key + ":");
    }
    if (!lines_) out->push_back('[');
  }
  void Row(RowValues values, std::string* out) override {
    *out += first_ || lines_ ? "{" : ",{";
    first_ = false;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out->push_back(',');
      *out += keys_[i];
      AppendJsonValue(out, *values[i]);
    }
    *out += lines_ ? "}\n" : "}";
  }
  void End(std::string* out) override {
    if (!lines_) *out += "]\n";
  }

 private:
  const bool lines_;
  std::vector<std::string> keys_;
  bool first_ = true;
};

// RFC 4180, with any separator: lines end with CR LF. NULL is nothing, the empty text "".
class CsvWriter : public RowWriter {
 public:
  CsvWriter(char separator, bool header) : separator_(separator), header_(header) {}

  void Begin(const std::vector<ResultColumn>& columns, std::string* out) override {
    for (size_t i = 0; header_ && i < columns.size(); ++i) {
      if (i > 0) out->push_back(separator_);
      AppendField(columns[i].name, out);
    }
    if (header_) *out += "\r\n";
  }
  void Row(RowValues values, std::string* out) override {
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out->push_back(separator_);
      if (!values[i]->is_null()) AppendField(Text(*values[i]), out);
    }
    *out += "\r\n";
  }
  void End(std::string*) override {}

 private:
  static std::string Text(const Value& value) {
    if (value.type() != Type::kTextArray) return value.ToString();
    std::string json;  // TEXT[] as a person reads it cannot be read back
    AppendJsonValue(&json, value);
    return json;
  }
  void AppendField(std::string_view text, std::string* out) const {
    if (!text.empty() && text.find_first_of("\"\r\n") == std::string_view::npos &&
        text.find(separator_) == std::string_view::npos) {
      *out += text;
      return;
    }
    out->push_back('"');
    for (const char c : text) {
      if (c == '"') out->push_back('"');
      out->push_back(c);
    }
    out->push_back('"');
  }

  const char separator_;
  const bool header_;
};

class MarkdownWriter : public RowWriter {
 public:
  void Begin(const std::vector<ResultColumn>& columns, std::string* out) override {
    std::string rule = "|";
    *out += "|";
    for (const ResultColumn& column : columns) {
      *out += " " + Escaped(column.name) + " |";
      rule += column.type == Type::kInteger || column.type == Type::kReal ? " ---: |" : " --- |";
    }
    *out += "\n" + rule + "\n";
  }
  void Row(RowValues values, std::string* out) override {
    *out += "|";
    for (const Value* value : values) *out += " " + Escaped(value->ToString()) + " |";
    *out += "\n";
  }
  void End(std::string*) override {}

 private:
  static std::string Escaped(std::string_view text) {
    std::string out;
    for (const char c : Printable(text)) {
      if (c == '|' || c == '\\') out.push_back('\\');
      if (c == '\n') {
        out += "<br>";
      } else {
        out.push_back(c);
      }
    }
    return out;
  }
};

// Each component as the shortest text that reads back as the same float.
void AppendVector(std::string* out, const std::vector<float>& components) {
  out->push_back('[');
  for (const float& component : components) {
    if (&component != components.data()) out->push_back(',');
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, component).ptr;
    *out += std::isfinite(component) ? std::string_view(buffer, static_cast<size_t>(end - buffer)) : "null";
  }
  out->push_back(']');
}

}  // namespace

std::unique_ptr<RowWriter> MakeRowWriter(RowFormat format, bool header) {
  switch (format) {
    case RowFormat::kCsv: return std::make_unique<CsvWriter>(',', header);
    case RowFormat::kTsv: return std::make_unique<CsvWriter>('\t', header);
    case RowFormat::kJson: return std::make_unique<JsonWriter>(false);
    case RowFormat::kJsonLines: return std::make_unique<JsonWriter>(true);
    case RowFormat::kMarkdown: break;
  }
  return std::make_unique<MarkdownWriter>();
}

void AppendJsonValue(std::string* out, const Value& value) {
  switch (value.type()) {
    case Type::kNull: *out += "null"; return;
    case Type::kBoolean: *out += value.boolean() ? "true" : "false"; return;
    case Type::kInteger: *out += std::to_string(value.integer()); return;
    case Type::kReal: AppendJsonNumber(out, value.real()); return;
    case Type::kTextArray:
      out->push_back('[');
      for (const std::string& item : value.texts()) {
        if (&item != value.texts().data()) out->push_back(',');
        AppendJsonString(out, item);
      }
      out->push_back(']');
      return;
    case Type::kVector: AppendVector(out, value.vector()); return;
    case Type::kJson:
      if (IsJsonText(value.text())) {
        std::string text = value.text();
        std::replace(text.begin(), text.end(), '\n', ' ');  // only between tokens: strings hold none
        std::replace(text.begin(), text.end(), '\r', ' ');
        *out += text;
        return;
      }
      break;
    default: break;
  }
  AppendJsonString(out, value.type() == Type::kJson ? value.text() : value.ToString());
}

}  // namespace quire::sql
