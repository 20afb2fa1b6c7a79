// Generate: from what was prepared to the answer.
#pragma once

#include "extensions/chat/ask.h"

namespace quire::chat {

// The answer, every citation checked against the stored bytes. Errors: those of CheckCitation.
Result<Answer> WriteAnswer(const Preparation& preparation, const Reader& reader);

}  // namespace quire::chat
