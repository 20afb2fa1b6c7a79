// What is shown of a text that was found: snippet and highlight. Which words are those of the query: quire/words.h.
#include <algorithm>

#include "quire/words.h"
#include "sql/registry/builtin.h"
#include "sql/registry/unicode.h"

namespace quire::sql {
namespace {

using Arguments = std::span<const Value>;

constexpr int64_t kSnippetCharacters = 160;

// The last argument, the language of the text, if there is one.
std::string_view LanguageOf(Arguments arguments, size_t index) {
  return arguments.size() > index ? std::string_view(arguments[index].text()) : "english";
}

// Where the window of `width` bytes with the most words of the query begins: a byte offset at the start of a word.
size_t BestWindow(const std::vector<TextRange>& words, size_t width) {
  size_t best = 0, best_count = 0, end = 0;
  for (size_t begin = 0; begin < words.size(); ++begin) {
    while (end < words.size() && words[end].end <= words[begin].begin + width) ++end;
    if (end > begin && end - begin > best_count) best = words[begin].begin, best_count = end - begin;
  }
  return best;
}

// snippet(text, query, characters, language): the binder puts query and language there where a search gives them.
Result<Value> Snippet(Arguments arguments) {
  const std::string& text = arguments[0].text();
  const int64_t wanted = arguments.size() > 2 ? arguments[2].integer() : kSnippetCharacters;
  if (wanted < 1) return Status(Code::kInvalidArgument, "snippet: length must be at least 1");
  const auto width = static_cast<size_t>(wanted);
  size_t start = 0;
  if (arguments.size() > 1 && text.size() > width) {
    QUIRE_ASSIGN_OR_RETURN(const auto words, FindWords(text, arguments[1].text(), LanguageOf(arguments, 3)));
    start = BestWindow(words, width);
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

// highlight(text, query, before, after, language): the binder puts query and language there where a search gives them.
Result<Value> Highlight(Arguments arguments) {
  const std::string_view text = arguments[0].text();
  if (arguments.size() < 2) return arguments[0];
  QUIRE_ASSIGN_OR_RETURN(const auto words, FindWords(text, arguments[1].text(), LanguageOf(arguments, 4)));
  const std::string before = arguments.size() > 2 ? arguments[2].text() : "<b>";
  const std::string after = arguments.size() > 3 ? arguments[3].text() : "</b>";
  std::string out;
  size_t copied = 0;
  for (const TextRange& word : words) {
    out.append(text.substr(copied, word.begin - copied)).append(before);
    out.append(text.substr(word.begin, word.end - word.begin)).append(after);
    copied = word.end;
    if (out.size() > kMaxTextBytes) return Status(Code::kResourceExhausted, "highlight: result is over 64 MiB");
  }
  return Value::Text(out.append(text.substr(copied)));
}

}  // namespace

std::vector<ScalarFunction> ExcerptFunctions() {
  constexpr Type kT = Type::kText;
  return {
      MakeFunction("snippet", "text [, query [, length [, language]]]",
                   "The part of the text that holds most words of the query; without one, that of the search.",
                   {kT, kT, Type::kInteger, kT}, 3, kT, Snippet),
      MakeFunction("highlight", "text [, query [, before [, after [, language]]]]",
                   "The text with the words of the query (without one, of the search) between <b> and </b>, by their stems.",
                   {kT, kT, kT, kT, kT}, 4, kT, Highlight),
  };
}

}  // namespace quire::sql
