#include "sql/bind/parameters.h"

#include "sql/bind/shown.h"

namespace quire::sql {

ParameterValues::ParameterValues(const Parameters& parameters)
    : parameters_(parameters), positional_used_(parameters.positional.size()), named_used_(parameters.named.size()) {}

Result<Value> ParameterValues::Take(const ParameterExpression& parameter, Span span) {
  if (parameter.index > 0) {
    const size_t index = parameter.index - 1;
    if (index < parameters_.positional.size()) {
      positional_used_[index] = true;
      return parameters_.positional[index];
    }
    return Status(Code::kInvalidArgument, "parameter " + std::to_string(parameter.index) + " has no value: " +
                                              std::to_string(parameters_.positional.size()) + " were given")
        .At(span.start);
  }
  for (size_t i = 0; i < parameters_.named.size(); ++i) {
    if (parameters_.named[i].first != parameter.name) continue;
    named_used_[i] = true;
    return parameters_.named[i].second;
  }
  return Status(Code::kInvalidArgument, "parameter :" + Shortened(parameter.name) + " has no value").At(span.start);
}

Status ParameterValues::CheckAllUsed() const {
  for (size_t i = 0; i < positional_used_.size(); ++i) {
    if (positional_used_[i]) continue;
    return Status(Code::kInvalidArgument, "value " + std::to_string(i + 1) + " of " +
                                              std::to_string(positional_used_.size()) +
                                              " was given, but the statement has no such parameter");
  }
  for (size_t i = 0; i < named_used_.size(); ++i) {
    if (named_used_[i]) continue;
    return Status(Code::kInvalidArgument,
                  "a value for :" + parameters_.named[i].first + " was given, but the statement has no such parameter");
  }
  return {};
}

}  // namespace quire::sql
