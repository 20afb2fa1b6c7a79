// The embedder of a trained model: three views of a text side by side, so that their cosines add up.

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/base/hash.h"
#include "engine/embed/grams.h"
#include "engine/embed/text_hasher.h"
#include "engine/embed/trained_model.h"
#include "engine/embed/word_embedder.h"
#include "engine/simd/kernels.h"
#include "engine/text/scratch_pool.h"

namespace quire::embed {
namespace {

constexpr uint32_t kVersion = 1;  // goes up whenever equal models give other vectors than before

// How much each view counts; chosen over sets, see engine/doc/trained_embedder.md.
constexpr float kHashedShare = 0.2F, kDirectionsShare = 0.1F, kContrastShare = 0.7F;

// Rows to be added up.
struct Sum {
  std::vector<float> factors{};
  std::vector<const int8_t*> rows{};

  void Clear() {
    factors.clear();
    rows.clear();
  }
  void Add(const ByteRows& from, size_t row, float factor) {
    factors.push_back(factor * from.steps[row]);
    rows.push_back(from.row(row));
  }
  // Of length sqrt(share), or zero.
  void Write(float share, std::span<float> out) const {
    const simd::Kernels& kernels = simd::ActiveKernels();
    std::fill(out.begin(), out.end(), 0.0F);
    kernels.add_rows_i8(factors.data(), rows.data(), rows.size(), out.data(), out.size());
    const double square = kernels.dot(out.data(), out.data(), out.size());
    if (!(square > 0)) return;
    const auto scale = static_cast<float>(std::sqrt(share / square));
    for (float& value : out) value *= scale;
  }
};

struct Scratch {
  std::unique_ptr<TextHasher> hasher{};
  Sum directions{}, contrast{};
  std::vector<uint32_t> grams{};
};

class TrainedEmbedder final : public WordEmbedder {
 public:
  TrainedEmbedder(TrainedModel model, uint64_t hash, std::shared_ptr<const text::Analyzer> analyzer)
      : WordEmbedder({.name = "trained", .version = kVersion, .dim = model.dim(), .config = hash}, analyzer),
        model_(std::move(model)),
        importance_(std::make_shared<WordImportance>(*analyzer, HashWeights())),
        scratches_([this] {
          auto scratch = std::make_unique<Scratch>();
          scratch->hasher = std::make_unique<TextHasher>(importance_, HashWeights(), model_.hashed_dim);
          return scratch;
        }) {
    slots_.assign(std::bit_ceil(2 * model_.terms.size() + 1), 0);
    for (uint32_t i = 0; i < model_.terms.size(); ++i) {
      size_t slot = model_.terms[i] & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = i + 1;
    }
  }

 private:
  void EmbedLists(std::span<const text::WordList* const> texts, std::span<float> out) const override {
    auto scratch = scratches_.Take();
    const size_t dim = identity().dim;
    for (size_t i = 0; i < texts.size(); ++i) EmbedList(*texts[i], &*scratch, out.subspan(i * dim, dim));
  }

  void EmbedList(const text::WordList& words, Scratch* scratch, std::span<float> out) const {
    const std::span<float> hashed = out.first(model_.hashed_dim);
    scratch->hasher->Hash(words, hashed);
    for (float& value : hashed) value *= std::sqrt(kHashedShare);
    scratch->directions.Clear();
    scratch->contrast.Clear();
    for (const text::WordList::Entry& word : words.entries) AddWord(words.TermOf(word), word, scratch);
    scratch->directions.Write(kDirectionsShare, out.subspan(model_.hashed_dim, model_.directions.dim));
    scratch->contrast.Write(kContrastShare, out.last(model_.contrast.dim));
  }

  void AddWord(std::string_view term, const text::WordList::Entry& word, Scratch* scratch) const {
    const auto count = static_cast<float>(word.counts.total());
    if (const uint32_t row = RowOf(word.hash); row != kNone) {
      scratch->directions.Add(model_.directions, row, (1 + std::log(count)) * model_.idf[row]);
      scratch->contrast.Add(model_.contrast, row, std::sqrt(count));
      return;
    }
    if (analyzer().IsStopWord(term)) return;
    GramsOf(term, &scratch->grams);
    const float factor = std::sqrt(count / static_cast<float>(std::max<size_t>(1, scratch->grams.size())));
    for (const uint32_t gram : scratch->grams) scratch->contrast.Add(model_.contrast, model_.terms.size() + gram, factor);
  }

  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t RowOf(uint64_t hash) const {
    for (size_t slot = hash & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot] == 0) return kNone;
      if (model_.terms[slots_[slot] - 1] == hash) return slots_[slot] - 1;
    }
  }

  const TrainedModel model_;
  const std::shared_ptr<const WordImportance> importance_;
  std::vector<uint32_t> slots_;  // open addressing over the terms: number + 1, 0 is free
  mutable text::ScratchPool<Scratch> scratches_;
};

}  // namespace

Result<std::shared_ptr<const Embedder>> MakeTrainedEmbedder(TrainedModel model) {
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<const text::Analyzer> analyzer, text::Analyzer::Make(model.language));
  const uint64_t hash = Hash64(Serialize(model));
  return std::shared_ptr<const Embedder>(std::make_shared<TrainedEmbedder>(std::move(model), hash, std::move(analyzer)));
}

}  // namespace quire::embed
