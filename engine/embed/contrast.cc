#include "engine/embed/contrast.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/embed/grams.h"
#include "engine/simd/kernels.h"

namespace quire::embed {
namespace {

constexpr float kFirstSquare = 1e-4F;  // of AdaGrad
constexpr float kGradientScale = 100;
constexpr float kDrop = 0.1F;        // words left out of a side
constexpr float kAsGrams = 0.15F;    // of the rarer words: taken as if they had no row, so that n-grams learn
constexpr float kHeadings = 0.35F, kSpans = 0.25F;  // of the pairs; the others are a sentence and the rest
constexpr float kKeepsSentence = 0.3F;              // ... which may hold the sentence itself
constexpr uint32_t kSpanLeast = 3, kSpanMost = 10;
constexpr double kEpochsLeast = 8, kEpochsMost = 40, kPairsLeast = 30'000;

// One side of a pair: rows of the table and their factors.
struct Side {
  std::vector<uint32_t> rows{};
  std::vector<float> factors{};
  float length = 0;  // of the sum
};

class Trainer {
 public:
  Trainer(const Corpus& corpus, const ContrastOptions& options)
      : corpus_(corpus), options_(options), random_(options.seed), table_(corpus.known + kGramBuckets, options.dim) {
    squares_.assign(table_.values.size(), kFirstSquare);
    const float spread = 1 / std::sqrt(static_cast<float>(options.dim));
    for (size_t i = 0; i < table_.rows; ++i) {
      const float scale = spread * (i < corpus.known ? corpus.terms[i].idf / 10 : 1);
      for (size_t j = 0; j < table_.columns; ++j) table_.row(i)[j] = scale * random_.Normal();
    }
    for (uint32_t i = 0; i < corpus.texts.size(); ++i) {
      if (corpus.texts[i].words.size() + corpus.texts[i].heading.size() >= 4) usable_.push_back(i);
    }
  }

  bool Run(const std::function<bool(double)>& progress) {
    if (usable_.size() < 2) return false;
    const double texts = static_cast<double>(usable_.size());
    const double epochs = std::clamp(kPairsLeast / texts, kEpochsLeast, kEpochsMost);
    const auto pairs = static_cast<size_t>(std::min<double>(options_.pairs_most, epochs * texts));
    const size_t batch = std::min<size_t>(options_.batch, usable_.size());
    const size_t steps = std::max<size_t>(1, pairs / batch);
    for (size_t step = 0; step < steps; ++step) {
      const double done = static_cast<double>(step) / static_cast<double>(steps);
      if (!progress(done)) return false;
      rate_ = options_.rate * static_cast<float>(1 - 0.9 * done);
      DrawBatch(batch);
      LearnFromBatch();
    }
    return true;
  }
  DenseMatrix TakeTable() { return std::move(table_); }

 private:
  void DrawBatch(size_t batch) {
    left_.clear();
    right_.clear();
    documents_.clear();
    while (left_.size() < batch) {
      if (next_ == 0) Shuffle();
      next_ = (next_ + 1) % usable_.size();
      const CorpusText& text = corpus_.texts[usable_[next_]];
      DrawPair(text);
      left_.push_back(MakeSide(first_));
      right_.push_back(MakeSide(second_));
      documents_.push_back(text.document);
    }
  }

  void Shuffle() {
    for (size_t i = usable_.size(); i > 1; --i) std::swap(usable_[i - 1], usable_[random_.Below(i)]);
  }

  void DrawPair(const CorpusText& text) {
    const float dice = random_.Uniform();
    const bool has_text = !text.words.empty();
    if (!text.heading.empty() && has_text && (dice < kHeadings || text.words.size() < size_t{2} * kSpanLeast)) {
      first_ = text.heading;
      second_ = text.words;
      return;
    }
    const std::vector<uint32_t>& words = has_text ? text.words : text.heading;
    const auto size = static_cast<uint32_t>(words.size());
    uint32_t begin = 0, end = 0;
    if (dice < kHeadings + kSpans || text.sentence_ends.size() < 2) {
      const uint32_t length = std::min(size / 2, kSpanLeast + static_cast<uint32_t>(random_.Below(kSpanMost - kSpanLeast + 1)));
      begin = static_cast<uint32_t>(random_.Below(size - length + 1));
      end = begin + length;
    } else {
      const size_t sentence = random_.Below(text.sentence_ends.size());
      begin = sentence == 0 ? 0 : text.sentence_ends[sentence - 1];
      end = text.sentence_ends[sentence];
    }
    first_.assign(words.begin() + begin, words.begin() + end);
    second_.assign(text.heading.begin(), text.heading.end());
    if (!has_text) second_.clear();
    second_.insert(second_.end(), words.begin(), words.begin() + begin);
    if (random_.Uniform() < kKeepsSentence) second_.insert(second_.end(), words.begin() + begin, words.begin() + end);
    second_.insert(second_.end(), words.begin() + end, words.end());
  }

  Side MakeSide(std::vector<uint32_t>& words) {
    std::sort(words.begin(), words.end());
    Side side;
    for (size_t i = 0, next = 0; i < words.size(); i = next) {
      while (next < words.size() && words[next] == words[i]) ++next;
      if (random_.Uniform() < kDrop && words.size() > 2) continue;
      const CorpusTerm& term = corpus_.terms[words[i]];
      const float factor = std::sqrt(static_cast<float>(next - i));
      const bool has_row = words[i] < corpus_.known;
      const bool is_rare = words[i] > corpus_.known / 4;
      if (has_row && !(is_rare && !term.grams.empty() && random_.Uniform() < kAsGrams)) {
        side.rows.push_back(words[i]);
        side.factors.push_back(factor);
        continue;
      }
      for (const uint32_t gram : term.grams) {
        side.rows.push_back(corpus_.known + gram);
        side.factors.push_back(factor / std::sqrt(static_cast<float>(term.grams.size())));
      }
    }
    return side;
  }

