// Tables of token vectors: files that are right, and files that are not.
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <random>

#include "engine/embed/static_embedder.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::embed {
namespace {

std::string Framed(const std::string& header, const std::string& data) {
  const uint64_t size = header.size();
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes + header + data;
}

std::string Floats(const std::vector<float>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

// A table of rows (i, 1).
std::string Table(size_t rows, const std::string& name = "embeddings") {
  std::vector<float> values;
  for (size_t i = 0; i < rows; ++i) values.insert(values.end(), {static_cast<float>(i), 1});
  return Framed("{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(rows) + ",2],\"data_offsets\":[0," +
                    std::to_string(rows * 8) + "]}}",
                Floats(values));
}

constexpr const char* kWordPiece = R"({"normalizer":{"type":"BertNormalizer","lowercase":true},
  "pre_tokenizer":{"type":"BertPreTokenizer"},
  "model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"play":1,"##ing":2,"the":3,"!":4,"##ed":5,"caf":6,"##e":7,"\u4e2d":8}}})";
constexpr const char* kUnigram = R"({"normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":""},
   {"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},"pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always"},
  "model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["\u2581",-2],["\u2581hel",-3],["lo",-3],["\u2581hello",-4],["h",-6],["e",-6],["l",-6],["o",-6]]}})";

std::vector<uint32_t> Tokens(const char* json, std::string_view text, size_t most = 100) {
  const auto tokenizer = Tokenizer::Parse(json);
  INFO(tokenizer.status().ToString());
  REQUIRE(tokenizer.ok());
  std::vector<uint32_t> tokens;
  (*tokenizer)->Tokenize(text, most, &tokens);
  return tokens;
}

using List = std::vector<uint32_t>;

TEST_CASE("static: WordPiece takes the longest piece, and unknown words whole", "[embed]") {
  CHECK(Tokens(kWordPiece, "Playing the  PLAYED!") == List{1, 2, 3, 1, 5, 4});
  CHECK(Tokens(kWordPiece, "played!the") == List{1, 5, 4, 3});
  CHECK(Tokens(kWordPiece, "playxing the") == List{0, 3});
  CHECK(Tokens(kWordPiece, "caf\xC3\xA9 cafe\xCC\x81") == List{6, 7, 6, 7});
  CHECK(Tokens(kWordPiece, "the\xE4\xB8\xADthe") == List{3, 8, 3});
  CHECK(Tokens(kWordPiece, std::string(101, 'x')) == List{0});
  CHECK(Tokens(kWordPiece, "the\xFF" "the\x01") == List{0, });
  CHECK(Tokens(kWordPiece, "the the the", 2) == List{3, 3});
  CHECK(Tokens(kWordPiece, " \t\n").empty());
}

TEST_CASE("static: Unigram takes the likeliest pieces", "[embed]") {
  CHECK(Tokens(kUnigram, "hello") == List{4});
  CHECK(Tokens(kUnigram, "hello  lo") == List{4, 1, 3});
  CHECK(Tokens(kUnigram, "helo") == List{2, 8});
  CHECK(Tokens(kUnigram, "hezzz\xE2\x82\xAC") == List{1, 5, 6, 0});
  CHECK(Tokens(kUnigram, "\xEF\xBD\x88" "ello") == List{4});  // a wide h
}

TEST_CASE("static: the mean of the rows, of length 1", "[embed]") {
  const auto embedder = MakeStaticEmbedder("e", Safetensors::Parse(Table(9)).value(), Tokenizer::Parse(kWordPiece).value(), false, 7).value();
  CHECK(embedder->identity().dim == 2);
  CHECK(embedder->identity().config == 7);
  std::vector<float> vectors(6);
  REQUIRE(embedder->Embed(std::vector<std::string_view>{"playing unheard", "", "the"}, Embedder::Role::kQuery, vectors).ok());
  CHECK(vectors == std::vector<float>{1.5, 1, 0, 0, 3, 1});
  std::vector<float> small(1);
  CHECK(embedder->Embed(std::vector<std::string_view>{"x"}, Embedder::Role::kQuery, small).code() == Code::kInvalidArgument);
  CHECK(!MakeStaticEmbedder("e", Safetensors::Parse(Table(8)).value(), Tokenizer::Parse(kWordPiece).value(), false, 7).ok());
  CHECK(!MakeStaticEmbedder("e", Safetensors::Parse(Table(9, "other")).value(), Tokenizer::Parse(kWordPiece).value(), false, 7).ok());
  std::string poisoned = Table(9);
  const float nan = NAN;
  std::memcpy(poisoned.data() + poisoned.size() - 9 * 8 + 3 * 8, &nan, sizeof nan);
  const auto bad = MakeStaticEmbedder("e", Safetensors::Parse(poisoned).value(), Tokenizer::Parse(kWordPiece).value(), true, 7).value();
  std::vector<float> vector(2);
  CHECK(bad->Embed(std::vector<std::string_view>{"play"}, Embedder::Role::kQuery, vector).ok());
  CHECK(bad->Embed(std::vector<std::string_view>{"the"}, Embedder::Role::kQuery, vector).code() == Code::kCorruption);
}

TEST_CASE("static: halves and bytes are read as the numbers they are", "[embed]") {
  const auto file = Safetensors::Parse(Framed(
      R"({"__metadata__":{"a":"b"},"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},"i":{"dtype":"I8","shape":[2],"data_offsets":[10,12]},"x":{"dtype":"F64","shape":[0],"data_offsets":[12,12]}})",
      std::string("\x00\x3C\x00\xC0\x01\x00\x00\x7C\x80\x3F\x7F\x80", 12)));
  REQUIRE(file.ok());
  float values[4];
  ReadNumbers(*(*file)->Find("h"), 0, 4, values);
  CHECK(values[0] == 1);
  CHECK(values[1] == -2);
  CHECK(values[2] == 0x1p-24F);
  CHECK(std::isinf(values[3]));
  ReadNumbers(*(*file)->Find("b"), 0, 1, values);
  CHECK(values[0] == 1);
  ReadNumbers(*(*file)->Find("i"), 1, 1, values);
  CHECK(values[0] == -128);
  CHECK((*file)->Find("x") == nullptr);
}

