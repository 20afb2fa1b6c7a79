// Verification: what chat::VerifyAnswer sees of sentences that were changed on purpose, and of texts that people judged.
#pragma once

#include <string>

#include "quire/status.h"

namespace quire::bench {

// Takes sentences of documentation (lines of JSON with _id, page, title, text), changes them in one way each, and prints how many
// are flagged: not called supported. Sentences that are left as they are must not be. Seeded.
Status MeasureEdits(const std::string& sections);

// Claims of Wikipedia and the page each cites (WiCE): prints how well the score tells claims that are not supported from the
// others, as the area under the ROC curve; likewise supported ones from the rest.
Status MeasureWice(const std::string& path);

// Answers of models to questions with passages (MTRAG), rated for faithfulness by people: those with a mean of at least 3.5
// against those of at most 2.5.
Status MeasureMtrag(const std::string& path);

}  // namespace quire::bench
