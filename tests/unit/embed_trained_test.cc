// What is learned from a collection's own texts.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "engine/embed/dense.h"
#include "engine/embed/trained_model.h"

namespace quire::embed {
namespace {

TEST_CASE("trained: orthonormal columns, dependent ones zero", "[embed]") {
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
      CHECK(product == Approx(a == b && a != 5 ? 1 : 0).margin(1e-4));
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

// Two subjects that share no word, each told with two sets of words that keep the same company.
std::vector<TrainingText> Texts(std::vector<std::string>* kept) {
  constexpr std::string_view kDoors[] = {"request", "header", "server", "login", "account"};
  constexpr std::string_view kBakery[] = {"flour", "oven", "dough", "yeast", "bread"};
  kept->clear();
  for (size_t i = 0; i < 120; ++i) {
    const auto& words = i % 2 == 0 ? kDoors : kBakery;
    const std::string_view name = i % 2 == 0 ? (i % 4 == 0 ? "credential" : "password") : (i % 4 == 1 ? "loaf" : "baguette");
    std::string text = "The " + std::string(name) + " needs";
    for (size_t k = 0; k < 4; ++k) text += " " + std::string(words[(i / 4 + k * (1 + i % 3)) % 5]);
    kept->push_back(text + ". And then " + std::string(words[i % 5]) + " follows the " + std::string(words[(i + 2) % 5]) + ".");
  }
  std::vector<TrainingText> texts;
  for (size_t i = 0; i < kept->size(); ++i) texts.push_back({i % 2 == 0 ? "Access" : "Baking", (*kept)[i], i});
  return texts;
}

TrainingOptions Small() { return {.hashed_dim = 64, .directions_dim = 8, .contrast_dim = 16}; }

TEST_CASE("trained: words that keep the same company are near", "[embed]") {
  const auto analyzer = text::Analyzer::Make("english").value();
  std::vector<std::string> kept;
  const std::vector<TrainingText> texts = Texts(&kept);
  auto model = Train(*analyzer, texts, Small());
  REQUIRE(model.ok());
  CHECK(model->texts == 120);
  const std::string bytes = Serialize(*model);
  const auto embedder = MakeTrainedEmbedder(*std::move(model)).value();
  CHECK(embedder->identity().name == "trained");
  CHECK(embedder->identity().dim == 88);
  CHECK(Cosine(*embedder, "access", "password") > Cosine(*embedder, "access", "loaf") + 0.3);
  CHECK(Cosine(*embedder, "baking", "baguette") > Cosine(*embedder, "baking", "password") + 0.3);
  CHECK(Cosine(*embedder, "login account", "password") > Cosine(*embedder, "login account", "loaf") + 0.3);
  CHECK(Cosine(*embedder, "credential", "credential") == Approx(1).margin(1e-4));
  CHECK(Cosine(*embedder, "", "") == 0);
  CHECK(Cosine(*embedder, "the and of", "the") == 0);
  CHECK(Cosine(*embedder, "passwordless", "password") > 0.1);  // never seen: by its n-grams
  std::vector<float> short_room(2);
  CHECK(embedder->Embed(std::vector<std::string_view>{"x"}, Embedder::Role::kQuery, short_room).code() ==
        Code::kInvalidArgument);

  // The same again, and from what is stored; another seed is another one.
  CHECK(Serialize(Train(*analyzer, texts, Small()).value()) == bytes);
  const auto read = MakeTrainedEmbedder(ParseTrainedModel(bytes).value()).value();
  CHECK(read->identity() == embedder->identity());
  CHECK(Cosine(*read, "oven", "login") == Cosine(*embedder, "oven", "login"));
  TrainingOptions other = Small();
  other.seed = 2;
  CHECK(Serialize(Train(*analyzer, texts, other).value()) != bytes);
}

TEST_CASE("trained: with nothing to learn from there is no embedder, and a training can be ended", "[embed]") {
  const auto analyzer = text::Analyzer::Make("english").value();
  const std::vector<TrainingText> apart = {{"", "one", 1}, {"", "two", 2}, {"", "", 3}, {"", "\xff\xfe", 4}};
  CHECK(Train(*analyzer, apart, Small()).status().code() == Code::kInvalidArgument);
  CHECK(Train(*analyzer, {}, Small()).status().code() == Code::kInvalidArgument);
  const std::vector<TrainingText> same = {{"", "again", 1}, {"", "again", 2}};
  CHECK(Train(*analyzer, same, Small()).status().code() == Code::kInvalidArgument);
  std::vector<std::string> kept;
  const std::vector<TrainingText> texts = Texts(&kept);
  for (const double end : {0.0, 0.1, 0.5, 0.9}) {
    TrainingOptions options = Small();
    options.progress = [&](double done) { return done < end; };
    CHECK(Train(*analyzer, texts, options).status().code() == Code::kCancelled);
  }
}

TEST_CASE("trained: what is stored damaged is refused", "[embed]") {
  const auto analyzer = text::Analyzer::Make("english").value();
  std::vector<std::string> kept;
  TrainedModel model = Train(*analyzer, Texts(&kept), Small()).value();
  const std::string bytes = Serialize(model);
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    const Code code = ParseTrainedModel(damaged).status().code();
    CHECK((code == Code::kCorruption || code == Code::kUnsupported));
    CHECK(!ParseTrainedModel(std::string_view(bytes).substr(0, random() % bytes.size())).ok());
  }
  // A right checksum over sizes that do not fit together.
  TrainedModel wrong = model;
  wrong.idf.pop_back();
  CHECK(ParseTrainedModel(Serialize(wrong)).status().code() == Code::kCorruption);
  wrong = model;
  wrong.hashed_dim = 63;
  CHECK(ParseTrainedModel(Serialize(wrong)).status().code() == Code::kCorruption);
  wrong = model;
  wrong.contrast.steps[0] = INFINITY;
  CHECK(ParseTrainedModel(Serialize(wrong)).status().code() == Code::kCorruption);
  wrong = model;
  wrong.language = "klingon";
  CHECK(MakeTrainedEmbedder(ParseTrainedModel(Serialize(wrong)).value()).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace quire::embed
