#include "engine/embed/corpus.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/embed/grams.h"

namespace quire::embed {
namespace {

using Numbers = std::unordered_map<uint64_t, uint32_t>;  // of terms, by hash

// Whether a sentence ends between two words: at a line's end, or at a mark with a space behind it.
bool EndsSentence(std::string_view between) {
  for (size_t i = 0; i < between.size(); ++i) {
    if (between[i] == '\n') return true;
    const bool mark = between[i] == '.' || between[i] == '?' || between[i] == '!' || between[i] == ';';
    if (mark && i + 1 < between.size() && (between[i + 1] == ' ' || between[i + 1] == '\t')) return true;
  }
  return false;
}

class CorpusReader {
 public:
  explicit CorpusReader(const text::Analyzer& analyzer) : analyzer_(analyzer) {}

  CorpusText Read(const TrainingText& source) {
    CorpusText text;
    text.document = source.document;
    ReadWords(source.heading, &text.heading, nullptr);
    ReadWords(source.text, &text.words, &text.sentence_ends);
    CountText(text);
    return text;
  }
  std::vector<CorpusTerm> TakeTerms() { return std::move(terms_); }

 private:
  void ReadWords(std::string_view source, std::vector<uint32_t>* words, std::vector<uint32_t>* ends) {
    tokens_.clear();
    analyzer_.Analyze(source, &tokens_);
    uint32_t end = 0;  // of the word before, in bytes
    for (const text::Token& token : tokens_) {
      if (ends && token.start > end && EndsSentence(source.substr(end, token.start - end)) && !words->empty() &&
          (ends->empty() || ends->back() < words->size())) {
        ends->push_back(static_cast<uint32_t>(words->size()));
      }
      end = std::max(end, token.end);
      if (!analyzer_.IsStopWord(token.term)) words->push_back(NumberOf(token.term));
    }
    if (ends && !words->empty() && (ends->empty() || ends->back() < words->size())) {
      ends->push_back(static_cast<uint32_t>(words->size()));
    }
  }

  uint32_t NumberOf(std::string_view term) {
    const uint64_t hash = Hash64(term);
    const auto [found, is_new] = numbers_.emplace(hash, static_cast<uint32_t>(terms_.size()));
    if (is_new) {
      terms_.push_back({.hash = hash});
      GramsOf(term, &terms_.back().grams);
    }
    return found->second;
  }

  void CountText(const CorpusText& text) {
    distinct_ = text.heading;
    distinct_.insert(distinct_.end(), text.words.begin(), text.words.end());
    std::sort(distinct_.begin(), distinct_.end());
    distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
    for (const uint32_t term : distinct_) ++terms_[term].frequency;
  }

  const text::Analyzer& analyzer_;
  Numbers numbers_;
  std::vector<CorpusTerm> terms_;
  std::vector<text::Token> tokens_;
  std::vector<uint32_t> distinct_;
};

// Terms by frequency, and their numbers in the texts with them. The hash decides between equal ones.
void SortTerms(Corpus* corpus) {
  std::vector<uint32_t> order(corpus->terms.size()), place(corpus->terms.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const CorpusTerm &x = corpus->terms[a], &y = corpus->terms[b];
    return x.frequency != y.frequency ? x.frequency > y.frequency : x.hash < y.hash;
  });
  std::vector<CorpusTerm> sorted;
  sorted.reserve(order.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(std::move(corpus->terms[order[i]]));
  }
  corpus->terms = std::move(sorted);
  for (CorpusText& text : corpus->texts) {
    for (auto* words : {&text.heading, &text.words}) {
      for (uint32_t& word : *words) word = place[word];
    }
  }
}

}  // namespace

Corpus ReadCorpus(const text::Analyzer& analyzer, std::span<const TrainingText> texts, uint32_t terms_max,
                  const std::function<bool()>& stopped) {
  Corpus corpus;
  CorpusReader reader(analyzer);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i % 1024 == 0 && stopped()) return {};
    corpus.texts.push_back(reader.Read(texts[i]));
  }
  corpus.terms = reader.TakeTerms();
  SortTerms(&corpus);
  for (CorpusTerm& term : corpus.terms) {
    term.idf = static_cast<float>(std::log(static_cast<double>(texts.size() + 1) / term.frequency));
    if (term.frequency >= 2 && corpus.known < terms_max) ++corpus.known;
  }
  return corpus;
}

std::vector<SparseRow> WeighTexts(const Corpus& corpus) {
  std::vector<SparseRow> rows;
  rows.reserve(corpus.texts.size());
  std::vector<uint32_t> words;
  for (const CorpusText& text : corpus.texts) {
    words = text.heading;
    words.insert(words.end(), text.words.begin(), text.words.end());
    std::sort(words.begin(), words.end());
    SparseRow& row = rows.emplace_back();
    double squares = 0;
    for (size_t i = 0, next = 0; i < words.size() && words[i] < corpus.known; i = next) {
      while (next < words.size() && words[next] == words[i]) ++next;
      const float weight = (1 + std::log(static_cast<float>(next - i))) * corpus.terms[words[i]].idf;
      row.push_back({words[i], weight});
      squares += double{weight} * weight;
    }
    for (WeightedTerm& entry : row) entry.weight /= static_cast<float>(std::sqrt(squares));
  }
  return rows;
}

}  // namespace quire::embed
