// Dates and moments as text: ISO 8601, proleptic Gregorian, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quire {

// "2026-01-31" to days since 1970-01-01, and back. Nothing if the text is not such a day.
std::optional<int64_t> ParseDate(std::string_view text);
std::string FormatDate(int64_t days);

// "2026-01-31", "2026-01-31 08:30", "...T08:30:15.250Z", "...+02:00" to microseconds since 1970, and back
// ("2026-01-31 08:30:15", with a fraction only where there is one).
std::optional<int64_t> ParseTimestamp(std::string_view text);
std::string FormatTimestamp(int64_t microseconds);

// The wall clock, microseconds since 1970.
int64_t NowMicroseconds();

}  // namespace quire
