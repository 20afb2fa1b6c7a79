// What statements need beyond the language itself: ASK, and COPY of documents.
#pragma once

#include <memory>

#include "quire/connection.h"

namespace quire {

// A registry with every extension of this release, for any number of connections. A program that wants some of them only
// makes a sql::Registry of its own.
Result<std::shared_ptr<const sql::Registry>> AllExtensions();

}  // namespace quire
