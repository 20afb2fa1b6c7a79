// The little linear algebra that training needs, on matrices held row by row. Same bits at every instruction level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quire::embed {

struct DenseMatrix {
  size_t rows = 0, columns = 0;
  std::vector<float> values{};

  DenseMatrix() = default;
  DenseMatrix(size_t row_count, size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}
  float* row(size_t i) { return values.data() + i * columns; }
  const float* row(size_t i) const { return values.data() + i * columns; }
  std::vector<const float*> RowPointers() const;
};

// a * b. REQUIRES: a.columns == b.rows.
DenseMatrix Multiply(const DenseMatrix& a, const DenseMatrix& b);
DenseMatrix Transpose(const DenseMatrix& matrix);

// Makes the columns orthonormal (Cholesky of the Gram matrix, twice). Columns that depend on those before them become zero.
// Cost: 4 * rows * columns^2.
void Orthonormalise(DenseMatrix* matrix);

// Divides by the length; zeros stay. Gives the length.
float Normalise(float* vector, size_t count);

// Random numbers that are the same everywhere (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  uint64_t Below(uint64_t end) { return Next() % end; }                                  // REQUIRES: end > 0
  float Uniform() { return static_cast<float>(Next() >> 40) * 0x1p-24F; }                // in [0, 1)
  float Normal();                                                                       // about: a sum of twelve

 private:
  uint64_t state_;
};

}  // namespace quire::embed
