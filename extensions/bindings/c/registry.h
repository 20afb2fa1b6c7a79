// What a connection made through a binding knows: every extension there is.
#pragma once

#include <memory>

#include "sql/registry/registry.h"

namespace quire::c {

Result<std::shared_ptr<const sql::Registry>> MakeRegistry();

}  // namespace quire::c
