// Register: brings ASK, models and kept answers.
#pragma once

#include "sql/registry/registry.h"

namespace quire::chat {

// Sets the answer provider of `registry`. Errors: kAlreadyExists if it has one.
Status RegisterChat(sql::Registry* registry);

}  // namespace quire::chat
