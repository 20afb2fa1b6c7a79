// SELECT: items, GROUP BY, HAVING, ORDER BY, LIMIT.
#include <algorithm>

#include "sql/bind/query_binder.h"
#include "sql/bind/shown.h"
#include "sql/parse/print.h"

namespace quire::sql {
namespace {

std::string ItemName(const Binder& binder, const SelectItem& item, const Source& source, const BoundPtr& bound) {
  if (!item.alias.empty()) return item.alias;
  if (std::holds_alternative<ColumnExpression>(item.expression->node)) {
    if (const auto index = ColumnIndex(*bound)) return source.columns[*index].name;
  }
  return binder.TextOf(item.expression->span);
}

bool HasAggregate(const BoundExpression& expression) {
  if (std::holds_alternative<BoundAggregate>(expression.node)) return true;
  const std::vector<const BoundExpression*> children = ChildrenOf(expression);
  return std::any_of(children.begin(), children.end(), [](const auto* child) { return HasAggregate(*child); });
}

class SelectBinder {
 public:
  SelectBinder(Binder& binder, const SelectStatement& statement, BoundSelect* select)
      : binder_(binder), statement_(statement), select_(*select) {
    scope_.source = &select_.source;
    scope_.has_search = select_.where.search.has_value();
    if (scope_.has_search) scope_.search_text = select_.where.search->text;
  }

  Status Bind() {
    select_.distinct = statement_.distinct;
    QUIRE_RETURN_IF_ERROR(BindRankingOrder());
    scope_.aggregates = &select_.aggregates;
    QUIRE_RETURN_IF_ERROR(BindItems());
    QUIRE_RETURN_IF_ERROR(BindGroups());
    QUIRE_RETURN_IF_ERROR(BindHaving());
    const bool is_branch = !statement_.unions.empty();  // ORDER BY and LIMIT are of the whole UNION
    if (!is_branch) QUIRE_RETURN_IF_ERROR(BindOrder());
    QUIRE_RETURN_IF_ERROR(ReadGroups());
    QUIRE_RETURN_IF_ERROR(CheckDistinct());
    return is_branch ? Status() : BindLimits();
  }

  Status BindWhole() {
    QUIRE_RETURN_IF_ERROR(AddStar({}, statement_.span));
    QUIRE_RETURN_IF_ERROR(BindOrder());
    return BindLimits();
  }

 private:
  // ORDER BY RRF(...) DESC, or an item that is such a ranking, is a search; its value is the score.
  Status BindRankingOrder() {
    if (statement_.order_by.empty() || !statement_.unions.empty()) return {};
    const OrderItem& first = statement_.order_by.front();
    const Expression& expression = Written(*first.expression);
    if (!IsRanking(expression)) return {};
    if (select_.source.kind != Source::Kind::kCollection) {
      return Status(Code::kUnsupported, "only the rows of one collection can be ranked by a search").At(expression.span.start);
    }
    if (select_.where.search) {
      return Status(Code::kUnsupported, "a statement can hold one search, and this is its second")
          .At(expression.span.start);
    }
    if (!first.descending || statement_.order_by.size() > 1) {
      return Status(Code::kUnsupported, "a ranking must be all of ORDER BY, the nearest first",
                    "write ORDER BY " + binder_.TextOf(expression.span) + " DESC")
          .At(first.expression->span.start);
    }
    scope_.place = "in ORDER BY";
    QUIRE_ASSIGN_OR_RETURN(select_.where.search, BindRanking(binder_, expression, scope_));
    scope_.has_search = true;
    scope_.search_text = select_.where.search->text;
    ranking_ = &expression;
    return {};
  }

  // The expression that an alias or a number in ORDER BY stands for.
  const Expression& Written(const Expression& key) const {
    const auto* literal = std::get_if<LiteralExpression>(&key.node);
    if (literal != nullptr && literal->value.type() == Type::kInteger) {
      const int64_t place = literal->value.integer();
      const bool fits = place >= 1 && static_cast<uint64_t>(place) <= statement_.items.size();
      return fits ? *statement_.items[static_cast<size_t>(place - 1)].expression : key;
    }
    const auto* column = std::get_if<ColumnExpression>(&key.node);
    for (const SelectItem& item : statement_.items) {
      if (column != nullptr && !item.alias.empty() && SameName(item.alias, column->name)) return *item.expression;
    }
    return key;
  }

  // The score of the ranking, if the expression is the one that ORDER BY ranks by; else null.
  BoundPtr ScoreOf(const Expression& expression) const {
    if (ranking_ == nullptr || !IsRanking(expression) || Print(expression) != Print(*ranking_)) return nullptr;
    return MakeBound(Type::kReal, expression.span, BoundColumn{*select_.source.Find("score")});
  }

