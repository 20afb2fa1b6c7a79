#include "bench/ann/dataset.h"

#include <cstdio>
#include <filesystem>

#include "bench/ann/synthetic.h"
#include "bench/ann/vector_files.h"

namespace quire::bench {
namespace {

constexpr size_t kSyntheticQueries = 1000;

// Every (n / count)-th row leaves the base and becomes a query.
void HoldOut(size_t count, Dataset* data) {
  Vectors rest{0, data->base.dim, {}};
  rest.data.reserve(data->base.data.size());
  data->queries = {0, data->base.dim, {}};
  const size_t step = data->base.rows / count;
  for (size_t row = 0; row < data->base.rows; ++row) {
    Vectors& to = row % step == 0 && data->queries.rows < count ? data->queries : rest;
    to.data.insert(to.data.end(), data->base.row(row), data->base.row(row) + data->base.dim);
    ++to.rows;
  }
  data->base = std::move(rest);
}

Result<Dataset> MakeUp(const AnnOptions& options) {
  SyntheticOptions synthetic;
  unsigned long long seed = 0;
  int end = 0;
  if (std::sscanf(options.synthetic.c_str(), "%zu,%zu,%llu%n", &synthetic.rows, &synthetic.dim, &seed, &end) != 3 ||
      static_cast<size_t>(end) != options.synthetic.size() || synthetic.rows == 0 || synthetic.dim == 0) {
    return Status(Code::kInvalidArgument, "synthetic '" + options.synthetic + "', expected N,DIM,SEED");
  }
  synthetic.seed = seed;
  synthetic.queries = kSyntheticQueries;
  Dataset data;
  data.name = "synthetic " + options.synthetic;
  MakeSynthetic(synthetic, &data.base, &data.queries);
  return data;
}

Result<Dataset> ReadAll(const AnnOptions& options) {
  if (options.base.empty()) return Status(Code::kInvalidArgument, "no base", "give --base or --synthetic");
  if (options.query.empty() == (options.holdout == 0)) {
    return Status(Code::kInvalidArgument, "queries come from --query or from --holdout, from one of them");
  }
  Dataset data;
  data.name = std::filesystem::path(options.base).filename().string();
  QUIRE_ASSIGN_OR_RETURN(data.base, ReadVectors(options.base, {options.signed_bytes, options.limit}));
  if (options.holdout > 0) {
    if (options.holdout >= data.base.rows) return Status(Code::kInvalidArgument, "more is held out than there is");
    HoldOut(options.holdout, &data);
    return data;
  }
  QUIRE_ASSIGN_OR_RETURN(data.queries, ReadVectors(options.query, {options.signed_bytes, 0}));
  if (!options.truth.empty() && options.limit == 0) {
    QUIRE_ASSIGN_OR_RETURN(data.truth, ReadNeighbors(options.truth, options.k));
  }
  return data;
}

Status Check(const Dataset& data, const AnnOptions& options) {
  if (data.base.dim != data.queries.dim) {
    return {Code::kInvalidArgument, "queries have " + std::to_string(data.queries.dim) + " components, expected " +
                                        std::to_string(data.base.dim)};
  }
  if (options.k == 0 || options.k > data.base.rows) return {Code::kInvalidArgument, "k is not within the base"};
  if (data.truth.rows.empty()) return {};
  if (data.truth.rows.size() != data.queries.rows * data.truth.k) {
    return {Code::kInvalidArgument, "the truth is of another number of queries"};
  }
  for (const uint32_t row : data.truth.rows) {
    if (row >= data.base.rows) return {Code::kInvalidArgument, "the truth names a row that the base does not have"};
  }
  return {};
}

}  // namespace

Result<Dataset> LoadDataset(const AnnOptions& options) {
  Result<Dataset> data = options.synthetic.empty() ? ReadAll(options) : MakeUp(options);
  if (data.ok()) QUIRE_RETURN_IF_ERROR(Check(*data, options));
  return data;
}

}  // namespace quire::bench
