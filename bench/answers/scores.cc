#include "bench/answers/scores.h"

#include <algorithm>
#include <map>

namespace quire::bench {
namespace {

constexpr size_t kPages = 5;
constexpr size_t kShortFact = 4;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

bool IsWord(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

bool StandsAlone(const std::string& text, const std::string& word) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !IsWord(text[at - 1])) && (end == text.size() || !IsWord(text[end]))) return true;
  }
  return false;
}

std::vector<std::string> CitedPages(const GivenAnswer& answer) {
  std::vector<std::string> pages;
  for (const GivenCitation& citation : answer.citations) {
    if (std::find(pages.begin(), pages.end(), citation.uri) == pages.end()) pages.push_back(citation.uri);
  }
  return pages;
}

// Of each group of gold pages, whether one is among the first `count` of `pages`.
std::vector<bool> FoundGroups(const AskedQuestion& question, const std::vector<std::string>& pages, size_t count) {
  std::map<uint32_t, bool> found;
  const auto end = pages.begin() + static_cast<ptrdiff_t>(std::min(count, pages.size()));
  for (const GoldPage& gold : question.gold) {
    bool& group = found[gold.group];
    for (const std::string& page : gold.pages) group = group || std::find(pages.begin(), end, page) != end;
  }
  std::vector<bool> groups;
  for (const auto& [group, is_found] : found) groups.push_back(is_found);
  return groups;
}

void Add(const AskedQuestion& question, const GivenAnswer& answer, AnswerScores* scores) {
  ++scores->questions;
  const bool answered = answer.status == "answered" || answer.status == "partial";
  const std::string lower = Lower(answer.text);
  scores->forbidden += std::any_of(question.must_not.begin(), question.must_not.end(), [&](const std::string& text) {
    return lower.find(Lower(text)) != std::string::npos;
  });
  if (!question.answerable) {
    scores->refused += !answered;
    return;
  }
  ++scores->answerable;
  scores->answered += answered;
  const auto pages = CitedPages(answer);
  const auto first = FoundGroups(question, pages, 1), five = FoundGroups(question, pages, kPages);
  const bool page5 = !five.empty() && std::find(five.begin(), five.end(), false) == five.end();
  scores->page1 += std::find(first.begin(), first.end(), true) != first.end();
  scores->page5 += page5;
  size_t facts = 0;
  for (const auto& fact : question.key_facts) facts += answered && HoldsFact(fact, answer.text);
  scores->facts += facts;
  scores->facts_all += question.key_facts.size();
  scores->good += answered && page5 && facts == question.key_facts.size();
}

}  // namespace

bool HoldsFact(const std::vector<std::string>& alternatives, std::string_view answer) {
  const std::string text = Lower(answer);
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const std::string& alternative) {
    const std::string fact = Lower(alternative);
    const bool short_word = !fact.empty() && fact.size() <= kShortFact && std::all_of(fact.begin(), fact.end(), IsWord);
    return short_word ? StandsAlone(text, fact) : text.find(fact) != std::string::npos;
  });
}

std::vector<AnswerScores> ScoreAnswers(const std::vector<AskedQuestion>& questions, const std::vector<GivenAnswer>& answers) {
  std::vector<AnswerScores> kinds;
  AnswerScores all{.kind = "all"};
  for (size_t i = 0; i < questions.size(); ++i) {
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.kind == questions[i].kind; });
    if (kind == kinds.end()) kind = kinds.insert(kinds.end(), {.kind = questions[i].kind});
    Add(questions[i], answers[i], &*kind);
    Add(questions[i], answers[i], &all);
  }
  kinds.push_back(all);
  return kinds;
}

}  // namespace quire::bench
