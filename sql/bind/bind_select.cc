#include <algorithm>

#include "sql/bind/select.h"
#include "sql/bind/shown.h"
#include "sql/bind/system_tables.h"
#include "sql/parse/nearest.h"

namespace quire::sql {
namespace {

// The parts of a chain of ANDs, in order.
void SplitAnd(const Expression& expression, std::vector<const Expression*>* parts) {
  const auto* binary = std::get_if<BinaryExpression>(&expression.node);
  if (binary == nullptr || binary->op != BinaryOperator::kAnd) {
    parts->push_back(&expression);
    return;
  }
  SplitAnd(*binary->left, parts);
  SplitAnd(*binary->right, parts);
}

// sqlite-vec writes the number of results as a condition: `... MATCH '[...]' AND k = 10`. Gives the 10.
const Expression* AsResultCount(const Expression& expression, const Source& source) {
  const auto* binary = std::get_if<BinaryExpression>(&expression.node);
  if (binary == nullptr || binary->op != BinaryOperator::kEqual) return nullptr;
  const auto* column = std::get_if<ColumnExpression>(&binary->left->node);
  const bool is_k = column != nullptr && column->qualifier.empty() && SameName(column->name, "k");
  return is_k && !source.Find("k") ? binary->right.get() : nullptr;
}

std::string ItemName(const Binder& binder, const SelectItem& item, const Source& source, const BoundPtr& bound) {
  if (!item.alias.empty()) return item.alias;
  if (std::holds_alternative<ColumnExpression>(item.expression->node)) {
    if (const auto index = ColumnIndex(*bound)) return source.columns[*index].name;
  }
  return binder.TextOf(item.expression->span);
}

class SelectBinder {
 public:
  SelectBinder(Binder& binder, const SelectStatement& statement, BoundSelect* select)
      : binder_(binder), statement_(statement), select_(*select) {}

  Status Bind() {
    scope_.source = &select_.source;
    scope_.has_search = select_.where.search.has_value();
    if (scope_.has_search) scope_.search_text = select_.where.search->text;
    scope_.aggregates = &select_.aggregates;
    scope_.plain_columns = &plain_columns_;
    select_.distinct = statement_.distinct;
    QUIRE_RETURN_IF_ERROR(BindItems());
    QUIRE_RETURN_IF_ERROR(BindOrder());
    QUIRE_RETURN_IF_ERROR(CheckAggregates());
    QUIRE_RETURN_IF_ERROR(CheckDistinct());
    return BindLimits();
  }

 private:
  Status BindItems() {
    for (const SelectItem& item : statement_.items) {
      places_.push_back(select_.items.size());
      if (std::holds_alternative<StarExpression>(item.expression->node)) {
        AddStar(item.expression->span);
        continue;
      }
      QUIRE_ASSIGN_OR_RETURN(BoundPtr bound, binder_.Bind(*item.expression, scope_));
      std::string name = ItemName(binder_, item, select_.source, bound);
      select_.items.push_back({std::move(name), std::move(bound)});
    }
    return {};
  }

  void AddStar(Span span) {
    for (uint32_t i = 0; i < select_.source.columns.size(); ++i) {
      const SourceColumn& column = select_.source.columns[i];
      if (!IsInStar(column.role)) continue;
      plain_columns_.push_back(span);
      select_.items.push_back({column.name, MakeBound(column.type, span, BoundColumn{i})});
    }
  }

  Status CheckAggregates() {
    select_.aggregated = !select_.aggregates.empty();
    if (!select_.aggregated || plain_columns_.empty()) return {};
    const Span span = plain_columns_[0];
    return Status(Code::kUnsupported,
                  "'" + binder_.TextOf(span) + "' stands beside an aggregate, and there is no GROUP BY",
                  "take it out, or put it into min() or max()")
        .At(span.start);
  }

  // ORDER BY 2 and ORDER BY alias mean the item; anything else is an expression over the row.
  Result<BoundPtr> BindOrderKey(const Expression& expression) {
    if (const auto* literal = std::get_if<LiteralExpression>(&expression.node)) {
      if (literal->value.type() == Type::kInteger) return ItemAt(literal->value.integer(), expression.span);
    }
    const auto* column = std::get_if<ColumnExpression>(&expression.node);
    if (column != nullptr && column->qualifier.empty()) {
      for (size_t i = 0; i < statement_.items.size(); ++i) {
        if (SameName(statement_.items[i].alias, column->name)) return select_.items[places_[i]].expression;
      }
    }
    return binder_.Bind(expression, scope_);
  }

  Result<BoundPtr> ItemAt(int64_t place, Span span) {
    if (place < 1 || static_cast<uint64_t>(place) > select_.items.size()) {
      return Status(Code::kInvalidArgument, "ORDER BY " + std::to_string(place) + ": SELECT gives " +
                                                std::to_string(select_.items.size()) + " columns")
          .At(span.start);
    }
    return select_.items[static_cast<size_t>(place) - 1].expression;
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
      select_.order_by.push_back({std::move(key), item.descending});
    }
    return {};
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
  std::vector<Span> plain_columns_;  // columns that are read outside of an aggregate
  std::vector<size_t> places_;       // of each item of the statement among those of the result
};

}  // namespace

Result<Source> BindSource(const Name& name, const Reader& reader) {
  if (const SystemTable* table = FindSystemTable(name.text)) return MakeTableSource(*table);
  Result<CollectionInfo> info = reader.GetCollection(name.text);
  if (info.ok()) return MakeCollectionSource(*std::move(info));
  std::vector<std::string_view> tables;
  for (const SystemTable& table : SystemTables()) tables.push_back(table.name);
  const std::string_view nearest = Nearest(name.text, tables);
  if (info.status().code() == Code::kNotFound && info.status().hint().empty() && !nearest.empty()) {
    return Status(Code::kNotFound, std::string(info.status().message()), "did you mean '" + std::string(nearest) + "'?")
        .At(name.span.start);
  }
  return std::move(info).status().At(name.span.start);
}

Result<Source> BindCollection(const Name& name, const Reader& reader) {
  QUIRE_ASSIGN_OR_RETURN(Source source, BindSource(name, reader));
  if (source.kind == Source::Kind::kCollection) return source;
  return Status(Code::kUnsupported, "'" + source.name + "' is a system table: it can only be read").At(name.span.start);
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
    if (!IsSearch(*part) || source.kind != Source::Kind::kCollection) continue;
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

Result<BoundSelect> BindSelect(Binder& binder, const SelectStatement& statement, const Reader& reader) {
  BoundSelect select;
  if (statement.from) {
    QUIRE_ASSIGN_OR_RETURN(select.source, BindSource(*statement.from, reader));
    select.source.alias = statement.from_alias;
  }
  QUIRE_ASSIGN_OR_RETURN(select.where, BindWhere(binder, statement.where.get(), select.source));
  QUIRE_RETURN_IF_ERROR(SelectBinder(binder, statement, &select).Bind());
  return select;
}

}  // namespace quire::sql
