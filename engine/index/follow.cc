// Follow: the index of a reader, after what a writer in another process did to it.
#include <bit>

#include "engine/index/index_view.h"
#include "engine/index/links_format.h"
#include "engine/index/links_store.h"

namespace quire::index {
namespace {

constexpr uint64_t kFollowedMost = 50'000;  // changes: beyond, reading all codes is sooner done than encoding anew

// Calls visit(number) for the members of `a` that are not in `b`, ascending.
template <typename Visit>
void ForEachBeyond(NumberSet a, NumberSet b, Visit visit) {
  for (size_t i = 0; i < a.size(); ++i) {
    for (uint64_t rest = a[i] & ~(i < b.size() ? b[i] : 0); rest != 0; rest &= rest - 1) {
      visit(static_cast<ChunkNumber>(i * 64 + static_cast<size_t>(std::countr_zero(rest))));
    }
  }
}

std::vector<ChunkNumber> Beyond(NumberSet a, NumberSet b) {
  std::vector<ChunkNumber> numbers;
  ForEachBeyond(a, b, [&](ChunkNumber number) { numbers.push_back(number); });
  return numbers;
}

}  // namespace

Result<std::shared_ptr<const View>> Follow(const View& current, NumberSet before, NumberSet now,
                                           const storage::Snapshot& snapshot) {
  const auto& view = static_cast<const IndexView&>(current);
  const std::vector<ChunkNumber> gone = Beyond(before, now), came = Beyond(now, before);
  if (gone.size() + came.size() > kFollowedMost) return std::shared_ptr<const View>();
  if (view.state().on_disk != nullptr) {
    QUIRE_ASSIGN_OR_RETURN(const std::shared_ptr<const LinksHead> head, ReadHead(view.parameters(), snapshot));
    if (head == nullptr || head->edition != view.state().edition) return std::shared_ptr<const View>();
  }
  std::vector<std::vector<float>> vectors;
  std::vector<Insertion> insertions;
  for (const ChunkNumber number : came) {
    QUIRE_ASSIGN_OR_RETURN(vectors.emplace_back(), ReadVector(view.parameters(), number, snapshot));
    insertions.push_back({number, vectors.back()});
  }
  storage::Batch stored_by_the_writer;
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<const View> next,
                         Apply(current, {insertions, gone}, snapshot, &stored_by_the_writer));
  return WantsLinks(*next) ? std::shared_ptr<const View>() : next;
}

}  // namespace quire::index
