// Gate: whether the documents hold an answer at all, decided before anything is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/question.h"
#include "extensions/chat/retrieve.h"

namespace quire::chat {

enum class GateOutcome : uint8_t { kAnswer, kWarn, kRefuse };

struct GateDecision {
  GateOutcome outcome = GateOutcome::kRefuse;
  std::string_view reason;  // of a refusal: "no_match", "low_coverage"; of a warning: "weak_match"
  double statistic = 0;     // in [0, 1]
  double threshold = 0;     // below it: refuse
  double warning = 0;       // below it: answer with a warning
  double confidence = 0;             // in [0, 1): rises with the statistic, 0.5 at the threshold
  std::vector<std::string> unknown;  // content words that no chunk holds, in order
};

// The statistic of one candidate, in [0, 1]: a weighted geometric mean of two shares. One is its share of the BM25 bound: how
// much of the question it holds. The other is m / (m + 3.5), m its BM25 in units of the largest weight a word can have:
// how much evidence that is; one common word that matches wholly is little, unless the heading is about nothing else, or there
// are so few chunks that no word can be rare.
// One threshold serves questions of any length, collections of any size and any embedder.
double GateStatistic(const Question& question, const Candidate& candidate);

// Fitted on several sets of answerable and unanswerable questions (extensions/chat/doc/answers.md); CALIBRATE fits those of one
// collection.
inline constexpr double kGateThreshold = 0.283;
inline constexpr double kGateWarning = 0.31;
struct GateThresholds {
  double refuse = kGateThreshold;
  double warn = kGateWarning;
};

// Decides by the best statistic among the candidates. What no chunk mentions lowers it by a third of its share of the question's
// weight, a name among it by another tenth: who asks for Kubernetes or Krippendorff is not helped by what is said of the other
// words.
GateDecision DecideGate(const Question& question, const std::vector<Candidate>& candidates, const GateThresholds& thresholds);

}  // namespace quire::chat