  DenseMatrix Embed(std::vector<Side>* sides) {
    DenseMatrix vectors(sides->size(), table_.columns);
    for (size_t i = 0; i < sides->size(); ++i) {
      Side& side = (*sides)[i];
      rows_.clear();
      for (const uint32_t row : side.rows) rows_.push_back(table_.row(row));
      simd::ActiveKernels().add_rows(side.factors.data(), rows_.data(), rows_.size(), vectors.row(i), vectors.columns);
      side.length = Normalise(vectors.row(i), vectors.columns);
    }
    return vectors;
  }

  // What the loss changes by with each product: of rows that choose among columns, added to `gradient`.
  void AddSoftmax(const DenseMatrix& products, DenseMatrix* gradient) const {
    const size_t batch = products.rows;
    std::vector<float> shares(batch);
    const float scale = 0.5F / (static_cast<float>(batch) * options_.temperature);
    for (size_t i = 0; i < batch; ++i) {
      const float own = products.row(i)[i];
      float most = own;
      for (size_t j = 0; j < batch; ++j) most = std::max(most, products.row(i)[j]);
      float sum = 0;
      for (size_t j = 0; j < batch; ++j) {
        const bool counts = j == i || documents_[j] != documents_[i];  // two parts of one document are no strangers
        shares[j] = counts ? std::exp((products.row(i)[j] - most) / options_.temperature) : 0;
        sum += shares[j];
      }
      for (size_t j = 0; j < batch; ++j) gradient->row(i)[j] += scale * (shares[j] / sum - (j == i ? 1.0F : 0.0F));
    }
  }

  void LearnFromBatch() {
    const DenseMatrix left = Embed(&left_), right = Embed(&right_);
    const DenseMatrix products = Multiply(left, Transpose(right));
    DenseMatrix by_row(left.rows, left.rows), by_column(left.rows, left.rows);
    AddSoftmax(products, &by_row);
    AddSoftmax(Transpose(products), &by_column);
    const DenseMatrix turned = Transpose(by_column);
    for (size_t i = 0; i < by_row.values.size(); ++i) by_row.values[i] += turned.values[i];
    touched_.clear();
    gradients_.clear();
    slot_of_.resize(table_.rows, kNone);
    AddGradient(left_, left, Multiply(by_row, right));
    AddGradient(right_, right, Multiply(Transpose(by_row), left));
    for (size_t i = 0; i < touched_.size(); ++i) {
      Step(touched_[i], gradients_.data() + i * table_.columns);
      slot_of_[touched_[i]] = kNone;
    }
  }

  // Through the division by the length, to the rows of the table.
  void AddGradient(const std::vector<Side>& sides, const DenseMatrix& vectors, DenseMatrix gradient) {
    const simd::Kernels& kernels = simd::ActiveKernels();
    const size_t dim = table_.columns;
    for (size_t i = 0; i < sides.size(); ++i) {
      if (!(sides[i].length > 0)) continue;
      float* of_side = gradient.row(i);
      const auto along = -static_cast<float>(kernels.dot(of_side, vectors.row(i), dim));
      const float* unit = vectors.row(i);
      kernels.add_rows(&along, &unit, 1, of_side, dim);
      for (size_t k = 0; k < sides[i].rows.size(); ++k) {
        const uint32_t row = sides[i].rows[k];
        if (slot_of_[row] == kNone) {
          slot_of_[row] = static_cast<uint32_t>(touched_.size());
          touched_.push_back(row);
          gradients_.resize(gradients_.size() + dim);
        }
        const float factor = sides[i].factors[k] / sides[i].length;
        const float* from = of_side;
        kernels.add_rows(&factor, &from, 1, gradients_.data() + slot_of_[row] * dim, dim);
      }
    }
  }

  void Step(uint32_t row, const float* gradient) {
    float* values = table_.row(row);
    float* squares = squares_.data() + size_t{row} * table_.columns;
    for (size_t j = 0; j < table_.columns; ++j) {
      const float scaled = kGradientScale * gradient[j];
      squares[j] += scaled * scaled;
      values[j] -= rate_ * scaled / std::sqrt(squares[j]);
    }
  }

  static constexpr uint32_t kNone = UINT32_MAX;
  const Corpus& corpus_;
  const ContrastOptions options_;
  Random random_;
  DenseMatrix table_;
  std::vector<float> squares_;
  float rate_ = 0;
  std::vector<uint32_t> usable_;  // texts with enough words
  size_t next_ = 0;
  std::vector<uint32_t> first_, second_;
  std::vector<Side> left_, right_;
  std::vector<uint64_t> documents_;
  std::vector<const float*> rows_;
  std::vector<uint32_t> slot_of_, touched_;  // of rows in this batch
  std::vector<float> gradients_;
};

}  // namespace

DenseMatrix LearnByContrast(const Corpus& corpus, const ContrastOptions& options,
                            const std::function<bool(double)>& progress) {
  Trainer trainer(corpus, options);
  return trainer.Run(progress) ? trainer.TakeTable() : DenseMatrix();
}

}  // namespace quire::embed
