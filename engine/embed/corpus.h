// Corpus: the texts of a collection as numbers, for training.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/embed/lsa.h"
#include "engine/text/analyzer.h"

namespace quire::embed {

// A text to learn from: what stands above it (title and section; may be empty), and of which document it is.
struct TrainingText {
  std::string_view heading{};
  std::string_view text{};
  uint64_t document = 0;
};

// A distinct term of the texts. Numbers below Corpus::known are those worth a row of their own.
struct CorpusTerm {
  uint64_t hash = 0;       // Hash64 of it
  uint32_t frequency = 0;  // in how many texts
  float idf = 0;
  std::vector<uint32_t> grams{};
};

struct CorpusText {
  std::vector<uint32_t> heading{};        // terms in their order, without stop words
  std::vector<uint32_t> words{};          // of the text
  std::vector<uint32_t> sentence_ends{};  // places in `words`, ascending; the last is its size
  uint64_t document = 0;
};

struct Corpus {
  std::vector<CorpusTerm> terms{};  // most frequent first
  uint32_t known = 0;               // those in two texts or more, at most `terms_max`
  std::vector<CorpusText> texts{};
};

// Cost: linear in the texts; about 4 bytes a word are kept. Gives an empty corpus where `stopped` says so.
Corpus ReadCorpus(const text::Analyzer& analyzer, std::span<const TrainingText> texts, uint32_t terms_max,
                  const std::function<bool()>& stopped);

// (1 + ln tf) * idf of the known terms of each text, heading and all, of length 1.
std::vector<SparseRow> WeighTexts(const Corpus& corpus);

}  // namespace quire::embed
