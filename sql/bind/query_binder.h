// QueryBinder: a SELECT with what is around and inside it: WITH, UNION, FROM and joins.
#pragma once

#include <utility>
#include <vector>

#include "sql/bind/select.h"

namespace quire::sql {

class QueryBinder {
 public:
  // Both are borrowed.
  QueryBinder(Binder& binder, const Reader& reader) : binder_(binder), reader_(reader) {}

  Result<BoundSelect> Bind(const SelectStatement& statement);
  Result<Source> BindFrom(const SelectStatement& statement);

 private:
  // bind_query.cc
  Status CountSelect(Span span);
  Result<BoundSelect> BindWith(const SelectStatement& statement);
  Result<BoundSelect> BindBody(const SelectStatement& statement);
  Result<BoundSelect> BindCore(const SelectStatement& statement);
  Result<BoundSelect> BindUnions(const SelectStatement& statement);
  Result<Source> MakeUnion(std::vector<BoundSelect> branches, bool distinct, Span span);

  // bind_from.cc
  Result<Source> BindTable(const TableReference& reference);
  const CommonTables* FindCommonTable(std::string_view name) const;
  Result<BoundSelect> BindCommonTable(const CommonTables& common);
  Status AddPart(JoinPart part, Span span, Source* joined);
  Status BindJoin(const JoinClause& join, Source* joined);
  Status BindUsing(const Name& name, size_t width, Source* joined, JoinPart* part);

  Binder& binder_;
  const Reader& reader_;
};

// Items, GROUP BY, HAVING, ORDER BY and LIMIT of a statement over select->source, bind_select.cc.
Status BindSelectParts(Binder& binder, const SelectStatement& statement, BoundSelect* select);
// As BindSelectParts, where every column of the source is an item, and nothing is between FROM and ORDER BY.
Status BindWholeParts(Binder& binder, const SelectStatement& statement, BoundSelect* select);

}  // namespace quire::sql
