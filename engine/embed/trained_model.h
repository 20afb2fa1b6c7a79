// TrainedModel: what is learned from a collection, as it is held in memory and stored. The page for people:
// engine/doc/trained_embedder.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/embed/corpus.h"
#include "quire/embedder.h"

namespace quire::embed {

// Rows of small integers, each with its own step.
struct ByteRows {
  uint32_t dim = 0;
  std::vector<float> steps{};
  std::vector<int8_t> values{};

  size_t size() const { return steps.size(); }
  const int8_t* row(size_t i) const { return values.data() + i * dim; }
};

struct TrainedModel {
  std::string language{};         // of the analyzer that made the words
  uint64_t texts = 0;             // learned from
  uint32_t hashed_dim = 0;        // of the view of hashed words beside the learned ones
  std::vector<uint64_t> terms{};  // Hash64 of each word that has a row
  std::vector<float> idf{};       // of each
  ByteRows directions{};          // latent semantic analysis: a row for each word
  ByteRows contrast{};            // a row for each word, then one for each bucket of n-grams

  uint32_t dim() const { return hashed_dim + directions.dim + contrast.dim; }
};

struct TrainingOptions {
  uint32_t hashed_dim = 512;
  uint32_t directions_dim = 256;
  uint32_t contrast_dim = 256;
  uint32_t terms_max = 25'000;  // that get a row: the most frequent ones
  uint64_t seed = 1;
  // Told how much is done, in [0, 1]; false ends the training.
  std::function<bool(double)> progress = [](double) { return true; };
};

// How many texts a training takes at most: where there are more, an even sample says as much.
inline constexpr size_t kTrainingTextsMax = 30'000;

// Learns. Equal texts and options give equal models on one machine.
// Errors: kInvalidArgument if no word is in two texts; kCancelled if `progress` says so.
// Cost: seconds; about 4 bytes a word of the texts, and 12 bytes times dim for each row.
Result<TrainedModel> Train(const text::Analyzer& analyzer, std::span<const TrainingText> texts,
                           const TrainingOptions& options);

// The stored form: versioned and checksummed.
std::string Serialize(const TrainedModel& model);
// Errors: kCorruption (damaged, or sizes that do not fit), kUnsupported (a newer version).
Result<TrainedModel> ParseTrainedModel(std::string_view bytes);

// The embedder of a model: its identity is "trained" with the hash of the stored form.
// Errors: kInvalidArgument if there is no such language.
Result<std::shared_ptr<const Embedder>> MakeTrainedEmbedder(TrainedModel model);

}  // namespace quire::embed
