// engine/filter: what a filter keeps, column type by column type, and what it has to read for it.
#include <catch2/catch.hpp>
#include <limits>

#include "engine/filter/ordered_key.h"
#include "tests/unit/filter_table.h"

using quire::ChunkNumber;
using quire::Code;
using quire::Filter;
using quire::Value;
using quire::testing::FilterTable;
using Op = quire::Filter::Op;

namespace {

using Numbers = std::vector<ChunkNumber>;

// A table with one column filled: chunk i has values[i].
struct OneColumn {
  OneColumn(const std::string& name, const std::vector<Value>& values) {
    size_t column = 0;
    while (table.columns()[column].name != name) ++column;
    for (size_t i = 0; i < values.size(); ++i) {
      std::vector<Value> row(column + 1);
      row[column] = values[i];
      table.Put(static_cast<ChunkNumber>(i), row);
    }
    REQUIRE(table.Commit().ok());
  }
  Numbers Keep(const Filter& filter) {
    const auto kept = table.Evaluate(filter);
    INFO(kept.status().ToString());
    REQUIRE(kept.ok());
    return *kept;
  }
  Code Fail(const Filter& filter) { return table.Evaluate(filter).status().code(); }
  FilterTable table;
};

Filter Year(Op op, Value value) { return Filter::Compare(op, "year", std::move(value)); }

}  // namespace

TEST_CASE("filter: integers under every operator, NULL in none", "[filter]") {
  OneColumn t("year", {Value::Integer(-5), Value::Integer(0), Value::Integer(7), Value::Null()});
  const Value zero = Value::Integer(0);
  CHECK(t.Keep(Filter()) == Numbers{0, 1, 2, 3});
  CHECK(t.Keep(Year(Op::kEqual, zero)) == Numbers{1});
  CHECK(t.Keep(Year(Op::kNotEqual, zero)) == Numbers{0, 2});
  CHECK(t.Keep(Year(Op::kLess, zero)) == Numbers{0});
  CHECK(t.Keep(Year(Op::kLessEqual, zero)) == Numbers{0, 1});
  CHECK(t.Keep(Year(Op::kGreater, zero)) == Numbers{2});
  CHECK(t.Keep(Year(Op::kGreaterEqual, zero)) == Numbers{1, 2});
  CHECK(t.Keep(Filter::Between("year", Value::Integer(-5), zero)) == Numbers{0, 1});
  CHECK(t.Keep(Filter::In("year", {Value::Integer(7), Value::Integer(-5), Value::Integer(7)})) == Numbers{0, 2});
  CHECK(t.Keep(Filter::IsNull("year")) == Numbers{3});
  CHECK(t.Keep(Filter::Not(Filter::IsNull("year"))) == Numbers{0, 1, 2});
  CHECK(t.Keep(Filter::Not(Year(Op::kLess, zero))) == Numbers{1, 2});
  CHECK(t.Keep(Filter::Not(Year(Op::kEqual, zero))) == Numbers{0, 2});
  CHECK(t.Keep(Filter::Not(Filter::Not(Year(Op::kEqual, zero)))) == Numbers{1});
  CHECK(t.Keep(Filter::Not(Filter())).empty());
  CHECK(t.table.reads == 0);
}

TEST_CASE("filter: a comparison with NULL and its negation keep nothing", "[filter]") {
  OneColumn t("year", {Value::Integer(1), Value::Integer(2), Value::Null()});
  for (const Op op : {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual}) {
    CHECK(t.Keep(Year(op, Value::Null())).empty());
    CHECK(t.Keep(Filter::Not(Year(op, Value::Null()))).empty());
  }
  const Filter one_or_null = Filter::In("year", {Value::Integer(1), Value::Null()});
  CHECK(t.Keep(one_or_null) == Numbers{0});
  CHECK(t.Keep(Filter::Not(one_or_null)).empty());
  CHECK(t.Keep(Filter::In("year", {})).empty());
  CHECK(t.Keep(Filter::Not(Filter::In("year", {}))) == Numbers{0, 1, 2});
  // Unknown OR true is true; unknown AND false is false, whose negation is true.
  const Filter unknown = Year(Op::kEqual, Value::Null());
  CHECK(t.Keep(Filter::Or(unknown, Year(Op::kEqual, Value::Integer(2)))) == Numbers{1});
  CHECK(t.Keep(Filter::Not(Filter::And(unknown, Year(Op::kEqual, Value::Integer(2))))) == Numbers{0});
  CHECK(t.Keep(Filter::Not(Filter::Or(unknown, Filter::IsNull("year")))).empty());
}

