// FROM: what names mean, SELECTs in parentheses, names of WITH, and joins.
#include <algorithm>

#include "sql/bind/query_binder.h"
#include "sql/bind/shown.h"
#include "sql/bind/system_tables.h"
#include "sql/parse/nearest.h"

namespace quire::sql {
namespace {

// The result of a SELECT as columns to select from.
Result<Source> MakeQuerySource(BoundSelect select, std::string name, const std::vector<Name>& names) {
  Source source;
  source.kind = Source::Kind::kQuery;
  source.name = std::move(name);
  if (names.size() > select.items.size()) {
    return Status(Code::kInvalidArgument, "there are " + std::to_string(names.size()) + " names for " +
                                              std::to_string(select.items.size()) + " columns")
        .At(names.front().span.start);
  }
  for (size_t i = 0; i < select.items.size(); ++i) {
    const BoundItem& item = select.items[i];
    source.columns.push_back(
        {i < names.size() ? names[i].text : item.name, item.expression->type, ColumnRole::kTable, 0});
  }
  source.queries.push_back(std::make_shared<const BoundSelect>(std::move(select)));
  return source;
}

// Which sides of a join an expression reads.
struct Sides {
  bool left = false, right = false;
};
Sides SidesOf(const BoundExpression& expression, size_t width, uint32_t first) {
  std::vector<bool> used(width);
  CollectColumns(expression, &used);
  Sides sides;
  for (size_t i = 0; i < width; ++i) {
    if (used[i]) (i < first ? sides.left : sides.right) = true;
  }
  return sides;
}

// Adds a condition of a join to where it is decided.
void AddCondition(const BoundPtr& condition, size_t width, JoinPart* part) {
  const int64_t back = -static_cast<int64_t>(part->first);
  const auto* equal = std::get_if<BoundComparison>(&condition->node);
  if (equal != nullptr && equal->op == Comparison::kEqual) {
    for (const auto& [a, b] : {std::pair(equal->left, equal->right), std::pair(equal->right, equal->left)}) {
      const Sides of_a = SidesOf(*a, width, part->first), of_b = SidesOf(*b, width, part->first);
      if (!of_a.left || of_a.right || of_b.left || !of_b.right) continue;
      part->keys.emplace_back(a, ShiftColumns(b, back));
      return;
    }
  }
  const Sides sides = SidesOf(*condition, width, part->first);
  if (sides.right && !sides.left && !part->right) {
    part->own.push_back(ShiftColumns(condition, back));
  } else {
    part->both.push_back(condition);
  }
}

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

Result<Source> QueryBinder::BindTable(const TableReference& reference) {
  Source source;
  if (reference.query != nullptr) {
    QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindSelect(binder_, *reference.query, reader_));
    QUIRE_ASSIGN_OR_RETURN(source, MakeQuerySource(std::move(select), "", reference.columns));
  } else if (const CommonTables* common = FindCommonTable(reference.name.text)) {
    QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindCommonTable(*common));
    const std::vector<Name>& names = reference.columns.empty() ? common->table->columns : reference.columns;
    QUIRE_ASSIGN_OR_RETURN(source, MakeQuerySource(std::move(select), common->table->name.text, names));
  } else {
    QUIRE_ASSIGN_OR_RETURN(source, BindSource(reference.name, reader_));
    if (!reference.columns.empty()) {
      return Status(Code::kUnsupported, "only a SELECT in parentheses takes other names for its columns")
          .At(reference.columns.front().span.start);
    }
  }
  source.alias = reference.alias;
  return source;
}

const CommonTables* QueryBinder::FindCommonTable(std::string_view name) const {
  const CommonTables* common = binder_.common_tables_;
  while (common != nullptr && !SameName(common->table->name.text, name)) common = common->before;
  return common;
}

// Bound anew for each place that names it, with the names that were there before it.
Result<BoundSelect> QueryBinder::BindCommonTable(const CommonTables& common) {
  common.used = true;
  const CommonTables* now = std::exchange(binder_.common_tables_, common.before);
  Result<BoundSelect> select = BindSelect(binder_, *common.table->query, reader_);
  binder_.common_tables_ = now;
  return select;
}

