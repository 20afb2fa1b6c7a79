#include "extensions/chat/gate.h"

#include <algorithm>
#include <cmath>

namespace quire::chat {

namespace {

constexpr double kHalfEvidence = 2.3;
constexpr double kHeadingEvidence = 0.2;
constexpr double kUnknownNameFactor = 0.8;

}  // namespace

double GateStatistic(const Question& question, const Candidate& candidate) {
  if (question.weight_max <= 0) return 0;
  const double matches = candidate.words / question.weight_max;
  const double of_heading = kHeadingEvidence * std::pow(candidate.heading, 4);
  return std::sqrt(candidate.word_share * std::max(matches / (matches + kHalfEvidence), of_heading));
}

GateDecision DecideGate(const Question& question, const std::vector<Candidate>& candidates, double threshold) {
  GateDecision decision;
  decision.threshold = threshold;
  bool unknown_name = false;
  for (const auto& term : question.terms) {
    if (term.frequency > 0) continue;
    decision.unknown.push_back(term.word);
    unknown_name = unknown_name || term.name;
  }
  for (const auto& candidate : candidates) {
    decision.statistic = std::max(decision.statistic, GateStatistic(question, candidate));
  }
  if (unknown_name) decision.statistic *= kUnknownNameFactor;
  decision.confidence = decision.statistic / (decision.statistic + threshold);
  if (candidates.empty() || decision.unknown.size() == question.terms.size()) {
    decision.reason = "no_match";
  } else if (decision.statistic < threshold) {
    decision.reason = "low_coverage";
  } else {
    decision.outcome = GateOutcome::kAnswer;
  }
  return decision;
}

}  // namespace quire::chat
