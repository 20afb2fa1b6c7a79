// The functions that are not of values: aggregates, and those that search. One table each, for names and for the manual.
#pragma once

#include <span>
#include <string_view>

#include "sql/bind/binder.h"

namespace quire::sql {

struct AggregateInfo {
  std::string_view name;
  AggregateCall::Kind kind;
  std::string_view signature;
  std::string_view description;
};
std::span<const AggregateInfo> Aggregates();

struct SearchInfo {
  std::string_view form;
  std::string_view description;
};
std::span<const SearchInfo> SearchForms();

}  // namespace quire::sql
