#include "extensions/chat/guards.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "extensions/chat/facts.h"
#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

constexpr size_t kScopeWords = 3;  // that a negation reaches, ahead in its clause

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::string_view kNegations[] = {"cannot", "neither", "never", "no", "none", "nor", "not", "nothing", "without"};
bool IsNegation(std::string_view folded) {
  return std::binary_search(std::begin(kNegations), std::end(kNegations), folded) ||
         (folded.size() > 3 && folded.substr(folded.size() - 3) == "n't");
}

struct PlainWord {
  std::string folded;
  bool negated = false;   // stands within the scope of a negation
  bool negation = false;  // is one
};

// The word at `*at` of a folded text, which moves behind it: "don't" is one, with either apostrophe.
std::string TakeWord(std::string_view folded, size_t* at) {
  constexpr std::string_view kApostrophe = "\u2019";
  std::string word;
  while (*at < folded.size()) {
    const bool typographic = folded.substr(*at, kApostrophe.size()) == kApostrophe;
    if (!typographic && folded[*at] != '\'' && !IsWordByte(folded[*at])) break;
    word += typographic ? '\'' : folded[*at];
    *at += typographic ? kApostrophe.size() : 1;
  }
  return word;
}

// The words of a text with what negations reach: the next words with content, up to the end of the clause.
std::vector<PlainWord> ReadPolarity(std::string_view text) {
  std::vector<PlainWord> words;
  size_t scope = 0;
  const std::string folded = FoldCase(text);
  for (size_t at = 0; at < folded.size();) {
    if (!IsWordByte(folded[at])) {
      if (std::string_view(",;:.!?").find(folded[at++]) != std::string_view::npos) scope = 0;
      continue;
    }
    const std::string word = TakeWord(folded, &at);
    const bool negation = IsNegation(word);
    const bool content = !negation && !IsEmptyWord(word);
    words.push_back({word, scope > 0 && content, negation});
    if (negation) {
      scope = kScopeWords;
    } else if (scope > 0 && content) {
      --scope;
    }
  }
  return words;
}

// A word that both texts hold, negated in one of them only.
std::string FlippedWord(const std::vector<PlainWord>& claim, const std::vector<PlainWord>& window) {
  for (const PlainWord& word : claim) {
    if (word.negation || IsEmptyWord(word.folded)) continue;
    bool same = false, other = false;
    const auto compare = [&](const std::vector<PlainWord>& words, bool negated) {
      for (const PlainWord& w : words) {
        if (w.folded != word.folded) continue;
        (w.negated == negated ? same : other) = true;
      }
    };
    compare(window, word.negated);
    if (!other || same) continue;
    // Said both ways in the claim itself: it may be the other mention that the window holds.
    const bool both = std::any_of(claim.begin(), claim.end(), [&](const PlainWord& w) {
      return w.folded == word.folded && w.negated != word.negated;
    });
    if (!both) return word.folded;
  }
  return {};
}

size_t CountNegations(const std::vector<PlainWord>& words) {
  return static_cast<size_t>(std::count_if(words.begin(), words.end(), [](const PlainWord& w) { return w.negation; }));
}

Difference NegationDifference(const Compared& texts) {
  const auto claim = ReadPolarity(texts.claim), window = ReadPolarity(texts.window);
  const std::string flipped = FlippedWord(claim, window);
  if (!flipped.empty()) return {"negation: of '" + flipped + "'", true};
  const size_t in_claim = CountNegations(claim), in_window = CountNegations(window);
  if (in_claim > 0 && in_window == 0) return {"negation: only the answer has one", true};
  return {};
}

// Words of which one says the opposite of the other. Forms that differ by an ending stand as they are used most.
constexpr std::string_view kOpposites[][2] = {
    {"above", "below"},         {"after", "before"},       {"all", "none"},           {"allow", "deny"},
    {"allow", "prevent"},       {"allowed", "denied"},     {"allows", "prevents"},    {"always", "never"},
    {"ascending", "descending"}, {"available", "unavailable"}, {"can", "cannot"},      {"disable", "enable"},
    {"disabled", "enabled"},    {"disables", "enables"},   {"disabling", "enabling"}, {"everyone", "nobody"},
    {"exclude", "include"},     {"excludes", "includes"},  {"false", "true"},         {"first", "last"},
    {"higher", "lower"},        {"hidden", "visible"},     {"hide", "show"},          {"increase", "decrease"},
    {"increases", "decreases"}, {"left", "right"},         {"less", "more"},          {"local", "remote"},
    {"lock", "unlock"},         {"locked", "unlocked"},    {"max", "min"},            {"maximum", "minimum"},
    {"off", "on"},              {"optional", "required"},  {"private", "public"},     {"smaller", "larger"},
    {"start", "stop"},          {"supported", "unsupported"}, {"with", "without"},    {"input", "output"},
    {"import", "export"},       {"upload", "download"},    {"encrypted", "unencrypted"}, {"add", "remove"},
    {"most", "least"},          {"open", "closed"},        {"valid", "invalid"},      {"success", "failure"}};

