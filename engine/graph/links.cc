#include "engine/graph/links.h"

#include <algorithm>

#include "engine/graph/probe.h"
#include "engine/graph/prune.h"
#include "engine/graph/steps.h"

namespace quire::graph {
namespace {

constexpr uint32_t kForward = 24;           // links of a row's own choice; the rest of its places are for those that chose it
constexpr size_t kCandidates = Probe::kCandidatesMax;  // among which it chooses
constexpr size_t kReverseCandidates = 128;  // a row that many chose looks at the nearest of them only
constexpr size_t kRowsPerPiece = 256;
constexpr size_t kForwardLeast = 16;        // as many at least, even if pruning would take fewer
constexpr uint32_t kIncomingLeast = 8;  // links that lead to a row, as far as there are neighbours to come from

// Adds the nearest of `keys` that pruning left out until there are kForwardLeast. Rows that lie apart from all others are
// left with one or two links by pruning, and then no search comes by them.
void FillUp(std::span<const Key> keys, std::vector<Key>* taken) {
  const size_t pruned = taken->size();
  size_t next = 0;
  for (size_t i = 0; i < keys.size() && taken->size() < kForwardLeast; ++i) {
    if (next < pruned && keys[i] == (*taken)[next]) {
      ++next;
    } else {
      taken->push_back(keys[i]);
    }
  }
  std::sort(taken->begin(), taken->end());
}

// A link with its length.
struct Link {
  uint32_t id = kNoNode;
  float distance = 0;
};

class Linker {
 public:
  Linker(const Rows& rows, const Leaves& leaves, const Links* start, const BuildControl& control)
      : rows_(rows),
        leaves_(leaves),
        start_(start),
        first_new_(start == nullptr ? 0 : start->size()),
        steps_(control, kProbeSteps + kReverseSteps),
        forward_((rows.size() - first_new_) * kForward),
        links_(rows.size()) {}

  Result<Links> Make() {
    for (const uint32_t row : leaves_.rows) {
      if (row >= first_new_) order_.push_back(row);
    }
    QUIRE_RETURN_IF_ERROR(LinkFromLeaves());
    QUIRE_RETURN_IF_ERROR(Reverse());
    LeadToAll();
    return std::move(links_);
  }

 private:
  static constexpr double kProbeSteps = 9, kReverseSteps = 1;

  Link* forward(size_t row) { return forward_.data() + (row - first_new_) * kForward; }

  void SetForward(uint32_t row, std::span<const Key> keys) {
    Link* const links = forward(row);
    for (size_t i = 0; i < kForward; ++i) {
      links[i] = i < keys.size() ? Link{IdOf(keys[i], row), DistanceOf(keys[i])} : Link{};
    }
  }

  // For each new row the best of the rows in the leaves near it.
  Status LinkFromLeaves() {
    const LeafTree tree(rows_, leaves_);
    return steps_.ForPieces(order_.size(), Probe::kRowsAtOnce, kProbeSteps, [&](size_t begin, size_t end) {
      Probe probe(rows_, tree);
      Pruner pruner(rows_);
      std::vector<Key> taken;
      probe.Look(std::span(order_).subspan(begin, end - begin), kCandidates);
      for (size_t i = begin; i < end; ++i) {
        const std::span<const Key> keys = probe.Candidates(i - begin);
        pruner.Prune(order_[i], keys, kForward, &taken);
        FillUp(keys, &taken);
        SetForward(order_[i], taken);
      }
    });
  }

  // Makes links_ of the forward links, of those that lead to a row, and of those it had.
  Status Reverse() {
    const size_t count = rows_.size();
    std::vector<uint32_t> begin(count + 1);
    for (const Link& link : forward_) {
      if (link.id != kNoNode) ++begin[link.id + 1];
    }
    for (size_t i = 0; i < count; ++i) begin[i + 1] += begin[i];
    std::vector<Link> offers(begin[count]);
    std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
    for (size_t row = first_new_; row < count; ++row) {
      for (size_t i = 0; i < kForward; ++i) {
        const Link& link = forward(row)[i];
        if (link.id != kNoNode) offers[next[link.id]++] = {static_cast<uint32_t>(row), link.distance};
      }
    }
    return steps_.ForPieces(count, 4 * kRowsPerPiece, kReverseSteps, [&](size_t first, size_t end) {
      Merger merger(*this);
      for (size_t row = first; row < end; ++row) {
        merger.Merge(static_cast<uint32_t>(row), std::span(offers).subspan(begin[row], begin[row + 1] - begin[row]));
      }
    });
  }

