// BM25F: BM25 over the weighted counts and lengths of fields. The formula with its sources: engine/doc/word_index.md.
#pragma once

#include <cstdint>

#include "engine/text/fields.h"

namespace quire::text {

// A sum of scores in units of 2^-32. Whole numbers add up to the same in any order, so that a search that leaves things out gives
// bit for bit what adding up everything gives.
using FixedScore = int64_t;
double ToDouble(FixedScore score);

// Chosen by measurement: engine/doc/word_index.md.
struct Bm25Parameters {
  double k1 = 2;     // how far repetitions in a text count
  double b = 0.65;   // how far its length does
  double k3 = 5;     // how far repetitions in the query do
};

// The numbers that BM25 needs of a collection.
class Bm25 {
 public:
  explicit Bm25(const ChunkLengths& chunks, const Bm25Parameters& parameters = {});

  // ln(1 + (N - df + 0.5) / (df + 0.5)): above zero for every df <= N.
  double Idf(uint64_t document_frequency) const;
  // Of a word in that many chunks that the query says so many times.
  double Weight(uint64_t document_frequency, uint32_t times) const {
    return Idf(document_frequency) * times * (k3_ + 1) / (times + k3_);
  }
  // What no score of a leaf of that weight can exceed.
  double UpperBound(double weight) const { return weight * (k1_ + 1); }
  // Of a frequency in a text of that length, both in quarters. Above 0 where the frequency is.
  FixedScore Score(double weight, uint64_t frequency, uint64_t length) const {
    const auto tf = static_cast<double>(frequency);
    const double share = tf / (tf + norm_ + norm_of_length_ * static_cast<double>(length));
    return static_cast<FixedScore>(weight * scale_ * share) + 1;
  }

 private:
  double k1_, k3_;
  double count_;
  double norm_, norm_of_length_;  // 4 * k1 * (1 - b + b * length / average), by parts
  double scale_;                  // (k1 + 1) * 2^32
};

}  // namespace quire::text
