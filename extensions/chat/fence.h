// Fence: text that addresses a model instead of a reader. It never changes what is done; it is also not quoted.
#pragma once

#include <string_view>

namespace quire::chat {

// Whether `text` reads like an order to a language model ("ignore all previous instructions", "<system>", "note to AI
// models"). A short list of phrases, not a judgement: nothing but the choice of quotes depends on it.
bool LooksLikeInstruction(std::string_view text);

}  // namespace quire::chat
