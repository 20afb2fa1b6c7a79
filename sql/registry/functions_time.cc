// Dates and moments: now, their parts, and their text. Everything is UTC.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;
using std::chrono::year_month_day;

constexpr int64_t kSecond = 1'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

// Constant within a statement: the binder evaluates calls without columns once.
Result<Value> Now(Arguments) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return Value::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
}
Result<Value> Today(Arguments) {
  QUIRE_ASSIGN_OR_RETURN(const Value now, Now({}));
  return Cast(now, Type::kDate);
}

// A moment in parts.
struct Moment {
  int64_t days = 0;  // since 1970
  int64_t time = 0;  // microseconds of the day
  int64_t year = 0;
  unsigned month = 0, day = 0;
};

Result<Moment> MomentOf(const Value& value) {
  constexpr int64_t kMaxDays = int64_t{9999} * 365;  // std::chrono::year is 16 bits wide
  const auto too_far = [](int64_t days) { return days < -kMaxDays || days > kMaxDays; };
  const Status out_of_range(Code::kInvalidArgument, "date out of range");
  if (value.type() == Type::kDate && too_far(value.integer())) return out_of_range;
  QUIRE_ASSIGN_OR_RETURN(const Value stamp, Cast(value, Type::kTimestamp));
  Moment moment;
  moment.days = stamp.integer() / kDay - (stamp.integer() % kDay < 0 ? 1 : 0);
  moment.time = stamp.integer() - moment.days * kDay;
  if (too_far(moment.days)) return out_of_range;
  const year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(moment.days)))};
  moment.year = static_cast<int>(date.year());
  moment.month = static_cast<unsigned>(date.month());
  moment.day = static_cast<unsigned>(date.day());
  return moment;
}

int64_t DaysOf(int64_t year, unsigned month, unsigned day) {
  const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                            std::chrono::day(day)};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// 0 is Sunday; 1970-01-01 was a Thursday.
int64_t WeekdayOf(const Moment& moment) { return ((moment.days + 4) % 7 + 7) % 7; }
int64_t DayOfYear(const Moment& moment) { return moment.days - DaysOf(moment.year, 1, 1) + 1; }

// The Monday-based week that holds the year's first Thursday is its first.
int64_t IsoWeek(const Moment& moment, int64_t* year) {
  const int64_t weekday = (WeekdayOf(moment) + 6) % 7;
  const int64_t thursday = moment.days - weekday + 3;
  const year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(thursday)))};
  *year = static_cast<int>(date.year());
  return (thursday - DaysOf(*year, 1, 1)) / 7 + 1;
}

