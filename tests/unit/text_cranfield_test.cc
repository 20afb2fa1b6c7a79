// BM25 beside an independent one: the Cranfield collection as timescale/pg_textsearch ranks it. Needs QUIRE_CORPORA.
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

using Ranking = std::map<std::string, double>;  // document id -> score

std::vector<nlohmann::json> ReadLines(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// By the number a query has in the list: its own number there has gaps, that of queries.jsonl has none.
std::map<size_t, Ranking> ReadExpected(const std::string& path) {
  std::map<size_t, Ranking> by_number;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string query, document, rank, score;
    fields >> query >> document >> rank >> score;
    by_number[std::stoul(query)][document] = std::stod(score);
  }
  std::map<size_t, Ranking> expected;
  for (auto& [number, ranking] : by_number) {
    const size_t ordinal = expected.size() + 1;
    expected[ordinal] = std::move(ranking);
  }
  return expected;
}

TEST_CASE("Cranfield: the top ten are those of another BM25", "[text][corpora]") {
  const char* corpora = std::getenv("QUIRE_CORPORA");
  if (corpora == nullptr) {
    WARN("QUIRE_CORPORA is not set: nothing compared");
    return;
  }
  const std::string folder = std::string(corpora) + "/ir/cranfield/";
  std::vector<std::string> ids;
  std::vector<std::string> texts;
  for (const auto& line : ReadLines(folder + "corpus.jsonl")) {
    ids.push_back(line["_id"]);
    texts.push_back(std::getenv("TT")?line["title"].get<std::string>()+" "+line["text"].get<std::string>():line["text"].get<std::string>());
  }
  REQUIRE(texts.size() == 1400);
  WordWorld world;
  world.Add(texts);

  const std::map<size_t, Ranking> expected = ReadExpected(folder + "expected_bm25_pg_textsearch.tsv");
  double common = 0;
  double listed = 0;
  double ratio = 0;
  for (const auto& line : ReadLines(folder + "queries.jsonl")) {
    const auto found = expected.find(std::stoul(line["_id"].get<std::string>()));
    if (found == expected.end()) continue;
    const auto hits = world.Search(line["text"].get<std::string>(), false, 10);
    REQUIRE(hits.ok());
    listed += static_cast<double>(found->second.size());
    for (const WordHit& hit : hits.value()) {
      const auto same = found->second.find(ids[hit.number]);
      if (same == found->second.end()) continue;
      common += 1;
      ratio += hit.score / same->second; if (std::getenv("PP")) std::cout << line["_id"] << " " << ids[hit.number] << " " << hit.score << " " << same->second << "\n";
    }
  }
  CAPTURE(common, listed, ratio / common);
  REQUIRE(listed > 500);
  CHECK(common / listed > 0.80);
}

}  // namespace
}  // namespace quire::text
