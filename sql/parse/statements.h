// The statements of the language: one table for misspelled words, for what is reserved, and for the shell's .help.
#pragma once

#include <span>
#include <string_view>

namespace quire::sql {

struct StatementInfo {
  std::string_view words;        // "CREATE COLLECTION": how it begins
  std::string_view syntax;       // what follows, in short
  std::string_view description;  // one sentence without a period
  std::string_view needs;        // not empty: reserved, and what it would need
  std::string_view notice;       // not empty: accepted without effect, and why
};

std::span<const StatementInfo> Statements();

}  // namespace quire::sql
