// The little linear algebra that training needs, on matrices held row by row.
#pragma once

#include <cstddef>
#include <vector>

namespace quire::embed {

struct DenseMatrix {
  size_t rows = 0, columns = 0;
  std::vector<float> values{};

  DenseMatrix(size_t row_count, size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}
  float* row(size_t i) { return values.data() + i * columns; }
  const float* row(size_t i) const { return values.data() + i * columns; }
};

// Adds the outer product of `vector` with itself to the upper half of `square` (n by n).
void AddOuter(const float* vector, size_t n, std::vector<double>* square);

// Makes the columns orthonormal (Cholesky of the Gram matrix). Columns that depend on those before them become zero.
// Cost: rows * columns^2.
void Orthonormalise(DenseMatrix* matrix);

// The eigenvalues of a symmetric matrix (n by n, upper half read), largest first, and its eigenvectors, one a column of
// `vectors` (n by n, row by row). Cyclic Jacobi rotations: Golub and Van Loan, Matrix Computations, 8.5.
std::vector<double> Eigen(std::vector<double> square, size_t n, std::vector<double>* vectors);

}  // namespace quire::embed
