#include "sql/shell/render.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "sql/parse/text_width.h"
#include "sql/shell/json_text.h"

namespace quire::sql {
namespace {

// `[{"title":"...","score":0.8},...]` on one line.
class JsonRenderer : public Renderer {
 public:
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
    out->push_back('[');
  }
  void Row(RowValues values, std::string* out) override {
    *out += first_ ? "{" : ",{";
    first_ = false;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out->push_back(',');
      *out += keys_[i];
      AppendJsonValue(out, *values[i]);
    }
    out->push_back('}');
  }
  void End(std::string* out) override { *out += "]\n"; }

 private:
  std::vector<std::string> keys_;
  bool first_ = true;
};

// RFC 4180: lines end with CR LF. NULL is nothing, the empty text "".
class CsvRenderer : public Renderer {
 public:
  void Begin(const std::vector<ResultColumn>& columns, std::string* out) override {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out->push_back(',');
      AppendField(columns[i].name, out);
    }
    *out += "\r\n";
  }
  void Row(RowValues values, std::string* out) override {
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out->push_back(',');
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
  static void AppendField(std::string_view text, std::string* out) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
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
};

class MarkdownRenderer : public Renderer {
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

// `name = value`, an empty line between rows.
class LineRenderer : public Renderer {
 public:
  void Begin(const std::vector<ResultColumn>& columns, std::string*) override {
    for (const ResultColumn& column : columns) {
      names_.push_back(column.name);
      width_ = std::max(width_, DisplayWidth(column.name));
    }
  }
  void Row(RowValues values, std::string* out) override {
    if (!first_) out->push_back('\n');
    first_ = false;
    for (size_t i = 0; i < values.size(); ++i) {
      out->append(width_ - DisplayWidth(names_[i]), ' ');
      *out += names_[i] + " = " + Printable(values[i]->ToString()) + "\n";
    }
  }
  void End(std::string*) override {}

 private:
  std::vector<std::string> names_;
  size_t width_ = 0;
  bool first_ = true;
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

std::unique_ptr<Renderer> MakeRenderer(OutputMode mode, const RenderStyle& style) {
  switch (mode) {
    case OutputMode::kJson: return std::make_unique<JsonRenderer>();
    case OutputMode::kCsv: return std::make_unique<CsvRenderer>();
    case OutputMode::kMarkdown: return std::make_unique<MarkdownRenderer>();
    case OutputMode::kLine: return std::make_unique<LineRenderer>();
    case OutputMode::kTable: break;
  }
  return MakeTableRenderer(style);
}

std::string CellText(const Value& value) {
  std::string text = value.ToString();
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return Printable(text);
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
      if (IsJson(value.text())) {
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
