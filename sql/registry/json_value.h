// JSON text taken apart. The one place of the language that reads JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quire/value.h"

namespace quire::sql {

// Deeper documents are not read: neither JSON nor anything else recurses without a bound.
inline constexpr size_t kMaxJsonDepth = 500;

// Whether `text` is one JSON value, not nested deeper than kMaxJsonDepth.
bool IsJsonText(std::string_view text);
// The items of an array of texts, numbers and truth values as text; nothing if it is another value.
std::optional<std::vector<std::string>> JsonTexts(std::string_view text);
// A number, text or truth value; NULL for anything else.
Value JsonScalar(std::string_view text);

}  // namespace quire::sql
