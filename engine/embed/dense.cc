#include "engine/embed/dense.h"

#include <algorithm>
#include <cmath>

#include "engine/simd/kernels.h"

namespace quire::embed {
namespace {

constexpr double kDependent = 1e-6;  // of a column's square: what is left of it is rounding of floats

// Upper R with R^T R = square, in place; `dependent` columns get a zero row.
void Cholesky(std::vector<double>* square, size_t n, std::vector<bool>* dependent) {
  std::vector<double>& r = *square;
  for (size_t i = 0; i < n; ++i) {
    const double before = r[i * n + i];
    double pivot = before;
    for (size_t k = 0; k < i; ++k) pivot -= r[k * n + i] * r[k * n + i];
    (*dependent)[i] = !(pivot > kDependent * before) || pivot <= 0;
    const double root = (*dependent)[i] ? 0 : std::sqrt(pivot);
    // Row i at once, so that memory is walked in order.
    for (size_t k = 0; k < i && root > 0; ++k) {
      const double factor = r[k * n + i];
      for (size_t j = i + 1; j < n; ++j) r[i * n + j] -= factor * r[k * n + j];
    }
    r[i * n + i] = root;
    for (size_t j = i + 1; j < n; ++j) r[i * n + j] = root > 0 ? r[i * n + j] / root : 0;
  }
}

// The inverse of upper `r`; rows and columns of dependent ones are zero.
DenseMatrix InvertUpper(const std::vector<double>& r, size_t n, const std::vector<bool>& dependent) {
  std::vector<double> inverse(n * n);
  for (size_t i = n; i-- > 0;) {
    if (dependent[i]) continue;
    inverse[i * n + i] = 1 / r[i * n + i];
    for (size_t k = i + 1; k < n; ++k) {
      const double factor = -r[i * n + k] / r[i * n + i];
      if (dependent[k] || factor == 0) continue;
      for (size_t j = k; j < n; ++j) inverse[i * n + j] += factor * inverse[k * n + j];
    }
  }
  DenseMatrix result(n, n);
  for (size_t i = 0; i < n * n; ++i) result.values[i] = static_cast<float>(inverse[i]);
  return result;
}

// The sums are of floats over blocks of rows and of doubles over the blocks: a long sum of floats would lose its tail.
std::vector<double> GramOf(const DenseMatrix& matrix) {
  constexpr size_t kBlock = 256;
  const size_t n = matrix.columns;
  std::vector<double> gram(n * n);
  for (size_t begin = 0; begin < matrix.rows; begin += kBlock) {
    DenseMatrix block(std::min(kBlock, matrix.rows - begin), n);
    std::copy_n(matrix.row(begin), block.values.size(), block.values.begin());
    const DenseMatrix part = Multiply(Transpose(block), block);
    for (size_t i = 0; i < n * n; ++i) gram[i] += part.values[i];
  }
  return gram;
}

}  // namespace

std::vector<const float*> DenseMatrix::RowPointers() const {
  std::vector<const float*> pointers(rows);
  for (size_t i = 0; i < rows; ++i) pointers[i] = row(i);
  return pointers;
}

DenseMatrix Multiply(const DenseMatrix& a, const DenseMatrix& b) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  DenseMatrix product(a.rows, b.columns);
  const std::vector<const float*> rows = b.RowPointers();
  for (size_t i = 0; i < a.rows; ++i) {
    kernels.add_rows(a.row(i), rows.data(), rows.size(), product.row(i), b.columns);
  }
  return product;
}

DenseMatrix Transpose(const DenseMatrix& matrix) {
  constexpr size_t kTile = 32;
  DenseMatrix turned(matrix.columns, matrix.rows);
  for (size_t tile = 0; tile < matrix.columns; tile += kTile) {
    const size_t end = std::min(matrix.columns, tile + kTile);
    for (size_t i = 0; i < matrix.rows; ++i) {
      for (size_t j = tile; j < end; ++j) turned.row(j)[i] = matrix.row(i)[j];
    }
  }
  return turned;
}

void Orthonormalise(DenseMatrix* matrix) {
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<double> r = GramOf(*matrix);
    std::vector<bool> dependent(matrix->columns);
    Cholesky(&r, matrix->columns, &dependent);
    *matrix = Multiply(*matrix, InvertUpper(r, matrix->columns, dependent));
  }
}

float Normalise(float* vector, size_t count) {
  const auto length = static_cast<float>(std::sqrt(simd::ActiveKernels().dot(vector, vector, count)));
  if (!(length > 0)) return 0;
  for (size_t i = 0; i < count; ++i) vector[i] /= length;
  return length;
}

uint64_t Random::Next() {
  uint64_t value = state_ += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

float Random::Normal() {
  float sum = -6;
  for (int i = 0; i < 12; ++i) sum += Uniform();
  return sum;
}

}  // namespace quire::embed
