// Delimited rows: CSV (RFC 4180) and TSV with a header, as one JSON object a record.
#pragma once

#include <cstdint>
#include <deque>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::ingest {

// A record that is longer is not read: most likely a quote is not closed.
inline constexpr size_t kRecordBytesMax = size_t{16} << 20;

// What parts the fields of a CSV file: of , ; | and tab the one that its first line has most of, outside of quotes.
char FindDelimiter(std::string_view text);

// Columns are INTEGER, REAL or BOOLEAN where every value of the first 1,000 records is one, else text; empty fields are null.
// Without a column `text` or `embedding`, the text of a row is "name: value", a line a field.
class DelimitedReader {
 public:
  // `in` must outlive it. `delimiter` 0: found by the first line.
  DelimitedReader(std::istream& in, char delimiter);

  struct Record {
    uint64_t line = 0;                         // of the file, where it begins, from 1
    Result<std::string> json = std::string();  // Errors: kInvalidArgument, kResourceExhausted: this record fails alone
  };
  // The next record; false: there is none.
  bool Next(Record* record);

 private:
  enum class Kind : uint8_t { kUnknown, kBoolean, kInteger, kReal, kText };
  struct Raw {
    uint64_t line = 0;
    Result<std::vector<std::string>> fields = std::vector<std::string>();
  };

  bool ReadRaw(Raw* raw);
  void ReadHeader();
  static Kind KindOf(const std::string& field);
  Result<std::string> ToJson(const std::vector<std::string>& fields) const;

  std::istream& in_;
  char delimiter_;
  uint64_t line_ = 0;
  std::vector<std::string> names_;
  std::vector<Kind> kinds_;
  bool has_content_ = false;  // a column `text` or `embedding`
  std::deque<Raw> ahead_;     // read to learn the kinds
};

}  // namespace quire::ingest
