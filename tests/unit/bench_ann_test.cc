// What quire-bench ann measures by: the truth, recall, the curve, and the files it reads.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "bench/ann/dataset.h"
#include "bench/ann/measure.h"
#include "bench/ann/synthetic.h"
#include "bench/ann/truth.h"
#include "bench/ann/vector_files.h"

using namespace quire;
using namespace quire::bench;

namespace {

Vectors RandomVectors(size_t rows, size_t dim, unsigned seed) {
  std::mt19937 random(seed);
  Vectors vectors{rows, dim, std::vector<float>(rows * dim)};
  for (float& value : vectors.data) value = static_cast<float>(random() % 2001) * 0.001f - 1.0f;
  return vectors;
}

// The same as ExactNeighbors, in the plainest way there is.
Neighbors NaiveNeighbors(const Question& question, size_t k, const std::vector<uint32_t>* subset) {
  Neighbors neighbors;
  for (size_t query = 0; query < question.queries.rows; ++query) {
    std::vector<std::pair<double, uint32_t>> all;
    for (uint32_t row = 0; row < question.base.rows; ++row) {
      if (subset != nullptr && std::find(subset->begin(), subset->end(), row) == subset->end()) continue;
      all.emplace_back(
          Distance(question.metric, question.queries.row(query), question.base.row(row), question.base.dim), row);
    }
    std::sort(all.begin(), all.end());
    neighbors.k = std::min(k, all.size());
    for (size_t i = 0; i < neighbors.k; ++i) neighbors.rows.push_back(all[i].second);
  }
  return neighbors;
}

// The distances of all neighbours: which of several equally near rows is named is open.
std::vector<double> Distances(const Question& question, const Neighbors& neighbors) {
  std::vector<double> distances;
  for (size_t i = 0; i < neighbors.rows.size(); ++i) {
    const float* query = question.queries.row(i / neighbors.k);
    const double distance = Distance(question.metric, query, question.base.row(neighbors.rows[i]), question.base.dim);
    distances.push_back(std::round(distance * 1e12) / 1e12);
  }
  return distances;
}

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string path = (std::filesystem::temp_directory_path() / ("quire_bench_" + name)).string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Le32(uint32_t value) { return {reinterpret_cast<const char*>(&value), 4}; }
std::string F32(std::vector<float> values) { return {reinterpret_cast<const char*>(values.data()), values.size() * 4}; }

std::string Npy(const std::string& type, const std::string& shape, const std::string& data) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + data;
}

PointFigures Made(double recall, double qps) {
  PointFigures point;
  point.qps = {qps};
  point.recalls = {recall};
  return point;
}

}  // namespace

TEST_CASE("bench truth: blocked search is naive search", "[bench]") {
  for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
    for (const size_t dim : {1, 7, 16, 37, 64}) {
      const Vectors base = RandomVectors(601, dim, 1), queries = RandomVectors(67, dim, 2);
      const Question question{base, queries, metric};
      INFO(MetricName(metric) << ", dim " << dim);
      CHECK(Distances(question, ExactNeighbors(question, 10, 3)) ==
            Distances(question, NaiveNeighbors(question, 10, nullptr)));
      const std::vector<uint32_t> subset = {3, 4, 100, 257, 600};
      CHECK(Distances(question, ExactNeighbors(question, 10, 1, &subset)) ==
            Distances(question, NaiveNeighbors(question, 10, &subset)));
    }
  }
}

TEST_CASE("bench truth: recall counts ties, and nothing twice", "[bench]") {
  // Rows 1 and 2 are as far from the query as each other; row 3 is farther.
  const Vectors base{5, 2, {0, 0, 1, 0, 0, 1, 2, 0, 9, 9}}, queries{1, 2, {0, 0}};
  const Question question{base, queries, Metric::kL2};
  const Neighbors truth = ExactNeighbors(question, 2, 1);
  REQUIRE(truth.rows == std::vector<uint32_t>{0, 1});
  const Judge judge(question, truth);
  CHECK(judge.Recall(0, std::vector<uint32_t>{0, 2}) == 1);
  CHECK(judge.Recall(0, std::vector<uint32_t>{0, 0}) == .5);
  CHECK(judge.Recall(0, std::vector<uint32_t>{0, 3}) == .5);
  CHECK(judge.Recall(0, std::vector<uint32_t>{2, 1, 0}) == 1);  // never more than all
  CHECK(judge.Recall(0, std::vector<uint32_t>{}) == 0);
  // Negative distances have a margin on the right side.
  const Judge product({base, queries, Metric::kInnerProduct}, truth);
  CHECK(product.Recall(0, std::vector<uint32_t>{3, 4}) == 1);
}

TEST_CASE("bench truth: a false truth is seen", "[bench]") {
  const Vectors base = RandomVectors(300, 8, 1), queries = RandomVectors(30, 8, 2);
  const Question question{base, queries, Metric::kCosine};
  Neighbors truth = ExactNeighbors(question, 5, 2);
  CHECK(LooksTrue(question, truth, 2));
  for (uint32_t& row : truth.rows) row = (row + 1) % 300;
  CHECK_FALSE(LooksTrue(question, truth, 2));
}

