#include "sql/bind/value_set.h"

#include <cmath>
#include <limits>

#include "engine/base/bytes.h"

namespace quire::sql {
namespace {

// A real that is a whole number of 64 bits is that integer; NaN is one value, whatever its bits.
void AppendReal(double real, std::string* out) {
  if (std::trunc(real) == real && real >= -9223372036854775808.0 && real < 9223372036854775808.0) {
    out->push_back(static_cast<char>(Type::kInteger));
    AppendRaw(out, static_cast<int64_t>(real));
    return;
  }
  out->push_back(static_cast<char>(Type::kReal));
  AppendRaw(out, std::isnan(real) ? std::numeric_limits<double>::quiet_NaN() : real);
}

}  // namespace

void AppendIdentity(const Value& value, std::string* out) {
  if (value.type() == Type::kReal) return AppendReal(value.real(), out);
  out->push_back(static_cast<char>(value.type()));
  switch (value.type()) {
    case Type::kNull:
    case Type::kReal: break;
    case Type::kBoolean: out->push_back(value.boolean() ? 1 : 0); break;
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: AppendRaw(out, value.integer()); break;
    case Type::kText:
    case Type::kJson: AppendString(out, value.text()); break;
    case Type::kTextArray:
      AppendVarint(out, value.texts().size());
      for (const std::string& item : value.texts()) AppendString(out, item);
      break;
    case Type::kVector:
      AppendVarint(out, value.vector().size());
      for (const float component : value.vector()) AppendRaw(out, component == 0 ? 0.0F : component);
      break;
  }
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