TEST_CASE("static: files that are not what they say are refused", "[embed]") {
  const std::string data(16, 'x');
  for (const char* header : {
           "", "[]", "{", "3", R"({"a":3})", R"({"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}})", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})", R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}})",
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]}})",
           R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", R"({"a":{"dtype":"F32","shape":[2]}})"}) {
    INFO(header);
    CHECK(Safetensors::Parse(Framed(header, data)).status().code() == Code::kCorruption);
  }
  CHECK(!Safetensors::Parse("").ok());
  CHECK(!Safetensors::Parse(std::string(8, '\xFF')).ok());
  CHECK(Safetensors::Open("/nowhere/model.safetensors").status().code() == Code::kNotFound);
  CHECK(!Safetensors::Open("/").ok());
  for (const char* json : {"", "{}", "[]", R"({"model":3})", R"({"model":{"type":"WordPiece","vocab":{}}})",
                           R"({"model":{"type":"WordPiece","vocab":{"a":-1}}})", R"({"model":{"type":"WordPiece","vocab":{"a":4294967296}}})",
                           R"({"model":{"type":"Unigram","vocab":[["a"]]}})", R"({"model":{"type":"Unigram","vocab":[["a",1e999]]}})",
                           R"({"model":{"type":"Unigram","vocab":{"a":1}}})"}) {
    INFO(json);
    CHECK(Tokenizer::Parse(json).status().code() == Code::kCorruption);
  }
  CHECK(Tokenizer::Parse(R"({"model":{"type":"BPE","vocab":{"a":0}}})").status().code() == Code::kUnsupported);
  CHECK(Tokenizer::Parse(R"({"normalizer":{"type":"Magic"},"model":{"type":"WordPiece","vocab":{"a":0}}})").status().code() == Code::kUnsupported);
  CHECK(Tokenizer::Parse(R"({"pre_tokenizer":{"type":"ByteLevel"},"model":{"type":"WordPiece","vocab":{"a":0}}})").status().code() == Code::kUnsupported);
}

TEST_CASE("static: a folder is read by its definition, and another table is another identity", "[embed]") {
  const quire::testing::TemporaryDirectory directory;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(directory.path() + "/" + name, std::ios::binary) << text;
  };
  EmbedderDefinition definition{.name = "m", .provider = "static", .options = {{"path", directory.path()}}};
  CHECK(MakeStaticEmbedder(definition).status().code() == Code::kNotFound);
  write("model.safetensors", Table(9));
  write("tokenizer.json", kWordPiece);
  const auto embedder = MakeStaticEmbedder(definition);
  INFO(embedder.status().ToString());
  REQUIRE(embedder.ok());
  CHECK((*embedder)->identity().name == "m");
  std::vector<float> vector(2);
  REQUIRE((*embedder)->Embed(std::vector<std::string_view>{"the"}, Embedder::Role::kQuery, vector).ok());
  CHECK(vector[0] == Approx(3 / std::sqrt(10.0)));
  write("config.json", R"({"normalize":false})");
  CHECK(MakeStaticEmbedder(definition).value()->identity().config != (*embedder)->identity().config);
  definition.options.emplace_back("dims", "3");
  CHECK(MakeStaticEmbedder(definition).status().code() == Code::kInvalidArgument);
  definition.options.back() = {"colour", "red"};
  CHECK(MakeStaticEmbedder(definition).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace quire::embed
