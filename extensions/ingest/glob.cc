#include "extensions/ingest/glob.h"

#include <algorithm>
#include <vector>

namespace quire::ingest {
namespace {

constexpr size_t kNone = std::string_view::npos;

// Matches a sequence of `size` elements against a pattern of `pattern_size`, in which a star stands for any number of
// them.
template <typename IsStar, typename Matches>
bool StarMatches(size_t pattern_size, size_t size, IsStar is_star, Matches matches) {
  size_t p = 0, n = 0, after_star = kNone, star_n = 0;
  while (n < size) {
    if (p < pattern_size && is_star(p)) {
      after_star = ++p;
      star_n = n;
    } else if (p < pattern_size && matches(p, n)) {
      ++p, ++n;
    } else if (after_star != kNone) {
      p = after_star;
      n = ++star_n;
    } else {
      return false;
    }
  }
  while (p < pattern_size && is_star(p)) ++p;
  return p == pattern_size;
}

// The elements of a name's pattern: "*", "?", "[a-z]", or one byte.
std::vector<std::string_view> Elements(std::string_view pattern) {
  std::vector<std::string_view> elements;
  while (!pattern.empty()) {
    size_t size = 1;
    if (pattern[0] == '[') {
      const size_t close = pattern.find(']', pattern.size() > 1 && pattern[1] == '!' ? 3 : 2);
      if (close != kNone) size = close + 1;
    }
    elements.push_back(pattern.substr(0, size));
    pattern.remove_prefix(size);
  }
  return elements;
}

bool ElementMatches(std::string_view element, char c) {
  if (element == "?") return true;
  if (element.size() == 1) return element[0] == c;
  std::string_view set = element.substr(1, element.size() - 2);
  const bool negated = set[0] == '!';
  if (negated) set.remove_prefix(1);
  for (size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == '-';
    const char high = range ? set[i + 2] : set[i];
    if (set[i] <= c && c <= high) return !negated;
    if (range) i += 2;
  }
  return negated;
}

bool NameMatches(std::string_view pattern, std::string_view name) {
  const std::vector<std::string_view> elements = Elements(pattern);
  return StarMatches(
      elements.size(), name.size(), [&](size_t p) { return elements[p] == "*"; },
      [&](size_t p, size_t n) { return ElementMatches(elements[p], name[n]); });
}

std::vector<std::string_view> Names(std::string_view path) {
  std::vector<std::string_view> names;
  for (size_t slash = path.find('/'); slash != kNone; slash = path.find('/')) {
    names.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  names.push_back(path);
  return names;
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> patterns = Names(pattern), names = Names(path);
  return StarMatches(
      patterns.size(), names.size(), [&](size_t p) { return patterns[p] == "**"; },
      [&](size_t p, size_t n) { return NameMatches(patterns[p], names[n]); });
}

bool GlobSelects(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == kNone) path.remove_prefix(path.rfind('/') + 1);
  return GlobMatches(pattern, path);
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?[") != kNone; }

GlobParts SplitGlob(std::string_view glob) {
  const size_t wildcard = glob.find_first_of("*?[");
  if (wildcard == kNone) return {std::string(glob), {}};
  const size_t slash = glob.substr(0, wildcard).rfind('/');
  if (slash == kNone) return {".", std::string(glob)};
  return {std::string(glob.substr(0, std::max<size_t>(slash, 1))), std::string(glob.substr(slash + 1))};
}

}  // namespace quire::ingest
