#include "bench/ann/truth_kernel.h"

namespace quire::bench {
namespace {

constexpr size_t kLanes = 16;
typedef float Wide __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

struct Product {
  template <typename T>
  static T Of(T a, T b) {
    return a * b;
  }
};
struct SquaredDifference {
  template <typename T>
  static T Of(T a, T b) {
    return (a - b) * (a - b);
  }
};

inline const Wide& LoadWide(const float* at) { return *reinterpret_cast<const Wide*>(at); }

// kQueryGroup x kRows sums at once, so that each loaded value is used several times.
template <typename Op, size_t kRows>
void Tile(const float* queries, const float* vectors, size_t dim, size_t stride, float* out) {
  Wide sums[kQueryGroup][kRows] = {};
  size_t at = 0;
  for (; at + kLanes <= dim; at += kLanes) {
    for (size_t q = 0; q < kQueryGroup; ++q) {
      const Wide query = LoadWide(queries + q * dim + at);
      for (size_t i = 0; i < kRows; ++i) sums[q][i] += Op::template Of<Wide>(query, LoadWide(vectors + i * dim + at));
    }
  }
  for (size_t q = 0; q < kQueryGroup; ++q) {
    for (size_t i = 0; i < kRows; ++i) {
      float sum = 0;
      for (size_t lane = 0; lane < kLanes; ++lane) sum += sums[q][i][lane];
      for (size_t j = at; j < dim; ++j) sum += Op::template Of<float>(queries[q * dim + j], vectors[i * dim + j]);
      out[q * stride + i] = sum;
    }
  }
}

template <typename Op>
void Tiles(const float* queries, const float* vectors, size_t rows, size_t dim, float* out) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) Tile<Op, 4>(queries, vectors + i * dim, dim, rows, out + i);
  for (; i < rows; ++i) Tile<Op, 1>(queries, vectors + i * dim, dim, rows, out + i);
}

}  // namespace

void InnerProducts(const float* queries, const float* vectors, size_t rows, size_t dim, float* out) {
  Tiles<Product>(queries, vectors, rows, dim, out);
}

void SquaredDistances(const float* queries, const float* vectors, size_t rows, size_t dim, float* out) {
  Tiles<SquaredDifference>(queries, vectors, rows, dim, out);
}

}  // namespace quire::bench
