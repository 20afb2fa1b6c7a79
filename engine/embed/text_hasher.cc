#include "engine/embed/text_hasher.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "engine/base/hash.h"
#include "engine/embed/common_words.h"
#include "engine/text/stop_words.h"

namespace quire::embed {
namespace {

constexpr int kOne = 256;
constexpr size_t kCacheWords = 8192, kCacheWordsMax = 65536;  // 256 bytes each; the latter for who has missed so often
constexpr size_t kPrefetched = 4;  // words ahead
constexpr size_t kGramMin = 3;
constexpr size_t kGramMax = 5;

constexpr uint32_t IntegerSqrt(uint64_t value) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 31; bit > 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= value) root += bit;
  }
  return static_cast<uint32_t>(root);
}

// kOne * (1 + ln(count)), as integers so that every machine has the same; later counts as the last.
constexpr std::array<int, 33> kDamped = {0,    256,  433,  537,  611,  668,  715,  754,  788,  818,  845,
                                         870,  892,  913,  932,  949,  966,  981,  996,  1010, 1023, 1035,
                                         1047, 1059, 1070, 1080, 1090, 1100, 1109, 1118, 1127, 1135, 1143};

int Damped(uint32_t count) { return kDamped[std::min<size_t>(count, kDamped.size() - 1)]; }

// weight / sqrt(parts), rounded down.
int Spread(int weight, size_t parts) {
  return static_cast<int>(IntegerSqrt(static_cast<uint64_t>(weight) * static_cast<uint64_t>(weight) / parts));
}

uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93u;
  value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93u;
  return value ^ (value >> 32);
}

// All of its lines: the first says whether it is the word, the others are needed if it is.
void Prefetch(const void* word) {
  for (size_t line = 0; line < 3; ++line) __builtin_prefetch(static_cast<const char*>(word) + 64 * line);
}

bool IsLetter(char byte) { return static_cast<unsigned char>(byte) >= 0x80 || (byte >= 'a' && byte <= 'z'); }

}  // namespace

