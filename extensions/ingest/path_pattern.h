// PathPattern: attributes from where a file lies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"
#include "quire/schema.h"
#include "quire/status.h"

namespace quire::ingest {

// "{product}/v{year:integer}/**": each part of the path as it is written, with at most one {name} or {name:type} in it, which takes what is
// there; `*` is any part, `**` at the end any number of them.
class PathPattern {
 public:
  // Errors: kInvalidArgument.
  static Result<PathPattern> Parse(std::string_view text);

  const std::string& text() const { return text_; }  // as it was written

  // The names it gives, with their types.
  std::vector<ColumnSchema> Columns() const;

  // The attributes of a URI, nothing if it does not fit. A value that is not of its type is left out, with a notice.
  std::vector<Attribute> Match(std::string_view uri, std::vector<std::string>* notices) const;

 private:
  struct Part {
    std::string before, name, after;  // name empty: `before` is all of it
    Type type = Type::kText;
    bool any = false;  // *
  };
  std::string text_;
  std::vector<Part> parts_;
  bool open_ = false;  // ends with **
};

}  // namespace quire::ingest
