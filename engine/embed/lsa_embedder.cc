#include "engine/embed/lsa_embedder.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/embed/dense.h"

namespace quire::embed {
namespace {

constexpr uint32_t kDimMax = 1024;
constexpr size_t kMoreColumns = 16;  // than components: the last ones of a random subspace are not exact

struct Entry {
  uint32_t term;
  float weight;
};
using SparseRow = std::vector<Entry>;  // by term

struct Term {
  uint32_t number = 0;
  float idf = 0;
};
using Vocabulary = std::unordered_map<std::string, Term>;

using Counts = std::unordered_map<std::string, uint32_t>;

void CountTerms(const text::Analyzer& analyzer, std::string_view text, Counts* counts) {
  std::vector<text::Token> tokens;
  analyzer.Analyze(text, &tokens);
  counts->clear();
  for (text::Token& token : tokens) {
    if (!analyzer.IsStopWord(token.term)) ++(*counts)[std::move(token.term)];
  }
}

// Those in at least two texts, the most frequent `most` of them.
Vocabulary MakeVocabulary(const text::Analyzer& analyzer, std::span<const std::string_view> texts, size_t most) {
  Counts frequencies, counts;
  for (const std::string_view text : texts) {
    CountTerms(analyzer, text, &counts);
    for (const auto& [term, count] : counts) ++frequencies[term];
  }
  std::vector<std::pair<uint32_t, std::string>> sorted;
  for (const auto& [term, frequency] : frequencies) {
    if (frequency >= 2) sorted.emplace_back(frequency, term);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  sorted.resize(std::min(sorted.size(), most));
  Vocabulary vocabulary;
  for (uint32_t i = 0; i < sorted.size(); ++i) {
    const double idf = std::log(static_cast<double>(texts.size() + 1) / sorted[i].first);
    vocabulary.emplace(std::move(sorted[i].second), Term{i, static_cast<float>(idf)});
  }
  return vocabulary;
}

// (1 + ln tf) * idf, of length 1; empty if no word is known.
SparseRow WeighTerms(const Counts& counts, const Vocabulary& vocabulary) {
  SparseRow row;
  for (const auto& [term, count] : counts) {
    const auto known = vocabulary.find(term);
    if (known == vocabulary.end()) continue;
    row.push_back({known->second.number, (1 + std::log(static_cast<float>(count))) * known->second.idf});
  }
  std::sort(row.begin(), row.end(), [](const Entry& a, const Entry& b) { return a.term < b.term; });
  double squares = 0;
  for (const Entry& entry : row) squares += double{entry.weight} * entry.weight;
  for (Entry& entry : row) entry.weight /= static_cast<float>(std::sqrt(squares));
  return row;
}

// row * basis
void Project(const SparseRow& row, const DenseMatrix& basis, float* out) {
  std::fill(out, out + basis.columns, 0.0F);
  for (const Entry& entry : row) {
    const float* of_term = basis.row(entry.term);
    for (size_t j = 0; j < basis.columns; ++j) out[j] += entry.weight * of_term[j];
  }
}

// The directions of the terms' space in which the rows spread most: terms by dim.
DenseMatrix FindDirections(const std::vector<SparseRow>& rows, size_t terms, const LsaOptions& options) {
  const size_t columns = std::min(terms, options.dim + kMoreColumns);
  DenseMatrix basis(terms, columns);
  std::mt19937_64 random(options.seed);
  for (float& value : basis.values) value = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  Orthonormalise(&basis);
  std::vector<float> projected(columns);
  for (uint32_t iteration = 0; iteration < options.iterations; ++iteration) {
    DenseMatrix next(terms, columns);  // A^T A * basis, a row of A at a time
    for (const SparseRow& row : rows) {
      Project(row, basis, projected.data());
      for (const Entry& entry : row) {
        float* of_term = next.row(entry.term);
        for (size_t j = 0; j < columns; ++j) of_term[j] += entry.weight * projected[j];
      }
    }
    basis = std::move(next);
    Orthonormalise(&basis);
    Orthonormalise(&basis);  // what rounding left of the first
  }
  std::vector<double> gram(columns * columns);
  for (const SparseRow& row : rows) {
    Project(row, basis, projected.data());
    AddOuter(projected.data(), columns, &gram);
  }
  std::vector<double> turn;
  Eigen(std::move(gram), columns, &turn);
  DenseMatrix directions(terms, options.dim);
  std::vector<double> sum(options.dim);
  const size_t kept = std::min<size_t>(options.dim, columns);
  for (size_t i = 0; i < terms; ++i) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (size_t k = 0; k < columns; ++k) {
      for (size_t j = 0; j < kept; ++j) sum[j] += double{basis.row(i)[k]} * turn[k * columns + j];
    }
    for (size_t j = 0; j < kept; ++j) directions.row(i)[j] = static_cast<float>(sum[j]);
  }
  return directions;
}

class LsaEmbedder final : public Embedder {
 public:
  LsaEmbedder(std::shared_ptr<const text::Analyzer> analyzer, Vocabulary vocabulary, DenseMatrix directions)
      : analyzer_(std::move(analyzer)), vocabulary_(std::move(vocabulary)), directions_(std::move(directions)) {
    const auto* bytes = static_cast<const char*>(static_cast<const void*>(directions_.values.data()));
    const uint64_t hash = Hash64(std::string_view(bytes, directions_.values.size() * sizeof(float)));
    identity_ = {"lsa", static_cast<uint32_t>(hash), static_cast<uint32_t>(directions_.columns)};
  }