Result<Source> QueryBinder::BindFrom(const SelectStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(Source first, BindTable(*statement.from));
  if (statement.joins.empty()) return first;
  Source joined;
  joined.kind = Source::Kind::kJoin;
  JoinPart part;
  part.source = std::move(first);
  QUIRE_RETURN_IF_ERROR(AddPart(std::move(part), statement.from->span, &joined));
  for (const JoinClause& join : statement.joins) {
    QUIRE_RETURN_IF_ERROR(BindJoin(join, &joined));
  }
  return joined;
}

// Scores are of a search, and a join has none: the names are free for the columns of its other side.
Status QueryBinder::AddPart(JoinPart part, Span span, Source* joined) {
  std::vector<SourceColumn>& columns = part.source.columns;
  columns.erase(std::remove_if(columns.begin(), columns.end(), [](const auto& c) { return IsPseudo(c.role); }),
                columns.end());
  const std::string& name = part.source.known_as();
  for (const auto& other : joined->parts) {
    if (name.empty() || !SameName(other->source.known_as(), name)) continue;
    return Status(Code::kInvalidArgument, "'" + name + "' stands twice in FROM",
                  "give one of them another name: " + part.source.name + " AS other")
        .At(span.start);
  }
  part.first = static_cast<uint32_t>(joined->columns.size());
  for (SourceColumn column : columns) {
    column.relation = static_cast<uint32_t>(joined->parts.size());
    joined->columns.push_back(std::move(column));
  }
  joined->parts.push_back(std::make_shared<const JoinPart>(std::move(part)));
  return {};
}

Status QueryBinder::BindJoin(const JoinClause& join, Source* joined) {
  JoinPart part;
  QUIRE_ASSIGN_OR_RETURN(part.source, BindTable(join.table));
  using Kind = JoinClause::Kind;
  part.left = join.kind == Kind::kLeft || join.kind == Kind::kFull;
  part.right = join.kind == Kind::kRight || join.kind == Kind::kFull;
  part.cross = join.kind == Kind::kCross;
  part.span = join.span;
  part.on = join.on != nullptr ? join.on->span : join.table.span;
  const size_t width = joined->columns.size();
  QUIRE_RETURN_IF_ERROR(AddPart(part, join.table.span, joined));
  part = *joined->parts.back();
  Scope scope;
  scope.source = joined;
  scope.place = "in ON";
  if (join.on != nullptr) {
    std::vector<const Expression*> conditions;
    SplitAnd(*join.on, &conditions);
    for (const Expression* condition : conditions) {
      QUIRE_ASSIGN_OR_RETURN(const BoundPtr bound, binder_.BindCondition(*condition, scope));
      AddCondition(bound, joined->columns.size(), &part);
    }
  }
  if (part.right && !join.using_columns.empty()) {
    return Status(Code::kUnsupported, "USING is not supported with RIGHT and FULL JOIN",
                  "write ON a.x = b.x, and coalesce(a.x, b.x) where either may be NULL")
        .At(join.using_columns.front().span.start);
  }
  for (const Name& name : join.using_columns) {
    QUIRE_RETURN_IF_ERROR(BindUsing(name, width, joined, &part));
  }
  joined->parts.back() = std::make_shared<const JoinPart>(std::move(part));
  return {};
}

// USING (name): equality of the two columns, which then are one.
Status QueryBinder::BindUsing(const Name& name, size_t width, Source* joined, JoinPart* part) {
  Source left = *joined;
  left.columns.resize(width);
  Scope scope;
  scope.place = "in USING";
  scope.source = &left;
  const ColumnExpression column{"", name.text};
  QUIRE_ASSIGN_OR_RETURN(const uint32_t a, binder_.ResolveColumn(column, name.span, scope));
  scope.source = &part->source;
  QUIRE_ASSIGN_OR_RETURN(const uint32_t b, binder_.ResolveColumn(column, name.span, scope));
  joined->columns[width + b].merged = true;
  const auto bound = [&](uint32_t place) {
    return MakeBound(joined->columns[place].type, name.span, BoundColumn{place});
  };
  const auto second = static_cast<uint32_t>(width + b);
  QUIRE_ASSIGN_OR_RETURN(const BoundPtr equal, binder_.Compare(Comparison::kEqual, bound(a), bound(second), name.span));
  AddCondition(equal, joined->columns.size(), part);
  return {};
}

Result<Source> BindFrom(Binder& binder, const SelectStatement& statement, const Reader& reader) {
  return QueryBinder(binder, reader).BindFrom(statement);
}

}  // namespace quire::sql
