#include "sql/shell/csv.h"

namespace quire::sql {

Status CsvReader::ReadQuoted(std::string* field) {
  while (true) {
    const int c = in_.get();
    if (c == std::char_traits<char>::eof()) {
      return Status(Code::kSyntaxError, "line " + std::to_string(line_) + ": a quote is not closed");
    }
    if (c == '\n') ++next_line_;
    if (c != '"') {
      field->push_back(static_cast<char>(c));
    } else if (in_.peek() == '"') {
      field->push_back(static_cast<char>(in_.get()));
    } else {
      return {};
    }
  }
}

Result<bool> CsvReader::Next(Record* record) {
  constexpr int kEnd = std::char_traits<char>::eof();
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (!begun_) {
    begun_ = true;
    if (in_.peek() == static_cast<unsigned char>(kMark[0])) in_.ignore(static_cast<std::streamsize>(kMark.size()));
  }
  record->clear();
  while (in_.peek() == '\n' || in_.peek() == '\r') next_line_ += in_.get() == '\n' ? 1 : 0;
  line_ = next_line_;
  if (in_.peek() == kEnd) {
    if (in_.bad()) return Status(Code::kIoError, "cannot be read to its end");
    return false;
  }
  std::string field;
  bool quoted = false;
  while (true) {
    int c = in_.get();
    if (c == '"' && field.empty() && !quoted) {
      quoted = true;
      QUIRE_RETURN_IF_ERROR(ReadQuoted(&field));
      continue;
    }
    const bool ends = c == kEnd || c == '\n' || c == '\r';
    if (!ends && c != static_cast<unsigned char>(separator_)) {
      if (quoted) {
        return Status(Code::kSyntaxError, "line " + std::to_string(line_) + ": text follows a closing quote",
                      "a quote inside a field is written \"\"");
      }
      field.push_back(static_cast<char>(c));
      continue;
    }
    record->push_back(field.empty() && !quoted ? std::nullopt : std::optional(std::move(field)));
    field.clear();
    quoted = false;
    if (!ends) continue;
    if (c == '\r' && in_.peek() == '\n') c = in_.get();
    next_line_ += c == '\n' ? 1 : 0;
    return true;
  }
}

}  // namespace quire::sql
