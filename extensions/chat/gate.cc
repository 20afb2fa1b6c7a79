#include "extensions/chat/gate.h"

#include <algorithm>
#include <cmath>

namespace quire::chat {

namespace {

constexpr double kShareExponent = 0.4;  // of the share of the bound; that of the evidence is the rest of 1
constexpr double kHalfEvidence = 3.5;
constexpr double kHeadingEvidence = 0.2;
constexpr double kFewChunks = 30;  // so many say half as much as one does about which words are rare
constexpr double kUnknownFactor = 0.33;  // at a question of unknown words alone
constexpr double kUnknownNameFactor = 0.1;

}  // namespace

double GateStatistic(const Question& question, const Candidate& candidate) {
  if (question.weight_max <= 0) return 0;
  const double matches = candidate.words / question.weight_max;
  const double of_heading = kHeadingEvidence * std::pow(candidate.heading, 4);
  const double of_few = candidate.word_share * kFewChunks / (kFewChunks + static_cast<double>(question.chunks));
  const double evidence = std::max({matches / (matches + kHalfEvidence), of_heading, of_few});
  return std::pow(candidate.word_share, kShareExponent) * std::pow(evidence, 1 - kShareExponent);
}

GateDecision DecideGate(const Question& question, const std::vector<Candidate>& candidates, const GateThresholds& thresholds) {
  GateDecision decision;
  decision.threshold = thresholds.refuse;
  decision.warning = thresholds.warn;
  bool unknown_name = false;
  double unknown_weight = 0;
  for (const auto& term : question.terms) {
    if (term.frequency > 0) continue;
    decision.unknown.push_back(term.word);
    unknown_weight += term.weight;
    unknown_name = unknown_name || term.name;
  }
  for (const auto& candidate : candidates) {
    decision.statistic = std::max(decision.statistic, GateStatistic(question, candidate));
  }
  if (question.weight > 0) decision.statistic *= 1 - kUnknownFactor * unknown_weight / question.weight;
  if (unknown_name) decision.statistic *= 1 - kUnknownNameFactor;
  decision.confidence = decision.statistic / (decision.statistic + thresholds.refuse);
  if (candidates.empty() || decision.unknown.size() == question.terms.size()) {
    decision.reason = "no_match";
  } else if (decision.statistic < thresholds.refuse) {
    decision.reason = "low_coverage";
  } else if (decision.statistic < thresholds.warn) {
    decision.outcome = GateOutcome::kWarn;
    decision.reason = "weak_match";
  } else {
    decision.outcome = GateOutcome::kAnswer;
  }
  return decision;
}

}  // namespace quire::chat
