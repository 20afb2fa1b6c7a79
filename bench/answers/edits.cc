#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "bench/answers/verification.h"
#include "bench/answers/word_counts.h"
#include "bench/retrieval/json_lines.h"
#include "extensions/chat/claims.h"
#include "extensions/chat/verify.h"

namespace quire::bench {
namespace {

constexpr size_t kSentences = 1500;
constexpr size_t kWordsMin = 6, kWordsMax = 40;

struct Section {
  std::string page{}, title{}, text{};
};

// A sentence of a section, and another section of the same page.
struct Taken {
  size_t section = 0;
  size_t other = 0;  // a section of the same page that does not hold it; the same one: there is none
  std::string text{};
  std::string next{};  // the sentence behind it; empty: none
};

std::vector<std::string> SplitWords(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t start = text.find_first_not_of(" \n\t", at);
    if (start == std::string::npos) break;
    at = std::min(text.find_first_of(" \n\t", start), text.size());
    words.push_back(text.substr(start, at - start));
  }
  return words;
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

using Random = std::mt19937_64;
size_t Pick(size_t size, Random* random) { return static_cast<size_t>((*random)() % size); }

// One digit becomes another one.
std::optional<std::string> ChangeNumber(std::string text, Random* random) {
  std::vector<size_t> digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9') digits.push_back(i);
  }
  if (digits.empty()) return std::nullopt;
  char& digit = text[digits[Pick(digits.size(), random)]];
  digit = static_cast<char>('0' + (digit - '0' + 1 + static_cast<int>(Pick(9, random))) % 10);
  return text;
}

// A "not" comes or goes.
std::optional<std::string> FlipNegation(const std::string& text, Random*) {
  static const std::map<std::string, std::string> kWithout = {{"cannot", "can"}, {"don't", "do"},   {"doesn't", "does"},
                                                              {"can't", "can"},  {"isn't", "is"}, {"aren't", "are"}};
  static const std::vector<std::string> kAuxiliaries = {"is", "are", "can", "will", "must", "should", "does", "has", "was", "may"};
  std::vector<std::string> words = SplitWords(text);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "not") {
      words.erase(words.begin() + static_cast<ptrdiff_t>(i));
      return JoinWords(words);
    }
    if (const auto found = kWithout.find(words[i]); found != kWithout.end()) {
      words[i] = found->second;
      return JoinWords(words);
    }
  }
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (std::find(kAuxiliaries.begin(), kAuxiliaries.end(), words[i]) == kAuxiliaries.end()) continue;
    words.insert(words.begin() + static_cast<ptrdiff_t>(i) + 1, "not");
    return JoinWords(words);
  }
  return std::nullopt;
}

