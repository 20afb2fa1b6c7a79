#include "extensions/ingest/delimited.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/utf8.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

using nlohmann::json;

constexpr size_t kSample = 1000;

Status TooLong() {
  return Status(Code::kResourceExhausted, "has more than " + std::to_string(kRecordBytesMax) + " bytes",
                "is a quote not closed?");
}

std::vector<std::string> Split(const std::string& record, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (quoted && c == '"' && i + 1 < record.size() && record[i + 1] == '"') {
      fields.back().push_back(c);
      ++i;
    } else if (c == '"' && (quoted || fields.back().empty())) {
      quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(c);
    }
  }
  return fields;
}

// Whether a quote is open at the end.
bool IsOpen(const std::string& record) { return std::count(record.begin(), record.end(), '"') % 2 != 0; }

template <typename Number>
bool Parses(const std::string& field, Number* number) {
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), *number);
  return error == std::errc() && end == field.data() + field.size();
}

}  // namespace

char FindDelimiter(std::string_view text) {
  const std::string_view line = text.substr(0, NextLine(text, 0));
  size_t counts[4] = {};
  constexpr std::string_view kDelimiters = ",;|\t";
  bool quoted = false;
  for (const char c : line) {
    quoted = quoted != (c == '"');
    const size_t which = quoted ? std::string_view::npos : kDelimiters.find(c);
    if (which != std::string_view::npos) ++counts[which];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(counts, counts + 4) - counts)];
}

DelimitedReader::DelimitedReader(std::istream& in, char delimiter) : in_(in), delimiter_(delimiter) { ReadHeader(); }

bool DelimitedReader::ReadRaw(Raw* raw) {
  std::string record, more;
  while (Trim(record).empty()) {
    if (!std::getline(in_, record)) return false;
    raw->line = ++line_;
  }
  bool too_long = record.size() > kRecordBytesMax;
  bool open = IsOpen(record);
  while (!too_long && open && std::getline(in_, more)) {
    ++line_;
    record.append("\n").append(more);
    open = open != IsOpen(more);
    too_long = record.size() > kRecordBytesMax;
  }
  if (!record.empty() && record.back() == '\r') record.pop_back();
  if (too_long) {
    raw->fields = TooLong();
  } else if (FindInvalidUtf8(record) != std::string_view::npos) {
    raw->fields = Status(Code::kInvalidArgument, "is not UTF-8");
  } else if (open) {
    raw->fields = Status(Code::kInvalidArgument, "has a quote that is not closed");
  } else {
    raw->fields = Split(record, delimiter_);
  }
  return true;
}

void DelimitedReader::ReadHeader() {
  Raw header;
  if (delimiter_ == 0) {
    const std::istream::pos_type begin = in_.tellg();
    std::string line;
    std::getline(in_, line);
    in_.clear();
    in_.seekg(begin);
    delimiter_ = FindDelimiter(line);
  }
  if (!ReadRaw(&header)) return;
  std::set<std::string> seen;
  std::vector<std::string> names;
  if (header.fields.ok()) names = *header.fields;
  for (size_t i = 0; i < names.size(); ++i) {
    std::string_view name = names[i];
    if (i == 0 && name.substr(0, 3) == "\xEF\xBB\xBF") name.remove_prefix(3);
    name = Trim(name);
    std::string unique = name.empty() ? "column_" + std::to_string(i + 1) : std::string(name);
    if (!seen.insert(ToLower(unique)).second) unique += "_" + std::to_string(i + 1);
    has_content_ = has_content_ || ToLower(unique) == "text" || ToLower(unique) == "embedding";
    names_.push_back(std::move(unique));
  }
  kinds_.assign(names_.size(), Kind::kUnknown);
  for (Raw raw; ahead_.size() < kSample && ReadRaw(&raw);) {
    for (size_t i = 0; raw.fields.ok() && i < std::min(raw.fields->size(), kinds_.size()); ++i) {
      const Kind kind = KindOf((*raw.fields)[i]);
      if (kind == Kind::kUnknown || kind == kinds_[i]) continue;
      const bool numbers = std::min(kind, kinds_[i]) == Kind::kInteger && std::max(kind, kinds_[i]) == Kind::kReal;
      kinds_[i] = kinds_[i] == Kind::kUnknown ? kind : (numbers ? Kind::kReal : Kind::kText);
    }
    ahead_.push_back(std::move(raw));
    raw = Raw();
  }
}

DelimitedReader::Kind DelimitedReader::KindOf(const std::string& field) {
  if (field.empty()) return Kind::kUnknown;
  const std::string lower = ToLower(field);
  if (lower == "true" || lower == "false") return Kind::kBoolean;
  const size_t digits = field[0] == '-' ? 1 : 0;
  const bool padded = field.size() > digits + 1 && field[digits] == '0' && field[digits + 1] != '.';
  int64_t integer = 0;
  double real = 0;
  if (padded) return Kind::kText;  // a code, not a number: 007
  if (Parses(field, &integer)) return Kind::kInteger;
  if (IsDigit(field[std::min(digits, field.size() - 1)]) && Parses(field, &real)) return Kind::kReal;
  return Kind::kText;
}

Result<std::string> DelimitedReader::ToJson(const std::vector<std::string>& fields) const {
  if (fields.size() != names_.size()) {
    return Status(Code::kInvalidArgument,
                  "has " + std::to_string(fields.size()) + " fields, expected " + std::to_string(names_.size()));
  }
  json row = json::object();
  std::string text;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string& field = fields[i];
    const std::string name = ToLower(names_[i]);
    json& value = row[names_[i]];
    if (!field.empty()) text += (text.empty() ? "" : "\n") + names_[i] + ": " + field;
    const Kind kind = KindOf(field);
    int64_t integer = 0;
    double real = 0;
    if (name == "embedding" && !field.empty() && field[0] == '[') {
      value = json::parse(field, nullptr, false);
      if (value.is_discarded() || !value.is_array()) {
        return Status(Code::kInvalidArgument, "field 'embedding' is not a list of numbers");
      }
    } else if (kind == Kind::kUnknown) {
      value = nullptr;
    } else if (kinds_[i] == Kind::kBoolean && kind == Kind::kBoolean) {
      value = ToLower(field) == "true";
    } else if (kinds_[i] == Kind::kInteger && kind == Kind::kInteger && Parses(field, &integer)) {
      value = integer;
    } else if (kinds_[i] == Kind::kReal && Parses(field, &real)) {
      value = real;
    } else {
      value = field;
    }
  }
  if (!has_content_) row["text"] = text;
  return row.dump();
}

bool DelimitedReader::Next(Record* record) {
  Raw raw;
  if (!ahead_.empty()) {
    raw = std::move(ahead_.front());
    ahead_.pop_front();
  } else if (!ReadRaw(&raw)) {
    return false;
  }
  record->line = raw.line;
  if (raw.fields.ok()) {
    record->json = ToJson(*raw.fields);
  } else {
    record->json = raw.fields.status();
  }
  return true;
}

}  // namespace quire::ingest
