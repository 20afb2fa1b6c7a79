// What quire-bench retrieval measures by.
#include <catch2/catch.hpp>
#include <cmath>

#include "bench/retrieval/measures.h"

namespace {

using namespace quire::bench;

TEST_CASE("bench judge: the measures of a small ranking, by hand", "[bench]") {
  JudgedQuery query;
  query.relevant = {{"a", {.grade = 2, .group = 0}}, {"b", {.grade = 1, .group = 1}}, {"c", {.grade = 1, .group = 2}}};
  const Measures measures = Judge(query, {"x", "a", "y", "b"});
  const double best = 2 + 1 / std::log2(3.0) + 1 / std::log2(4.0);
  CHECK(measures.ndcg10 == Approx((2 / std::log2(3.0) + 1 / std::log2(5.0)) / best));
  CHECK(measures.recall10 == Approx(2.0 / 3));
  CHECK(measures.recall100 == Approx(2.0 / 3));
  CHECK(measures.mrr == Approx(0.5));
  CHECK(measures.hit5 == 1);
  CHECK(Judge(query, {"a", "b", "c"}).ndcg10 == Approx(1));
  CHECK(Judge(query, {}).ndcg10 == 0);
}

TEST_CASE("bench judge: doubles, the ignored and a group's second take no place", "[bench]") {
  JudgedQuery query;
  query.ignored = "self";
  query.relevant = {{"a", {.group = 0}}, {"a2", {.group = 0}}, {"b", {.group = 1}}};
  const Measures measures = Judge(query, {"self", "x", "x", "a", "a2", "b"});
  CHECK(measures.mrr == Approx(0.5));
  CHECK(measures.recall10 == Approx(1));
  CHECK(measures.ndcg10 == Approx((1 / std::log2(3.0) + 1 / std::log2(4.0)) / (1 + 1 / std::log2(3.0))));
}

TEST_CASE("bench judge: cuts", "[bench]") {
  JudgedQuery query;
  query.relevant = {{"a", {}}};
  std::vector<std::string> ranking;
  for (int i = 0; i < 10; ++i) ranking.push_back("x" + std::to_string(i));
  ranking.push_back("a");
  const Measures measures = Judge(query, ranking);
  CHECK(measures.ndcg10 == 0);
  CHECK(measures.recall10 == 0);
  CHECK(measures.recall100 == 1);
  CHECK(measures.hit5 == 0);
  CHECK(measures.mrr == Approx(1.0 / 11));
}

TEST_CASE("bench difference: equal ones are certain, large ones are not chance", "[bench]") {
  const std::vector<double> low(20, 0.1), high(20, 0.3);
  CHECK(ChanceOfDifference(low, low, 100) == 1);
  CHECK(ChanceOfDifference(low, high, 10'000) < 0.001);
}

}  // namespace