TEST_CASE("filter: an INTEGER column against reals", "[filter]") {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  OneColumn t("year", {Value::Integer(2020), Value::Integer(2021), Value::Integer(-3), Value::Integer(kLeast),
                       Value::Integer(kMost), Value::Null()});
  const Value half = Value::Real(2020.5), whole = Value::Real(2020.0);
  CHECK(t.Keep(Year(Op::kEqual, half)).empty());
  CHECK(t.Keep(Year(Op::kEqual, whole)) == Numbers{0});
  CHECK(t.Keep(Year(Op::kNotEqual, half)) == Numbers{0, 1, 2, 3, 4});
  CHECK(t.Keep(Year(Op::kLess, half)) == Numbers{0, 2, 3});
  CHECK(t.Keep(Year(Op::kLessEqual, half)) == Numbers{0, 2, 3});
  CHECK(t.Keep(Year(Op::kGreater, half)) == Numbers{1, 4});
  CHECK(t.Keep(Year(Op::kGreaterEqual, half)) == Numbers{1, 4});
  CHECK(t.Keep(Year(Op::kLess, whole)) == Numbers{2, 3});
  CHECK(t.Keep(Year(Op::kLess, Value::Real(-2.5))) == Numbers{2, 3});
  CHECK(t.Keep(Year(Op::kGreaterEqual, Value::Real(-3.5))) == Numbers{0, 1, 2, 4});
  CHECK(t.Keep(Year(Op::kLess, Value::Real(9.3e18))) == Numbers{0, 1, 2, 3, 4});
  CHECK(t.Keep(Year(Op::kGreaterEqual, Value::Real(9223372036854775808.0))).empty());
  CHECK(t.Keep(Year(Op::kLessEqual, Value::Real(-9223372036854775808.0))) == Numbers{3});
  CHECK(t.Keep(Year(Op::kLess, Value::Real(-1e300))).empty());
  CHECK(t.Keep(Year(Op::kLess, Value::Real(std::numeric_limits<double>::quiet_NaN()))) == Numbers{0, 1, 2, 3, 4});
  CHECK(t.Keep(Filter::Not(Filter::In("year", {half, whole}))) == Numbers{1, 2, 3, 4});
  CHECK(t.Keep(Filter::In("year", {half})).empty());
}

TEST_CASE("filter: a REAL column against integers, zeros, infinities", "[filter]") {
  const double inf = std::numeric_limits<double>::infinity();
  OneColumn t("price", {Value::Real(-0.0), Value::Real(0.0), Value::Real(9007199254740992.0), Value::Real(-inf),
                        Value::Real(inf), Value::Real(1.5), Value::Null()});
  const auto price = [](Op op, Value value) { return Filter::Compare(op, "price", std::move(value)); };
  CHECK(t.Keep(price(Op::kEqual, Value::Integer(0))) == Numbers{0, 1});
  CHECK(t.Keep(price(Op::kEqual, Value::Real(-0.0))) == Numbers{0, 1});
  CHECK(t.Keep(price(Op::kGreater, Value::Real(-0.0))) == Numbers{2, 4, 5});
  CHECK(t.Keep(price(Op::kLess, Value::Integer(1))) == Numbers{0, 1, 3});
  CHECK(t.Keep(price(Op::kGreaterEqual, Value::Real(inf))) == Numbers{4});
  // 2^53 + 1 is no double: nothing equals it, and 2^53 is less.
  const Value beyond = Value::Integer(9007199254740993);
  CHECK(t.Keep(price(Op::kEqual, beyond)).empty());
  CHECK(t.Keep(price(Op::kLess, beyond)) == Numbers{0, 1, 2, 3, 5});
  CHECK(t.Keep(price(Op::kGreaterEqual, beyond)) == Numbers{4});
  CHECK(t.Keep(price(Op::kGreater, Value::Integer(std::numeric_limits<int64_t>::max()))) == Numbers{4});
  CHECK(t.Keep(price(Op::kLessEqual, Value::Integer(std::numeric_limits<int64_t>::min()))) == Numbers{3});
}

