// An embedder learned from a collection's own texts: latent semantic analysis. Method and figures: engine/doc/lsa_embedder.md.
//
// Benefits. Words that occur with the same others come near each other, so that a text is found that shares no word with the
// query; seconds of training, no data from elsewhere. Costs. It knows nothing that the collection does not say; words of one text
// only, and those that came after the training, count nothing; every text has to be embedded again after a training; a table of
// dim floats a word is in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "engine/text/analyzer.h"
#include "quire/embedder.h"

namespace quire::embed {

struct LsaOptions {
  uint32_t dim = 256;
  uint32_t terms_max = 40'000;  // the most frequent ones are kept
  uint32_t iterations = 3;      // of the subspace
  uint64_t seed = 1;
};

// Learns from `texts`. Equal texts, options and machine give an equal embedder; its version is a hash of what was learned. A
// text none of whose words is known is the zero vector. Where the texts have fewer independent directions than `dim`, the rest of
// the components is zero.
// Errors: kInvalidArgument if dim is 0 or above 1,024, or no word is in two texts.
// Cost: linear in the words of the texts, times dim; one thread; memory 2 * terms * dim floats.
// Source: Deerwester et al., Indexing by Latent Semantic Analysis (1990); the decomposition: Halko, Martinsson, Tropp, Finding
// Structure with Randomness (2011), algorithm 4.4 on the terms' side.
Result<std::shared_ptr<const Embedder>> TrainLsa(std::shared_ptr<const text::Analyzer> analyzer,
                                                 std::span<const std::string_view> texts, const LsaOptions& options);

}  // namespace quire::embed
