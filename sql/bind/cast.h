// Casts beyond those of the engine: what CAST and :: do, and what texts are read as.
#pragma once

#include "quire/value.h"

namespace quire::sql {

// `value` as `type` without losing anything: as the engine's Cast, and '{a,b}' or '["a", "b"]' as an array, and text as JSON
// only where it is JSON. Errors: kTypeMismatch.
Result<Value> ReadAs(const Value& value, Type type);

// What CAST gives, as in PostgreSQL: as ReadAs, a REAL is rounded to the nearest INTEGER (halves to the even one), and a
// number, text or truth value is taken out of JSON. Errors: kTypeMismatch.
Result<Value> CastAsAsked(const Value& value, Type type);

}  // namespace quire::sql
