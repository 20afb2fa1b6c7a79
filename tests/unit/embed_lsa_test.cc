// What is learned from a collection's own texts.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "engine/embed/dense.h"
#include "engine/embed/lsa_embedder.h"

namespace quire::embed {
namespace {

TEST_CASE("lsa: orthonormal columns, dependent ones zero", "[embed]") {
  std::mt19937_64 random(3);
  DenseMatrix matrix(50, 6);
  for (size_t i = 0; i < matrix.rows; ++i) {
    for (size_t j = 0; j < 5; ++j) matrix.row(i)[j] = static_cast<float>(random() % 1000) / 1000;
    matrix.row(i)[5] = matrix.row(i)[0] - 2 * matrix.row(i)[3];
  }
  Orthonormalise(&matrix);
  for (size_t a = 0; a < 6; ++a) {
    for (size_t b = 0; b < 6; ++b) {
      double product = 0;
      for (size_t i = 0; i < matrix.rows; ++i) product += double{matrix.row(i)[a]} * matrix.row(i)[b];
      INFO(a << " " << b);
      CHECK(product == Approx(a == b && a != 5 ? 1 : 0).margin(1e-5));
    }
  }
}

TEST_CASE("lsa: eigenvectors make the matrix they came from", "[embed]") {
  constexpr size_t kSize = 12;
  std::mt19937_64 random(4);
  std::vector<double> square(kSize * kSize);
  for (size_t i = 0; i < kSize; ++i) {
    for (size_t j = i; j < kSize; ++j) square[i * kSize + j] = static_cast<double>(random() % 2000) / 1000 - 1;
  }
  std::vector<double> vectors;
  const std::vector<double> values = Eigen(square, kSize, &vectors);
  for (size_t i = 0; i < kSize; ++i) {
    if (i > 0) CHECK(values[i] <= values[i - 1]);
    for (size_t j = i; j < kSize; ++j) {
      double sum = 0;
      for (size_t k = 0; k < kSize; ++k) sum += vectors[i * kSize + k] * values[k] * vectors[j * kSize + k];
      CHECK(sum == Approx(square[i * kSize + j]).margin(1e-9));
    }
  }
}

double Cosine(const Embedder& embedder, std::string_view a, std::string_view b) {
  const size_t dim = embedder.identity().dim;
  std::vector<float> vectors(2 * dim);
  const std::string_view texts[] = {a, b};
  REQUIRE(embedder.Embed(texts, Embedder::Role::kDocument, vectors).ok());
  double product = 0;
  for (size_t i = 0; i < dim; ++i) product += double{vectors[i]} * vectors[dim + i];
  return product;
}

TEST_CASE("lsa: words that keep the same company are near", "[embed]") {
  const std::vector<std::string_view> texts = {
      "an api key opens the door to requests",       "an access token opens the door to requests",
      "requests carry the api key in a header",      "requests carry the access token in a header",
      "bake the bread in an oven with flour",        "the oven bakes flour and water to bread",
      "water and flour make dough for the oven",     "the header of requests holds a token or key",
  };
  const auto analyzer = text::Analyzer::Make("english").value();
  const auto trained = TrainLsa(analyzer, texts, {.dim = 3});
  REQUIRE(trained.ok());
  const Embedder& embedder = **trained;
  CHECK(embedder.identity().name == "lsa");
  CHECK(embedder.identity().dim == 3);
  CHECK(Cosine(embedder, "api key", "access token") > 0.9);
  CHECK(std::abs(Cosine(embedder, "api key", "bread and flour")) < 0.3);
  CHECK(Cosine(embedder, "token", "token") == Approx(1).margin(1e-5));
  CHECK(Cosine(embedder, "unheard of", "token") == 0);
  CHECK(Cosine(embedder, "", "") == 0);
  // The same again; and more dimensions than directions.
  CHECK(TrainLsa(analyzer, texts, {.dim = 3}).value()->identity().version == embedder.identity().version);
  const auto wide = TrainLsa(analyzer, texts, {.dim = 200});
  REQUIRE(wide.ok());
  CHECK(Cosine(**wide, "api key", "api key") == Approx(1).margin(1e-4));
  std::vector<float> short_room(2);
  CHECK(embedder.Embed(std::vector<std::string_view>{"x"}, Embedder::Role::kQuery, short_room).code() ==
        Code::kInvalidArgument);
}

TEST_CASE("lsa: with nothing to learn from there is no embedder", "[embed]") {
  const auto analyzer = text::Analyzer::Make("english").value();
  const std::vector<std::string_view> apart = {"one", "two", "", "\xff\xfe", "three"};
  CHECK(TrainLsa(analyzer, apart, {}).status().code() == Code::kInvalidArgument);
  CHECK(TrainLsa(analyzer, {}, {}).status().code() == Code::kInvalidArgument);
  CHECK(TrainLsa(analyzer, apart, {.dim = 0}).status().code() == Code::kInvalidArgument);
  const std::vector<std::string_view> same = {"again", "again"};
  CHECK(TrainLsa(analyzer, same, {}).ok());
}

}  // namespace
}  // namespace quire::embed
