// Values as bytes: what records hold and what sets of values compare. The layout: engine/doc/records.md.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "quire/value.h"

namespace quire {

// Appends type and content. Equal bytes: the same value of the same type, bit by bit.
void AppendValue(std::string* out, const Value& value);

// NULL and a reader that is no longer ok for bytes that are no value.
Value ReadValue(ByteReader* in);

}  // namespace quire
