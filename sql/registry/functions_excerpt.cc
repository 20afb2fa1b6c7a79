// What is shown of a text that was found: snippet and highlight. Words match those of the query they begin with.
#include <algorithm>

#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

constexpr int64_t kSnippetCharacters = 160;

bool IsWordByte(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordByte(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

// Where the window of `width` bytes with the most words of the query begins: a byte offset at the start of a word.
size_t BestWindow(std::string_view folded, const std::vector<std::string_view>& words, size_t width) {
  std::vector<size_t> places;
  for (const std::string_view word : WordsOf(folded)) {
    const bool wanted = std::any_of(words.begin(), words.end(), [&](std::string_view w) {
      return word.size() >= w.size() && word.substr(0, w.size()) == w;
    });
    if (wanted) places.push_back(static_cast<size_t>(word.data() - folded.data()));
  }
  size_t best = 0, best_count = 0, end = 0;
  for (size_t begin = 0; begin < places.size(); ++begin) {
    while (end < places.size() && places[end] < places[begin] + width) ++end;
    if (end - begin > best_count) best = places[begin], best_count = end - begin;
  }
  return best;
}

// snippet(text, query, characters): the query is put there by the binder where a search gives one.
Result<Value> Snippet(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const int64_t wanted = arguments.size() > 2 ? arguments[2].integer() : kSnippetCharacters;
  if (wanted < 1) return Status(Code::kInvalidArgument, "snippet: length must be at least 1");
  const auto width = static_cast<size_t>(wanted);
  size_t start = 0;
  if (arguments.size() > 1 && text.size() > width) {
    const std::string folded = ToLower(text);
    const std::string query = ToLower(arguments[1].text());
    // Case mapping may change lengths; only then the offsets are of another text, and the beginning is shown.
    if (folded.size() == text.size()) start = BestWindow(folded, WordsOf(query), width);
    // A little of what stands before, from the beginning of a word.
    const size_t earliest = start > width / 4 ? start - width / 4 : 0;
    const size_t space = text.find_first_of(" \n", earliest);
    start = earliest == 0 ? 0 : space < start ? space + 1 : start;
  }
  const std::string_view from = std::string_view(text).substr(start);
  const std::string_view rest = SkipCharacters(from, width);
  std::string out = start > 0 ? "..." : "";
  for (const char c : from.substr(0, from.size() - rest.size())) out += c == '\n' || c == '\t' ? ' ' : c;
  return Value::Text(rest.empty() ? out : out + "...");
}

// highlight(text, query, before, after): the query is put there by the binder where a search gives one.
Result<Value> Highlight(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  if (arguments.size() < 2) return arguments[0];
  const std::string query = ToLower(arguments[1].text());
  const std::vector<std::string_view> wanted = WordsOf(query);
  const std::string before = arguments.size() > 2 ? arguments[2].text() : "<b>";
  const std::string after = arguments.size() > 3 ? arguments[3].text() : "</b>";
  std::string out;
  size_t copied = 0;
  for (const std::string_view word : WordsOf(text)) {
    const std::string folded = ToLower(word);
    const bool found = std::any_of(wanted.begin(), wanted.end(), [&](std::string_view w) {
      return folded.size() >= w.size() && std::string_view(folded).substr(0, w.size()) == w;
    });
    if (!found) continue;
    const auto start = static_cast<size_t>(word.data() - text.data());
    out.append(text.substr(copied, start - copied)).append(before).append(word).append(after);
    copied = start + word.size();
    if (out.size() > kMaxTextBytes) return Status(Code::kResourceExhausted, "highlight: result is over 64 MiB");
  }
  return Value::Text(out.append(text.substr(copied)));
}

}  // namespace

std::vector<ScalarFunction> ExcerptFunctions() {
  constexpr Type kT = Type::kText;
  return {
      MakeFunction("snippet", "text [, query [, length]]",
                   "The part of the text that holds most words of the query; without one, that of the search.",
                   {kT, kT, Type::kInteger}, 2, kT, Snippet),
      MakeFunction("highlight", "text [, query [, before [, after]]]",
                   "The text with the words of the query (without one, of the search) between <b> and </b>.",
                   {kT, kT, kT, kT}, 3, kT, Highlight),
  };
}

}  // namespace quire::sql
