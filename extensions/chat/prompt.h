// Prompt: what a model is told. Versioned: kept with each answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/ask.h"
#include "extensions/chat/models.h"
#include "sql/registry/generator.h"

namespace quire::chat {

inline constexpr std::string_view kPromptVersion = "grounded@1";
inline constexpr std::string_view kNotInSources = "NOT_IN_SOURCES";

// A chunk of a source.
struct PromptPart {
  size_t candidate = 0;  // of Preparation::retrieved
  size_t bytes = 0;      // of its text, from the front; less than all where it did not fit
};

// A source as the model is given it, one part behind the other: number n is the n-th, from 1.
struct PromptSource {
  std::vector<PromptPart> parts{};
};

struct Prompt {
  sql::GeneratorRequest request{};
  std::vector<PromptSource> sources{};
  size_t turns = 0;      // of the conversation that fitted
  size_t left_out = 0;   // sources that did not fit
  int64_t tokens = 0;    // of all of it, estimated
  int64_t room = 0;      // for it: the context without what is kept for the answer
};

// Best source first, second best last: models read the middle least. Sources are data: between lines that only this prompt can
// have (`nonce`), or given apart (`apart`) where the generator takes them so. A joined source that does not fit as a whole is tried
// without what was not found, then as its best chunk alone. `answer_tokens` are kept for the answer.
// Errors: kInvalidArgument if not even the question and a part of one source fit.
Result<Prompt> BuildPrompt(const Preparation& preparation, std::string_view question, std::span<const Turn> turns,
                           const ModelLimits& limits, int64_t answer_tokens, bool apart, std::string_view nonce);

// 16 hex digits that nobody can foresee.
std::string MakeNonce();

}  // namespace quire::chat
