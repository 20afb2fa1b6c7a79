// ColumnTypes: of what type the columns are that front matter makes.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"
#include "quire/schema.h"

namespace quire::ingest {

// What a scalar without quotes is: BOOLEAN (true, false), INTEGER and REAL where the number is printed as it is written
// (so that 007 and 1.10 are TEXT), DATE (2026-01-31), TIMESTAMP (2026-01-31 08:30), else TEXT.
Type ScalarTypeOf(std::string_view text);

// The narrowest type that takes values of both: REAL of numbers, TIMESTAMP of dates and moments, TEXT[] where one is and
// none is JSON, else TEXT. NULL with a type is that type. Order does not matter.
Type CommonType(Type a, Type b);

struct InferredColumn {
  std::string name;
  Type type;
  std::string notice;  // why it is TEXT though some of its values are not; empty: there is nothing to say
};

class ColumnTypes {
 public:
  // Takes the attributes of file number `file`. Those named version, or ..._version, are TEXT: 2.10 is none of the numbers. Safe for
  // concurrent use.
  void Add(size_t file, const std::string& uri, const std::vector<Attribute>& attributes);

  // In the order of files and of attributes in them, whatever the order of Add.
  std::vector<InferredColumn> Columns() const;

 private:
  static constexpr size_t kNamesMax = 10'000;  // others are TEXT when they come
  struct Example {
    size_t file, place;
    std::string uri, value;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::map<Type, Example>, std::less<>> seen_;  // of each type the first value
};

}  // namespace quire::ingest