TEST_CASE("filter: booleans, dates and timestamps, text cast to them", "[filter]") {
  OneColumn flags("flag", {Value::Boolean(true), Value::Boolean(false), Value::Null()});
  CHECK(flags.Keep(Filter::Compare(Op::kEqual, "flag", Value::Boolean(true))) == Numbers{0});
  CHECK(flags.Keep(Filter::Compare(Op::kLess, "flag", Value::Boolean(true))) == Numbers{1});

  OneColumn days("day", {Value::Date(-1), Value::Date(0), Value::Date(1), Value::Null()});
  const auto day = [](Op op, Value value) { return Filter::Compare(op, "day", std::move(value)); };
  CHECK(days.Keep(day(Op::kLess, Value::Text("1970-01-01"))) == Numbers{0});
  CHECK(days.Keep(day(Op::kEqual, Value::Text("1970-01-02"))) == Numbers{2});
  CHECK(days.Keep(day(Op::kLessEqual, Value::Timestamp(0))) == Numbers{0, 1});
  CHECK(days.Keep(day(Op::kLess, Value::Timestamp(0))) == Numbers{0});
  CHECK(days.Keep(day(Op::kLess, Value::Timestamp(1))) == Numbers{0, 1});
  CHECK(days.Keep(day(Op::kEqual, Value::Timestamp(-1))).empty());
  CHECK(days.Keep(day(Op::kGreaterEqual, Value::Timestamp(-1))) == Numbers{1, 2});
  CHECK(days.Fail(day(Op::kEqual, Value::Text("tomorrow"))) == Code::kTypeMismatch);

  constexpr int64_t kDay = 86'400'000'000;
  OneColumn moments("moment", {Value::Timestamp(-kDay), Value::Timestamp(0), Value::Timestamp(1), Value::Null()});
  const auto moment = [](Op op, Value value) { return Filter::Compare(op, "moment", std::move(value)); };
  CHECK(moments.Keep(moment(Op::kGreater, Value::Text("1970-01-01"))) == Numbers{2});
  CHECK(moments.Keep(moment(Op::kLessEqual, Value::Date(0))) == Numbers{0, 1});
  CHECK(days.table.reads + moments.table.reads == 0);
}

TEST_CASE("filter: texts, the empty one and zero bytes among them", "[filter]") {
  using std::string_literals::operator""s;
  OneColumn t("name", {Value::Text(""), Value::Text("a"), Value::Text("a\0b"s), Value::Text("ab"), Value::Null()});
  const auto name = [](Op op, const std::string& value) { return Filter::Compare(op, "name", Value::Text(value)); };
  CHECK(t.Keep(name(Op::kEqual, "")) == Numbers{0});
  CHECK(t.Keep(name(Op::kGreater, "")) == Numbers{1, 2, 3});
  CHECK(t.Keep(name(Op::kEqual, "a")) == Numbers{1});
  CHECK(t.Keep(name(Op::kEqual, "a\0b"s)) == Numbers{2});
  CHECK(t.Keep(name(Op::kGreater, "a")) == Numbers{2, 3});
  CHECK(t.Keep(name(Op::kLess, "ab")) == Numbers{0, 1, 2});
  CHECK(t.Keep(name(Op::kLess, "a\0"s)) == Numbers{0, 1});
}

TEST_CASE("filter: long texts are read only where their order is open", "[filter]") {
  const std::string head(128, 'h');
  OneColumn t("name", {Value::Text(head), Value::Text(head + "a"), Value::Text(head + "b"), Value::Text(head + "c"),
                       Value::Text(std::string(200, 'g')), Value::Text(std::string(200, 'i')), Value::Text("z")});
  const auto name = [](Op op, const std::string& value) { return Filter::Compare(op, "name", Value::Text(value)); };
  CHECK(t.Keep(name(Op::kEqual, head + "b")) == Numbers{2});
  CHECK(t.Keep(name(Op::kNotEqual, head + "b")) == Numbers{0, 1, 3, 4, 5, 6});
  CHECK(t.Keep(name(Op::kLess, head)) == Numbers{4});
  CHECK(t.Keep(name(Op::kGreater, head)) == Numbers{1, 2, 3, 5, 6});
  CHECK(t.table.reads == 0);
  CHECK(t.Keep(name(Op::kLess, head + "b")) == Numbers{0, 1, 4});
  CHECK(t.table.reads == 2);  // a and c; b is known to be equal
  CHECK(t.Keep(name(Op::kLessEqual, head + "b")) == Numbers{0, 1, 2, 4});
  CHECK(t.Keep(name(Op::kGreater, head + "b")) == Numbers{3, 5, 6});
  CHECK(t.Keep(name(Op::kGreaterEqual, head + "bb")) == Numbers{3, 5, 6});
  CHECK(t.Keep(Filter::Not(name(Op::kLess, head + "b"))) == Numbers{2, 3, 5, 6});
}

