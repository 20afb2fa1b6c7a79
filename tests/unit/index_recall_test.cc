// Recall has a floor: on seeded synthetic vectors always, on real ones where the corpora are (QUIRE_CORPORA).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "engine/base/bytes.h"
#include "tests/unit/index_support.h"

namespace quire::index {
namespace {

using Vectors = std::vector<std::vector<float>>;

constexpr size_t kBaseMax = 20'000;  // what flat mode is for
constexpr size_t kQueryMax = 100;

// A file of the corpora; nothing if it is not there.
std::optional<std::string> ReadCorpus(const std::string& name) {
  const char* root = std::getenv("QUIRE_CORPORA");
  std::ifstream in((root != nullptr ? std::string(root) : "../shared/data") + "/vectors/" + name, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Rows of an int32 dimension and as many floats.
Vectors ParseFvecs(const std::string& bytes, size_t most) {
  Vectors rows;
  ByteReader reader(bytes);
  while (!reader.rest().empty() && rows.size() < most) {
    const auto dim = reader.Raw<uint32_t>();
    const std::string_view row = reader.Take(size_t{dim} * sizeof(float));
    rows.emplace_back(dim);
    std::memcpy(rows.back().data(), row.data(), row.size());
  }
  REQUIRE(reader.ok());
  return rows;
}

// A numpy array of int8 in C order, `dim` columns.
Vectors ParseNpy(const std::string& bytes, size_t dim, size_t most) {
  ByteReader reader(bytes);
  REQUIRE(reader.Take(8).substr(0, 6) == "\x93NUMPY");
  reader.Take(reader.Raw<uint16_t>());
  Vectors rows;
  while (!reader.rest().empty() && rows.size() < most) {
    const std::string_view row = reader.Take(dim);
    rows.emplace_back();
    for (const char value : row) rows.back().push_back(static_cast<float>(static_cast<int8_t>(value)));
  }
  REQUIRE(reader.ok());
  return rows;
}

double Recall(Metric metric, const Vectors& base, const Vectors& queries, const Query& like) {
  Parameters parameters{
      .collection = 1, .generation = 1, .dim = static_cast<uint32_t>(base[0].size()), .metric = metric};
  TestIndex index(parameters);
  std::map<uint32_t, std::vector<float>> vectors;
  for (size_t i = 0; i < base.size(); ++i) vectors[static_cast<uint32_t>(i + 1)] = base[i];
  index.Change(vectors, {});
  for (auto& [number, vector] : vectors) vector = AsStored(parameters.raw, vector);
  size_t common = 0, wanted = 0;
  for (const std::vector<float>& vector : queries) {
    Query query = like;
    query.vector = vector;
    const std::vector<Neighbour> expected = ExactNeighbours(vectors, metric, query);
    const std::vector<Neighbour> found = index.Search(query);
    REQUIRE(found.size() == expected.size());
    common += CountCommon(found, expected);
    wanted += expected.size();
  }
  return static_cast<double>(common) / static_cast<double>(wanted);
}

// Clusters along few directions, as embeddings lie.
Vectors Clustered(uint32_t dim, size_t count, uint32_t seed) {
  std::mt19937 random(seed), centres(7);
  Vectors directions, rows;
  for (int i = 0; i < 60; ++i) directions.push_back(RandomVector(dim, &centres));
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < count; ++i) {
    std::vector<float> row = directions[random() % directions.size()];
    for (int j = 0; j < 6; ++j) {
      const std::vector<float>& direction = directions[random() % directions.size()];
      const float weight = normal(random) * 0.5f;
      for (uint32_t d = 0; d < dim; ++d) row[d] += weight * direction[d];
    }
    for (float& value : row) value += normal(random) * 0.3f;
    rows.push_back(std::move(row));
  }
  return rows;
}

void CheckCorpus(const std::string& name, Metric metric, std::optional<Vectors> base, std::optional<Vectors> queries) {
  if (!base || !queries) {
    std::cout << "index recall: " << name << " is not there (QUIRE_CORPORA), not tested\n";
    return;
  }
  const double recall = Recall(metric, *base, *queries, {.vector = {}, .k = 10});
  std::cout << "index recall: " << name << ", " << base->size() << " vectors: recall@10 " << recall << "\n";
  CHECK(recall >= 0.98);
}

// What is asked for is had by links, too, for a few answers and for many.
void CheckLinked(const std::string& name, const std::optional<Vectors>& base, const std::optional<Vectors>& queries) {
  if (!base || !queries) return;
  const auto dim = static_cast<uint32_t>((*base)[0].size());
  TestIndex index({.collection = 1, .generation = 1, .dim = dim, .metric = Metric::kCosine});
  std::map<uint32_t, std::vector<float>> vectors;
  for (size_t i = 0; i < base->size(); ++i) vectors[static_cast<uint32_t>(i + 1)] = (*base)[i];
  index.Change(vectors, {});
  index.Link();
  std::vector<std::vector<Neighbour>> truth;
  for (const std::vector<float>& vector : *queries) truth.push_back(index.Search({.vector = vector, .k = 50, .exact = true}));
  for (const uint32_t k : {10u, 50u}) {
    for (const double target : {0.8, 0.9, 0.95}) {
      size_t common = 0;
      for (size_t i = 0; i < queries->size(); ++i) {
        const auto found = index.Search({.vector = (*queries)[i], .k = k, .recall_target = target});
        REQUIRE(found.size() == k);
        common += CountCommon(found, {truth[i].begin(), truth[i].begin() + k});
      }
      const double recall = static_cast<double>(common) / static_cast<double>(k * queries->size());
      std::cout << "index recall: " << name << " linked, target " << target << ": recall@" << k << " " << recall << "\n";
      CHECK(recall >= target - 0.02);
    }
  }
}

}  // namespace

TEST_CASE("index: recall on synthetic clusters has a floor") {
  const Vectors base = Clustered(256, 5000, 1), queries = Clustered(256, 50, 2);
  for (const Metric metric : {Metric::kCosine, Metric::kL2, Metric::kInnerProduct}) {
    CAPTURE(MetricName(metric));
    CHECK(Recall(metric, base, queries, {.vector = {}, .k = 10}) >= 0.98);
    CHECK(Recall(metric, base, queries, {.vector = {}, .k = 10, .recall_target = 1.0}) >= 0.998);
    CHECK(Recall(metric, base, queries, {.vector = {}, .k = 100}) >= 0.98);
  }
}

TEST_CASE("index: recall on real vectors has a floor") {
  const auto parse = [](const std::optional<std::string>& bytes, size_t most) -> std::optional<Vectors> {
    if (!bytes) return std::nullopt;
    return ParseFvecs(*bytes, most);
  };
  std::optional<Vectors> docs;
  if (const auto bytes = ReadCorpus("docs384/docs384_base_i8.npy")) docs = ParseNpy(*bytes, 384, kBaseMax);
  const auto questions = parse(ReadCorpus("docs384/docs384_query.fvecs"), kQueryMax);
  CheckCorpus("docs384", Metric::kCosine, docs, questions);
  CheckLinked("docs384", docs, questions);
  CheckCorpus("lsa256", Metric::kCosine, parse(ReadCorpus("lsa256/docs.fvecs"), kBaseMax),
              parse(ReadCorpus("lsa256/queries.fvecs"), kQueryMax));
  const auto books = parse(ReadCorpus("bge-m3_books-sentences_1024d.fvecs"), kBaseMax);
  CheckCorpus("bge-m3", Metric::kCosine, books, books);
  const auto deep = parse(ReadCorpus("deep1b-image-queries_96d.fvecs"), kBaseMax);
  CheckCorpus("deep1b", Metric::kL2, deep, deep);
  const auto ada = parse(ReadCorpus("openai-ada2_trec-dl19-20-queries_1536d.fvecs"), kBaseMax);
  CheckCorpus("ada-002", Metric::kInnerProduct, ada, ada);
}

}  // namespace quire::index
