#include "engine/text/word_match.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace quire::text {
namespace {

using Numbers = std::vector<ChunkNumber>;

// Whether an occurrence at `place` of a phrase `width` wide has one of `others` (ascending, `other_width` wide)
// beside it with at most `distance` words between and no overlap.
bool HasNeighbour(uint32_t place, uint32_t width, std::span<const uint32_t> others, uint32_t other_width,
                  uint32_t distance) {
  const auto any_in = [&](uint64_t low, uint64_t high) {
    const auto found = std::lower_bound(others.begin(), others.end(), low);
    return found != others.end() && *found <= high;
  };
  const uint64_t after = uint64_t{place} + width;
  if (any_in(after, after + distance)) return true;
  if (place < other_width) return false;
  const uint64_t last_before = place - other_width;
  return any_in(last_before - std::min<uint64_t>(last_before, distance), last_before);
}

class Matcher {
 public:
  Matcher(const WordQuery& query, const std::vector<PostingList>& lists) : query_(query), lists_(lists) {}

  Numbers Match(const QueryNode& node) const {
    switch (node.kind) {
      case QueryNode::Kind::kLeaf: return lists_[node.leaf].numbers;
      case QueryNode::Kind::kAnd: return MatchAnd(node);
      case QueryNode::Kind::kOr: return MatchAny(node.children);
      case QueryNode::Kind::kNear: return MatchNear(node);
    }
    return {};
  }

 private:
  Numbers MatchAnd(const QueryNode& node) const {
    Numbers found = Match(*node.children[0]);
    for (size_t i = 1; i < node.children.size() && !found.empty(); ++i) {
      const Numbers other = Match(*node.children[i]);
      Numbers both;
      std::set_intersection(found.begin(), found.end(), other.begin(), other.end(), std::back_inserter(both));
      found = std::move(both);
    }
    if (found.empty() || node.excluded.empty()) return found;
    const Numbers excluded = MatchAny(node.excluded);
    Numbers left;
    std::set_difference(found.begin(), found.end(), excluded.begin(), excluded.end(), std::back_inserter(left));
    return left;
  }

  // One sort instead of a union per child: a query may have 100,000 of them.
  Numbers MatchAny(const std::vector<std::unique_ptr<QueryNode>>& nodes) const {
    Numbers all;
    for (const auto& node : nodes) {
      const Numbers some = Match(*node);
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  Numbers MatchNear(const QueryNode& node) const {
    std::vector<PostingCursor> cursors;
    for (const auto& child : node.children) cursors.emplace_back(lists_[child->leaf]);
    Numbers found;
    for (; cursors[0].Valid(); cursors[0].Next()) {
      const ChunkNumber number = cursors[0].number();
      bool all = true;
      for (size_t i = 1; all && i < cursors.size(); ++i) all = cursors[i].SkipTo(number);
      if (all && StandNear(node, cursors)) found.push_back(number);
    }
    return found;
  }

  // Follows the chain: of each word, the places that are near a place kept of the word before.
  bool StandNear(const QueryNode& node, const std::vector<PostingCursor>& cursors) const {
    const auto width = [&](size_t i) { return query_.leaves[node.children[i]->leaf].width(); };
    const std::span<const uint32_t> first = cursors[0].positions();
    std::vector<uint32_t> kept(first.begin(), first.end());
    for (size_t i = 1; i < cursors.size() && !kept.empty(); ++i) {
      std::vector<uint32_t> next;
      for (const uint32_t place : cursors[i].positions()) {
        if (HasNeighbour(place, width(i), kept, width(i - 1), node.children[i]->distance)) next.push_back(place);
      }
      kept = std::move(next);
    }
    return !kept.empty();
  }

  const WordQuery& query_;
  const std::vector<PostingList>& lists_;
};

}  // namespace

std::vector<ChunkNumber> MatchTree(const WordQuery& query, const std::vector<PostingList>& lists) {
  return Matcher(query, lists).Match(*query.root);
}

}  // namespace quire::text
