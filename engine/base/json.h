// JSON text, written. Reading JSON is nlohmann's, in the .cc files that need it.
#pragma once

#include <string>
#include <string_view>

namespace quire {

// Appends `text` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD, so that the result is always valid JSON.
void AppendJsonString(std::string* out, std::string_view text);
// Appends a number that reads back as the same double; null for NaN and infinities.
void AppendJsonNumber(std::string* out, double value);

}  // namespace quire
