#include "extensions/ingest/borders.h"

#include <algorithm>

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr std::string_view kTierSuffix = "-only";

bool Before(const Border& a, const Border& b) { return a.at != b.at ? a.at < b.at : a.file > b.file; }

// "enterprise" of a line with <div class="note enterprise-only">; empty: it opens no tier.
std::string TierOf(std::string_view line) {
  if (line.find(kTierSuffix) == std::string_view::npos) return {};
  const std::string lower = ToLower(line);
  const size_t open = lower.find("<div");
  const size_t key = open == std::string::npos ? open : lower.find("class=", open);
  if (key == std::string::npos || lower.find('>', open) < key) return {};
  const size_t begin = lower.find_first_of("\"'", key);
  const size_t end = begin == std::string::npos ? begin : lower.find(lower[begin], begin + 1);
  if (end == std::string::npos) return {};
  for (size_t at = begin + 1; at < end;) {
    const size_t stop = std::min(lower.find(' ', at), end);
    const std::string_view name = std::string_view(lower).substr(at, stop - at);
    if (name.size() > kTierSuffix.size() && name.substr(name.size() - kTierSuffix.size()) == kTierSuffix) {
      return std::string(name.substr(0, name.size() - kTierSuffix.size()));
    }
    at = stop + 1;
  }
  return {};
}

// How many more <div> than </div> there are.
int DivBalance(std::string_view line) {
  int balance = 0;
  for (size_t at = line.find('<'); at != std::string_view::npos; at = line.find('<', at + 1)) {
    if (ToLower(line.substr(at, 4)) == "<div") ++balance;
    if (ToLower(line.substr(at, 5)) == "</div") --balance;
  }
  return balance;
}

}  // namespace

void TrimLines(std::string_view source, size_t* start, size_t* end) {
  while (*end > *start && IsBlank(source[*end - 1])) --*end;
  size_t line = *start;
  for (size_t at = *start; at < *end && IsBlank(source[at]); ++at) {
    if (source[at] == '\n' || source[at] == '\r') line = at + 1;
  }
  *start = line;
}

void AddBorders(std::string_view source, const std::vector<size_t>& places, bool file, std::vector<Border>* borders) {
  for (size_t at : places) {
    size_t end = source.size();
    TrimLines(source, &at, &end);
    if (at < end) borders->push_back({at, file});
  }
  std::sort(borders->begin(), borders->end(), Before);
  borders->erase(
      std::unique(borders->begin(), borders->end(), [](const Border& a, const Border& b) { return a.at == b.at; }),
      borders->end());
}

bool HasBorder(const std::vector<Border>& borders, size_t start, size_t end, bool file_only) {
  auto border =
      std::upper_bound(borders.begin(), borders.end(), start, [](size_t at, const Border& b) { return at < b.at; });
  for (; border != borders.end() && border->at < end; ++border) {
    if (border->file || !file_only) return true;
  }
  return false;
}

void FindTierBlocks(std::string_view source, size_t body_start, ParsedDocument* document) {
  if (source.find(kTierSuffix, body_start) == std::string_view::npos) return;
  std::vector<size_t> places;
  int depth = 0;  // of the <div>s of the tier block around
  bool fenced = false;
  for (size_t at = body_start; at < source.size();) {
    const size_t next = NextLine(source, at);
    const std::string_view line = Trim(source.substr(at, next - at));
    if (line.substr(0, 3) == "```" || line.substr(0, 3) == "~~~") fenced = !fenced;
    if (!fenced && depth > 0) {
      depth += DivBalance(line);
      if (depth <= 0) {
        // A closing tag on a line of its own stays outside; one at the end of text does not.
        document->tiers.back().end = line.front() == '<' ? at : next;
      }
    } else if (std::string tier = fenced ? std::string() : TierOf(line); !tier.empty()) {
      depth = DivBalance(line);
      const bool one_line = depth <= 0 || line.back() != '>' || line.find('>') + 1 != line.size();
      document->tiers.push_back({one_line ? at : next, depth <= 0 ? next : source.size(), std::move(tier)});
      depth = std::max(depth, 0);
    }
    at = next;
  }
  for (const TierBlock& block : document->tiers) {
    places.push_back(block.start);
    places.push_back(block.end);
  }
  AddBorders(source, places, false, &document->borders);
}

}  // namespace quire::ingest
