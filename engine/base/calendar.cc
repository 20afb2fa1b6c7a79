#include "engine/base/calendar.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace quire {
namespace {

constexpr int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// Takes `digits` digits off the front of `text`.
std::optional<int> TakeNumber(std::string_view* text, size_t digits) {
  if (text->size() < digits) return std::nullopt;
  int value = 0;
  const auto end = text->data() + digits;
  const auto result = std::from_chars(text->data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || text->front() == '-') return std::nullopt;
  text->remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

std::optional<int64_t> TakeDate(std::string_view* text) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "08:30", "08:30:15", "08:30:15.25" to microseconds.
std::optional<int64_t> TakeClock(std::string_view* text) {
  const auto hour = TakeNumber(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t moment = *hour * kHour + *minute * kMinute;
  if (!TakeChar(text, ':')) return moment;
  const auto second = TakeNumber(text, 2);
  if (!second || *second > 59) return std::nullopt;
  moment += *second * kSecond;
  if (!TakeChar(text, '.')) return moment;
  int64_t unit = kSecond;
  bool any = false;
  while (!text->empty() && text->front() >= '0' && text->front() <= '9') {
    unit /= 10;
    moment += unit * (text->front() - '0');
    text->remove_prefix(1);
    any = true;
  }
  if (!any) return std::nullopt;
  return moment;
}

// "Z", "+02:00", "-0530" or nothing, to microseconds east of UTC.
std::optional<int64_t> TakeOffset(std::string_view* text) {
  if (text->empty() || TakeChar(text, 'Z')) return 0;
  const bool west = text->front() == '-';
  if (!TakeChar(text, '+') && !TakeChar(text, '-')) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  TakeChar(text, ':');
  const auto minute = text->empty() ? std::optional<int>(0) : TakeNumber(text, 2);
  if (!hour || !minute || *hour > 15 || *minute > 59) return std::nullopt;
  const int64_t offset = *hour * kHour + *minute * kMinute;
  return west ? -offset : offset;
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  const auto days = TakeDate(&text);
  return text.empty() ? days : std::nullopt;
}

std::string FormatDate(int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return buffer;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  const auto days = TakeDate(&text);
  if (!days) return std::nullopt;
  int64_t moment = *days * kDay;
  if (text.empty()) return moment;
  if (!TakeChar(&text, ' ') && !TakeChar(&text, 'T')) return std::nullopt;
  const auto clock = TakeClock(&text);
  if (!clock) return std::nullopt;
  const auto offset = TakeOffset(&text);
  if (!offset || !text.empty()) return std::nullopt;
  return moment + *clock - *offset;
}

std::string FormatTimestamp(int64_t microseconds) {
  int64_t days = microseconds / kDay;
  int64_t rest = microseconds % kDay;
  if (rest < 0) {
    --days;
    rest += kDay;
  }
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, " %02d:%02d:%02d", static_cast<int>(rest / kHour),
                static_cast<int>(rest % kHour / kMinute), static_cast<int>(rest % kMinute / kSecond));
  std::string text = FormatDate(days) + buffer;
  if (rest % kSecond != 0) {
    std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(rest % kSecond));
    text += buffer;
  }
  return text;
}

int64_t NowMicroseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace quire
