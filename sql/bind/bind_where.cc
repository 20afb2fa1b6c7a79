// WHERE: its conjuncts, and the search among them.
#include "sql/bind/select.h"

namespace quire::sql {
namespace {

// sqlite-vec writes the number of results as a condition: `... MATCH '[...]' AND k = 10`. Gives the 10.
const Expression* AsResultCount(const Expression& expression, const Source& source) {
  const auto* binary = std::get_if<BinaryExpression>(&expression.node);
  if (binary == nullptr || binary->op != BinaryOperator::kEqual) return nullptr;
  const auto* column = std::get_if<ColumnExpression>(&binary->left->node);
  const bool is_k = column != nullptr && column->qualifier.empty() && SameName(column->name, "k");
  return is_k && !source.Find("k") ? binary->right.get() : nullptr;
}

Status CheckSearched(const Source& source, Span span) {
  if (source.kind == Source::Kind::kCollection) return {};
  if (source.kind == Source::Kind::kJoin) {
    return Status(Code::kUnsupported, "a search cannot stand in the WHERE of a JOIN",
                  "search first: FROM (SELECT * FROM docs WHERE text SIMILAR '...' LIMIT 10) AS hits JOIN ...")
        .At(span.start);
  }
  return Status(Code::kUnsupported, "only a collection can be searched",
                source.kind == Source::Kind::kTable ? "" : "write the search into the SELECT in parentheses")
      .At(span.start);
}

}  // namespace

void SplitAnd(const Expression& expression, std::vector<const Expression*>* parts) {
  const auto* binary = std::get_if<BinaryExpression>(&expression.node);
  if (binary == nullptr || binary->op != BinaryOperator::kAnd) {
    parts->push_back(&expression);
    return;
  }
  SplitAnd(*binary->left, parts);
  SplitAnd(*binary->right, parts);
}

Result<BoundWhere> BindWhere(Binder& binder, const Expression* where, const Source& source) {
  BoundWhere bound;
  if (where == nullptr) return bound;
  Scope scope;
  scope.source = &source;
  scope.place = "in WHERE";
  std::vector<const Expression*> parts;
  SplitAnd(*where, &parts);
  for (const Expression*& part : parts) {
    if (!IsSearch(*part)) continue;
    QUIRE_RETURN_IF_ERROR(CheckSearched(source, part->span));
    if (bound.search) {
      return Status(Code::kUnsupported, "a statement can hold one search, and this is its second").At(part->span.start);
    }
    QUIRE_ASSIGN_OR_RETURN(bound.search, BindSearch(binder, *part, scope));
    part = nullptr;
  }
  scope.has_search = bound.search.has_value();
  if (scope.has_search) scope.search_text = bound.search->text;
  for (const Expression* part : parts) {
    if (part == nullptr) continue;
    const Expression* count = bound.search ? AsResultCount(*part, source) : nullptr;
    if (count != nullptr) {
      QUIRE_ASSIGN_OR_RETURN(const Value value, binder.BindValue(*count, "as k"));
      QUIRE_ASSIGN_OR_RETURN(bound.search->k, ReadK(value, count->span));
      continue;
    }
    QUIRE_ASSIGN_OR_RETURN(BoundPtr condition, binder.BindCondition(*part, scope));
    bound.conditions.push_back(std::move(condition));
  }
  return bound;
}

Result<std::vector<BoundPtr>> BindFilter(Binder& binder, const Expression* where, const Source& source,
                                         std::string_view statement) {
  QUIRE_ASSIGN_OR_RETURN(BoundWhere bound, BindWhere(binder, where, source));
  if (!bound.search) return std::move(bound.conditions);
  return Status(Code::kUnsupported, std::string(statement) + " takes no search in WHERE",
                "find the ids with SELECT first, then name them: WHERE id IN (...)")
      .At(bound.search->span.start);
}

}  // namespace quire::sql