Difference OppositeDifference(const Compared& texts) {
  const auto words = [](std::string_view text) {
    std::vector<std::string> folded;
    for (PlainWord& word : ReadPolarity(text)) folded.push_back(std::move(word.folded));
    return folded;
  };
  const auto claim = words(texts.claim), window = words(texts.window);
  for (const auto& pair : kOpposites) {
    for (const int side : {0, 1}) {
      const std::string_view here = pair[side], there = pair[1 - side];
      if (!Contains(claim, here) || Contains(claim, there) || Contains(window, here) || !Contains(window, there)) continue;
      return {"opposite: answer has '" + std::string(here) + "', source has '" + std::string(there) + "'", true};
    }
  }
  return {};
}

// What most likely stands in the window in a fact's place: one of its kind that the claim does not hold, best with its value or
// unit.
std::string Counterpart(const Fact& fact, const std::vector<Fact>& window, std::string_view claim) {
  const bool number = fact.kind == FactKind::kNumber;
  std::string any;
  for (const Fact& other : window) {
    if ((other.kind == FactKind::kNumber) != number || HoldsToken(claim, other.text)) continue;
    if (!number || other.value == fact.value || other.unit == fact.unit) return other.text;
    if (any.empty()) any = other.text;
  }
  return any;
}

bool IsAmong(const Fact& fact, const std::vector<Fact>& facts) {
  return std::any_of(facts.begin(), facts.end(), [&](const Fact& f) { return SameFact(fact, f); });
}

Difference FactDifference(const Compared& texts) {
  const auto window = ReadFacts(texts.window);
  std::vector<Fact> context;
  for (const Fact& fact : ReadFacts(texts.claim)) {
    if (IsAmong(fact, window) || (fact.kind != FactKind::kNumber && HoldsToken(texts.window, fact.text))) continue;
    if (context.empty()) context = ReadFacts(texts.context);
    if (IsAmong(fact, context) || (fact.kind != FactKind::kNumber && HoldsToken(texts.context, fact.text))) continue;
    const std::string there = Counterpart(fact, window, texts.claim);
    std::string what(FactKindName(fact.kind));
    what += ": answer has '" + fact.text + "'";
    if (!there.empty()) what += ", source has '" + there + "'";
    const bool elsewhere = fact.kind != FactKind::kNumber && HoldsToken(texts.rest, fact.text);
    return {what, !there.empty() || !elsewhere};
  }
  return {};
}

// The words of a text between white space, case-folded, without punctuation around them.
std::vector<std::string> TrimmedWords(std::string_view text) {
  std::vector<std::string> words;
  const auto ends = [](char c) { return !IsWordByte(c); };
  for (size_t at = 0; at < text.size();) {
    const size_t start = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    at = std::min(text.find_first_of(" \t\r\n", start), text.size());
    std::string_view word = text.substr(start, at - start);
    while (!word.empty() && ends(word.front())) word.remove_prefix(1);
    while (!word.empty() && ends(word.back())) word.remove_suffix(1);
    if (!word.empty()) words.push_back(FoldCase(word));
  }
  return words;
}

// A fact of the claim that stands between the same two words as another word of the window does: put in its place.
Difference SwapDifference(const Compared& texts) {
  const auto claim = TrimmedWords(texts.claim), window = TrimmedWords(texts.window);
  for (const Fact& fact : ReadFacts(texts.claim)) {
    const auto trimmed = TrimmedWords(fact.text);
    if (trimmed.empty()) continue;
    for (size_t i = 1; i + 1 < claim.size(); ++i) {
      if (claim[i] != trimmed.front()) continue;
      std::string swapped;
      bool same = false;
      for (size_t j = 1; j + 1 < window.size(); ++j) {
        if (window[j - 1] != claim[i - 1] || window[j + 1] != claim[i + 1]) continue;
        same = same || window[j] == claim[i];
        if (window[j] != claim[i]) swapped = window[j];
      }
      if (same || swapped.empty()) continue;
      return {std::string(FactKindName(fact.kind)) + ": answer has '" + fact.text + "', source has '" + swapped + "'", true};
    }
  }
  return {};
}

}  // namespace

bool HasNegation(std::string_view text) { return CountNegations(ReadPolarity(text)) > 0; }

bool HoldsToken(std::string_view text, std::string_view token) {
  if (token.empty()) return true;
  const auto joins = [](char inner, char outer) {
    return IsWordByte(inner) ? IsWordByte(outer) || outer == '_' : false;
  };
  for (size_t at = text.find(token); at != std::string_view::npos; at = text.find(token, at + 1)) {
    const size_t end = at + token.size();
    if (at > 0 && joins(token.front(), text[at - 1])) continue;
    if (end < text.size()) {
      if (joins(token.back(), text[end])) continue;
      const bool goes_on = end + 1 < text.size() && IsWordByte(text[end + 1]);
      // "--user" is not "--user-name", "1.2" not "1.2.3".
      if (goes_on && text[end] == '-' && token.front() == '-') continue;
      if (goes_on && text[end] == '.' && token.back() >= '0' && token.back() <= '9') continue;
    }
    return true;
  }
  return false;
}

Difference FindDifference(const Compared& texts) {
  if (Difference found = FactDifference(texts); !found.what.empty()) return found;
  if (Difference found = SwapDifference(texts); !found.what.empty()) return found;
  if (Difference found = NegationDifference(texts); !found.what.empty()) return found;
  return OppositeDifference(texts);
}

}  // namespace quire::chat