// A word without the marks around it; empty if marks of links or tags stand in it.
std::string Core(const std::string& word) {
  if (word.find_first_of("[]()<>{}|") != std::string::npos) return {};
  const size_t start = word.find_first_not_of("`*\"'");
  const size_t end = word.find_last_not_of("`*\"'.,:;!?");
  return start == std::string::npos || end == std::string::npos || end < start ? "" : word.substr(start, end - start + 1);
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// A flag, a variable, an acronym, a file name, or a name with a capital inside a sentence: S3, --port, JSON, task_id, PostgreSQL.
bool IsIdentifier(const std::vector<std::string>& words, size_t i) {
  const std::string core = Core(words[i]);
  const auto is_word = [](char c) { return IsLower(c) || IsUpper(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
  if (core.size() < 2 || !std::all_of(core.begin(), core.end(), is_word)) return false;
  if (std::none_of(core.begin(), core.end(), [](char c) { return IsLower(c) || IsUpper(c); })) return false;
  if (core.find('_') != std::string::npos || std::any_of(core.begin() + 1, core.end(), IsUpper)) return true;
  if (core.find_first_of("0123456789") != std::string::npos || core.compare(0, 2, "--") == 0) return true;
  const bool first = i == 0 || words[i - 1].find_last_of(".:!?*") == words[i - 1].size() - 1;
  return IsUpper(core[0]) && !first && core.size() > 3;
}

std::vector<std::string> Identifiers(const std::string& text) {
  std::vector<std::string> found;
  const auto words = SplitWords(text);
  for (size_t i = 0; i < words.size(); ++i) {
    if (IsIdentifier(words, i)) found.push_back(Core(words[i]));
  }
  return found;
}

// An identifier becomes another one of the page.
std::optional<std::string> SwapIdentifier(const std::string& text, const std::vector<std::string>& others, Random* random) {
  std::vector<std::string> words = SplitWords(text);
  std::vector<size_t> places;
  for (size_t i = 0; i < words.size(); ++i) {
    if (IsIdentifier(words, i)) places.push_back(i);
  }
  if (places.empty() || others.empty()) return std::nullopt;
  const size_t place = places[Pick(places.size(), random)];
  const std::string old = Core(words[place]);
  for (int tries = 0; tries < 20; ++tries) {
    const std::string& other = others[Pick(others.size(), random)];
    if (text.find(other) != std::string::npos || other.find(old) != std::string::npos) continue;
    words[place].replace(words[place].find(old), old.size(), other);
    return JoinWords(words);
  }
  return std::nullopt;
}

class EditBench {
 public:
  explicit EditBench(std::vector<Section> sections) : sections_(std::move(sections)), cutter_("english"), counts_(cutter_) {
    for (const Section& section : sections_) {
      counts_.Add(section.text);
      auto& identifiers = identifiers_[section.page];
      for (const chat::Claim& claim : chat::CutClaims(section.text)) {
        const std::string text = section.text.substr(claim.start, claim.end - claim.start);
        if (claim.code) continue;
        for (std::string& identifier : Identifiers(text)) identifiers.push_back(std::move(identifier));
      }
    }
    TakeSentences();
  }

  void Run() {
    std::printf("%-34s %6s %9s %9s\n", "sentences of documentation", "n", "flagged", "altered");
    const auto keep = [](const Taken& taken) { return std::optional(taken.text); };
    Measure("as they are", false, keep);
    Measure("one neighbour joined to it", false, [](const Taken& taken) {
      return taken.next.empty() ? std::nullopt : std::optional(taken.text + " " + taken.next);
    });
    Measure("a quarter of the words left out", false, [&](const Taken& taken) { return DropWords(taken.text); });
    Measure("a number changed", false, [&](const Taken& taken) { return ChangeNumber(taken.text, &random_); });
    Measure("a negation added or dropped", false, [&](const Taken& taken) { return FlipNegation(taken.text, &random_); });
    Measure("an identifier of the page swapped in", false, [&](const Taken& taken) {
      return SwapIdentifier(taken.text, identifiers_.at(sections_[taken.section].page), &random_);
    });
    Measure("another section of the page cited", true, keep);
  }

 private:
  void TakeSentences() {
    std::map<std::string, std::vector<size_t>> by_page;
    for (size_t i = 0; i < sections_.size(); ++i) by_page[sections_[i].page].push_back(i);
    for (int tries = 0; taken_.size() < kSentences && tries < 100'000; ++tries) {
      const size_t index = Pick(sections_.size(), &random_);
      const Section& section = sections_[index];
      const auto claims = chat::CutClaims(section.text);
      if (claims.empty()) continue;
      const size_t at = Pick(claims.size(), &random_);
      if (claims[at].code) continue;
      Taken taken{index, index, section.text.substr(claims[at].start, claims[at].end - claims[at].start), {}};
      const size_t words = SplitWords(taken.text).size();
      if (words < kWordsMin || words > kWordsMax || taken.text.find_first_of("|<") != std::string::npos) continue;
      if (at + 1 < claims.size() && !claims[at + 1].code) {
        taken.next = section.text.substr(claims[at + 1].start, claims[at + 1].end - claims[at + 1].start);
      }
      const auto& page = by_page[section.page];
      const size_t other = page[Pick(page.size(), &random_)];
      if (sections_[other].text.find(taken.text) == std::string::npos) taken.other = other;
      taken_.push_back(std::move(taken));
    }
  }

  std::optional<std::string> DropWords(const std::string& text) {
    std::vector<std::string> words = SplitWords(text), kept;
    for (size_t i = 0; i < words.size(); ++i) {
      if (Pick(4, &random_) != 0) kept.push_back(words[i]);
    }
    return JoinWords(kept);
  }

  void Measure(const char* name, bool elsewhere, const std::function<std::optional<std::string>(const Taken&)>& edit) {
    size_t all = 0, flagged = 0, altered = 0;
    for (const Taken& taken : taken_) {
      if (elsewhere && taken.other == taken.section) continue;
      const auto text = edit(taken);
      if (!text) continue;
      const Section& section = sections_[elsewhere ? taken.other : taken.section];
      const std::vector<chat::Source> sources = {{1, section.title, section.text}};
      const auto checked = chat::VerifyAnswer(*text + " [1]", sources,
                                              [&](std::string_view word) { return counts_.Weight(word); }, cutter_);
      if (checked.empty()) continue;
      ++all;
      bool is_flagged = false, is_altered = false;
      for (const auto& sentence : checked) {
        is_flagged = is_flagged || sentence.verdict != chat::Verdict::kSupported;
        is_altered = is_altered || sentence.verdict == chat::Verdict::kAltered;
      }
      flagged += is_flagged;
      altered += is_altered;
    }
    const auto share = [&](size_t count) { return all > 0 ? static_cast<double>(count) / static_cast<double>(all) : 0; };
    std::printf("%-34s %6zu %9.3f %9.3f\n", name, all, share(flagged), share(altered));
  }

  const std::vector<Section> sections_;
  const chat::WordCutter cutter_;
  WordCounts counts_;
  std::map<std::string, std::vector<std::string>> identifiers_;  // by page
  std::vector<Taken> taken_;
  Random random_{17};
};

}  // namespace

Status MeasureEdits(const std::string& path) {
  std::vector<Section> sections;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const nlohmann::json& line) {
    sections.push_back({line.at("page"), line.at("title"), line.at("text")});
  }));
  EditBench(std::move(sections)).Run();
  return {};
}

}  // namespace quire::bench
