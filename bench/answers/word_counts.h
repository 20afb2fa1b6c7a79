// WordCounts: in how many texts a word occurs, for weights where there is no collection.
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "extensions/chat/words.h"

namespace quire::bench {

class WordCounts {
 public:
  explicit WordCounts(const chat::WordCutter& cutter) : cutter_(cutter) {}

  void Add(std::string_view text) {
    std::set<std::string> terms;
    for (chat::Word& word : cutter_.Cut(text)) terms.insert(std::move(word.term));
    for (const std::string& term : terms) ++counts_[term];
    ++texts_;
  }

  // BM25's IDF of a case-folded word.
  double Weight(std::string_view folded) const {
    const auto words = cutter_.Cut(folded);
    const auto found = words.empty() ? counts_.end() : counts_.find(words.front().term);
    const double frequency = found == counts_.end() ? 0 : found->second;
    return std::log(1 + (texts_ - frequency + 0.5) / (frequency + 0.5));
  }

 private:
  const chat::WordCutter& cutter_;
  std::map<std::string, double> counts_;
  double texts_ = 0;
};

}  // namespace quire::bench
