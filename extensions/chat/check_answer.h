// CheckAnswer: from what a model wrote to an answer whose sentences have verdicts and whose citations are the sources' bytes.
#pragma once

#include <string_view>

#include "extensions/chat/answer.h"
#include "extensions/chat/prompt.h"

namespace quire::chat {

// Numbers that no source has are taken out of the text; where another source supports a sentence than the one it cites, its number is put
// there. `strict`: sentences that are not supported are left out, and where none is left it is refused with "unsupported".
// Marks behind lines of code are taken out of the code, and none is put into it. Errors: those of CheckCitation.
Result<Answer> CheckAnswer(std::string_view written, const Preparation& preparation, const Prompt& prompt, bool strict, const Reader& reader);

// Of an answer that is still being written: what strict mode shows of its sentences but the last one, which may go on. A front of what it
// shows in the end, unless what comes makes other sentences of these. Cost: that of CheckAnswer.
std::string SupportedFront(std::string_view written, const Preparation& preparation, const Prompt& prompt, const Reader& reader);

}  // namespace quire::chat
