// Parser: the text of one statement to its syntax tree. Recursive descent, one token of look-ahead more than needed.
#pragma once

#include <string_view>

#include "quire/status.h"
#include "sql/parse/ast.h"

namespace quire::sql {

inline constexpr size_t kMaxStatementBytes = 1 << 20;
inline constexpr size_t kMaxNesting = 200;
inline constexpr size_t kSelectLevels = 4;  // of nesting that a SELECT in a SELECT counts for
inline constexpr size_t kMaxKeys = 256;     // of GROUP BY and ORDER BY, and names of WITH
inline constexpr size_t kMaxJoins = 64;     // of one SELECT

// Parses one statement; a `;` and space may follow.
// Errors: kSyntaxError with position and, where there is one, a hint; kResourceExhausted beyond kMaxStatementBytes or
//   kMaxNesting. Never recurses deeper than kMaxNesting whatever the text.
Result<Statement> Parse(std::string_view text);

// The bytes of the first whole statement of `text` with its `;`; 0 if there is none yet.
size_t FirstStatement(std::string_view text);

}  // namespace quire::sql
