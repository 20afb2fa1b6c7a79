// Regexp: a regular expression in RE2's syntax. The only file that knows RE2 is regexp.cc.
#pragma once

#include <memory>
#include <string_view>

#include "quire/status.h"

namespace quire::sql {

// Compiled once, matched many times. Safe for concurrent use.
class Regexp {
 public:
  // Errors: kInvalidArgument (not a regular expression, or one that needs backtracking: \1, lookaround);
  //   kResourceExhausted (over 4 KiB, or 2 MiB when compiled).
  static Result<std::shared_ptr<const Regexp>> Make(std::string_view pattern, bool ignore_case);
  virtual ~Regexp() = default;

  // Whether a part of `text` matches; ^ and $ tie it to the ends. Cost: linear in `text`, whatever the pattern.
  virtual bool Matches(std::string_view text) const = 0;
};

}  // namespace quire::sql
