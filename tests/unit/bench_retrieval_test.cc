// What quire-bench ir measures by, and that words rank as well as they did.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "bench/retrieval/loaded_set.h"
#include "bench/retrieval/measures.h"
#include "bench/retrieval/rival_fts5.h"
#include "bench/retrieval/saved_run.h"
#include "tests/unit/support/temporary_directory.h"

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
  CHECK(measures.ap == Approx((1 / 2.0 + 2 / 4.0) / 3));
  CHECK(measures.hit1 == 0);
  CHECK(measures.hit5 == 1);
  CHECK(measures.all5 == 0);
  CHECK(Judge(query, {"a", "b", "c"}).ndcg10 == Approx(1));
  CHECK(Judge(query, {"a", "b", "c"}).ap == Approx(1));
  CHECK(Judge(query, {"a", "x", "c", "y", "b"}).all5 == 1);
  CHECK(Judge(query, {"a", "x", "c", "y", "z", "b"}).all5 == 0);
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

TEST_CASE("bench difference: a saved run comes back, and is compared query by query", "[bench]") {
  const quire::testing::TemporaryDirectory directory;
  RunMeasures before;
  for (int i = 0; i < 20; ++i) {
    before[{"one", "words"}]["q" + std::to_string(i)] = {.ndcg10 = 0.2 + 0.01 * i, .ap = 0.5};
    before[{"two", "words"}]["q" + std::to_string(i)] = {.ndcg10 = 0.9};
  }
  REQUIRE(SaveRun(directory / "run", before).ok());
  RunMeasures now = ReadRun(directory / "run").value();
  CHECK(now.at({"one", "words"}).at("q3").ap == 0.5);
  for (auto& [query, measures] : now[{"one", "words"}]) measures.ndcg10 += 0.1;
  now[{"one", "words"}]["new"] = {.ndcg10 = 0};  // not there before: not compared
  now[{"one", "vector"}]["q1"] = {.ndcg10 = 1};
  const std::vector<RunDifference> differences = CompareRuns(before, now);
  REQUIRE(differences.size() == 3);
  CHECK((differences[0].set == "one" && differences[0].queries == 20));
  CHECK(differences[0].now - differences[0].before == Approx(0.1));
  CHECK(differences[0].chance < 0.001);
  CHECK((differences[1].set == "two" && differences[1].chance == 1));
  CHECK((differences[2].set == "all" && differences[2].queries == 40));
  CHECK(ReadRun(directory / "none").status().code() == quire::Code::kIoError);
}

TEST_CASE("bench FTS5: any word or all, best first", "[bench]") {
  auto made = Fts5::Create(":memory:", true);
  if (made.status().code() == quire::Code::kUnsupported) return;
  Fts5& table = *made.value();
  REQUIRE(table.Add({{"", "", "cats and dogs"}, {"", "", "a cat"}, {"dogs", "", "OR NOT \"a word\""}}).ok());
  REQUIRE(table.Optimize().ok());
  const auto any = table.Search("Cat dog?", false, 10).value();
  REQUIRE(any.size() == 3);
  CHECK(any[0].row == 0);
  CHECK(any[0].score >= any[1].score);
  CHECK(table.Search("cat dog", true, 10).value().size() == 1);
  CHECK(table.Search("\"(*", false, 10).value().empty());
}

// Floors a little below what was measured (bench/README.md), so that a change that ranks worse is seen here first.
TEST_CASE("words rank as well as they did", "[bench][corpora]") {
  const char* corpora = std::getenv("QUIRE_CORPORA");
  if (corpora == nullptr) {
    WARN("QUIRE_CORPORA is not set: nothing measured");
    return;
  }
  struct Floor {
    const char* set;
    double Measures::*measure;
    double floor;
  };
  const Floor floors[] = {{"cranfield", &Measures::ndcg10, 0.39}, {"med", &Measures::ndcg10, 0.68},
                          {"anchors", &Measures::hit5, 0.83},     {"descriptions", &Measures::hit5, 0.87},
                          {"real", &Measures::all5, 0.77},        {"newcomer", &Measures::all5, 0.63}};
  for (const Floor& floor : floors) {
    const JudgedSet set = LoadSet(corpora, floor.set).value();
    const auto loaded = LoadedSet::Load(set, "builtin").value();
    const auto ranker = loaded->ranker(quire::SearchMode::kWords);
    std::vector<Measures> all;
    for (const JudgedQuery& query : set.queries) {
      std::vector<std::string> ranking;
      const auto ranked = ranker->Rank(query.text).value();
      for (const RankedDocument& one : ranked) ranking.push_back(one.document);
      all.push_back(Judge(query, ranking));
    }
    INFO(floor.set);
    CHECK(Mean(all).*floor.measure >= floor.floor);
  }
}

}  // namespace
