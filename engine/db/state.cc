#include "engine/db/state.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/base/hash.h"
#include "engine/db/trained.h"

namespace quire::db {
namespace {

// Levenshtein distance; names are short.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

}  // namespace

std::string LowerCase(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

CollectionState::CollectionState(CatalogEntry entry, Counters counters,
                                 std::shared_ptr<const text::Analyzer> analyzer,
                                 std::shared_ptr<const Embedders> embedders, uint64_t memory_limit,
                                 std::shared_ptr<LoadRequests> requests)
    : entry_(std::move(entry)),
      counters_(counters),
      analyzer_(std::move(analyzer)),
      embedders_(std::move(embedders)),
      memory_limit_(memory_limit),
      requests_(std::move(requests)) {
  for (const uint32_t generation : Generations()) vectors_[generation], made_by_[generation];
}

CollectionState::CollectionState(const CollectionState& previous, CatalogEntry entry, Counters counters,
                                 std::shared_ptr<const ChunkTable> table, Views changed)
    : entry_(std::move(entry)),
      counters_(counters),
      analyzer_(previous.analyzer_),
      embedders_(previous.embedders_),
      memory_limit_(previous.memory_limit_),
      requests_(previous.requests_),
      table_(table ? Lazy<ChunkTable>(std::move(table)) : previous.table_) {
  for (const uint32_t generation : Generations()) {
    const auto before = previous.vectors_.find(generation);
    vectors_[generation] = before != previous.vectors_.end() ? before->second : Lazy<index::View>();
    const auto made = previous.made_by_.find(generation);
    made_by_[generation] = made != previous.made_by_.end() ? made->second : Lazy<Embedder>();
  }
  for (const auto& view : changed) vectors_[view->parameters().generation] = Lazy<index::View>(view);
}

Result<std::shared_ptr<const CollectionState>> CollectionState::Follow(const CollectionState& previous,
                                                                       const storage::Snapshot& previous_snapshot,
                                                                       CatalogEntry entry, Counters counters,
                                                                       const storage::Snapshot& snapshot) {
  auto next = std::make_shared<CollectionState>(std::move(entry), counters, previous.analyzer_, previous.embedders_,
                                                previous.memory_limit_, previous.requests_);
  for (const uint32_t generation : next->Generations()) {
    if (!previous.HasGeneration(generation)) continue;
    if (previous.MadeByOf(generation) == next->MadeByOf(generation)) {
      next->made_by_[generation] = previous.made_by_.at(generation);
    }
    const auto view = previous.vectors_.at(generation).value();
    if (view == nullptr) continue;
    QUIRE_ASSIGN_OR_RETURN(const auto before, previous.Table(previous_snapshot));
    QUIRE_ASSIGN_OR_RETURN(const auto now, next->Table(snapshot));
    QUIRE_ASSIGN_OR_RETURN(auto followed, index::Follow(*view, previous.NumbersIn(generation, *before),
                                                        next->NumbersIn(generation, *now), snapshot));
    if (followed != nullptr) next->vectors_[generation] = Lazy<index::View>(std::move(followed));
  }
  return std::shared_ptr<const CollectionState>(std::move(next));
}

CollectionInfo CollectionState::Info() const {
  return {.schema = entry_.schema,
          .id = entry_.id,
          .generation = entry_.generation,
          .chunks = counters_.chunks,
          .documents = counters_.documents};
}

Result<std::shared_ptr<const Embedder>> CollectionState::EmbedderOf(uint32_t generation,
                                                                    const storage::Snapshot& snapshot) const {
  if (MadeByOf(generation).name == kNone) return std::shared_ptr<const Embedder>();
  return made_by_.at(generation).Get([&] { return FindEmbedder(generation, snapshot); });
}

Result<std::shared_ptr<const Embedder>> CollectionState::FindEmbedder(uint32_t generation,
                                                                      const storage::Snapshot& snapshot) const {
  const MadeBy& made_by = MadeByOf(generation);
  if (made_by.name == kTrained) return ReadTrained(id(), generation, snapshot);
  const std::string what = "collection '" + schema().name + "': embedder '" + made_by.name + "' of generation " +
                           std::to_string(generation);
  const std::string anew = "ALTER COLLECTION " + schema().name + " SET EMBEDDER ";
  auto found = embedders_->Find(made_by.name, DimOf(generation));
  if (found.status().code() == Code::kNotFound) {
    return Status(Code::kUnavailable, what + " does not exist here",
                  "open the database with it, CREATE EMBEDDER " + made_by.name + " again, or " + anew + "hashed");
  }
  QUIRE_ASSIGN_OR_RETURN(auto embedder, std::move(found));
  const Embedder::Identity& is = embedder->identity();
  if (is.version == made_by.version && is.dim == DimOf(generation) && is.config == made_by.config) return embedder;
  return Status(Code::kUnavailable, what + " is now another one: version " + std::to_string(is.version) + ", " +
                                        std::to_string(is.dim) + " dimensions, configuration " + ToHex(is.config) +
                                        ", expected version " + std::to_string(made_by.version) + ", " +
                                        std::to_string(DimOf(generation)) + " dimensions, configuration " +
                                        ToHex(made_by.config),
                anew + made_by.name + " embeds the collection anew");
}

Result<std::shared_ptr<const ChunkTable>> CollectionState::Table(const storage::Snapshot& snapshot) const {
  return table_.Get([&]() -> Result<std::shared_ptr<const ChunkTable>> {
    QUIRE_ASSIGN_OR_RETURN(ChunkTable table, ChunkTable::Load(id(), snapshot));
    return std::make_shared<const ChunkTable>(std::move(table));
  });
}

Result<std::shared_ptr<const index::View>> CollectionState::Vectors(uint32_t generation,
                                                                    const storage::Snapshot& snapshot) const {
  const auto found = vectors_.find(generation);
  if (found == vectors_.end()) {
    return Status(Code::kNotFound, "collection '" + schema().name + "' has no generation " + std::to_string(generation));
  }
  return found->second.Get([&] { return OpenIndex(generation, snapshot); });
}

Result<std::shared_ptr<const index::View>> CollectionState::OpenIndex(uint32_t generation,
                                                                      const storage::Snapshot& snapshot) const {
  // A generation that is being filled holds other numbers than the table.
  const bool filling = entry_.second && entry_.second->number == generation &&
                       entry_.second->role == GenerationRole::kFilling;
  if (!filling && counters_.chunks >= index::kLinkedMin) {
    QUIRE_ASSIGN_OR_RETURN(const auto table, Table(snapshot));
    const std::vector<uint64_t> live = table->LiveWords();
    QUIRE_ASSIGN_OR_RETURN(auto on_disk, index::OpenOnDisk(id(), generation, memory_limit_, live, snapshot));
    if (on_disk != nullptr) {
      if (index::WantsLoading(*on_disk)) requests_->Add(id());
      return on_disk;
    }
  }
  QUIRE_ASSIGN_OR_RETURN(auto loaded, index::Load(id(), generation, memory_limit_, snapshot));
  if (index::WantsLinks(*loaded)) requests_->Add(id());  // they are damaged, or never were made
  return loaded;
}

std::vector<uint32_t> CollectionState::Generations() const {
  if (!entry_.second) return {entry_.generation};
  return {entry_.generation, entry_.second->number};
}

std::vector<uint32_t> CollectionState::WrittenGenerations() const {
  const auto& second = entry_.second;
  const bool both = second && (second->role != GenerationRole::kFilling || second->written_from != kNoNumber);
  return both ? Generations() : std::vector<uint32_t>{entry_.generation};
}

std::vector<uint64_t> CollectionState::NumbersIn(uint32_t generation, const ChunkTable& table) const {
  std::vector<uint64_t> words = table.LiveWords();
  const auto& second = entry_.second;
  if (!second || second->number != generation || second->role != GenerationRole::kFilling) return words;
  for (size_t i = second->copied_to / 64; i < words.size(); ++i) {
    const bool has_end = i == second->copied_to / 64;
    words[i] &= has_end ? (uint64_t{1} << (second->copied_to % 64)) - 1 : 0;
  }
  return words;
}

Result<std::shared_ptr<const CollectionState>> DatabaseState::Find(std::string_view name) const {
  const std::string lower = LowerCase(name);
  if (const auto found = collections.find(lower); found != collections.end()) return found->second;
  std::string hint = collections.empty() ? "CREATE COLLECTION " + std::string(name) : "";
  size_t nearest = std::max<size_t>(lower.size() / 2, 1);
  for (const auto& [other, state] : collections) {
    const size_t distance = EditDistance(lower, other);
    if (distance > nearest) continue;
    nearest = distance;
    hint = "did you mean '" + state->schema().name + "'?";
  }
  return Status(Code::kNotFound, "collection '" + std::string(name) + "' does not exist", std::move(hint));
}

std::shared_ptr<const CollectionState> DatabaseState::FindById(uint32_t id) const {
  for (const auto& [name, state] : collections) {
    if (state->id() == id) return state;
  }
  return nullptr;
}

}  // namespace quire::db