TEST_CASE("filter: arrays contain", "[filter]") {
  OneColumn t("tags",
              {Value::TextArray({"a", "b"}), Value::TextArray({}), Value::TextArray({"b", "b"}), Value::Null()});
  const auto tags = [](Op op, Value value) { return Filter::Compare(op, "tags", std::move(value)); };
  CHECK(t.Keep(tags(Op::kEqual, Value::Text("b"))) == Numbers{0, 2});
  CHECK(t.Keep(tags(Op::kNotEqual, Value::Text("a"))) == Numbers{1, 2});
  CHECK(t.Keep(Filter::In("tags", {Value::Text("a"), Value::Text("x")})) == Numbers{0});
  CHECK(t.Keep(Filter::IsNull("tags")) == Numbers{3});
  CHECK(t.table.reads == 0);
  CHECK(t.Keep(tags(Op::kEqual, Value::TextArray({"a", "b"}))) == Numbers{0});
  CHECK(t.table.reads == 4);
  CHECK(t.Fail(tags(Op::kLess, Value::Text("a"))) == Code::kTypeMismatch);
}

TEST_CASE("filter: JSON and columns without an index are read", "[filter]") {
  OneColumn extra("extra", {Value::Json("1"), Value::Json("2"), Value::Null()});
  CHECK(extra.Keep(Filter::Compare(Op::kEqual, "extra", Value::Text("2"))) == Numbers{1});
  CHECK(extra.Keep(Filter::Compare(Op::kNotEqual, "extra", Value::Json("2"))) == Numbers{0});
  CHECK(extra.table.reads == 6);
  CHECK(extra.Keep(Filter::IsNull("extra")) == Numbers{2});
  CHECK(extra.table.reads == 6);

  OneColumn rank("rank", {Value::Integer(1), Value::Integer(2), Value::Null()});
  CHECK(rank.Keep(Filter::Compare(Op::kLess, "rank", Value::Real(1.5))) == Numbers{0});
  CHECK(rank.Keep(Filter::Compare(Op::kGreaterEqual, "rank", Value::Real(1.5))) == Numbers{1});
  CHECK(rank.Keep(Filter::Not(Filter::In("rank", {Value::Integer(2)}))) == Numbers{0});
  CHECK(rank.Keep(Filter::IsNull("rank")) == Numbers{2});
  CHECK(rank.table.reads == 12);
}

TEST_CASE("filter: predicates read only what the indexes leave, once", "[filter]") {
  std::vector<Value> years;
  for (int i = 0; i < 100; ++i) years.push_back(Value::Integer(i % 10));
  OneColumn t("year", years);
  size_t asked = 0;
  const Filter odd = Filter::Where([&](const quire::Chunk& chunk) -> quire::Result<bool> {
    ++asked;
    return (chunk.number / 10) % 2 == 1;
  });
  const Filter small = Filter::Compare(Op::kLess, "rank", Value::Integer(0));
  CHECK(t.Keep(Filter::And(odd, Year(Op::kEqual, Value::Integer(3)))) == Numbers{13, 33, 53, 73, 93});
  CHECK(t.table.reads == 10);
  CHECK(asked == 10);
  CHECK(t.Keep(Filter::And(Filter::And(odd, small), Year(Op::kEqual, Value::Integer(3)))).empty());
  CHECK(t.table.reads == 20);  // the comparison came first, on the same reading
  CHECK(asked == 10);
  CHECK(t.Keep(Filter::Or(odd, Year(Op::kLess, Value::Integer(9)))).size() == 95);
  CHECK(t.table.reads == 30);
  CHECK(t.Keep(Filter::Not(odd)).size() == 50);
  CHECK(t.Keep(Filter::And(odd, Year(Op::kLess, Value::Integer(0)))).empty());
  CHECK(t.table.reads == 130);
}

TEST_CASE("filter: failures are told, whatever the table holds", "[filter]") {
  OneColumn t("year", {Value::Integer(1)});
  const Filter none = Year(Op::kLess, Value::Integer(0));
  CHECK(t.Fail(Filter::And(none, Filter::IsNull("nowhere"))) == Code::kNotFound);
  CHECK(t.Fail(Filter::And(none, Filter::Compare(Op::kEqual, "rank", Value::Text("x")))) == Code::kTypeMismatch);
  const auto mismatch = t.table.Evaluate(Year(Op::kEqual, Value::Text("2020"))).status();
  CHECK(mismatch.code() == Code::kTypeMismatch);
  CHECK(mismatch.message() == "column 'year': cannot compare INTEGER with TEXT");
  CHECK(t.Fail(Filter::Compare(Op::kEqual, "flag", Value::Integer(1))) == Code::kTypeMismatch);
  CHECK(t.Fail(Filter::Compare(Op::kEqual, "name", Value::Vector({1}))) == Code::kTypeMismatch);
  CHECK(t.Fail(Filter::Where({})) == Code::kInvalidArgument);
  CHECK(t.Fail(Filter::Where([](const quire::Chunk&) -> quire::Result<bool> {
    return quire::Status(Code::kCancelled, "stopped");
  })) == Code::kCancelled);
}