WordImportance::WordImportance(const text::Analyzer& analyzer, const HashWeights& weights) : weights_(weights) {
  List(analyzer, text::StopWords(analyzer.language()), weights.stop);
  List(analyzer, GrammarWords(), weights.grammar);
  List(analyzer, GeneralWords(), weights.general);
  // Stable: of a stem that is in several lists the first counts.
  std::stable_sort(listed_.begin(), listed_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

void WordImportance::List(const text::Analyzer& analyzer, std::string_view words, int importance) {
  std::vector<text::Token> tokens;
  analyzer.Analyze(words, &tokens);
  for (text::Token& token : tokens) listed_.emplace_back(std::move(token.term), importance);
}

int WordImportance::Of(std::string_view term) const {
  const auto found = std::lower_bound(listed_.begin(), listed_.end(), term,
                                      [](const auto& entry, std::string_view t) { return entry.first < t; });
  if (found != listed_.end() && found->first == term) return found->second;
  if (std::none_of(term.begin(), term.end(), IsLetter)) return weights_.number;
  return weights_.by_length[std::min(term.size(), weights_.by_length.size() - 1)];
}

TextHasher::TextHasher(std::shared_ptr<const WordImportance> importance, const HashWeights& weights, uint32_t dim)
    : importance_(std::move(importance)), weights_(weights), dim_(dim), cache_(kCacheWords), sums_(dim) {}

void TextHasher::Hash(const text::WordList& words, std::span<float> out) {
  std::fill(sums_.begin(), sums_.end(), 0);
  AddWords(words);
  AddBigrams(words);
  Normalise(out);
}

void TextHasher::AddWords(const text::WordList& words) {
  importances_.clear();
  for (size_t i = 0; i < words.entries.size(); ++i) {
    const text::WordList::Entry& entry = words.entries[i];
    if (i + kPrefetched < words.entries.size()) Prefetch(&cache_[words.entries[i + kPrefetched].hash & (cache_.size() - 1)]);
    const Word word = Lookup(words.TermOf(entry), entry.hash);
    importances_.push_back(word.importance);
    const int64_t damped = Damped(static_cast<uint32_t>(entry.counts.total()));
    for (const Feature& feature : word.features) sums_[feature.place] += damped * feature.weight;
  }
}

// A bigram weighs as its lighter word does, and counts as often as it occurs.
void TextHasher::AddBigrams(const text::WordList& words) {
  uint64_t previous = 0;
  int previous_importance = 0;
  for (const uint32_t word : words.sequence) {
    const int importance = importances_[word];
    if (importance <= weights_.grammar) continue;
    const uint64_t word_hash = words.entries[word].hash;
    if (previous_importance > 0) {
      const uint64_t hash = Mix(previous * 3 + word_hash);
      const int64_t weight = int64_t{weights_.bigram} * std::min(importance, previous_importance) / kOne * kOne;
      sums_[(hash >> 1) & (dim_ - 1)] += (hash & 1) != 0 ? weight : -weight;
    }
    previous = word_hash;
    previous_importance = importance;
  }
}

TextHasher::Word TextHasher::Lookup(std::string_view term, uint64_t hash) {
  if (misses_ > cache_.size() && cache_.size() < kCacheWordsMax) {
    cache_.assign(2 * cache_.size(), {});
    misses_ = 0;
  }
  CachedWord& cached = cache_[hash & (cache_.size() - 1)];
  if (cached.hash == hash && cached.word() == term) return {cached.importance, {cached.features.data(), cached.feature_count}};
  const int importance = importance_->Of(term);
  made_.clear();
  if (importance > 0) MakeFeatures(term, hash, importance);
  if (term.size() > cached.term.size() || made_.size() > cached.features.size()) return {importance, made_};
  ++misses_;
  cached.hash = hash;
  cached.importance = static_cast<int16_t>(importance);
  cached.term_bytes = static_cast<uint8_t>(term.size());
  cached.feature_count = static_cast<uint8_t>(made_.size());
  std::copy(term.begin(), term.end(), cached.term.begin());
  std::copy(made_.begin(), made_.end(), cached.features.begin());
  return {importance, made_};
}

void TextHasher::MakeFeatures(std::string_view term, uint64_t hash, int importance) {
  const auto places = static_cast<size_t>(weights_.word_places);
  const int word_weight = Spread(weights_.word * importance / kOne, places);
  for (size_t i = 0; i < places; ++i) AddFeature(Mix(hash + i), word_weight);
  marked_.clear();
  marked_.push_back('<');
  marked_.append(term);
  marked_.push_back('>');
  starts_.clear();
  for (size_t i = 0; i < marked_.size(); ++i) {
    if ((static_cast<unsigned char>(marked_[i]) & 0xC0) != 0x80) starts_.push_back(i);
  }
  const size_t characters = starts_.size();
  starts_.push_back(marked_.size());
  size_t grams = 0;
  for (size_t n = kGramMin; n <= std::min(kGramMax, characters); ++n) grams += characters - n + 1;
  if (grams == 0) return;
  const int gram_weight = Spread(weights_.grams * importance / kOne, grams);
  for (size_t n = kGramMin; n <= std::min(kGramMax, characters); ++n) {
    for (size_t i = 0; i + n <= characters; ++i) {
      const std::string_view gram(marked_.data() + starts_[i], starts_[i + n] - starts_[i]);
      AddFeature(Hash64(gram), gram_weight);
    }
  }
}

void TextHasher::AddFeature(uint64_t hash, int weight) {
  const auto signed_weight = static_cast<int16_t>((hash & 1) != 0 ? weight : -weight);
  made_.push_back({static_cast<uint16_t>((hash >> 1) & (dim_ - 1)), signed_weight});
}

// Sums are brought below 2^26, so that the sum of squares is exact; square root and division are rounded as IEEE 754
// says: the same bytes on every machine.
void TextHasher::Normalise(std::span<float> out) const {
  uint64_t largest = 0;
  for (const int64_t sum : sums_) largest |= static_cast<uint64_t>(sum < 0 ? -sum : sum);
  const int shift = std::max(0, static_cast<int>(std::bit_width(largest)) - 26);
  // Divided by 2^shift, towards zero.
  const auto scaled = [&](int64_t sum) { return (sum + ((sum >> 63) & ((int64_t{1} << shift) - 1))) >> shift; };
  uint64_t squares = 0;
  for (const int64_t sum : sums_) squares += static_cast<uint64_t>(scaled(sum) * scaled(sum));
  const double norm = squares == 0 ? 1 : std::sqrt(static_cast<double>(squares));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(static_cast<double>(scaled(sums_[i])) / norm);
  }
}

}  // namespace quire::embed
