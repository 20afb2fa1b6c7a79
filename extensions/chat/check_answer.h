// CheckAnswer: from what a model wrote to an answer whose sentences have verdicts and whose citations are the sources' bytes.
#pragma once

#include <string_view>

#include "extensions/chat/answer.h"
#include "extensions/chat/prompt.h"

namespace quire::chat {

// Numbers that no source has are taken out of the text; where another source supports a sentence than the one it cites, its number is put
// there. `strict`: sentences that are not supported are left out, and where none is left it is refused with "unsupported".
// Errors: those of CheckCitation.
Result<Answer> CheckAnswer(std::string_view text, const Preparation& preparation, const Prompt& prompt, bool strict, const Reader& reader);

}  // namespace quire::chat
