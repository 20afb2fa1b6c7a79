// BM25 beside an independent one: the Cranfield collection as timescale/pg_textsearch ranked it. Needs QUIRE_CORPORA.
//
// That list was made without stemming and without stop words over title and text, and by an IDF with a floor of a
// quarter of the average (so fitted to its scores, that formula gives them within 2 %). Ours has no floor: most of
// the top ten are the same, the scores are lower by what very common words add there.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/unit/text_world.h"

namespace quire::text {
namespace {

using Documents = std::set<std::string>;  // their ids

std::vector<nlohmann::json> ReadLines(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// By the number a query has in the list: its own number there has gaps, that of queries.jsonl has none.
std::map<size_t, Documents> ReadExpected(const std::string& path) {
  std::map<size_t, Documents> by_number;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    size_t query = 0;
    std::string document;
    fields >> query >> document;
    by_number[query].insert(document);
  }
  std::map<size_t, Documents> expected;
  for (auto& [number, documents] : by_number) {
    const size_t ordinal = expected.size() + 1;
    expected[ordinal] = std::move(documents);
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
    texts.push_back(line["title"].get<std::string>() + " " + line["text"].get<std::string>());
  }
  REQUIRE(texts.size() == 1400);
  WordWorld world("none");
  world.Add(texts);

  const std::map<size_t, Documents> expected = ReadExpected(folder + "expected_bm25_pg_textsearch.tsv");
  double common = 0;
  double listed = 0;
  for (const auto& line : ReadLines(folder + "queries.jsonl")) {
    const auto found = expected.find(std::stoul(line["_id"].get<std::string>()));
    if (found == expected.end()) continue;
    const auto hits = world.Search(line["text"].get<std::string>(), false, 10);
    REQUIRE(hits.ok());
    listed += static_cast<double>(found->second.size());
    for (const WordHit& hit : hits.value()) {
      common += found->second.count(ids[hit.number]) > 0 ? 1 : 0;
    }
  }
  CAPTURE(common, listed);
  REQUIRE(listed > 500);
  CHECK(common / listed > 0.80);
}

}  // namespace
}  // namespace quire::text
