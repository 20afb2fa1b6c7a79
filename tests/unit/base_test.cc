// Bytes, hashes, UTF-8, JSON text, dates, values, threads.
#include <catch2/catch.hpp>

#include <atomic>
#include <cmath>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/calendar.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/near_same.h"
#include "engine/base/thread_pool.h"
#include "engine/base/utf8.h"
#include "quire/value.h"

using namespace quire;

TEST_CASE("bytes read back what was appended, and say when they do not", "[base]") {
  std::string bytes;
  for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) AppendVarint(&bytes, value);
  AppendString(&bytes, "text");
  AppendRaw(&bytes, 1.5);
  ByteReader in(bytes);
  CHECK(in.Varint() == 0);
  CHECK(in.Varint() == 127);
  CHECK(in.Varint() == 128);
  CHECK(in.Varint() == ~uint64_t{0});
  CHECK(in.String() == "text");
  CHECK(in.Raw<double>() == 1.5);
  CHECK(in.done());
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    ByteReader partial(std::string_view(bytes).substr(0, cut));
    for (int i = 0; i < 4; ++i) partial.Varint();
    partial.String();
    partial.Raw<double>();
    CHECK_FALSE(partial.ok());
  }
  ByteReader overlong("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  CHECK(overlong.Varint() == 0);
  CHECK_FALSE(overlong.ok());
  ByteReader long_string("\xff\xff\xff\xff\x0f");
  CHECK(long_string.String().empty());
  CHECK_FALSE(long_string.ok());
}

TEST_CASE("big-endian keys sort as their numbers", "[base]") {
  const auto key = [](uint32_t value) {
    std::string bytes;
    AppendBigEndian(&bytes, value);
    return bytes;
  };
  CHECK(key(1) < key(255));
  CHECK(key(255) < key(256));
  CHECK(key(256) < key(~0u));
  CHECK(ReadBigEndian<uint32_t>(key(0x01020304)) == 0x01020304);
}

