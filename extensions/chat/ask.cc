#include "extensions/chat/ask.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "engine/base/utf8.h"

namespace quire::chat {
namespace {

constexpr size_t kNearestMax = 3;
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

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

// The words that occur nowhere, quoted; the first few of them.
std::string UnknownWords(const GateDecision& gate) {
  constexpr size_t kShown = 5;
  std::vector<std::string> words;
  for (size_t i = 0; i < gate.unknown.size() && i < kShown; ++i) {
    words.push_back(std::string("'").append(Printable(Utf8Prefix(gate.unknown[i], 64))).append("'"));
  }
  if (gate.unknown.size() > kShown) words.push_back("...");
  return Joined(words, ", ");
}

// The sections that come nearest, one of a document: "Install > Docker (guide/install.md)".
std::string NearestSections(const std::vector<Candidate>& candidates) {
  std::set<std::string_view> seen;
  std::vector<std::string> sections;
  for (const Candidate& candidate : candidates) {
    if (sections.size() >= kNearestMax) break;
    const Chunk& chunk = candidate.chunk;
    if (!seen.insert(chunk.uri.empty() ? chunk.id : chunk.uri).second) continue;
    std::string name = chunk.section.empty() ? chunk.title : chunk.section;
    if (!chunk.uri.empty()) name += name.empty() ? chunk.uri : " (" + chunk.uri + ")";
    sections.push_back(Printable(name.empty() ? chunk.id : name));
  }
  return Joined(sections, "; ");
}

std::string RefusalText(const Preparation& preparation, std::string_view reason) {
  if (preparation.collection.chunks == 0) {
    return "Collection '" + preparation.collection.schema.name + "' holds no documents to answer from.";
  }
  if (preparation.question.terms.empty()) return "The question holds no word that could be looked up in the documents.";
  std::string text = reason == "budget" ? "The passages that answer this question are longer than max_tokens allows."
                                        : "These documents do not hold an answer to this question.";
  if (const std::string unknown = UnknownWords(preparation.gate); !unknown.empty()) {
    text += " Nothing in them mentions " + unknown + ".";
  }
  const std::string nearest = NearestSections(preparation.retrieved.candidates);
  if (!nearest.empty()) text += " Nearest sections: " + nearest + ".";
  return text;
}

// Why there is no answer; empty if there is one.
std::string_view RefusalReason(const Preparation& preparation) {
  if (preparation.gate.outcome == GateOutcome::kRefuse) return preparation.gate.reason;
  if (!preparation.quotes.empty()) return {};
  return preparation.quotes_cut > 0 ? "budget" : "not_in_sources";
}

// The attributes that the loader gives to chunks of included files, and to those of formats with pages.
void AddPlace(const CollectionSchema& schema, const Chunk& chunk, Citation* citation) {
  for (size_t i = 0; i < std::min(schema.attributes.size(), chunk.attributes.size()); ++i) {
    const Value& value = chunk.attributes[i];
    const std::string& name = schema.attributes[i].name;
    if (name == "included_from" && value.type() == Type::kText) citation->included_from = value.text();
    if (name == "page" && value.type() == Type::kInteger) citation->page = value.integer();
  }
}

}  // namespace

Result<Preparation> Prepare(const sql::AskRequest& request, const sql::Session& session) {
  Preparation preparation;
  QUIRE_ASSIGN_OR_RETURN(preparation.options, ReadAskOptions(request));
  QUIRE_ASSIGN_OR_RETURN(preparation.collection, session.reader.GetCollection(request.collection));
  const WordCutter cutter(preparation.collection.schema.language);
  QUIRE_ASSIGN_OR_RETURN(preparation.question,
                         ReadQuestion(request.question, session.reader, preparation.collection, cutter));
  QUIRE_RETURN_IF_ERROR(CheckCancelled(session));
  if (preparation.collection.chunks > 0) {
    QUIRE_ASSIGN_OR_RETURN(
        preparation.retrieved,
        Retrieve(session.reader, preparation.collection, preparation.question,
                 {request.collection, request.filter, preparation.options.k, &session.cancelled}, cutter));
  }
  QUIRE_RETURN_IF_ERROR(CheckCancelled(session));
  preparation.gate = DecideGate(preparation.question, preparation.retrieved.candidates, kGateThreshold);
  if (preparation.gate.outcome == GateOutcome::kRefuse) return preparation;
  preparation.quotes = Extract(preparation.question, preparation.retrieved.candidates, {}, cutter);
  FitBudget(&preparation);
  return preparation;
}

Result<Answer> WriteAnswer(const Preparation& preparation, const Reader& reader) {
  Answer answer;
  answer.confidence = preparation.gate.confidence;
  answer.reason = RefusalReason(preparation);
  if (!answer.reason.empty()) {
    answer.text = RefusalText(preparation, answer.reason);
    return answer;
  }
  for (const Quote& quote : preparation.quotes) {
    const auto number = static_cast<uint32_t>(answer.citations.size() + 1);
    const Chunk& chunk = preparation.retrieved.candidates[quote.candidate].chunk;
    QUIRE_ASSIGN_OR_RETURN(Citation citation, Cite(number, chunk, quote));
    AddPlace(preparation.collection.schema, chunk, &citation);
    QUIRE_RETURN_IF_ERROR(CheckCitation(reader, preparation.collection.schema.name, citation));
    answer.sentences.push_back({citation.quote, number, "supported"});
    answer.citations.push_back(std::move(citation));
  }
  answer.text = JoinQuotes(answer.citations);
  answer.tokens_out = EstimateTokens(answer.text.size());
  answer.status = preparation.quotes_cut > 0 ? "partial" : "answered";
  if (preparation.quotes_cut > 0) answer.reason = "budget";
  return answer;
}

}  // namespace quire::chat
