#include <cstdio>

#include "engine/base/utf8.h"
#include "extensions/chat/ask.h"

namespace quire::chat {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

class Explanation {
 public:
  Explanation() { rows_.columns = {{"step", Type::kText}, {"detail", Type::kText}}; }

  void Add(std::string_view step, std::string detail) {
    rows_.rows.push_back({Value::Text(std::string(step)), Value::Text(std::move(detail))});
  }
  sql::RowSet Take() { return std::move(rows_); }

 private:
  sql::RowSet rows_;
};

std::string QuestionDetail(const Question& question) {
  std::string detail = "kind " + std::string(QuestionKindName(question.kind));
  for (const auto& term : question.terms) {
    detail += "; " + Printable(term.word) + " in " + std::to_string(term.frequency) + " chunks, weight " +
              Number(term.weight);
  }
  return detail;
}

std::string CandidateDetail(const Question& question, size_t rank, const Candidate& candidate) {
  const Chunk& chunk = candidate.chunk;
  std::string place = Printable(chunk.uri.empty() ? chunk.id : chunk.uri);
  if (!chunk.section.empty()) place += " # " + Printable(chunk.section);
  return std::to_string(rank) + ". " + place + " [" + chunk.id + "]: score " + Number(candidate.score) + ", words " +
         Number(candidate.word_share) + " (rank " + std::to_string(candidate.hit.word_rank) + "), closeness " +
         Number(candidate.closeness) + " (rank " + std::to_string(candidate.hit.vector_rank) + "), heading " +
         Number(candidate.heading) + ", name " + Number(candidate.name) + ", gate " +
         Number(GateStatistic(question, candidate)) + (candidate.orders ? ", holds orders to a model, not quoted" : "");
}

// "2. + [id] (it stands between two hits) + 5.": candidates by their rank.
std::string JoinDetail(const std::vector<Candidate>& candidates, const JoinedSource& source) {
  std::string detail;
  for (const size_t part : source.parts) {
    const Candidate& candidate = candidates[part];
    detail += detail.empty() ? "" : " + ";
    detail += candidate.joined.empty() ? std::to_string(part + 1) + "." : "[" + candidate.chunk.id + "] (" + std::string(candidate.joined) + ")";
  }
  return detail + ": one behind the other in " + Printable(candidates[source.parts.front()].chunk.uri) + ", for a model they are one source";
}

std::string GateDetail(const GateDecision& gate) {
  std::string detail = gate.outcome == GateOutcome::kRefuse ? "refuse" : "answer";
  if (!gate.reason.empty()) detail += ", " + std::string(gate.reason);
  detail += ": statistic " + Number(gate.statistic) + ", threshold " + Number(gate.threshold) + ", warning below " + Number(gate.warning);
  for (size_t i = 0; i < gate.unknown.size(); ++i)
    detail += (i == 0 ? "; unknown: " : ", ") + Printable(gate.unknown[i]);
  return detail;
}

std::string QuoteDetail(size_t number, const Quote& quote, const Chunk& chunk) {
  constexpr size_t kShown = 160;
  const std::string_view text = std::string_view(chunk.text).substr(quote.start, quote.end - quote.start);
  const std::string_view shown = Utf8Prefix(text, kShown);
  std::string detail = "[";
  detail += std::to_string(number) + "] ";
  return detail + Printable(chunk.uri.empty() ? chunk.id : chunk.uri) + " bytes " +
         std::to_string(chunk.start + quote.start) + " to " + std::to_string(chunk.start + quote.end) + ", score " +
         Number(quote.score) + ": " + Printable(shown) + (shown.size() < text.size() ? "..." : "");
}

}  // namespace

sql::RowSet ExplainRows(const Preparation& preparation) {
  Explanation explanation;
  explanation.Add("question", QuestionDetail(preparation.question));
  const auto& candidates = preparation.retrieved.candidates;
  for (size_t i = 0; i < candidates.size() && candidates[i].joined.empty(); ++i)
    explanation.Add("candidate", CandidateDetail(preparation.question, i + 1, candidates[i]));
  for (const JoinedSource& source : preparation.sources) {
    if (source.parts.size() > 1) explanation.Add("joined", JoinDetail(candidates, source));
  }
  for (const auto& dropped : preparation.retrieved.dropped)
    explanation.Add("dropped", dropped.chunk_id + ": " + dropped.reason);
  explanation.Add("gate", GateDetail(preparation.gate));
  for (size_t i = 0; i < preparation.quotes.size(); ++i) {
    const Quote& quote = preparation.quotes[i];
    explanation.Add("quote", QuoteDetail(i + 1, quote, candidates[quote.candidate].chunk));
  }
  if (preparation.quotes_cut > 0) {
    explanation.Add("budget", std::to_string(preparation.quotes_cut) +
                                  " quotes left out, max_tokens = " + std::to_string(preparation.options.max_tokens));
  }
  explanation.Add("model", "extractive: the quotes are the answer, no model is called");
  return explanation.Take();
}

}  // namespace quire::chat
