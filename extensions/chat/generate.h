// Generate: from what was prepared to the answer.
#pragma once

#include "extensions/chat/ask.h"

namespace quire::chat {

// A refusal that says why: unknown words and the nearest sections.
Answer Refusal(const Preparation& preparation, std::string_view reason);

// The citation of a quote, read again from the store and compared. Errors: those of Cite and CheckCitation.
Result<Citation> MakeCitation(const Preparation& preparation, uint32_t number, const Chunk& chunk, const Quote& quote, const Reader& reader);

// The answer of the extractive generator, every citation checked against the stored bytes. Errors: those of CheckCitation.
Result<Answer> WriteAnswer(const Preparation& preparation, const Reader& reader);

}  // namespace quire::chat