  Status BindItems() {
    for (const SelectItem& item : statement_.items) {
      places_.push_back(select_.items.size());
      if (const auto* star = std::get_if<StarExpression>(&item.expression->node)) {
        QUIRE_RETURN_IF_ERROR(AddStar(star->qualifier, item.expression->span));
        continue;
      }
      BoundPtr bound = ScoreOf(*item.expression);
      if (bound == nullptr) {
        QUIRE_ASSIGN_OR_RETURN(bound, binder_.Bind(*item.expression, scope_));
      }
      std::string name = ItemName(binder_, item, select_.source, bound);
      select_.items.push_back({std::move(name), std::move(bound)});
    }
    return {};
  }

  Status AddStar(const std::string& qualifier, Span span) {
    const Source& source = select_.source;
    bool found = qualifier.empty();
    for (uint32_t i = 0; i < source.columns.size(); ++i) {
      const SourceColumn& column = source.columns[i];
      const Source& of = source.parts.empty() ? source : source.parts[column.relation]->source;
      if (!qualifier.empty() && !SameName(of.known_as(), qualifier)) continue;
      found = true;
      if (!IsInStar(column.role) || (column.merged && qualifier.empty())) continue;
      select_.items.push_back({column.name, MakeBound(column.type, span, BoundColumn{i})});
    }
    if (found) return {};
    return Status(Code::kNotFound, "'" + Shortened(qualifier) + "' is not in FROM").At(span.start);
  }

  // GROUP BY 2 and GROUP BY alias mean the item, but a column of FROM goes before an alias, as in PostgreSQL.
  Status BindGroups() {
    scope_.aggregates = nullptr;
    scope_.place = "in GROUP BY";
    for (const ExpressionPtr& key : statement_.group_by) {
      BoundPtr bound = ItemByNumber(*key);
      const auto* column = std::get_if<ColumnExpression>(&key->node);
      const bool named = column != nullptr && column->qualifier.empty() && !select_.source.Find(column->name);
      if (bound == nullptr && named) bound = ItemByAlias(*column);
      if (bound == nullptr) {
        QUIRE_RETURN_IF_ERROR(CheckNumber(*key, "GROUP BY"));
        QUIRE_ASSIGN_OR_RETURN(bound, binder_.Bind(*key, scope_));
      }
      if (HasAggregate(*bound)) {
        return Status(Code::kInvalidArgument, "rows cannot be grouped by an aggregate").At(key->span.start);
      }
      select_.group_by.push_back(std::move(bound));
    }
    scope_.aggregates = &select_.aggregates;
    return {};
  }

  Status BindHaving() {
    if (statement_.having == nullptr) return {};
    scope_.place = "in HAVING";
    QUIRE_ASSIGN_OR_RETURN(BoundPtr having, binder_.BindCondition(*statement_.having, scope_));
    select_.having.push_back(std::move(having));
    return {};
  }

  // The item an integer literal stands for, or null.
  BoundPtr ItemByNumber(const Expression& expression) const {
    const auto* literal = std::get_if<LiteralExpression>(&expression.node);
    if (literal == nullptr || literal->value.type() != Type::kInteger) return nullptr;
    const int64_t place = literal->value.integer();
    if (place < 1 || static_cast<uint64_t>(place) > select_.items.size()) return nullptr;
    return select_.items[static_cast<size_t>(place) - 1].expression;
  }

  BoundPtr ItemByAlias(const ColumnExpression& column) const {
    for (size_t i = 0; i < statement_.items.size(); ++i) {
      if (SameName(statement_.items[i].alias, column.name)) return select_.items[places_[i]].expression;
    }
    return nullptr;
  }

  Status CheckNumber(const Expression& expression, std::string_view clause) const {
    const auto* literal = std::get_if<LiteralExpression>(&expression.node);
    if (literal == nullptr || literal->value.type() != Type::kInteger) return {};
    return Status(Code::kInvalidArgument, std::string(clause) + " " + literal->value.ToString() + ": SELECT gives " +
                                              std::to_string(select_.items.size()) + " columns")
        .At(expression.span.start);
  }

  // ORDER BY 2 and ORDER BY alias mean the item; anything else is an expression over the row.
  Result<BoundPtr> BindOrderKey(const Expression& expression) {
    if (BoundPtr score = ScoreOf(expression)) return score;
    if (BoundPtr item = ItemByNumber(expression)) return item;
    QUIRE_RETURN_IF_ERROR(CheckNumber(expression, "ORDER BY"));
    const auto* column = std::get_if<ColumnExpression>(&expression.node);
    if (column != nullptr && column->qualifier.empty()) {
      if (BoundPtr item = ItemByAlias(*column)) return item;
    }
    return binder_.Bind(expression, scope_);
  }