  const Identity& identity() const override { return identity_; }

  Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    const size_t dim = identity_.dim;
    if (out.size() != texts.size() * dim) {
      return Status(Code::kInvalidArgument, "embedder 'lsa': room for " + std::to_string(out.size()) +
                                                " components, expected " + std::to_string(texts.size() * dim));
    }
    Counts counts;
    for (size_t i = 0; i < texts.size(); ++i) {
      CountTerms(*analyzer_, texts[i], &counts);
      float* vector = out.data() + i * dim;
      Project(WeighTerms(counts, vocabulary_), directions_, vector);
      double squares = 0;
      for (size_t j = 0; j < dim; ++j) squares += double{vector[j]} * vector[j];
      if (squares <= 0) continue;
      const auto scale = static_cast<float>(1 / std::sqrt(squares));
      for (size_t j = 0; j < dim; ++j) vector[j] *= scale;
    }
    return {};
  }

 private:
  const std::shared_ptr<const text::Analyzer> analyzer_;
  const Vocabulary vocabulary_;
  const DenseMatrix directions_;
  Identity identity_;
};

}  // namespace

Result<std::shared_ptr<const Embedder>> TrainLsa(std::shared_ptr<const text::Analyzer> analyzer,
                                                 std::span<const std::string_view> texts, const LsaOptions& options) {
  if (options.dim == 0 || options.dim > kDimMax) {
    return Status(Code::kInvalidArgument, "embedder 'lsa': " + std::to_string(options.dim) +
                                              " dimensions, expected 1 to " + std::to_string(kDimMax));
  }
  Vocabulary vocabulary = MakeVocabulary(*analyzer, texts, options.terms_max);
  if (vocabulary.empty()) {
    return Status(Code::kInvalidArgument, "embedder 'lsa': no word is in two of the " + std::to_string(texts.size()) +
                                              " texts: there is nothing to learn from");
  }
  std::vector<SparseRow> rows;
  rows.reserve(texts.size());
  Counts counts;
  for (const std::string_view text : texts) {
    CountTerms(*analyzer, text, &counts);
    rows.push_back(WeighTerms(counts, vocabulary));
  }
  DenseMatrix directions = FindDirections(rows, vocabulary.size(), options);
  return std::shared_ptr<const Embedder>(
      std::make_shared<LsaEmbedder>(std::move(analyzer), std::move(vocabulary), std::move(directions)));
}

}  // namespace quire::embed
