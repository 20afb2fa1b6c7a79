// Instructions: text that addresses a language model instead of a reader. Loading says where it stands, ASK does not quote it.
#pragma once

#include <string_view>

namespace quire {

// Whether `text` reads like an order to a language model ("ignore all previous instructions", "<system>", "note to AI
// models"). A short list of phrases, not a judgement: nothing but notices and the choice of quotes depends on it.
// Cost: one pass, about 1 GB/s.
bool LooksLikeInstruction(std::string_view text);

}  // namespace quire
