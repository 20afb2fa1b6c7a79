#include "sql/bind/value_set.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "engine/base/value_bytes.h"

namespace quire::sql {
namespace {

// NaN is one value, whatever its bits, and so is zero, whatever its sign.
float Canonical(float component) {
  if (std::isnan(component)) return std::numeric_limits<float>::quiet_NaN();
  return component == 0 ? 0.0F : component;
}

}  // namespace

void AppendIdentity(const Value& value, std::string* out) {
  if (value.type() == Type::kReal) {
    const double real = value.real();
    const bool whole = std::trunc(real) == real && real >= -9223372036854775808.0 && real < 9223372036854775808.0;
    if (whole) return AppendValue(out, Value::Integer(static_cast<int64_t>(real)));  // equals that integer
    return AppendValue(out, std::isnan(real) ? Value::Real(std::numeric_limits<double>::quiet_NaN()) : value);
  }
  if (value.type() != Type::kVector) return AppendValue(out, value);
  std::vector<float> components = value.vector();
  for (float& component : components) component = Canonical(component);
  AppendValue(out, Value::Vector(std::move(components)));
}

void ValueSet::Add(const Value& value) {
  if (value.is_null()) {
    has_null_ = true;
    return;
  }
  std::string identity;
  AppendIdentity(value, &identity);
  if (identities_.insert(std::move(identity)).second && values_.size() < kMaxListed) values_.push_back(value);
}

bool ValueSet::Contains(const Value& value) const {
  std::string identity;
  AppendIdentity(value, &identity);
  return identities_.count(identity) != 0;
}

}  // namespace quire::sql