struct Part {
  std::string_view name;
  double (*of)(const Moment& moment);
};
constexpr Part kParts[] = {
    {"year", [](const Moment& m) { return static_cast<double>(m.year); }},
    {"month", [](const Moment& m) { return static_cast<double>(m.month); }},
    {"day", [](const Moment& m) { return static_cast<double>(m.day); }},
    {"hour", [](const Moment& m) { return static_cast<double>(m.time / kHour); }},
    {"minute", [](const Moment& m) { return static_cast<double>(m.time / kMinute % 60); }},
    {"second", [](const Moment& m) { return static_cast<double>(m.time % kMinute) / kSecond; }},
    {"quarter", [](const Moment& m) { return static_cast<double>((m.month + 2) / 3); }},
    {"dow", [](const Moment& m) { return static_cast<double>(WeekdayOf(m)); }},
    {"isodow", [](const Moment& m) { return static_cast<double>((WeekdayOf(m) + 6) % 7 + 1); }},
    {"doy", [](const Moment& m) { return static_cast<double>(DayOfYear(m)); }},
    {"week", [](const Moment& m) { int64_t year = 0; return static_cast<double>(IsoWeek(m, &year)); }},
    {"isoyear", [](const Moment& m) { int64_t year = 0; IsoWeek(m, &year); return static_cast<double>(year); }},
    {"decade", [](const Moment& m) { return static_cast<double>(m.year / 10); }},
    {"milliseconds", [](const Moment& m) { return static_cast<double>(m.time % kMinute) / 1000; }},
    {"microseconds", [](const Moment& m) { return static_cast<double>(m.time % kMinute); }},
    {"epoch", [](const Moment& m) { return static_cast<double>(m.days * 86'400) + static_cast<double>(m.time) / kSecond; }},
};

Result<Value> DatePart(Arguments arguments) {
  const std::string name = ToLower(arguments[0].text());
  QUIRE_ASSIGN_OR_RETURN(const Moment moment, MomentOf(arguments[1]));
  std::string names;
  for (const Part& part : kParts) {
    if (part.name == name) return Value::Real(part.of(moment));
    names.append(names.empty() ? "parts are " : ", ").append(part.name);
  }
  return Status(Code::kInvalidArgument, "a date has no part '" + name.substr(0, 40) + "'", names);
}

template <size_t kPart>
Result<Value> IntegerPart(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const Moment moment, MomentOf(arguments[0]));
  return Value::Integer(static_cast<int64_t>(kParts[kPart].of(moment)));
}

Result<Value> DateTrunc(Arguments arguments) {
  const std::string unit = ToLower(arguments[0].text());
  QUIRE_ASSIGN_OR_RETURN(const Moment moment, MomentOf(arguments[1]));
  const auto at = [](int64_t days, int64_t time = 0) { return Value::Timestamp(days * kDay + time); };
  const auto within = [&](int64_t length) { return at(moment.days, moment.time / length * length); };
  if (unit == "microseconds") return within(1);
  if (unit == "milliseconds") return within(1000);
  if (unit == "second") return within(kSecond);
  if (unit == "minute") return within(kMinute);
  if (unit == "hour") return within(kHour);
  if (unit == "day") return at(moment.days);
  if (unit == "week") return at(moment.days - (WeekdayOf(moment) + 6) % 7);
  if (unit == "month") return at(DaysOf(moment.year, moment.month, 1));
  if (unit == "quarter") return at(DaysOf(moment.year, (moment.month - 1) / 3 * 3 + 1, 1));
  if (unit == "year") return at(DaysOf(moment.year, 1, 1));
  if (unit == "decade") return at(DaysOf(moment.year / 10 * 10, 1, 1));
  return Status(Code::kInvalidArgument, "date_trunc has no unit '" + unit.substr(0, 40) + "'",
                "units are second, minute, hour, day, week, month, quarter, year, decade");
}

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};

std::string Number(int64_t value, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*lld", width, static_cast<long long>(value));
  return text;
}

// What one conversion stands for; nothing if it is unknown.
std::optional<std::string> Converted(char conversion, const Moment& m) {
  const int64_t hour = m.time / kHour, minute = m.time / kMinute % 60, second = m.time / kSecond % 60;
  const std::string date = Number(m.year, 4) + "-" + Number(m.month, 2) + "-" + Number(m.day, 2);
  const std::string clock = Number(hour, 2) + ":" + Number(minute, 2) + ":" + Number(second, 2);
  switch (conversion) {
    case 'Y': return Number(m.year, 4);
    case 'y': return Number(m.year % 100, 2);
    case 'm': return Number(m.month, 2);
    case 'd': return Number(m.day, 2);
    case 'H': return Number(hour, 2);
    case 'I': return Number((hour + 11) % 12 + 1, 2);
    case 'M': return Number(minute, 2);
    case 'S': return Number(second, 2);
    case 'f': return Number(m.time % kSecond, 6);
    case 'j': return Number(DayOfYear(m), 3);
    case 'w': return Number(WeekdayOf(m), 1);
    case 'u': return Number((WeekdayOf(m) + 6) % 7 + 1, 1);
    case 'p': return hour < 12 ? "AM" : "PM";
    case 'B': return std::string(kMonths[m.month - 1]);
    case 'b': return std::string(kMonths[m.month - 1].substr(0, 3));
    case 'A': return std::string(kWeekdays[WeekdayOf(m)]);
    case 'a': return std::string(kWeekdays[WeekdayOf(m)].substr(0, 3));
    case 's': return Number(m.days * 86'400 + m.time / kSecond, 1);
    case 'F': return date;
    case 'T': return clock;
    case '%': return "%";
    default: return std::nullopt;
  }
}

// strftime(format, moment) as SQLite has it, strftime(moment, format) as DuckDB has it.
Result<Value> Strftime(Arguments arguments) {
  const auto is_format = [](const Value& v) { return v.type() == Type::kText && v.text().find('%') != std::string::npos; };
  const bool format_first = is_format(arguments[0]);
  const Value& format = arguments[format_first ? 0 : 1];
  if (!is_format(format)) return Status(Code::kInvalidArgument, "strftime needs a format such as '%Y-%m-%d'");
  QUIRE_ASSIGN_OR_RETURN(const Moment moment, MomentOf(arguments[format_first ? 1 : 0]));
  std::string out;
  const std::string& text = format.text();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const auto converted = Converted(text[++i], moment);
    if (!converted) {
      return Status(Code::kInvalidArgument, std::string("strftime does not know %") + text[i],
                    "conversions are %Y %y %m %d %H %I %M %S %f %p %j %w %u %B %b %A %a %s %F %T %%");
    }
    out += *converted;
    if (out.size() > kMaxTextBytes) return Status(Code::kResourceExhausted, "strftime: result is over 64 MiB");
  }
  return Value::Text(std::move(out));
}

// add_interval(moment, months, days, microseconds): months first, and a day beyond the month's last becomes that.
Result<Value> AddInterval(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const Moment moment, MomentOf(arguments[0]));
  const int64_t months = arguments[1].integer();
  constexpr int64_t kMostMonths = int64_t{12} * 20'000, kMostDays = kMostMonths * 31;
  const auto out_of_range = [] { return Status(Code::kInvalidArgument, "date out of range"); };
  if (months < -kMostMonths || months > kMostMonths) return out_of_range();
  const int64_t total = moment.year * 12 + static_cast<int64_t>(moment.month) - 1 + months;
  const int64_t year = total >= 0 ? total / 12 : (total - 11) / 12;
  if (year < -9990 || year > 9990) return out_of_range();
  const auto month = static_cast<unsigned>(total - year * 12) + 1;
  const auto last = std::chrono::year_month_day_last(std::chrono::year(static_cast<int>(year)),
                                                     std::chrono::month_day_last(std::chrono::month(month)));
  const unsigned day = std::min(moment.day, static_cast<unsigned>(last.day()));
  if (arguments[2].integer() < -kMostDays || arguments[2].integer() > kMostDays) return out_of_range();
  const int64_t days = DaysOf(year, month, day) + arguments[2].integer();
  int64_t sum = 0;
  if (__builtin_add_overflow(days * kDay + moment.time, arguments[3].integer(), &sum)) return out_of_range();
  return Value::Timestamp(sum);
}

