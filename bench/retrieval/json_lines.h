// Files of JSON objects, one a line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/function_ref.h"
#include "quire/status.h"

namespace quire::bench {

// Calls take(object) for each line of a file, also one packed by gzip; empty lines are passed over.
// Errors: kIoError; kInvalidArgument naming file and line, also where `take` misses a field.
Status ReadJsonLines(const std::string& path, function_ref<void(const nlohmann::json&)> take);

}  // namespace quire::bench