TEST_CASE("hashes are the published ones", "[base]") {
  CHECK(Hash64("") == 0x2d06800538d394c2u);
  CHECK(ToHex(HashOf128("")) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("UTF-8 is checked as Unicode defines it", "[base]") {
  CHECK(FindInvalidUtf8("plain, h\xc3\xa9, \xe4\xb8\xad, \xf0\x9f\x98\x80 and more") == std::string_view::npos);
  for (const std::string_view bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                     "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "\xff"}) {
    const std::string text = "0123456789" + std::string(bad);
    CHECK(FindInvalidUtf8(text) == 10);
  }
  CHECK(Utf8Prefix("a\xc3\xa9", 2) == "a");
  CHECK(Utf8Prefix("a\xc3\xa9", 3) == "a\xc3\xa9");
  CHECK(Printable("a\x1b[31m\n\xff") == "a\\x1b[31m\n\xef\xbf\xbd");
}

TEST_CASE("JSON strings are valid whatever is in them", "[base]") {
  std::string out;
  AppendJsonString(&out, "a\"b\\\n\x01\xff\xc3\xa9");
  CHECK(out == "\"a\\\"b\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"");
  out.clear();
  AppendJsonNumber(&out, 0.1);
  AppendJsonNumber(&out, std::numeric_limits<double>::infinity());
  CHECK(out == "0.1null");
}

TEST_CASE("dates and moments", "[base]") {
  CHECK(ParseDate("1970-01-01") == 0);
  CHECK(ParseDate("2024-02-29") == 19782);
  for (const char* bad : {"2023-02-29", "2024-13-01", "24-01-01", "2024-01-01x", "2024-1-1", ""}) CHECK_FALSE(ParseDate(bad));
  CHECK(FormatDate(19782) == "2024-02-29");
  CHECK(FormatDate(-1) == "1969-12-31");
  CHECK(ParseTimestamp("1970-01-01T00:00:01.5Z") == 1'500'000);
  CHECK(ParseTimestamp("1970-01-01 02:00:00+02:00") == 0);
  CHECK(ParseTimestamp("1970-01-02") == 86'400'000'000);
  for (const char* bad : {"1970-01-01 25:00", "1970-01-01 10:00:00.", "1970-01-01 10:00 UTC"}) CHECK_FALSE(ParseTimestamp(bad));
  CHECK(FormatTimestamp(1'500'000) == "1970-01-01 00:00:01.500000");
  CHECK(FormatTimestamp(-1) == "1969-12-31 23:59:59.999999");
}

TEST_CASE("values are compared and cast as in SQL, or refused", "[base]") {
  CHECK(*Compare(Value::Integer(2), Value::Real(2.5)) < 0);
  CHECK(*Compare(Value::Text("a"), Value::Text("b")) < 0);
  CHECK(*Compare(Value::Real(NAN), Value::Real(1)) > 0);
  CHECK(Compare(Value::Text("2"), Value::Integer(2)).status().code() == Code::kTypeMismatch);
  CHECK(Compare(Value::Null(), Value::Null()).status().code() == Code::kTypeMismatch);

  CHECK(*Cast(Value::Text(" 42 "), Type::kInteger) == Value::Integer(42));
  CHECK(*Cast(Value::Real(3), Type::kInteger) == Value::Integer(3));
  CHECK(*Cast(Value::Text("2024-02-29"), Type::kDate) == Value::Date(19782));
  CHECK(*Cast(Value::Text("yes"), Type::kBoolean) == Value::Boolean(true));
  CHECK(*Cast(Value::Text("[1, 2.5,-3e0]"), Type::kVector) == Value::Vector({1, 2.5f, -3}));
  CHECK(*Cast(Value::Text("[]"), Type::kVector) == Value::Vector({}));
  CHECK(*Cast(Value::Timestamp(-1), Type::kDate) == Value::Date(-1));
  CHECK(Cast(Value::Null(), Type::kDate)->is_null());
  CHECK(*Cast(Value::Date(-1), Type::kTimestamp) == Value::Timestamp(-86'400'000'000));
  CHECK(Cast(Value::Date(std::numeric_limits<int64_t>::min()), Type::kTimestamp).status().code() == Code::kTypeMismatch);
  for (const auto& [text, type] : {std::pair("4.5", Type::kInteger), {"1e99", Type::kInteger}, {"9223372036854775808", Type::kInteger},
                                   {"[1,]", Type::kVector}, {"[1 2]", Type::kVector}, {"1,2", Type::kVector}, {"maybe", Type::kBoolean},
                                   {"", Type::kReal}, {"soon", Type::kDate}}) {
    INFO(text);
    CHECK(Cast(Value::Text(text), type).status().code() == Code::kTypeMismatch);
  }
  CHECK(Cast(Value::Real(9.3e18), Type::kInteger).status().code() == Code::kTypeMismatch);
  CHECK(*ParseType("varchar") == Type::kText);
  CHECK_FALSE(ParseType("varchar2").ok());
}

TEST_CASE("a pool calls every index once, from any number of threads", "[base]") {
  for (const size_t threads : {0u, 1u, 3u}) {
    ThreadPool pool(threads);
    for (const size_t count : {0u, 1u, 7u, 1000u}) {
      std::vector<std::atomic<int>> calls(count);
      pool.ParallelFor(count, [&](size_t i) { ++calls[i]; });
      for (const auto& call : calls) CHECK(call == 1);
    }
  }
}

TEST_CASE("a status keeps its first place and its hint", "[base]") {
  Status status = Status(Code::kNotFound, "no such thing", "look elsewhere").At(3).At(9);
  CHECK(status.position() == 3);
  CHECK(std::move(status).Within("object").ToString() == "not_found: object: no such thing (hint: look elsewhere)");
}

TEST_CASE("near duplicates share most of their runs of three words", "[base]") {
  const std::vector<std::string_view> ten = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};  // ten runs
  const auto with = [&](std::string_view last) {
    auto words = ten;
    words.back() = last;
    return ShinglesOf(words);
  };
  const auto all = ShinglesOf(ten);
  CHECK(all.size() == 10);
  CHECK(AreNearlySame(all, all));
  CHECK(AreNearlySame(all, with("x")));
  CHECK(AreNearlySame(with("x"), all));
  auto two = ten;
  two[10] = "x";  // in two runs
  CHECK(AreNearlySame(all, ShinglesOf(two)));
  two[6] = "y";  // in three more
  CHECK_FALSE(AreNearlySame(all, ShinglesOf(two)));
  auto turned = ten;
  std::reverse(turned.begin(), turned.end());
  CHECK_FALSE(AreNearlySame(all, ShinglesOf(turned)));
  auto longer = ten;
  for (int i = 0; i < 8; ++i) longer.push_back("z");  // 13 different runs: 1.3 times as many
  CHECK(AreNearlySame(all, ShinglesOf(longer)));
  std::vector<std::string> others;
  for (int i = 0; i < 7; ++i) others.push_back("word" + std::to_string(i));
  longer = ten;
  longer.insert(longer.end(), others.begin(), others.end());  // 17: too long
  CHECK_FALSE(AreNearlySame(all, ShinglesOf(longer)));
  const std::vector<std::string_view> one = {"a"}, other = {"b"};
  CHECK(AreNearlySame(ShinglesOf(one), ShinglesOf(one)));
  CHECK_FALSE(AreNearlySame(ShinglesOf(one), ShinglesOf(other)));
  CHECK(ShinglesOf({}).empty());
}