  Status BindOrder() {
    scope_.place = "in ORDER BY";
    for (const OrderItem& item : statement_.order_by) {
      QUIRE_ASSIGN_OR_RETURN(BoundPtr key, BindOrderKey(*item.expression));
      if (key->type == Type::kVector || key->type == Type::kTextArray || key->type == Type::kJson) {
        return Status(Code::kTypeMismatch, "rows cannot be ordered by " + std::string(TypeName(key->type)),
                      key->type == Type::kVector ? "write ORDER BY embedding <=> '[...]'" : "")
            .At(item.expression->span.start);
      }
      const bool nulls_first = item.nulls_first.value_or(item.descending);
      select_.order_by.push_back({std::move(key), item.descending, nulls_first});
    }
    return {};
  }

  // With aggregates or GROUP BY, what comes after them reads their row instead of the source's.
  Status ReadGroups() {
    select_.aggregated = !select_.aggregates.empty() || !select_.group_by.empty() || !select_.having.empty();
    if (!select_.aggregated) return {};
    const auto read = [this](BoundPtr* expression) -> Status {
      QUIRE_ASSIGN_OR_RETURN(*expression, OverGroups(*expression));
      return {};
    };
    for (BoundItem& item : select_.items) QUIRE_RETURN_IF_ERROR(read(&item.expression));
    for (BoundPtr& having : select_.having) QUIRE_RETURN_IF_ERROR(read(&having));
    for (BoundOrder& order : select_.order_by) QUIRE_RETURN_IF_ERROR(read(&order.expression));
    return {};
  }

  Result<BoundPtr> OverGroups(const BoundPtr& expression) const {
    const auto place = [&](size_t index) {
      return MakeBound(expression->type, expression->span, BoundColumn{static_cast<uint32_t>(index)});
    };
    for (size_t i = 0; i < select_.group_by.size(); ++i) {
      if (SameExpression(*expression, *select_.group_by[i])) return place(i);
    }
    if (const auto* aggregate = std::get_if<BoundAggregate>(&expression->node)) {
      return place(select_.group_by.size() + aggregate->index);
    }
    if (ColumnIndex(*expression)) return NotGrouped(expression->span);
    return ReplaceChildren(expression, [this](const BoundPtr& child) { return OverGroups(child); });
  }

  Status NotGrouped(Span span) const {
    const std::string shown = "'" + binder_.TextOf(span) + "'";
    if (select_.group_by.empty()) {
      return Status(Code::kInvalidArgument, shown + " stands beside an aggregate, and there is no GROUP BY",
                    "take it out, or put it into min() or max()")
          .At(span.start);
    }
    return Status(Code::kInvalidArgument, shown + " is neither in GROUP BY nor in an aggregate",
                  "add it to GROUP BY, or put it into min() or max()")
        .At(span.start);
  }

  Status CheckDistinct() {
    if (!select_.distinct) return {};
    for (const BoundOrder& order : select_.order_by) {
      const bool is_item = std::any_of(select_.items.begin(), select_.items.end(), [&](const BoundItem& item) {
        return SameExpression(*item.expression, *order.expression);
      });
      if (is_item) continue;
      return Status(Code::kInvalidArgument, "with DISTINCT, ORDER BY can only name what SELECT gives")
          .At(order.expression->span.start);
    }
    return {};
  }

  // LIMIT NULL is no limit, as in PostgreSQL.
  Result<std::optional<uint64_t>> BindCount(const Expression& expression, std::string_view word) {
    QUIRE_ASSIGN_OR_RETURN(const Value value, binder_.BindValue(expression, "in " + std::string(word)));
    if (value.is_null()) return std::optional<uint64_t>();
    const Result<Value> number = Cast(value, Type::kInteger);
    if (!number.ok() || value.type() == Type::kBoolean || number->integer() < 0) {
      return Status(Code::kInvalidArgument, std::string(word) + " must be a whole number from 0, found " + Shown(value))
          .At(expression.span.start);
    }
    return std::optional<uint64_t>(static_cast<uint64_t>(number->integer()));
  }

  Status BindLimits() {
    if (statement_.limit) {
      QUIRE_ASSIGN_OR_RETURN(select_.limit, BindCount(*statement_.limit, "LIMIT"));
    }
    if (statement_.offset) {
      QUIRE_ASSIGN_OR_RETURN(const auto offset, BindCount(*statement_.offset, "OFFSET"));
      select_.offset = offset.value_or(0);
    }
    return {};
  }

  Binder& binder_;
  const SelectStatement& statement_;
  BoundSelect& select_;
  Scope scope_;
  const Expression* ranking_ = nullptr;  // what ORDER BY ranks by, as it was written
  std::vector<size_t> places_;           // of each item of the statement among those of the result
};

}  // namespace

Status BindSelectParts(Binder& binder, const SelectStatement& statement, BoundSelect* select) {
  return SelectBinder(binder, statement, select).Bind();
}

Status BindWholeParts(Binder& binder, const SelectStatement& statement, BoundSelect* select) {
  return SelectBinder(binder, statement, select).BindWhole();
}

}  // namespace quire::sql
