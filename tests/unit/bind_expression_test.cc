#include <catch2/catch.hpp>

#include "sql/bind/binder.h"
#include "sql/bind/evaluate.h"
#include "sql/parse/parser.h"

namespace quire::sql {
namespace {

// Binds the one item of a SELECT over a collection with an INTEGER, a TEXT and a TEXT[] attribute.
class BinderFixture {
 public:
  BinderFixture() {
    CollectionInfo info;
    info.schema.name = "docs";
    info.schema.attributes = {{"year", Type::kInteger}, {"product", Type::kText}, {"tags", Type::kTextArray}};
    source_ = MakeCollectionSource(info);
  }

  Result<BoundPtr> Bind(std::string_view expression) {
    text_ = "SELECT " + std::string(expression) + " FROM docs";
    QUIRE_ASSIGN_OR_RETURN(statement_, Parse(text_));
    return BindNode(*std::get<SelectStatement>(statement_.node).items[0].expression);
  }

  Result<BoundPtr> BindNode(const Expression& expression) {
    ParameterValues parameters(none_);
    Binder binder(registry_, parameters, text_);
    Scope scope;
    scope.source = &source_;
    return binder.Bind(expression, scope);
  }

  Row MakeRow(Value year, Value product) const {
    Row row(source_.columns.size());
    row[*source_.Find("year")] = std::move(year);
    row[*source_.Find("product")] = std::move(product);
    return row;
  }
  const Source& source() const { return source_; }

 private:
  Registry registry_;
  Source source_;
  Parameters none_;
  std::string text_;
  Statement statement_;
};

TEST_CASE_METHOD(BinderFixture, "bind: expressions without columns become constants", "[bind]") {
  for (const char* text : {"1 + 2 * 3", "lower('ABC')", "'a' LIKE 'a%'", "CASE WHEN true THEN 1 END", "[1, 2]", "now()",
                           "5 BETWEEN 1 AND 9", "NULL IS NULL", "CAST('1' AS INTEGER)"}) {
    INFO(text);
    const auto bound = Bind(text);
    REQUIRE(bound.ok());
    CHECK(ConstantValue(**bound) != nullptr);
  }
  const auto failing = Bind("1 / 0");
  REQUIRE(failing.ok());
  CHECK(ConstantValue(**failing) == nullptr);
}

TEST_CASE_METHOD(BinderFixture, "bind: types are known before a row is read", "[bind]") {
  const std::pair<const char*, Type> expected[] = {{"year", Type::kInteger},
                                                   {"year + 1", Type::kInteger},
                                                   {"year / 2.0", Type::kReal},
                                                   {"year = 1", Type::kBoolean},
                                                   {"product || 'x'", Type::kText},
                                                   {"coalesce(product, 'x')", Type::kText},
                                                   {"coalesce(year, 1.5)", Type::kReal},
                                                   {"length(product)", Type::kInteger},
                                                   {"created_at", Type::kTimestamp},
                                                   {"abs(year)", Type::kInteger},
                                                   {"CASE WHEN year = 1 THEN 'a' END", Type::kText},
                                                   {"embedding <=> '[1]'", Type::kReal},
                                                   {"year = NULL", Type::kBoolean},
                                                   {"NULL", Type::kNull}};
  for (const auto& [text, type] : expected) {
    INFO(text);
    const auto bound = Bind(text);
    REQUIRE(bound.ok());
    CHECK((*bound)->type == type);
  }
}

TEST_CASE_METHOD(BinderFixture, "bind: a literal is read as the column it meets", "[bind]") {
  const auto bound = Bind("year = '2024'");
  REQUIRE(bound.ok());
  const auto& comparison = std::get<BoundComparison>((*bound)->node);
  CHECK(*ConstantValue(*comparison.right) == Value::Integer(2024));
  CHECK(Bind("year = 'soon'").status().code() == Code::kTypeMismatch);
  CHECK(Bind("year = 'soon'").status().position() == 14);
}

TEST_CASE_METHOD(BinderFixture, "bind: AND and OR decide as soon as they can", "[bind]") {
  const auto guarded = Bind("year <> 0 AND 10 / year > 1");
  REQUIRE(guarded.ok());
  const auto zero = Evaluate(**guarded, MakeRow(Value::Integer(0), Value()));
  REQUIRE(zero.ok());
  CHECK(*zero == Value::Boolean(false));
  CHECK(*Evaluate(**guarded, MakeRow(Value::Integer(5), Value())) == Value::Boolean(true));
  CHECK(Evaluate(**guarded, MakeRow(Value(), Value()))->is_null());
}

TEST_CASE_METHOD(BinderFixture, "bind: an error in a row has the place of its expression", "[bind]") {
  const auto bound = Bind("1 + 10 / year");
  REQUIRE(bound.ok());
  const auto value = Evaluate(**bound, MakeRow(Value::Integer(0), Value()));
  REQUIRE_FALSE(value.ok());
  CHECK(value.status().position() == 11);
}

TEST_CASE_METHOD(BinderFixture, "bind: value = ANY (array)", "[bind]") {
  const auto bound = Bind("product = ANY (tags)");
  REQUIRE(bound.ok());
  Row row = MakeRow(Value(), Value::Text("red"));
  CHECK(Evaluate(**bound, row)->is_null());
  row[*source().Find("tags")] = Value::TextArray({"blue", "red"});
  CHECK(*Evaluate(**bound, row) == Value::Boolean(true));
  row[*source().Find("tags")] = Value::TextArray({"blue"});
  CHECK(*Evaluate(**bound, row) == Value::Boolean(false));
}

TEST_CASE_METHOD(BinderFixture, "bind: same and replaced expressions", "[bind]") {
  const BoundPtr distance = *Bind("embedding <=> '[1, 0]'");
  const BoundPtr same = *Bind("cosine_distance(embedding, '[1,0]')");
  const BoundPtr other = *Bind("embedding <=> '[1, 1]'");
  CHECK(SameExpression(*distance, *same));
  CHECK_FALSE(SameExpression(*distance, *other));
  const BoundPtr similarity = *Bind("1 - (embedding <=> '[1, 0]')");
  const BoundPtr column = MakeBound(Type::kReal, {}, BoundColumn{*source().Find("distance")});
  const BoundPtr replaced = ReplaceExpression(similarity, *distance, column);
  std::vector<bool> used(source().columns.size());
  CollectColumns(*replaced, &used);
  CHECK(used[*source().Find("distance")]);
  CHECK_FALSE(used[*source().Find("embedding")]);
  CHECK(ReplaceExpression(similarity, *other, column) == similarity);
}

TEST_CASE_METHOD(BinderFixture, "bind: arithmetic does not overflow", "[bind]") {
  for (const char* text : {"9223372036854775807 + year", "-9223372036854775807 - year", "9223372036854775807 * year"}) {
    INFO(text);
    const auto bound = Bind(text);
    REQUIRE(bound.ok());
    CHECK(Evaluate(**bound, MakeRow(Value::Integer(2), Value())).status().code() == Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace quire::sql
