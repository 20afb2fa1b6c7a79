// WriteOptions: those of ASK's options that say how an answer is written and kept. The others are AskOptions.
#pragma once

#include <cstdint>
#include <string>

#include "sql/registry/answer_provider.h"

namespace quire::chat {

struct WriteOptions {
  std::string conversation{};  // empty: none
  bool strict = false;         // nothing but what the sources support
  bool keep = true;            // in quire_answers
  bool cache = true;           // an answer that was given before, from the same chunks, may be given again
  bool rewrite = false;        // the model makes a follow-up a question of its own first
  bool verify = false;         // the model decides on sentences that words cannot
  double max_cost = 0;         // of this answer; 0: the model's
};

// Takes what is its own out of `options`.
// Errors: kTypeMismatch, kInvalidArgument (values).
Result<WriteOptions> TakeWriteOptions(sql::StatementOptions* options);

}  // namespace quire::chat
