// The built-in embedder: the same bytes everywhere, near for what is alike.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/hash.h"
#include "quire/embedder.h"

namespace quire {
namespace {

using Vector = std::vector<float>;

Vector Embed(const Embedder& embedder, std::string_view text) {
  Vector out(embedder.identity().dim, -1.0f);
  const Status status = embedder.Embed({&text, 1}, Embedder::Role::kDocument, out);
  if (!status.ok()) FAIL(status.ToString());
  return out;
}

double Cosine(const Vector& a, const Vector& b) {
  double dot = 0;
  for (size_t i = 0; i < a.size(); ++i) dot += double{a[i]} * double{b[i]};
  return dot;
}

std::shared_ptr<const Embedder> Builtin(uint32_t dim = 512) { return MakeBuiltinEmbedder(dim).value(); }

TEST_CASE("the built-in embedder says who it is", "[embed]") {
  CHECK(Builtin()->identity().name == "hashed");
  CHECK(Builtin()->identity().version == 1);
  CHECK(Builtin()->identity().dim == 512);
  CHECK(Builtin(1024)->identity().dim == 1024);
  for (uint32_t dim : {0u, 1u, 256u, 768u, 2048u}) {
    CHECK(MakeBuiltinEmbedder(dim).status().code() == Code::kInvalidArgument);
  }
}

// Whoever changes these hashes changes what is stored in every database: the version in builtin_embedder.cc goes up
// too.
TEST_CASE("vectors are the same bytes on every machine", "[embed]") {
  const std::string text =
      "How do I connect an S3 bucket? Set the access_key and run `quire-load --into docs`: "
      "Stra\u00dfe, caf\u00e9, \u6771\u4eac\u90fd. The wing, the wing, the wings.";
  const auto hash_of = [&](uint32_t dim) {
    const Vector vector = Embed(*Builtin(dim), text);
    return Hash64({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
  };
  CHECK(hash_of(512) == 0x737dc6e3b339378cu);
  CHECK(hash_of(1024) == 0xc22d23657a3deb6fu);
}

TEST_CASE("vectors have length one, those of texts without words are zero", "[embed]") {
  const auto embedder = Builtin();
  for (std::string_view text : {"", " \n", "?!", "\xff\xfe", "the and of"}) {
    INFO(text);
    CHECK(Embed(*embedder, text) == Vector(512, 0.0f));
  }
  for (std::string_view text : {"x", "wing", "a wing in a slipstream", "\u6771\u4eac", "42"}) {
    INFO(text);
    const Vector vector = Embed(*embedder, text);
    CHECK(Cosine(vector, vector) == Approx(1).epsilon(1e-5));
  }
  std::string huge;
  for (int i = 0; i < 300'000; ++i) huge += "word" + std::to_string(i) + " ";
  const Vector vector = Embed(*embedder, huge);
  CHECK(Cosine(vector, vector) == Approx(1).epsilon(1e-5));
}

TEST_CASE("a vector depends on its text alone", "[embed][random]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    std::string& text = texts.emplace_back();
    for (size_t n = random() % 60; n > 0; --n) text += "w" + std::to_string(random() % 20'000) + " ";
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto embedder = Builtin();
  Vector together(views.size() * 512);
  REQUIRE(embedder->Embed(views, Embedder::Role::kDocument, together).ok());
  for (size_t i = views.size(); i-- > 0;) {
    const Vector alone = Embed(*embedder, views[i]);
    REQUIRE(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(i * 512)));
  }
  Vector fresh(512);
  REQUIRE(Builtin()->Embed({&views[7], 1}, Embedder::Role::kQuery, fresh).ok());
  CHECK(std::equal(fresh.begin(), fresh.end(), together.begin() + 7 * 512));
}

TEST_CASE("texts that are alike are nearer than others", "[embed]") {
  const auto embedder = Builtin();
  const auto nearness = [&](std::string_view a, std::string_view b) {
    return Cosine(Embed(*embedder, a), Embed(*embedder, b));
  };
  const std::string_view query = "connect an S3 bucket";
  const std::string_view near = "Connecting to Amazon S3: choose the bucket that the project reads its files from.";
  const std::string_view far = "The annotators see their keyboard shortcuts in the settings of their account.";
  CHECK(nearness(query, near) > nearness(query, far) + 0.15);
  CHECK(nearness("kubernetes", "kubernets") > nearness("kubernetes", "cabinets") + 0.2);  // a slip of the pen
  CHECK(nearness("preprocessing", "processing") > nearness("preprocessing", "cooking") + 0.2);
  CHECK(nearness("Caf\u00e9 M\u00dcNCHEN", "cafe\u0301 m\u00fcnchen") == Approx(1).epsilon(1e-6));
  CHECK(nearness("how do I do this with the label", "label") > 0.8);  // grammar weighs little
}

TEST_CASE("room of the wrong size is refused", "[embed]") {
  const std::string_view text = "wing";
  Vector out(511);
  CHECK(Builtin()->Embed({&text, 1}, Embedder::Role::kDocument, out).code() == Code::kInvalidArgument);
  CHECK(Builtin()->Embed({}, Embedder::Role::kDocument, {}).ok());
}

TEST_CASE("several threads may embed at once", "[embed]") {
  const auto embedder = Builtin();
  const std::string_view text = "an experimental study of a wing in a propeller slipstream";
  const Vector expected = Embed(*embedder, text);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        Vector out(512);
        const bool ok = embedder->Embed({&text, 1}, Embedder::Role::kQuery, out).ok();
        wrong[t] += ok && out == expected ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

}  // namespace
}  // namespace quire
