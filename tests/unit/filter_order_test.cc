// engine/filter: the order-preserving form of values.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "engine/filter/attribute_index.h"
#include "engine/filter/ordered_key.h"
#include "engine/storage/keys.h"

using quire::Type;
using quire::Value;
using quire::filter::EncodeOrdered;

namespace {

using std::string_literals::operator""s;

int Sign(int order) { return (order > 0) - (order < 0); }

// That the value comes out of its encoding again, but for long texts; and not out of a part of it.
void RequireDecoded(const Value& value) {
  const std::string encoded = EncodeOrdered(value);
  const auto decoded = quire::filter::DecodeOrdered(encoded, value.type());
  INFO(value.ToString());
  REQUIRE(decoded.has_value() == quire::filter::IsOrderExact(value));
  if (decoded) REQUIRE(EncodeOrdered(*decoded) == encoded);
  if (decoded) REQUIRE(decoded->type() == value.type());
  for (size_t i = 1; i < encoded.size(); ++i) {
    REQUIRE_FALSE(quire::filter::DecodeOrdered(encoded.substr(0, i), value.type()).has_value());
  }
}

// That encodings order as quire::Compare orders the values, and that none begins another.
void RequireOrdered(const std::vector<Value>& values) {
  for (const Value& a : values) {
    for (const Value& b : values) {
      const auto expected = quire::Compare(a, b);
      REQUIRE(expected.ok());
      const std::string x = EncodeOrdered(a), y = EncodeOrdered(b);
      INFO(a.ToString() << " and " << b.ToString());
      REQUIRE(Sign(x.compare(y)) == Sign(*expected));
      REQUIRE((x == y || (x.substr(0, y.size()) != y && y.substr(0, x.size()) != x)));
      REQUIRE(EncodeOrdered(Value::Null()) < x);
    }
    RequireDecoded(a);
  }
}

}  // namespace

TEST_CASE("filter order: booleans, integers, dates, timestamps", "[filter]") {
  RequireOrdered({Value::Boolean(false), Value::Boolean(true)});
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  std::vector<Value> integers, dates, timestamps;
  for (const int64_t n : {kLeast, kLeast + 1, int64_t{-256}, int64_t{-255}, int64_t{-1}, int64_t{0}, int64_t{1},
                          int64_t{127}, int64_t{128}, int64_t{65'536}, kMost - 1, kMost}) {
    integers.push_back(Value::Integer(n));
    dates.push_back(Value::Date(n));
    timestamps.push_back(Value::Timestamp(n));
  }
  RequireOrdered(integers);
  RequireOrdered(dates);
  RequireOrdered(timestamps);
}

TEST_CASE("filter order: reals with both zeros, infinities, denormals and NaN", "[filter]") {
  using Limits = std::numeric_limits<double>;
  std::vector<Value> reals;
  for (const double x :
       {-Limits::infinity(), Limits::lowest(), -1.5, -1.0, -Limits::min(), -Limits::denorm_min(), -0.0, 0.0,
        Limits::denorm_min(), Limits::min(), 1.0, 1.5, Limits::max(), Limits::infinity(), Limits::quiet_NaN()}) {
    reals.push_back(Value::Real(x));
  }
  RequireOrdered(reals);
  REQUIRE(EncodeOrdered(Value::Real(-0.0)) == EncodeOrdered(Value::Real(0.0)));
  REQUIRE(EncodeOrdered(Value::Real(-Limits::quiet_NaN())) == EncodeOrdered(Value::Real(Limits::quiet_NaN())));
}

TEST_CASE("filter order: texts with zero bytes, prefixes and high bytes", "[filter]") {
  std::vector<Value> texts;
  for (const std::string& text : {""s,
                                  "\0"s,
                                  "\0\0"s,
                                  "\0\x01"s,
                                  "\0\xFF"s,
                                  "\x01"s,
                                  "a"s,
                                  "a\0"s,
                                  "a\0b"s,
                                  "a\x01"s,
                                  "aa"s,
                                  "ab"s,
                                  "b"s,
                                  "\xC3\xA4"s,
                                  "\xFF"s,
                                  "\xFF\xFF"s,
                                  std::string(127, 'x'),
                                  std::string(128, 'x'),
                                  std::string(127, 'x') + "\0"s,
                                  std::string(128, '\xFF'),
                                  std::string(128, '\0'),
                                  std::string(127, '\0')}) {
    texts.push_back(Value::Text(text));
    REQUIRE(quire::filter::IsOrderExact(texts.back()));
  }
  // One text longer than what the key keeps stays in order with all shorter ones.
  texts.push_back(Value::Text(std::string(129, 'x')));
  REQUIRE_FALSE(quire::filter::IsOrderExact(texts.back()));
  RequireOrdered(texts);
}

TEST_CASE("filter order: long texts keep equality and a common stem", "[filter]") {
  const std::string head(128, 'h');
  const Value a = Value::Text(head + "a"), b = Value::Text(head + "b"),
              other = Value::Text(std::string(128, 'i') + "a");
  REQUIRE(EncodeOrdered(a) != EncodeOrdered(b));
  REQUIRE(EncodeOrdered(a) == EncodeOrdered(Value::Text(head + "a")));
  REQUIRE(EncodeOrdered(a).size() < 160);
  REQUIRE(quire::filter::LongTextStem(a) == quire::filter::LongTextStem(b));
  REQUIRE(quire::filter::LongTextStem(a) != quire::filter::LongTextStem(other));
  REQUIRE(EncodeOrdered(b) < EncodeOrdered(other));
}

TEST_CASE("filter order: random texts over a small alphabet", "[filter]") {
  const auto seed = static_cast<uint32_t>(Catch::rngSeed());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::vector<Value> texts;
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (size_t length = random() % 6; length > 0; --length) text.push_back("\0\x01\xFF"[random() % 3]);
    texts.push_back(Value::Text(text));
  }
  RequireOrdered(texts);
}

TEST_CASE("filter order: what a value is indexed under", "[filter]") {
  using quire::filter::IndexedForms;
  REQUIRE(IndexedForms(Value::Null()) == std::vector{EncodeOrdered(Value::Null())});
  REQUIRE(IndexedForms(Value::Integer(5)) == std::vector{EncodeOrdered(Value::Integer(5))});
  REQUIRE(IndexedForms(Value::TextArray({})).empty());
  REQUIRE(IndexedForms(Value::TextArray({"b", "a", "b"})) ==
          std::vector{EncodeOrdered(Value::Text("a")), EncodeOrdered(Value::Text("b"))});
  REQUIRE(IndexedForms(Value::Json("1")).empty());
  REQUIRE(IndexedForms(Value::Vector({1})).empty());
}

TEST_CASE("filter order: keys come apart as they were put together", "[filter]") {
  const std::string value = EncodeOrdered(Value::Text("x"));
  std::string key = quire::storage::AttributePrefix(9, 0x1234) + value;
  quire::AppendBigEndian(&key, uint16_t{0xABCD});
  const auto parts = quire::filter::ParseBitmapKey(key);
  REQUIRE(parts.ok());
  REQUIRE(parts->collection == 9);
  REQUIRE(parts->column == 0x1234);
  REQUIRE(parts->block == 0xABCD);
  REQUIRE(parts->value == value);
  REQUIRE(quire::filter::ParseBitmapKey(key.substr(0, 9)).status().code() == quire::Code::kCorruption);
  REQUIRE(quire::filter::PrefixEnd("a\xFF\xFF") == "b");
  REQUIRE(quire::filter::PrefixEnd("a\x7F") == "a\x80");
}
