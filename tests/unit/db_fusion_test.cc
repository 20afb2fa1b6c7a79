// What the fusion of two lists promises.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "engine/db/fusion.h"

namespace {

using quire::Hit;
using quire::db::AddDocumentPart;
using quire::db::Fuse;
using quire::db::StandsOut;

std::vector<Hit> ByVector(const std::vector<std::pair<uint32_t, double>>& distances) {
  std::vector<Hit> hits;
  for (const auto& [number, distance] : distances) {
    hits.push_back(
        {.number = number, .distance = distance, .vector_rank = static_cast<uint32_t>(hits.size()) + 1});
  }
  return hits;
}

std::vector<Hit> ByWords(const std::vector<std::pair<uint32_t, double>>& scores) {
  std::vector<Hit> hits;
  for (const auto& [number, score] : scores) {
    hits.push_back({.number = number,
                    .distance = std::numeric_limits<double>::quiet_NaN(),
                    .word_score = score,
                    .word_rank = static_cast<uint32_t>(hits.size()) + 1});
  }
  return hits;
}

TEST_CASE("fusion: parts are z-scores over all candidates, by hand", "[db]") {
  // Chunk 3 is not in the list of words, which is complete: its words score 0. Chunk 4 is not in that of vectors: as far as
  // the last.
  const std::vector<Hit> vector = ByVector({{1, 0.2}, {2, 0.4}, {3, 0.6}});
  const std::vector<Hit> words = ByWords({{2, 6}, {1, 4}, {4, 2}});
  const std::vector<Hit> hits =
      Fuse({.by_vector = vector, .by_words = words, .depth = 100, .vector_weight = 0.5}, 10);
  REQUIRE(hits.size() == 4);
  const double near_mean = -(0.2 + 0.4 + 0.6 + 0.6) / 4, near_deviation = std::sqrt((0.0625 + 0.0025 + 0.0225 * 2) / 4);
  const double word_deviation = std::sqrt((9.0 + 1 + 9 + 1) / 4);
  CHECK(hits[0].number == 2);
  CHECK(hits[0].word_part == Approx((6 - 3) / word_deviation));
  CHECK(hits[0].vector_part == Approx(0.5 * (-0.4 - near_mean) / near_deviation));
  CHECK(hits[0].score == Approx(1 / (1 + std::exp(-(hits[0].word_part + hits[0].vector_part) / 2))));
  CHECK(hits[1].number == 1);
  CHECK(hits[1].word_rank == 2);
  CHECK(hits[1].word_score == 4);
  CHECK(hits[1].vector_rank == 1);
  CHECK(hits[2].number == 4);
  CHECK(hits[2].vector_rank == 0);
  CHECK(std::isnan(hits[2].distance));
  CHECK(hits[3].number == 3);
  CHECK(hits[3].word_part == Approx(-3 / word_deviation));
}

TEST_CASE("fusion: a list that tells nothing leaves the order to the other", "[db]") {
  const std::vector<Hit> vector = ByVector({{7, 0.1}, {8, 0.2}, {9, 0.3}});
  for (const auto& words : {ByWords({}), ByWords({{7, 5}, {8, 5}, {9, 5}})}) {
    const std::vector<Hit> hits = Fuse({.by_vector = vector, .by_words = words}, 2);
    REQUIRE(hits.size() == 2);
    CHECK(hits[0].number == 7);
    CHECK(hits[1].number == 8);
    CHECK(hits[0].word_part == 0);
  }
  // Vectors all alike, or none: words decide; and with neither, numbers do.
  const std::vector<Hit> alike = ByVector({{1, 1}, {2, 1}, {3, 1}});
  CHECK(Fuse({.by_vector = alike, .by_words = ByWords({{3, 2}})}, 1)[0].number == 3);
  CHECK(Fuse({.by_vector = {}, .by_words = ByWords({{3, 2}, {1, 1}})}, 1)[0].number == 3);
  CHECK(Fuse({.by_vector = alike, .by_words = {}}, 1)[0].number == 1);
  CHECK(Fuse({.by_vector = alike, .by_words = {}}, 1)[0].score == Approx(0.5));
  CHECK(Fuse({.by_vector = {}, .by_words = {}}, 5).empty());
}

TEST_CASE("fusion: a single match by words stands out", "[db]") {
  const std::vector<Hit> vector = ByVector({{1, 0.1}, {2, 0.5}, {3, 0.55}, {4, 0.6}, {5, 0.9}});
  const std::vector<Hit> words = ByWords({{5, 3}});
  CHECK(Fuse({.by_vector = vector, .by_words = words, .vector_weight = quire::db::VectorWeight("hashed")}, 1)[0].number ==
        5);
}

TEST_CASE("fusion: scores are in [0, 1] and fall, whatever the values", "[db]") {
  std::vector<std::pair<uint32_t, double>> distances, scores;
  for (uint32_t i = 0; i < 300; ++i) {
    distances.emplace_back(i, i == 0 ? -1e300 : i * 1e-3);
    scores.emplace_back(1000 - i, i == 0 ? 1e9 : 1.0 / i);
  }
  const std::vector<Hit> vector = ByVector(distances), words = ByWords(scores);
  const std::vector<Hit> hits = Fuse({.by_vector = vector, .by_words = words, .depth = 300}, 1000);
  REQUIRE(hits.size() == 600);
  for (size_t i = 0; i < hits.size(); ++i) {
    INFO(i);
    CHECK(std::isfinite(hits[i].score));
    CHECK((hits[i].score >= 0 && hits[i].score <= 1));
    if (i > 0) CHECK(hits[i].score <= hits[i - 1].score);
  }
}

TEST_CASE("fusion: distances that overflowed are still an order", "[db]") {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::vector<Hit> vector =
      ByVector({{1, -kInfinite}, {2, -1e308}, {3, 0}, {4, kInfinite}, {5, std::numeric_limits<double>::quiet_NaN()}});
  const std::vector<Hit> hits = Fuse({.by_vector = vector, .by_words = {}}, 5);
  REQUIRE(hits.size() == 5);
  const uint32_t expected[] = {1, 2, 3, 4, 5};
  for (size_t i = 0; i < 5; ++i) {
    CHECK(hits[i].number == expected[i]);
    CHECK(std::isfinite(hits[i].score));
  }
}

TEST_CASE("fusion: the scale does not depend on how many are wanted", "[db]") {
  std::vector<std::pair<uint32_t, double>> distances, scores;
  for (uint32_t i = 0; i < 400; ++i) {
    distances.emplace_back(i, 0.001 * i);
    scores.emplace_back(i, 20 - 0.04 * i);
  }
  const auto first = [](std::vector<Hit> hits, size_t n) {
    hits.resize(n);
    return hits;
  };
  const std::vector<Hit> vector = ByVector(distances), words = ByWords(scores);
  const std::vector<Hit> few = Fuse({.by_vector = first(vector, 100), .by_words = first(words, 100)}, 10);
  const std::vector<Hit> many = Fuse({.by_vector = vector, .by_words = words, .depth = 400}, 400);
  for (size_t i = 0; i < few.size(); ++i) {
    CHECK(few[i].number == many[i].number);
    CHECK(few[i].score == Approx(many[i].score));
  }
}

TEST_CASE("fusion: chunks of one document speak for each other", "[db]") {
  // By words alone: 6 chunks stand out; three of document 7, of which the best is second, outweigh the first.
  const std::vector<Hit> words = ByWords({{1, 10}, {2, 9.5}, {3, 9}, {4, 8.5}, {5, 8}, {6, 7.5}, {11, 1}, {12, 1}, {13, 1}, {14, 1}});
  std::vector<Hit> hits = Fuse({.by_vector = {}, .by_words = words}, 20);
  REQUIRE(hits.size() == 10);
  std::vector<uint64_t> documents;
  for (const Hit& hit : hits) documents.push_back(!StandsOut(hit) ? 0 : hit.number == 2 || hit.number == 4 || hit.number == 6 ? 7 : hit.number * 100);
  CHECK(std::count_if(hits.begin(), hits.end(), StandsOut) == 6);
  const double fourth = hits[3].word_part, sixth = hits[5].word_part;
  AddDocumentPart(documents, &hits);
  CHECK(hits[0].number == 2);
  CHECK(hits[0].document_part == Approx(0.2 * (fourth + sixth)));
  CHECK(hits[0].score == Approx(1 / (1 + std::exp(-(hits[0].word_part + hits[0].document_part) / 2))));
  CHECK(hits[1].number == 1);
  CHECK(hits[1].document_part == 0);
  CHECK(hits.back().document_part == 0);
}

TEST_CASE("fusion: a document speaks with its three best other chunks, however many it has", "[db]") {
  std::vector<std::pair<uint32_t, double>> scores;
  for (uint32_t i = 0; i < 10; ++i) scores.emplace_back(i, 10);
  for (uint32_t i = 10; i < 40; ++i) scores.emplace_back(i, 1);
  std::vector<Hit> hits = Fuse({.by_vector = {}, .by_words = ByWords(scores)}, 100);
  std::vector<uint64_t> documents(hits.size());
  for (size_t i = 0; i < 10; ++i) documents[i] = 5;
  const double one = hits[0].word_part;
  AddDocumentPart(documents, &hits);
  CHECK(hits[0].document_part == Approx(0.2 * 3 * one));
  CHECK(hits[9].document_part == Approx(0.2 * 3 * one));
}

}  // namespace
