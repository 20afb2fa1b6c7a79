#include "engine/embed/lsa.h"

#include "engine/simd/kernels.h"

namespace quire::embed {

DenseMatrix FindSubspace(const std::vector<SparseRow>& rows, size_t terms, size_t dim, uint32_t iterations, uint64_t seed,
                         const std::function<bool()>& stopped) {
  const simd::Kernels& kernels = simd::ActiveKernels();
  DenseMatrix basis(terms, dim);
  Random random(seed);
  for (float& value : basis.values) value = 2 * random.Uniform() - 1;
  std::vector<float> projected(dim), factors;
  std::vector<const float*> of_terms;
  const float* const back[] = {projected.data()};
  for (uint32_t iteration = 0; iteration < iterations; ++iteration) {
    DenseMatrix next(terms, dim);  // A^T A * basis, a row of A at a time
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i % 1024 == 0 && stopped()) return {};
      factors.clear();
      of_terms.clear();
      for (const WeightedTerm& entry : rows[i]) {
        factors.push_back(entry.weight);
        of_terms.push_back(basis.row(entry.term));
      }
      std::fill(projected.begin(), projected.end(), 0.0F);
      kernels.add_rows(factors.data(), of_terms.data(), factors.size(), projected.data(), dim);
      for (const WeightedTerm& entry : rows[i]) kernels.add_rows(&entry.weight, back, 1, next.row(entry.term), dim);
    }
    basis = std::move(next);
    Orthonormalise(&basis);
  }
  return basis;
}

}  // namespace quire::embed