Result<Value> ToTimestamp(Arguments arguments) {
  const double seconds = arguments[0].real();
  if (!(seconds > -9e11 && seconds < 9e11)) return Status(Code::kInvalidArgument, "timestamp out of range");
  return Value::Timestamp(static_cast<int64_t>(seconds * 1e6));
}

Result<Value> ToDate(Arguments arguments) {
  if (arguments[0].type() == Type::kDate) return arguments[0];
  QUIRE_ASSIGN_OR_RETURN(const Value moment, Cast(arguments[0], Type::kTimestamp));
  return Cast(moment, Type::kDate);
}

}  // namespace

std::vector<ScalarFunction> TimeFunctions() {
  constexpr Type kT = Type::kText, kI = Type::kInteger, kR = Type::kReal, kAny = Type::kNull, kS = Type::kTimestamp;
  std::vector<ScalarFunction> functions = {
      MakeFunction("now", "", "The moment at which the statement began.", {}, 0, kS, Now),
      MakeFunction("today", "", "The day on which the statement began.", {}, 0, Type::kDate, Today),
      MakeFunction("year", "date", "The year of a date or timestamp.", {kAny}, 0, kI, IntegerPart<0>),
      MakeFunction("month", "date", "The month of a date or timestamp, 1 to 12.", {kAny}, 0, kI, IntegerPart<1>),
      MakeFunction("day", "date", "The day of the month of a date or timestamp, 1 to 31.", {kAny}, 0, kI, IntegerPart<2>),
      MakeFunction("hour", "timestamp", "The hour of a timestamp, 0 to 23.", {kAny}, 0, kI, IntegerPart<3>),
      MakeFunction("minute", "timestamp", "The minute of a timestamp, 0 to 59.", {kAny}, 0, kI, IntegerPart<4>),
      MakeFunction("date_part", "part, date",
                   "A part of a date or timestamp: 'year', 'quarter', 'week', 'dow', 'doy', 'epoch' ...", {kT, kAny}, 0, kR,
                   DatePart),
      MakeFunction("date_trunc", "unit, date", "The beginning of the 'hour', 'day', 'week', 'month', 'year' ...", {kT, kAny},
                   0, kS, DateTrunc),
      MakeFunction("strftime", "format, date", "A date or timestamp as text: '%Y-%m-%d %H:%M:%S'.", {kAny, kAny}, 0, kT,
                   Strftime),
      MakeFunction("add_interval", "date, months, days, microseconds", "The date + INTERVAL '...'.", {kAny, kI, kI, kI}, 0,
                   kS, AddInterval),
      MakeFunction("to_timestamp", "seconds", "The moment so many seconds after 1970.", {kR}, 0, kS, ToTimestamp),
      MakeFunction("date", "value", "The day of a timestamp or text.", {kAny}, 0, Type::kDate, ToDate),
  };
  AddAlias(&functions, functions[0], "current_timestamp");
  AddAlias(&functions, functions[1], "current_date");
  return functions;
}

}  // namespace quire::sql
