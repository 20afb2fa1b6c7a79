// AskOptions: those of ASK's options that say what an answer is made from. The others are WriteOptions.
#pragma once

#include <cstdint>
#include <vector>

#include "extensions/chat/history.h"
#include "sql/registry/registry.h"

namespace quire::chat {

struct AskOptions {
  uint32_t k = 8;          // chunks an answer may be taken from, 1 to 100
  int64_t max_tokens = 0;  // of the answer; 0: no limit was given
  std::vector<Turn> history{};  // oldest first; none was given: empty
};

// Errors: those of ReadHistory; kInvalidArgument for an unknown option (naming those there are) or a value out of range; kTypeMismatch
// for one of the wrong type.
Result<AskOptions> ReadAskOptions(const sql::AskRequest& request);

}  // namespace quire::chat
