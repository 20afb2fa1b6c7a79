#include "extensions/chat/facts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLetter(char c) { return IsUpper(c) || IsLower(c); }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::string_view kNumberWords[] = {"two",   "three", "four", "five",   "six",   "seven",
                                             "eight", "nine",  "ten",  "eleven", "twelve"};

std::optional<double> NumberWord(std::string_view folded) {
  const auto found = std::find(std::begin(kNumberWords), std::end(kNumberWords), folded);
  if (found == std::end(kNumberWords)) return std::nullopt;
  return static_cast<double>(found - std::begin(kNumberWords) + 2);
}

struct Unit {
  std::string_view written, unit;
};
constexpr Unit kUnits[] = {
    {"%", "%"},          {"percent", "%"},   {"ms", "ms"},         {"millisecond", "ms"}, {"milliseconds", "ms"},
    {"s", "s"},          {"sec", "s"},       {"secs", "s"},        {"second", "s"},       {"seconds", "s"},
    {"min", "min"},      {"mins", "min"},    {"minute", "min"},    {"minutes", "min"},    {"h", "h"},
    {"hour", "h"},       {"hours", "h"},     {"hrs", "h"},         {"day", "day"},        {"days", "day"},
    {"week", "week"},    {"weeks", "week"},  {"month", "month"},   {"months", "month"},   {"year", "year"},
    {"years", "year"},   {"b", "b"},         {"byte", "b"},        {"bytes", "b"},        {"kb", "kb"},
    {"kib", "kib"},      {"mb", "mb"},       {"megabyte", "mb"},   {"megabytes", "mb"},   {"mib", "mib"},
    {"gb", "gb"},        {"gigabyte", "gb"}, {"gigabytes", "gb"},  {"gib", "gib"},        {"tb", "tb"},
    {"px", "px"},        {"pixel", "px"},    {"pixels", "px"},     {"m", "m"},            {"km", "km"},
    {"mm", "mm"},        {"cm", "cm"},       {"kg", "kg"},         {"mg", "mg"},          {"hz", "hz"},
    {"khz", "khz"},      {"mhz", "mhz"},     {"ghz", "ghz"},       {"$", "$"},            {"usd", "$"},
    {"million", "million"}, {"billion", "billion"}, {"thousand", "thousand"}};

std::string KnownUnit(std::string_view word) {
  const std::string folded = FoldCase(word);
  for (const Unit& unit : kUnits) {
    if (unit.written == folded) return std::string(unit.unit);
  }
  return {};
}

// Reads "1,000.5" at the start of `token`; gives how many bytes it takes, 0 if it is none.
size_t ReadNumber(std::string_view token, double* value) {
  size_t at = !token.empty() && (token[0] == '-' || token[0] == '+') ? 1 : 0;
  const size_t first = at;
  std::string digits(token.substr(0, token.substr(0, 1) == "-" ? 1 : 0));
  bool point = false;
  for (; at < token.size(); ++at) {
    const char c = token[at];
    if (IsDigit(c)) {
      digits += c;
      continue;
    }
    const bool more = at > first && at + 1 < token.size() && IsDigit(token[at + 1]);
    const bool group = c == ',' && more && at + 3 < token.size() && IsDigit(token[at + 2]) && IsDigit(token[at + 3]);
    if (c == '.' && more && !point) {
      point = true;
      digits += c;
    } else if (!group) {
      break;
    }
  }
  if (at == first) return 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *value);
  return error == std::errc() && end == digits.data() + digits.size() ? at : 0;
}

// Whether a word without white space is written as no word of a sentence is.
bool LooksLikeCode(std::string_view token) {
  if (token.size() < 2) return false;
  bool letter = false, digit = false, lower = false;
  for (size_t i = 0; i < token.size(); ++i) {
    const char c = token[i];
    if (std::string_view("_=/\\<>{}$@#&|").find(c) != std::string_view::npos) return true;
    const bool inner = i > 0 && i + 1 < token.size();
    if (c == '.' && inner && IsWordByte(token[i - 1]) && IsWordByte(token[i + 1])) return true;  // name.ext, 1.2.3
    if (c == ':' && inner && token[i + 1] != ' ') return true;                                   // 02:30, a::b
    if (i > 0 && IsLower(token[i - 1]) && IsUpper(c)) return true;                               // camelCase
    letter = letter || IsLetter(c);
    lower = lower || IsLower(c);
    digit = digit || IsDigit(c);
  }
  return digit || (token[0] == '-' && letter) || (letter && !lower);  // s3, 1-7, --flag, JSON
}

class FactReader {
 public:
  explicit FactReader(std::string_view text) : text_(text) {}