TEST_CASE("bench curve: the fastest point that reaches a recall, and the line to it", "[bench]") {
  // The third is beaten by the fourth in both.
  const std::vector<PointFigures> points = {Made(.8, 1000), Made(.92, 400), Made(.93, 100), Made(.96, 200)};
  const auto at90 = CurveAt(points, .9);
  REQUIRE(at90);
  CHECK(at90->point == 1);
  CHECK(at90->qps == 400);
  CHECK(at90->interpolated == Approx(std::exp(std::log(1000) / 6 + std::log(400) * 5 / 6)));
  const auto at95 = CurveAt(points, .95);
  REQUIRE(at95);
  CHECK(at95->point == 3);
  CHECK(at95->interpolated == Approx(std::sqrt(std::sqrt(400.0 * 200 * 200 * 200))));
  CHECK_FALSE(CurveAt(points, .97));
  CHECK(CurveAt(points, .5)->interpolated == 1000);  // nothing to the left of it
}

TEST_CASE("bench files: each kind is read as it was written", "[bench]") {
  const std::vector<float> values = {1, -2, 3.5f, 4, 5, -6};
  const std::string rows = Le32(3) + F32({1, -2, 3.5f}) + Le32(3) + F32({4, 5, -6});
  CHECK(ReadVectors(WriteFile("a.fvecs", rows), {})->data == values);
  CHECK(ReadVectors(WriteFile("a.fvecs", rows), {.limit = 1})->rows == 1);
  CHECK_FALSE(ReadVectors(WriteFile("b.fvecs", rows.substr(0, 20)), {}).ok());
  CHECK(ReadVectors(WriteFile("a.npy", Npy("<f4", "2, 3", F32(values))), {})->data == values);
  CHECK(ReadVectors(WriteFile("a.npy", Npy("|i1", "1, 2", "\xff\x02")), {})->data == std::vector<float>{-1, 2});
  CHECK(ReadVectors(WriteFile("a.npy", Npy("<f2", "1, 2", std::string("\x00\x3c\x00\xc0", 4))), {})->data ==
        std::vector<float>{1, -2});
  CHECK_FALSE(ReadVectors(WriteFile("b.npy", Npy("<f8", "1, 2", std::string(16, '\0'))), {}).ok());
  CHECK_FALSE(ReadVectors(WriteFile("b.npy", Npy("<f4", "6,", F32(values))), {}).ok());
  const std::string bytes = WriteFile("a.bvecs", Le32(2) + "\xff\x02");
  CHECK(ReadVectors(bytes, {})->data == std::vector<float>{255, 2});
  CHECK(ReadVectors(bytes, {.signed_bytes = true})->data == std::vector<float>{-1, 2});
  const std::string idx = std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02", 16) + "\x01\x02\x03\x04";
  CHECK(ReadVectors(WriteFile("idx3-ubyte", idx), {})->data == std::vector<float>{1, 2, 3, 4});
  const std::string lists = WriteFile("a.ivecs", Le32(2) + Le32(7) + Le32(8) + Le32(2) + Le32(9) + Le32(5));
  CHECK(ReadNeighbors(lists, 1)->rows == std::vector<uint32_t>{7, 9});
  CHECK_FALSE(ReadNeighbors(lists, 3).ok());
}

TEST_CASE("bench data: held-out rows leave the base, and their truth with them", "[bench]") {
  AnnOptions options;
  options.base = WriteFile("h.npy", Npy("|i1", "6, 1", std::string("\x00\x01\x02\x03\x04\x05", 6)));
  options.holdout = 2;
  options.k = 2;
  const Result<Dataset> data = LoadDataset(options);
  REQUIRE(data.ok());
  CHECK(data->queries.data == std::vector<float>{0, 3});
  CHECK(data->base.data == std::vector<float>{1, 2, 4, 5});
  CHECK(data->truth.rows.empty());
  options.holdout = 0;
  CHECK_FALSE(LoadDataset(options).ok());
}

TEST_CASE("bench data: made-up vectors depend on the seed alone", "[bench]") {
  Vectors base, queries, more, same;
  MakeSynthetic({.rows = 200, .queries = 10, .dim = 24, .seed = 5}, &base, &queries);
  MakeSynthetic({.rows = 300, .queries = 10, .dim = 24, .seed = 5}, &more, &same);
  CHECK(queries.data == same.data);
  CHECK(std::equal(base.data.begin(), base.data.end(), more.data.begin()));
  MakeSynthetic({.rows = 200, .queries = 10, .dim = 24, .seed = 6}, &more, &same);
  CHECK(base.data != more.data);
  CHECK(Distance(Metric::kL2, base.row(0), std::vector<float>(24).data(), 24) == Approx(1).margin(1e-5));
}
