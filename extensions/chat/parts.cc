#include "extensions/chat/parts.h"

#include <algorithm>
#include <set>

namespace quire::chat {
namespace {

constexpr size_t kContentWordsMin = 2;

// Words that begin a question of their own behind "and", "or", ";" or ":".
constexpr std::string_view kOpeners[] = {"are", "can",  "could", "do",   "does",  "how", "is",  "should",
                                         "what", "when", "where", "which", "who", "why", "will"};

bool StartsWithWord(std::string_view text, std::string_view word) {
  return text.substr(0, word.size()) == word && (text.size() == word.size() || text[word.size()] == ' ');
}

// Where a question begins behind a conjunction at `at`, else npos.
size_t AfterConjunction(std::string_view folded, size_t at) {
  for (const std::string_view conjunction : {" and ", " or ", "; ", ": "}) {
    if (folded.substr(at, conjunction.size()) != conjunction) continue;
    const std::string_view rest = folded.substr(at + conjunction.size());
    const bool opens = std::any_of(std::begin(kOpeners), std::end(kOpeners),
                                   [&](std::string_view opener) { return StartsWithWord(rest, opener); });
    if (opens) return at + conjunction.size();
  }
  return std::string_view::npos;
}

size_t ContentWords(std::string_view text, const WordCutter& cutter) {
  std::set<std::string> terms;
  for (const Word& word : cutter.Cut(text)) {
    if (!IsEmptyWord(FoldCase(text.substr(word.start, word.end - word.start)))) terms.insert(word.term);
  }
  return terms.size();
}

std::string AsciiFolded(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '\n' ? ' ' : c;
  return folded;
}

}  // namespace

std::vector<std::string> SplitParts(std::string_view question, const WordCutter& cutter) {
  const std::string folded = AsciiFolded(question);
  std::vector<std::string> parts;
  size_t start = 0;
  const auto close = [&](size_t end) {
    const std::string_view part = question.substr(start, end - start);
    if (parts.size() < kPartsMax && ContentWords(part, cutter) >= kContentWordsMin) parts.emplace_back(part);
  };
  for (size_t at = 0; at < question.size(); ++at) {
    const bool sentence = std::string_view(".?!").find(folded[at]) != std::string_view::npos &&
                          at + 1 < question.size() && folded[at + 1] == ' ';
    const size_t next = sentence ? at + 1 : AfterConjunction(folded, at);
    if (next == std::string_view::npos) continue;
    close(at);
    start = next;
    at = next - 1;
  }
  close(question.size());
  return parts.size() > 1 ? parts : std::vector<std::string>();
}

Retrieved JoinParts(std::vector<Retrieved> found) {
  if (found.empty()) return {};
  Retrieved joined = std::move(found.front());
  found.erase(found.begin());
  found.push_back({std::move(joined.rest), {}, {}});
  joined.rest.clear();
  std::set<ChunkNumber> taken;
  for (const Candidate& candidate : joined.candidates) taken.insert(candidate.hit.number);
  size_t longest = 0;
  for (const Retrieved& part : found) longest = std::max(longest, part.candidates.size());
  for (size_t rank = 0; rank < longest; ++rank) {
    for (Retrieved& part : found) {
      if (rank >= part.candidates.size() || !taken.insert(part.candidates[rank].hit.number).second) continue;
      joined.rest.push_back(std::move(part.candidates[rank]));
    }
  }
  return joined;
}

}  // namespace quire::chat