  std::vector<Fact> Read() {
    for (size_t at = 0; at < text_.size();) {
      if (IsSpace(text_[at])) {
        ++at;
      } else if (text_[at] == '`') {
        at = ReadSpan(at);
      } else {
        size_t end = at;
        while (end < text_.size() && !IsSpace(text_[end]) && text_[end] != '`') ++end;
        ReadToken(at, end);
        at = end;
      }
    }
    return std::move(facts_);
  }

 private:
  // A code span is one fact for each of its words.
  size_t ReadSpan(size_t at) {
    const size_t open = std::min(text_.find_first_not_of('`', at), text_.size());
    const size_t close = std::min(text_.find('`', open), text_.size());
    for (size_t i = open; i < close;) {
      size_t end = i;
      while (end < close && !IsSpace(text_[end])) ++end;
      if (end > i) facts_.push_back({FactKind::kCode, std::string(text_.substr(i, end - i)), 0, {}});
      i = end + 1;
    }
    return std::min(text_.find_first_not_of('`', close), text_.size());
  }

  void ReadToken(size_t start, size_t end) {
    static constexpr std::string_view kOpening = "([\"'*_{<,;~";
    static constexpr std::string_view kClosing = ")]\"'*,;:.!?}>";
    const bool begins = start == 0 || sentence_ends_;
    sentence_ends_ = end > start && std::string_view(".!?:").find(text_[end - 1]) != std::string_view::npos;
    const size_t written = end;
    while (start < end && kOpening.find(text_[start]) != std::string_view::npos) ++start;
    while (end > start && kClosing.find(text_[end - 1]) != std::string_view::npos) --end;
    if (start == end) return;
    const std::string_view token = text_.substr(start, end - start);
    if (TakeNumber(token, end, written)) return;
    if (LooksLikeCode(token)) {
      facts_.push_back({FactKind::kCode, std::string(token), 0, {}});
    } else if (!begins && IsUpper(token[0]) && token.size() > 1 && !IsEmptyWord(FoldCase(token))) {
      facts_.push_back({FactKind::kName, std::string(token), 0, {}});
    }
  }

  bool TakeNumber(std::string_view token, size_t end, size_t written) {
    Fact fact{FactKind::kNumber, std::string(token), 0, {}};
    std::string_view digits = token;
    if (digits[0] == '$') digits.remove_prefix(1);
    if (const auto word = NumberWord(FoldCase(token))) {
      fact.value = *word;
      facts_.push_back(std::move(fact));
      return true;
    }
    const size_t size = ReadNumber(digits, &fact.value);
    if (size == 0) return false;
    const std::string_view rest = digits.substr(size);
    if (digits.size() < token.size()) fact.unit = "$";
    if (!rest.empty()) {
      const size_t hyphen = rest[0] == '-' ? 1 : 0;  // "30-day"
      const std::string unit = KnownUnit(rest.substr(hyphen));
      if (unit.empty() && rest != "th" && rest != "st" && rest != "nd" && rest != "rd") return false;
      fact.unit = unit;
    } else if (fact.unit.empty() && end == written) {
      fact.unit = NextUnit(end, &fact.text);
    }
    facts_.push_back(std::move(fact));
    return true;
  }

  // The unit behind a number; `*text` then has it as written.
  std::string NextUnit(size_t at, std::string* text) const {
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    size_t end = at;
    while (end < text_.size() && (IsLetter(text_[end]) || text_[end] == '%')) ++end;
    const std::string_view word = text_.substr(at, end - at);
    std::string unit = KnownUnit(word);
    if (!unit.empty()) text->append(" ").append(word);
    return unit;
  }

  std::string_view text_;
  std::vector<Fact> facts_;
  bool sentence_ends_ = true;
};

}  // namespace

bool IsWordByte(char c) { return IsLetter(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80; }

std::string_view FactKindName(FactKind kind) {
  switch (kind) {
    case FactKind::kNumber: return "number";
    case FactKind::kName: return "name";
    case FactKind::kCode: break;
  }
  return "code";
}

std::vector<Fact> ReadFacts(std::string_view text) { return FactReader(text).Read(); }

bool SameFact(const Fact& a, const Fact& b) {
  if (a.kind == FactKind::kNumber && b.kind == FactKind::kNumber) {
    return a.value == b.value && (a.unit.empty() || b.unit.empty() || a.unit == b.unit);
  }
  if (a.text == b.text) return true;
  const bool acronym = std::none_of(a.text.begin(), a.text.end(), IsLower) && a.text.find('_') == std::string::npos;
  return (a.kind == FactKind::kName || acronym) && FoldCase(a.text) == FoldCase(b.text);
}

}  // namespace quire::chat