TEST_CASE("filter: long chains and deep nesting", "[filter]") {
  OneColumn t("year", {Value::Integer(1), Value::Integer(2), Value::Integer(70'000)});
  Filter chain = Year(Op::kEqual, Value::Integer(1));
  for (int i = 2; i < 100'000; ++i) chain = Filter::Or(std::move(chain), Year(Op::kEqual, Value::Integer(i)));
  const Filter copy = chain;
  CHECK(t.Keep(Filter::Not(chain)).empty());
  Filter nots = Year(Op::kEqual, Value::Integer(1));
  for (int i = 0; i < 100'001; ++i) nots = Filter::Not(std::move(nots));
  CHECK(t.Keep(nots) == Numbers{1, 2});
  Filter deep = Year(Op::kEqual, Value::Integer(1));
  for (int i = 0; i < 100'000; ++i) {
    deep = i % 2 == 0 ? Filter::And(std::move(deep), Year(Op::kGreater, Value::Integer(0)))
                      : Filter::Or(std::move(deep), Year(Op::kLess, Value::Integer(0)));
  }
  CHECK(t.Fail(deep) == Code::kResourceExhausted);
}

TEST_CASE("filter index: changes rewrite, remove and keep apart", "[filter]") {
  FilterTable table;
  const Filter is_one = Filter::Compare(Op::kEqual, "flag", Value::Boolean(true));
  table.Put(1, {Value::Boolean(true)});
  table.Put(70'000, {Value::Boolean(true)});
  REQUIRE(table.Commit().ok());
  table.Put(1, {Value::Boolean(false)});
  table.Put(2, {Value::Boolean(true)});
  table.Put(2, {Value::Boolean(true)});  // removed and added again: the last word counts
  table.Put(3, {Value::Boolean(true)});
  table.Delete(3);
  REQUIRE(table.Commit().ok());
  CHECK(*table.Evaluate(is_one) == Numbers{2, 70'000});
  for (const ChunkNumber number : {1u, 2u, 70'000u}) table.Delete(number);
  REQUIRE(table.Commit().ok());
  size_t bitmaps = 0;
  REQUIRE(
      quire::filter::VisitAttributes(FilterTable::kCollection, *table.store().snapshot(),
                                     [&](uint16_t, std::string_view, const quire::filter::Bitmap&) -> quire::Status {
                                       ++bitmaps;
                                       return {};
                                     })
          .ok());
  CHECK(bitmaps == 0);  // an empty bitmap is not kept
}

TEST_CASE("filter index: a visit gives every value, damage is named", "[filter]") {
  OneColumn t("tags", {Value::TextArray({"a", "b"}), Value::TextArray({"b"})});
  std::vector<std::pair<std::string, uint64_t>> seen;
  const auto visit = [&](uint16_t column, std::string_view value,
                         const quire::filter::Bitmap& numbers) -> quire::Status {
    if (column == 22) seen.emplace_back(value, numbers.Count());
    return {};
  };
  const auto snapshot = t.table.store().snapshot();
  REQUIRE(quire::filter::VisitAttributes(FilterTable::kCollection, *snapshot, visit).ok());
  using quire::filter::EncodeOrdered;
  CHECK(seen == std::vector<std::pair<std::string, uint64_t>>{{EncodeOrdered(Value::Text("a")), 1},
                                                              {EncodeOrdered(Value::Text("b")), 2}});
  REQUIRE(quire::filter::VisitAttributes(FilterTable::kCollection + 1, *snapshot, visit).ok());
  CHECK(seen.size() == 2);

  REQUIRE(t.table.Overwrite("tags", Value::Text("a"), "damaged bytes").ok());
  const Filter has_a = Filter::Compare(Op::kEqual, "tags", Value::Text("a"));
  const auto status = t.table.Evaluate(has_a).status();
  CHECK(status.code() == Code::kCorruption);
  CHECK(status.message() ==
        "attribute index of collection 7, column 22, block 0: checksum of the bitmap does not match");
  CHECK(quire::filter::VisitAttributes(FilterTable::kCollection, *t.table.store().snapshot(), visit).code() ==
        Code::kCorruption);
  t.table.Put(5, {{}, {}, {}, {}, {}, {}, Value::TextArray({"a"})});
  CHECK(t.table.Commit().code() == Code::kCorruption);
}
