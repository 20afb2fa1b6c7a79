// ModelCheck: sentences that words alone cannot decide, put to a model. What it says never counts as what the bytes say.
#pragma once

#include <string>
#include <string_view>

#include "extensions/chat/ask_model.h"
#include "extensions/chat/generator_pool.h"

namespace quire::chat {

inline constexpr std::string_view kSupportedByModel = "supported by model";

// Asks the model of `call`, for each sentence of the answer that is unverified and cites a source, whether that source states it. Yes:
// the verdict is kSupportedByModel. No, nothing clear, a failure, or a budget that is used up: it stays unverified, and `check` of the
// sentence says which. Each question counts towards the model's rate and costs; together with the answer they keep to `max_cost` (0: any).
// The first failure ends it: the others are not asked. The answer's tokens, cost and note say what was done.
// Errors: kCancelled.
Status CheckByModel(const ModelCall& call, const Preparation& preparation, const sql::Session& session, double max_cost,
                    GeneratorPool* pool, Answer* answer);

// Takes over what a model said of the same sentences before: `sentences` is the column of a kept answer.
void TakeModelVerdicts(std::string_view sentences, Answer* answer);

// What a reply says: the word yes or no, if it holds one of them. Text that a model thinks first (</think>) does not count.
enum class YesNo : uint8_t { kUnclear, kYes, kNo };
YesNo ReadYesNo(std::string_view reply);

inline constexpr std::string_view kNotAsked = "not asked";  // begins `check` of a sentence that was left out
inline constexpr size_t kModelChecksMax = 16;  // of an answer

}  // namespace quire::chat
