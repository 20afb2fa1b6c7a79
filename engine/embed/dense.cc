#include "engine/embed/dense.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quire::embed {
namespace {

constexpr double kDependent = 1e-10;  // of a column's square: what is left of it is rounding
constexpr int kSweepsMax = 30;

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

// One rotation that makes a[p][q] zero; rows and columns p and q of `a`, columns p and q of `v`.
void Rotate(std::vector<double>* a_values, size_t n, size_t p, size_t q, std::vector<double>* v_values) {
  double* a = a_values->data();
  double* v = v_values->data();
  const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1), s = t * c;
  for (size_t i = 0; i < n; ++i) {
    const double x = a[i * n + p], y = a[i * n + q];
    a[i * n + p] = c * x - s * y;
    a[i * n + q] = s * x + c * y;
  }
  for (size_t i = 0; i < n; ++i) {
    const double x = a[p * n + i], y = a[q * n + i];
    a[p * n + i] = c * x - s * y;
    a[q * n + i] = s * x + c * y;
  }
  // `v` is held transposed here: an eigenvector is a row.
  for (size_t i = 0; i < n; ++i) {
    const double x = v[p * n + i], y = v[q * n + i];
    v[p * n + i] = c * x - s * y;
    v[q * n + i] = s * x + c * y;
  }
}

}  // namespace

void AddOuter(const float* vector, size_t n, std::vector<double>* square) {
  for (size_t i = 0; i < n; ++i) {
    const double factor = vector[i];
    double* row = square->data() + i * n;
    for (size_t j = i; j < n; ++j) row[j] += factor * vector[j];
  }
}

void Orthonormalise(DenseMatrix* matrix) {
  const size_t n = matrix->columns;
  std::vector<double> r(n * n);
  for (size_t i = 0; i < matrix->rows; ++i) AddOuter(matrix->row(i), n, &r);
  std::vector<bool> dependent(n);
  Cholesky(&r, n, &dependent);
  std::vector<double> x(n);
  for (size_t i = 0; i < matrix->rows; ++i) {
    float* row = matrix->row(i);
    for (size_t j = 0; j < n; ++j) x[j] = row[j];
    for (size_t j = 0; j < n; ++j) {  // x R = row, by forward substitution
      x[j] = dependent[j] ? 0 : x[j] / r[j * n + j];
      if (x[j] == 0) continue;
      for (size_t k = j + 1; k < n; ++k) x[k] -= x[j] * r[j * n + k];
    }
    for (size_t j = 0; j < n; ++j) row[j] = static_cast<float>(x[j]);
  }
}

std::vector<double> Eigen(std::vector<double> square, size_t n, std::vector<double>* vectors) {
  double norm = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i; j < n; ++j) {
      square[j * n + i] = square[i * n + j];
      norm += square[i * n + j] * square[i * n + j];
    }
  }
  std::vector<double> v(n * n);
  for (size_t i = 0; i < n; ++i) v[i * n + i] = 1;
  const double small = 1e-12 * std::sqrt(norm) / static_cast<double>(std::max<size_t>(n, 1));
  bool rotated = true;
  for (int sweep = 0; sweep < kSweepsMax && rotated; ++sweep) {
    rotated = false;
    for (size_t p = 0; p < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) {
        if (std::abs(square[p * n + q]) <= small) continue;
        Rotate(&square, n, p, q, &v);
        rotated = true;
      }
    }
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return square[a * n + a] > square[b * n + b]; });
  std::vector<double> values(n);
  vectors->assign(n * n, 0);
  for (size_t k = 0; k < n; ++k) {
    values[k] = square[order[k] * n + order[k]];
    for (size_t i = 0; i < n; ++i) (*vectors)[i * n + k] = v[order[k] * n + i];
  }
  return values;
}

}  // namespace quire::embed
