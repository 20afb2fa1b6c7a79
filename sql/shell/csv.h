// CSV read: RFC 4180, with any line ends.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "quire/status.h"

namespace quire::sql {

class CsvReader {
 public:
  // `in` is borrowed. A UTF-8 byte order mark at its begin is passed over.
  CsvReader(std::istream& in, char separator) : in_(in), separator_(separator) {}

  // A field without quotes that holds nothing is no value; "" is the empty text.
  using Record = std::vector<std::optional<std::string>>;
  // The next record; false at the end. Empty lines are passed over.
  // Errors: kSyntaxError (a quote that is not closed, or stands where none can); kIoError.
  Result<bool> Next(Record* record);
  // The line on which the last record began, from 1.
  uint64_t line() const { return line_; }

 private:
  Status ReadQuoted(std::string* field);

  std::istream& in_;
  char separator_;
  uint64_t line_ = 0;
  uint64_t next_line_ = 1;
  bool begun_ = false;
};

}  // namespace quire::sql
