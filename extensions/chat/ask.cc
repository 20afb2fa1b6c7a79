#include "extensions/chat/ask.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "extensions/chat/calibrations.h"
#include "extensions/chat/parts.h"

namespace quire::chat {
namespace {

constexpr size_t kDocumentsCited = 5;  // those quoted and further ones
constexpr uint32_t kFurtherBytesMax = 400;
constexpr size_t kNumberBytes = 6;  // " [1]" and a blank line

Status CheckCancelled(const sql::Session& session) {
  return session.cancelled.load(std::memory_order_relaxed) ? Status(Code::kCancelled, "ASK was cancelled") : Status();
}

// Keeps the best quotes that fit max_tokens together, in their order.
void FitBudget(Preparation* preparation) {
  if (preparation->options.max_tokens == 0) return;
  auto& quotes = preparation->quotes;
  std::vector<size_t> by_score(quotes.size());
  std::iota(by_score.begin(), by_score.end(), size_t{0});
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](size_t a, size_t b) { return quotes[a].score > quotes[b].score; });
  std::set<size_t> kept;
  int64_t left = preparation->options.max_tokens;
  for (const size_t i : by_score) {
    const int64_t tokens = EstimateTokens(quotes[i].end - quotes[i].start + kNumberBytes);
    if (tokens > left) continue;
    left -= tokens;
    kept.insert(i);
  }
  std::vector<Quote> chosen;
  for (const size_t i : kept) chosen.push_back(quotes[i]);
  preparation->quotes_cut = static_cast<uint32_t>(quotes.size() - chosen.size());
  quotes = std::move(chosen);
}

std::string_view DocumentOf(const Chunk& chunk) { return chunk.uri.empty() ? chunk.id : chunk.uri; }

// One source of each document that comes next, where something can be quoted from it.
void FindFurther(const WordCutter& cutter, Preparation* preparation) {
  if (preparation->quotes.empty()) return;
  const Retrieved& retrieved = preparation->retrieved;
  std::set<std::string_view> documents;
  for (const Quote& quote : preparation->quotes) documents.insert(DocumentOf(retrieved.candidates[quote.candidate].chunk));
  const auto take = [&](const Candidate& candidate) {
    if (documents.size() >= kDocumentsCited || documents.count(DocumentOf(candidate.chunk)) > 0) return;
    const auto quotes = Extract(preparation->question, {candidate}, {1, kFurtherBytesMax}, cutter);
    if (quotes.empty()) return;
    documents.insert(DocumentOf(candidate.chunk));
    preparation->further.push_back({candidate.chunk, quotes.front()});
  };
  for (const Candidate& candidate : retrieved.candidates) take(candidate);
  for (const Candidate& candidate : retrieved.rest) take(candidate);
}

// Retrieves for the question and for each of its parts; the gate lets it pass if one of them may.
Status FindCandidates(const sql::AskRequest& request, const sql::Session& session, const std::vector<Question>& questions,
                      const WordCutter& cutter, Preparation* preparation) {
  GateThresholds thresholds;
  QUIRE_ASSIGN_OR_RETURN(const auto calibration, FindCalibration(session.reader, request.collection));
  if (calibration) thresholds = {calibration->threshold, calibration->warning};
  std::vector<Retrieved> found;
  for (const Question& question : questions) {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(session));
    if (preparation->collection.chunks == 0) found.emplace_back();
    if (preparation->collection.chunks > 0) {
      QUIRE_ASSIGN_OR_RETURN(
          found.emplace_back(),
          Retrieve(session.reader, preparation->collection, question,
                   {request.collection, request.filter, preparation->options.k, &session.cancelled}, cutter));
    }
    GateDecision gate = DecideGate(question, found.back().candidates, thresholds);
    if (found.size() == 1 || gate.statistic > preparation->gate.statistic) {
      if (found.size() > 1) gate.unknown = std::move(preparation->gate.unknown);
      preparation->gate = std::move(gate);
    }
  }
  preparation->retrieved = JoinParts(std::move(found));
  return CheckCancelled(session);
}

}  // namespace

Result<Preparation> Prepare(const sql::AskRequest& request, const sql::Session& session, std::span<const Turn> turns) {
  Preparation preparation;
  QUIRE_ASSIGN_OR_RETURN(preparation.options, ReadAskOptions(request));
  QUIRE_ASSIGN_OR_RETURN(preparation.collection, session.reader.GetCollection(request.collection));
  const WordCutter cutter(preparation.collection.schema.language);
  if (!preparation.options.history.empty()) turns = preparation.options.history;
  const std::string_view new_topic = turns.empty() ? std::string_view() : AfterShift(request.question);
  if (!new_topic.empty()) turns = {};
  QUIRE_ASSIGN_OR_RETURN(const Question question, ReadQuestion(new_topic.empty() ? request.question : new_topic,
                                                               session.reader, preparation.collection, cutter));
  QUIRE_ASSIGN_OR_RETURN(preparation.question,
                         ExpandQuestion(question, turns, session.reader, preparation.collection, cutter));
  // A question without a conversation before it may ask for several things.
  std::vector<Question> questions = {preparation.question};
  if (turns.empty()) {
    for (const std::string& part : SplitParts(question.text, cutter)) {
      QUIRE_ASSIGN_OR_RETURN(questions.emplace_back(), ReadQuestion(part, session.reader, preparation.collection, cutter));
    }
  }
  QUIRE_RETURN_IF_ERROR(FindCandidates(request, session, questions, cutter, &preparation));
  if (preparation.gate.outcome == GateOutcome::kRefuse) return preparation;
  preparation.quotes = Extract(preparation.question, preparation.retrieved.candidates, {}, cutter);
  FitBudget(&preparation);
  FindFurther(cutter, &preparation);
  return preparation;
}

}  // namespace quire::chat
