#include "extensions/chat/question.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "engine/base/instructions.h"
#include "engine/base/utf8.h"
#include "extensions/chat/irregular.h"

namespace quire::chat {
namespace {

constexpr size_t kDistinctWordsMax = 512;  // of a pasted log, the first ones

// `text` without the clauses that are orders to the answerer, blanks in their place.
std::string WithoutOrders(std::string_view text) {
  std::string kept(text);
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const bool border = i == text.size() || ((i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n') &&
                                             std::string_view(".:?!;").find(text[i]) != std::string_view::npos);
    if (!border) continue;
    if (LooksLikeInstruction(text.substr(start, i - start))) kept.replace(start, i - start, i - start, ' ');
    start = i + 1;
  }
  return kept.find_first_not_of(" .:?!;\n") == std::string::npos ? std::string(text) : kept;
}

bool StartsWithAny(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view s) { return text.substr(0, s.size()) == s; });
}

bool ContainsAny(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view p) { return text.find(p) != std::string_view::npos; });
}

QuestionKind KindOf(std::string_view folded) {
  if (ContainsAny(folded, {"how many", "how much", "how long", "how big", "how large", "how often", "how old",
                           "what time", "maximum", "minimum", "at most", "at least", "limit", "which hours",
                           "default port", "wie viel", "combien"})) {
    return QuestionKind::kNumber;
  }
  if (ContainsAny(folded, {"how do", "how can", "how to", "how should", "how would", "how are", "how is", "steps to",
                           "way to", "command", "where do i", "where can i", "wie kann", "comment faire"})) {
    return QuestionKind::kHow;
  }
  if (StartsWithAny(folded, {"what is", "what are", "what's", "what does", "define", "who is", "was ist"})) {
    return QuestionKind::kDefinition;
  }
  return QuestionKind::kOther;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// Whether the word at [start, end) is written like a name: with a capital though no sentence begins there, or with one
// behind its first letter. A text all in capitals tells nothing.
bool IsWrittenAsName(std::string_view text, size_t start, size_t end) {
  const std::string_view word = text.substr(start, end - start);
  if (word.size() < 2 || std::none_of(text.begin(), text.end(), IsLower)) return false;
  if (std::any_of(word.begin() + 1, word.end(), IsUpper)) return true;
  if (!IsUpper(word[0])) return false;
  const size_t before = text.substr(0, start).find_last_not_of(" \t\r\n\"'(");
  return before != std::string_view::npos && std::string_view(".?!:").find(text[before]) == std::string_view::npos;
}

double Weight(uint64_t frequency, uint64_t chunks) {
  const auto n = static_cast<double>(chunks);
  const auto df = std::min(static_cast<double>(frequency), n);
  return std::log(1 + (n - df + 0.5) / (df + 0.5));
}

// How often a word occurs. One that occurs nowhere is looked for by its base form: who "forgot" a password is told of what to do "if you
// forget" it; `folded` and `term` are then that.
Result<uint64_t> FrequencyOf(const Reader& reader, const CollectionInfo& collection, const WordCutter& cutter, std::string* folded, std::string* term) {
  QUIRE_ASSIGN_OR_RETURN(const uint64_t frequency, reader.DocumentFrequency(collection.schema.name, *folded));
  if (frequency > 0 || collection.schema.language != "english") return frequency;
  const std::string_view base = BaseForm(*folded);
  if (base.empty()) return frequency;
  QUIRE_ASSIGN_OR_RETURN(const uint64_t of_base, reader.DocumentFrequency(collection.schema.name, base));
  if (of_base == 0) return of_base;
  *folded = base;
  *term = cutter.Cut(base).front().term;
  return of_base;
}

// Keeps the weightiest known terms and the first unknown ones, half of the room each, in the order asked.
void KeepWeightiest(std::vector<QuestionTerm>* terms) {
  if (terms->size() <= kQuestionTermsMax) return;
  std::vector<double> weights;
  for (const auto& term : *terms) weights.push_back(term.frequency > 0 ? term.weight : -1);
  std::sort(weights.begin(), weights.end(), std::greater<>());
  const double least = std::max(0.0, weights[kQuestionTermsMax / 2 - 1]);
  size_t known = 0, unknown = 0;
  std::vector<QuestionTerm> kept;
  for (auto& term : *terms) {
    size_t& count = term.frequency > 0 ? known : unknown;
    if ((term.frequency > 0 && term.weight < least) || count >= kQuestionTermsMax / 2) continue;
    ++count;
    kept.push_back(std::move(term));
  }
  *terms = std::move(kept);
}

}  // namespace

std::string_view QuestionKindName(QuestionKind kind) {
  switch (kind) {
    case QuestionKind::kHow: return "how";
    case QuestionKind::kDefinition: return "definition";
    case QuestionKind::kNumber: return "number";
    case QuestionKind::kOther: break;
  }
  return "other";
}

Result<Question> ReadQuestion(std::string_view text, const Reader& reader, const CollectionInfo& collection,
                              const WordCutter& cutter) {
  if (const size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    return Status(Code::kInvalidArgument, "question: byte " + std::to_string(bad) + " is not UTF-8");
  }
  Question question;
  question.text = text;
  const std::string kept = WithoutOrders(text);
  question.kind = KindOf(FoldCase(kept));
  const bool nouns_are_plain = collection.schema.language != "german";  // there every noun has a capital
  std::set<std::string> seen;
  size_t end = 0;  // of the last word taken: the parts of a compound stand within it
  for (const Word& word : cutter.Cut(kept)) {
    if (seen.size() >= kDistinctWordsMax) break;
    if (word.start < end && word.end <= end) continue;
    end = word.end;
    std::string folded = FoldCase(std::string_view(kept).substr(word.start, word.end - word.start));
    if (IsEmptyWord(folded) || !seen.insert(word.term).second) continue;
    std::string term = word.term;
    QUIRE_ASSIGN_OR_RETURN(const uint64_t frequency, FrequencyOf(reader, collection, cutter, &folded, &term));
    if (term != word.term && !seen.insert(term).second) continue;
    const bool name = nouns_are_plain && IsWrittenAsName(kept, word.start, word.end);
    question.terms.push_back({std::move(folded), std::move(term), frequency, Weight(frequency, collection.chunks), name, false});
  }
  KeepWeightiest(&question.terms);
  question.weight_max = Weight(0, collection.chunks);
  question.chunks = collection.chunks;
  for (const auto& term : question.terms) {
    if (!question.content.empty()) question.content += ' ';
    question.content += term.word;
    question.weight += term.weight;
  }
  return question;
}

}  // namespace quire::chat