  // Brings together what would be the links of a row. Serves one thread.
  class Merger {
   public:
    explicit Merger(Linker& linker) : linker_(linker), pruner_(linker.rows_) {}

    void Merge(uint32_t row, std::span<const Link> offers) {
      keys_.clear();
      if (row < linker_.first_new_) {
        const auto had = linker_.start_->of(row);
        if (offers.empty()) return linker_.links_.Set(row, had);
        distances_.resize(had.size());
        linker_.rows_.Distances(row, had, &scratch_, distances_.data());
        for (size_t i = 0; i < had.size(); ++i) keys_.push_back(KeyOf(distances_[i], had[i], row));
      } else {
        const Link* const own = linker_.forward(row);
        for (size_t i = 0; i < kForward && own[i].id != kNoNode; ++i) {
          keys_.push_back(KeyOf(own[i].distance, own[i].id, row));
        }
      }
      for (const Link& offer : offers) keys_.push_back(KeyOf(offer.distance, offer.id, row));
      std::sort(keys_.begin(), keys_.end());
      keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
      if (keys_.size() > kDegreeMax) {
        if (keys_.size() > kReverseCandidates) keys_.resize(kReverseCandidates);
        pruner_.Prune(row, keys_, kDegreeMax, &taken_);
        keys_.swap(taken_);
      }
      ids_.clear();
      for (const Key key : keys_) ids_.push_back(IdOf(key, row));
      linker_.links_.Set(row, ids_);
    }

   private:
    Linker& linker_;
    Pruner pruner_;
    RowScratch scratch_;
    std::vector<Key> keys_, taken_;
    std::vector<uint32_t> ids_;
    std::vector<float> distances_;
  };

  // Rows that pruning left with few links that lead to them get some from their own neighbours, nearest first: into a free
  // place, or in place of the last neighbour that many others lead to.
  void LeadToAll() {
    std::vector<uint32_t> incoming(rows_.size());
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      for (const uint32_t id : links_.of(row)) ++incoming[id];
    }
    for (uint32_t row = 0; row < rows_.size(); ++row) {
      if (incoming[row] >= kIncomingLeast) continue;
      for (const uint32_t from : links_.of(row)) {
        if (incoming[row] >= kIncomingLeast) break;
        const std::span<const uint32_t> had = links_.of(from);
        if (std::find(had.begin(), had.end(), row) != had.end()) continue;
        uint32_t* const places = links_.places(from);
        size_t place = had.size();
        while (place == kDegreeMax || (place < had.size() && incoming[places[place]] <= 2 * kIncomingLeast)) {
          if (place == 0 || place == kDegreeMax / 2) break;
          --place;
        }
        if (place < had.size()) {
          if (incoming[places[place]] <= 2 * kIncomingLeast) continue;
          --incoming[places[place]];
        }
        places[place] = row;
        ++incoming[row];
      }
    }
  }

  const Rows& rows_;
  const Leaves& leaves_;
  const Links* const start_;
  const size_t first_new_;
  Steps steps_;
  std::vector<uint32_t> order_;  // new rows, by leaf
  std::vector<Link> forward_;    // kForward of each new row
  Links links_;
};

}  // namespace

Links::Links(size_t nodes) : nodes_(nodes), data_(nodes * kDegreeMax) {
  std::fill_n(data_.data(), data_.size(), kNoNode);
}

std::span<const uint32_t> Links::of(uint32_t node) const {
  const uint32_t* const begin = places(node);
  return {begin, std::find(begin, begin + kDegreeMax, kNoNode)};
}

void Links::Set(uint32_t node, std::span<const uint32_t> neighbours) {
  uint32_t* const to = places(node);
  std::copy(neighbours.begin(), neighbours.end(), to);
  std::fill(to + neighbours.size(), to + kDegreeMax, kNoNode);
}

Result<Links> MakeLinks(const Rows& rows, const Leaves& leaves, const Links* start, const BuildControl& control) {
  return Linker(rows, leaves, start, control).Make();
}

}  // namespace quire::graph
