// A SELECT as a whole: WITH around it, UNION between its branches.
#include <deque>

#include "sql/bind/query_binder.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

// Each place that names a WITH binds it anew: names of names may double, and this is where that ends.
constexpr size_t kMaxSelects = 500;

bool HasTail(const SelectStatement& statement) {
  return !statement.order_by.empty() || statement.limit != nullptr || statement.offset != nullptr;
}

}  // namespace

Result<BoundSelect> QueryBinder::Bind(const SelectStatement& statement) {
  QUIRE_RETURN_IF_ERROR(CountSelect(statement.span));
  return statement.with.empty() ? BindBody(statement) : BindWith(statement);
}

Status QueryBinder::CountSelect(Span span) {
  if (++binder_.selects_ <= kMaxSelects) return {};
  return Status(Code::kResourceExhausted, "the statement has over " + std::to_string(kMaxSelects) +
                                              " SELECTs, each name of WITH counted where it is used")
      .At(span.start);
}

Result<BoundSelect> QueryBinder::BindWith(const SelectStatement& statement) {
  std::deque<CommonTables> names;
  const CommonTables* outer = binder_.common_tables_;
  const auto bind = [&]() -> Result<BoundSelect> {
    for (const CommonTable& table : statement.with) {
      for (const CommonTables& other : names) {
        if (!SameName(other.table->name.text, table.name.text)) continue;
        return Status(Code::kInvalidArgument, "'" + Shortened(table.name.text) + "' stands twice in WITH")
            .At(table.name.span.start);
      }
      names.push_back({&table, binder_.common_tables_});
      binder_.common_tables_ = &names.back();
    }
    QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindBody(statement));
    for (const CommonTables& name : names) {
      if (name.used) continue;
      QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const BoundSelect checked, BindCommonTable(name));
    }
    return select;
  };
  Result<BoundSelect> select = bind();
  binder_.common_tables_ = outer;
  return select;
}

Result<BoundSelect> QueryBinder::BindBody(const SelectStatement& statement) {
  if (!statement.unions.empty()) return BindUnions(statement);
  if (statement.inner == nullptr) return BindCore(statement);
  QUIRE_ASSIGN_OR_RETURN(BoundSelect inner, Bind(*statement.inner));
  if (!HasTail(statement)) return inner;
  std::vector<BoundSelect> only;
  only.push_back(std::move(inner));
  BoundSelect select;
  QUIRE_ASSIGN_OR_RETURN(select.source, MakeUnion(std::move(only), false, statement.span));
  QUIRE_RETURN_IF_ERROR(BindWholeParts(binder_, statement, &select));
  return select;
}

// One SELECT with its own ORDER BY and LIMIT, if it is no branch of a UNION.
Result<BoundSelect> QueryBinder::BindCore(const SelectStatement& statement) {
  BoundSelect select;
  if (statement.from) {
    QUIRE_ASSIGN_OR_RETURN(select.source, BindFrom(statement));
  }
  QUIRE_ASSIGN_OR_RETURN(select.where, BindWhere(binder_, statement.where.get(), select.source));
  QUIRE_RETURN_IF_ERROR(BindSelectParts(binder_, statement, &select));
  return select;
}

// From left to right: rows that are equal go wherever a UNION without ALL follows.
Result<BoundSelect> QueryBinder::BindUnions(const SelectStatement& statement) {
  std::vector<BoundSelect> branches;
  const auto add = [&](const SelectStatement& branch) -> Status {
    QUIRE_RETURN_IF_ERROR(CountSelect(branch.span));
    Result<BoundSelect> bound = branch.inner != nullptr ? Bind(*branch.inner) : BindCore(branch);
    if (!bound.ok()) return std::move(bound).status();
    branches.push_back(*std::move(bound));
    return {};
  };
  QUIRE_RETURN_IF_ERROR(add(statement));
  bool distinct = false;
  for (const SetBranch& branch : statement.unions) {
    if (distinct && branch.all) {
      BoundSelect before;
      QUIRE_ASSIGN_OR_RETURN(before.source, MakeUnion(std::move(branches), true, branch.select->span));
      QUIRE_RETURN_IF_ERROR(BindWholeParts(binder_, SelectStatement(), &before));
      branches.clear();
      branches.push_back(std::move(before));
    }
    distinct = !branch.all;
    QUIRE_RETURN_IF_ERROR(add(*branch.select));
    if (branches.back().items.size() == branches.front().items.size()) continue;
    return Status(Code::kInvalidArgument, "UNION: this SELECT gives " + std::to_string(branches.back().items.size()) +
                                              " columns, the first one " +
                                              std::to_string(branches.front().items.size()))
        .At(branch.select->span.start);
  }
  BoundSelect select;
  QUIRE_ASSIGN_OR_RETURN(select.source, MakeUnion(std::move(branches), distinct, statement.span));
  QUIRE_RETURN_IF_ERROR(BindWholeParts(binder_, statement, &select));
  return select;
}

Result<Source> QueryBinder::MakeUnion(std::vector<BoundSelect> branches, bool distinct, Span span) {
  Source source;
  source.kind = branches.size() == 1 ? Source::Kind::kQuery : Source::Kind::kUnion;
  source.distinct = distinct;
  for (size_t i = 0; i < branches.front().items.size(); ++i) {
    std::vector<BoundPtr*> column;
    for (BoundSelect& branch : branches) column.push_back(&branch.items[i].expression);
    Result<Type> type = binder_.Unify(column, "column " + std::to_string(i + 1) + " of UNION");
    if (!type.ok()) return std::move(type).status().At(span.start);
    const std::string& name = branches.front().items[i].name;
    source.columns.push_back({name, *type, ColumnRole::kTable, 0});
  }
  for (BoundSelect& branch : branches) {
    source.queries.push_back(std::make_shared<const BoundSelect>(std::move(branch)));
  }
  return source;
}

Result<BoundSelect> BindSelect(Binder& binder, const SelectStatement& statement, const Reader& reader) {
  return QueryBinder(binder, reader).Bind(statement);
}

}  // namespace quire::sql
