// A table of vectors learned by contrast: parts of one text shall be near each other, and far from parts of others.
//
// Benefits. It learns what a heading and a sentence say about the text below and around them, which is what a question is to its
// answer; no data from elsewhere; words never seen get a vector from their n-grams. Costs. Seconds of training; another seed gives
// another table that is about as good; a text's words are a bag: their order says nothing.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/embed/corpus.h"
#include "engine/embed/dense.h"

namespace quire::embed {

struct ContrastOptions {
  uint32_t dim = 256;
  uint32_t batch = 256;        // pairs that are told from each other at once
  uint32_t pairs_most = 60'000;  // seen at most, all in all
  float rate = 0.02F;          // of learning; falls to a tenth of it
  float temperature = 0.05F;
  uint64_t seed = 1;
};

// Rows: Corpus::known terms, then kGramBuckets n-grams. A text is the sum of sqrt(tf) times its terms' rows, of length 1; a term
// without a row is the sum of its n-grams' over the root of their count. Equal corpora and options give equal tables. `progress`
// is told in [0, 1] and says whether to go on; an empty table if not, or if there is no text to learn from.
// Source: InfoNCE: van den Oord, Li, Vinyals, Representation Learning with Contrastive Predictive Coding (2018); both directions as
// in Radford et al. (2021); rows for n-grams: Bojanowski et al., Enriching Word Vectors with Subword Information (2017); AdaGrad:
// Duchi, Hazan, Singer (2011).
DenseMatrix LearnByContrast(const Corpus& corpus, const ContrastOptions& options,
                            const std::function<bool(double)>& progress);

}  // namespace quire::embed
