#include <catch2/catch.hpp>

#include "sql/parse/parser.h"
#include "sql/plan/planner.h"

namespace quire::sql {
namespace {

// Plans the WHERE of a DELETE over a collection with one attribute of each kind.
class PlanFixture {
 public:
  PlanFixture() {
    CollectionInfo info;
    info.schema.name = "docs";
    info.schema.attributes = {{"year", Type::kInteger},  {"product", Type::kText}, {"tags", Type::kTextArray},
                              {"draft", Type::kBoolean}, {"extra", Type::kJson},   {"day", Type::kDate}};
    source_ = MakeCollectionSource(info);
  }

  PlannedFilter Plan(std::string_view where) {
    const std::string text = "DELETE FROM docs WHERE " + std::string(where);
    const auto statement = Parse(text);
    if (!statement.ok()) FAIL(FormatError(statement.status(), text));
    const Parameters none;
    ParameterValues parameters(none);
    Binder binder(registry_, parameters, text);
    const auto conditions =
        BindFilter(binder, std::get<DeleteStatement>(statement->node).where.get(), source_, "DELETE");
    if (!conditions.ok()) FAIL(FormatError(conditions.status(), text));
    return PlanFilter(*conditions, source_, {nullptr, binder, nullptr, 0.95});
  }

 private:
  Registry registry_;
  Source source_;
};

using Op = Filter::Op;

TEST_CASE_METHOD(PlanFixture, "plan: comparisons with constants go to the index", "[plan]") {
  const Filter filter = Plan("2020 <= year").filter;
  CHECK(filter.op() == Op::kGreaterEqual);
  CHECK(filter.column() == "year");
  CHECK(filter.values() == std::vector<Value>{Value::Integer(2020)});
  CHECK(Plan("year <> 1").filter.op() == Op::kNotEqual);
  CHECK(Plan("year IN (1, 2)").filter.op() == Op::kIn);
  CHECK(Plan("year IS NULL").filter.op() == Op::kIsNull);
  CHECK(Plan("year IS NOT NULL").filter.op() == Op::kNot);
  CHECK(Plan("draft").filter.op() == Op::kEqual);
  CHECK(Plan("uri = 'a' AND year = 1").filter.op() == Op::kAnd);
  CHECK(Plan("uri = 'a' OR year = 1").filter.op() == Op::kOr);
  CHECK(Plan("list_contains(tags, 'x')").filter.op() == Op::kEqual);
  CHECK(Plan("day < CAST('2024-01-01 10:00' AS TIMESTAMP)").filter.op() == Op::kLess);
}

TEST_CASE_METHOD(PlanFixture, "plan: what no index knows becomes one predicate", "[plan]") {
  for (const char* where :
       {"text = 'x'", "lower(product) = 'x'", "extra = '{}'", "year = ordinal", "year + 1 = 2", "product LIKE 'a%'",
        "NOT (year = 1 AND text = 'x')", "year = 1 OR length(text) > 2", "year IN (1, ordinal)", "anchor = 'a'"}) {
    INFO(where);
    CHECK(Plan(where).filter.op() == Op::kPredicate);
  }
  const Filter both = Plan("text LIKE 'a%' AND year = 1 AND length(text) > 2").filter;
  REQUIRE(both.op() == Op::kAnd);
  CHECK(both.child(0).op() == Op::kEqual);
  CHECK(both.child(1).op() == Op::kPredicate);
}

TEST_CASE_METHOD(PlanFixture, "plan: a predicate keeps a chunk only if all of it is true", "[plan]") {
  const Filter filter = Plan("lower(product) = 'x' AND length(text) > 2").filter;
  Chunk chunk;
  chunk.text = "abc";
  chunk.attributes.resize(6);
  CHECK_FALSE(*filter.predicate()(chunk));  // product is NULL
  chunk.attributes[1] = Value::Text("X");
  CHECK(*filter.predicate()(chunk));
  chunk.text = "ab";
  CHECK_FALSE(*filter.predicate()(chunk));
  const Filter negated = Plan("NOT lower(product) = 'x'").filter;
  CHECK_FALSE(*negated.predicate()(chunk));
  chunk.attributes[1] = Value();
  CHECK_FALSE(*negated.predicate()(chunk));
  CHECK(Plan("1 / ordinal = 1").filter.predicate()(chunk).status().code() == Code::kInvalidArgument);
}

TEST_CASE_METHOD(PlanFixture, "plan: conditions without columns are decided at once", "[plan]") {
  CHECK(Plan("1 = 2 AND year = 1").nothing);
  CHECK(Plan("NULL").nothing);
  CHECK_FALSE(Plan("1 = 1").nothing);
  CHECK(Plan("1 = 1").filter.op() == Op::kAll);
}

TEST_CASE_METHOD(PlanFixture, "plan: the text of a filter tells index and check apart", "[plan]") {
  CHECK(Plan("length(text)\n > 2 AND year = 1 AND uri = 'a'").text ==
        " filter: year = 1 AND uri = 'a' check: length(text) > 2");
}

}  // namespace
}  // namespace quire::sql
