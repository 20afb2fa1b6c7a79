// AskModel: an answer that a language model writes, told while it is written, then checked.
#pragma once

#include <string>

#include "extensions/chat/answer.h"
#include "extensions/chat/models.h"
#include "extensions/chat/prompt.h"
#include "sql/registry/registry.h"

namespace quire::chat {

struct ModelCall {
  const Model& model;
  const sql::Generator& generator;
  const Prompt& prompt;
  bool strict = false;  // each sentence is told once it was checked, and only if it is supported
};

// What came of it. `shown`: pieces of the answer were told, so that no other model can be asked instead.
struct ModelAnswer {
  Answer answer{};
  bool shown = false;
};

// Errors: those of the generator, where nothing was told; kCancelled; those of CheckAnswer.
Result<ModelAnswer> AskModel(const ModelCall& call, const Preparation& preparation, const sql::Session& session);

// The same from a text that the model wrote earlier, for the same prompt.
Result<Answer> AnswerFromText(const std::string& text, const ModelCall& call, const Preparation& preparation, const sql::Session& session);

// What so many tokens cost.
double CostOf(const ModelLimits& limits, int64_t tokens_in, int64_t tokens_out);

// A question of its own, made of a follow-up and the conversation before it; the question itself where the model fails to.
// Errors: kCancelled.
Result<std::string> RewriteQuestion(const sql::Generator& generator, std::string_view question, std::span<const Turn> turns,
                                    const sql::Session& session);

// Sources as the column citations has them: numbers and places, without quotes.
std::string SourcesJson(const Preparation& preparation, const Prompt& prompt);

}  // namespace quire::chat
