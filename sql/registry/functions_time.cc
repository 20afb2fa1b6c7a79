#include <chrono>

#include "sql/registry/builtin.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

// Constant within a statement: the binder evaluates calls without columns once.
Result<Value> Now(Arguments) {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return Value::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count());
}

Result<std::chrono::year_month_day> DateOf(const Value& value) {
  constexpr int64_t kMaxDays = int64_t{32767} * 366;  // std::chrono::year is 16 bits wide
  QUIRE_ASSIGN_OR_RETURN(const Value date, Cast(value, Type::kDate));
  if (date.integer() < -kMaxDays || date.integer() > kMaxDays - 720'000) {
    return Status(Code::kInvalidArgument, "date out of range");
  }
  const std::chrono::days days(static_cast<int>(date.integer()));
  return std::chrono::year_month_day(std::chrono::sys_days(days));
}

Result<Value> Year(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const auto date, DateOf(arguments[0]));
  return Value::Integer(static_cast<int>(date.year()));
}
Result<Value> Month(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const auto date, DateOf(arguments[0]));
  return Value::Integer(static_cast<unsigned>(date.month()));
}
Result<Value> Day(Arguments arguments) {
  QUIRE_ASSIGN_OR_RETURN(const auto date, DateOf(arguments[0]));
  return Value::Integer(static_cast<unsigned>(date.day()));
}

}  // namespace

std::vector<ScalarFunction> TimeFunctions() {
  std::vector<ScalarFunction> functions = {
      {.name = "now",
       .signature = "now()",
       .description = "The moment at which the statement began.",
       .evaluate = Now,
       .result = Type::kTimestamp},
      {.name = "year",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "year(date)",
       .description = "The year of a date or timestamp.",
       .evaluate = Year,
       .result = Type::kInteger},
      {.name = "month",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "month(date)",
       .description = "The month of a date or timestamp, 1 to 12.",
       .evaluate = Month,
       .result = Type::kInteger},
      {.name = "day",
       .arguments_min = 1,
       .arguments_max = 1,
       .signature = "day(date)",
       .description = "The day of the month of a date or timestamp, 1 to 31.",
       .evaluate = Day,
       .result = Type::kInteger},
  };
  AddAlias(&functions, functions[0], "current_timestamp");
  return functions;
}

}  // namespace quire::sql
