#include "bench/ann/synthetic.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <numbers>
#include <thread>

namespace quire::bench {
namespace {

constexpr size_t kLatent = 32;
constexpr size_t kHidden = 128;
constexpr size_t kClusters = 256;
constexpr float kSpread = 0.8f;  // of a cluster in each direction; that of the centres is 1
constexpr float kNoise = 0.3f;   // of a component, against about 0.5 of the signal

// splitmix64: one stream for each thing that is made, so that the order of making does not matter. The standard
// library's distributions differ from one to the next.
class Random {
 public:
  Random(uint64_t seed, uint64_t stream) : state_(seed * 0x9e3779b97f4a7c15u ^ (stream + 1) * 0xd1342543de82ef95u) {}

  uint64_t Next() {
    uint64_t mixed = state_ += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }
  // In (0, 1].
  float Uniform() { return static_cast<float>((Next() >> 40) + 1) * 0x1p-24f; }
  // Standard normal numbers, by Box and Muller.
  void Normal(float scale, float* to, size_t count) {
    for (size_t i = 0; i < count; i += 2) {
      const float radius = scale * std::sqrt(-2 * std::log(Uniform()));
      const float angle = 2 * std::numbers::pi_v<float> * Uniform();
      to[i] = radius * std::cos(angle);
      if (i + 1 < count) to[i + 1] = radius * std::sin(angle);
    }
  }

 private:
  uint64_t state_;
};

struct Process {
  Process(uint64_t seed_in, size_t dim_in) : seed(seed_in), dim(dim_in) {
    Random random(seed, 0);
    centres.resize(kClusters * kLatent);
    random.Normal(1, centres.data(), centres.size());
    weights.resize(kClusters);
    float sum = 0;
    for (size_t i = 0; i < kClusters; ++i) sum += weights[i] = 1 / std::sqrt(static_cast<float>(i + 1));
    for (float& weight : weights) weight /= sum;
    first.resize(kLatent * kHidden);
    random.Normal(1 / std::sqrt(static_cast<float>(kLatent)), first.data(), first.size());
    second.resize(kHidden * dim);
    random.Normal(1 / std::sqrt(static_cast<float>(kHidden)), second.data(), second.size());
  }

  // The vector of a stream.
  void Make(uint64_t stream, float* to) const {
    Random random(seed, stream + 1);
    float share = random.Uniform();
    size_t cluster = 0;
    while (cluster + 1 < kClusters && share > weights[cluster]) share -= weights[cluster++];
    std::array<float, kLatent> latent;
    random.Normal(kSpread, latent.data(), kLatent);
    std::array<float, kHidden> hidden{};
    for (size_t i = 0; i < kLatent; ++i) {
      const float value = latent[i] + centres[cluster * kLatent + i];
      for (size_t j = 0; j < kHidden; ++j) hidden[j] += value * first[i * kHidden + j];
    }
    std::fill(to, to + dim, 0.0f);
    for (size_t i = 0; i < kHidden; ++i) {
      const float value = std::tanh(hidden[i]);
      for (size_t j = 0; j < dim; ++j) to[j] += value * second[i * dim + j];
    }
    std::vector<float> noise(dim);
    random.Normal(kNoise, noise.data(), dim);
    for (size_t j = 0; j < dim; ++j) to[j] = std::tanh(to[j]) + noise[j];
    Normalize(to, dim, to);
  }

  uint64_t seed;
  size_t dim;
  std::vector<float> centres, weights, first, second;
};

}  // namespace

void MakeSynthetic(const SyntheticOptions& options, Vectors* base, Vectors* queries) {
  const Process process(options.seed, options.dim);
  *base = {options.rows, options.dim, std::vector<float>(options.rows * options.dim)};
  *queries = {options.queries, options.dim, std::vector<float>(options.queries * options.dim)};
  const size_t total = options.queries + options.rows;
  std::atomic<size_t> next{0};
  const auto work = [&] {
    // Queries have the first streams: they stay the same when there are more rows.
    for (size_t i; (i = next.fetch_add(1)) < total;) {
      process.Make(i, i < options.queries ? queries->row(i) : base->row(i - options.queries));
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::thread::hardware_concurrency(); ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
}

}  // namespace quire::bench
