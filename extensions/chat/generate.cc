#include "extensions/chat/generate.h"

#include <algorithm>
#include <set>

#include "engine/base/utf8.h"

namespace quire::chat {
namespace {

constexpr size_t kNearestMax = 3;

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
                     : reason == "unsupported" ? "What the model wrote is not supported by these documents."
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

Answer Refusal(const Preparation& preparation, std::string_view reason) {
  Answer answer;
  answer.confidence = preparation.gate.confidence;
  answer.reason = reason;
  answer.text = RefusalText(preparation, reason);
  return answer;
}

Result<Citation> MakeCitation(const Preparation& preparation, uint32_t number, const Chunk& chunk, const Quote& quote, const Reader& reader) {
  QUIRE_ASSIGN_OR_RETURN(Citation citation, Cite(number, chunk, quote));
  AddPlace(preparation.collection.schema, chunk, &citation);
  QUIRE_RETURN_IF_ERROR(CheckCitation(reader, preparation.collection.schema.name, citation));
  return citation;
}

Result<Answer> WriteAnswer(const Preparation& preparation, const Reader& reader) {
  if (const std::string_view reason = RefusalReason(preparation); !reason.empty()) return Refusal(preparation, reason);
  Answer answer;
  answer.confidence = preparation.gate.confidence;
  const auto cite = [&](const Chunk& chunk, const Quote& quote, bool further) -> Status {
    const auto number = static_cast<uint32_t>(answer.citations.size() + 1);
    QUIRE_ASSIGN_OR_RETURN(Citation citation, MakeCitation(preparation, number, chunk, quote, reader));
    citation.further = further;
    if (!further) answer.sentences.push_back({.text = citation.quote, .citation = number, .verdict = "supported", .quote_start = citation.start, .quote_end = citation.end});
    answer.citations.push_back(std::move(citation));
    return {};
  };
  for (const Quote& quote : preparation.quotes) {
    QUIRE_RETURN_IF_ERROR(cite(preparation.retrieved.candidates[quote.candidate].chunk, quote, false));
  }
  for (const FurtherSource& source : preparation.further) QUIRE_RETURN_IF_ERROR(cite(source.chunk, source.quote, true));
  answer.text = JoinQuotes(answer.citations);
  answer.tokens_out = EstimateTokens(answer.text.size());
  answer.status = preparation.quotes_cut > 0 ? "partial" : "answered";
  if (preparation.gate.outcome == GateOutcome::kWarn) answer.reason = preparation.gate.reason;
  if (preparation.quotes_cut > 0) answer.reason = "budget";
  return answer;
}

}  // namespace quire::chat
