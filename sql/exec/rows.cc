#include "sql/exec/rows.h"

#include <utility>

namespace quire::sql {
namespace {

class QueryRows : public Rows {
 public:
  QueryRows(PlanPtr plan, std::vector<ResultColumn> columns, OperatorContext context)
      : plan_(std::move(plan)), columns_(std::move(columns)), context_(std::move(context)) {
    context_.notices = &notices_;
    root_ = MakeOperator(*plan_, context_);
  }

  const std::vector<ResultColumn>& columns() const override { return columns_; }

  Result<bool> Next() override {
    if (!root_) return false;
    Result<bool> more = root_->Next(&row_);
    if (!more.ok() || !*more) root_.reset();
    return more;
  }

  const Value& value(size_t column) const override { return row_[column]; }
  uint64_t changes() const override { return 0; }
  const std::vector<std::string>& notices() const override { return notices_; }

 private:
  PlanPtr plan_;
  std::vector<ResultColumn> columns_;
  OperatorContext context_;
  std::vector<std::string> notices_;
  OperatorPtr root_;  // null: the rows are over
  Row row_;
};

class StoredRows : public Rows {
 public:
  StoredRows(RowSet set, Outcome outcome) : set_(std::move(set)), outcome_(std::move(outcome)) {}

  const std::vector<ResultColumn>& columns() const override { return set_.columns; }
  Result<bool> Next() override {
    if (next_ == set_.rows.size()) return false;
    ++next_;
    return true;
  }
  const Value& value(size_t column) const override { return set_.rows[next_ - 1][column]; }
  uint64_t changes() const override { return outcome_.changes; }
  const std::vector<std::string>& notices() const override { return outcome_.notices; }

 private:
  RowSet set_;
  Outcome outcome_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Rows> MakeQueryRows(PlanPtr plan, std::vector<ResultColumn> columns, OperatorContext context) {
  return std::make_unique<QueryRows>(std::move(plan), std::move(columns), std::move(context));
}

Result<std::unique_ptr<Rows>> MakeStoredRows(RowSet set, Outcome outcome) {
  for (const Row& row : set.rows) {
    if (row.size() == set.columns.size()) continue;
    return Status(Code::kInternal, "a row has " + std::to_string(row.size()) + " values, expected " +
                                       std::to_string(set.columns.size()));
  }
  return std::unique_ptr<Rows>(std::make_unique<StoredRows>(std::move(set), std::move(outcome)));
}

std::unique_ptr<Rows> MakeNoRows(Outcome outcome) { return std::make_unique<StoredRows>(RowSet(), std::move(outcome)); }

std::unique_ptr<Rows> MakeTextRows(std::string column, const std::vector<std::string>& lines) {
  RowSet set;
  set.columns.push_back({std::move(column), Type::kText});
  for (const std::string& line : lines) set.rows.push_back({Value::Text(line)});
  return std::make_unique<StoredRows>(std::move(set), Outcome());
}

Result<std::unique_ptr<Rows>> Materialize(Rows& rows) {
  RowSet set;
  set.columns = rows.columns();
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows.Next());
    if (!more) break;
    Row row;
    for (size_t i = 0; i < set.columns.size(); ++i) row.push_back(rows.value(i));
    set.rows.push_back(std::move(row));
  }
  return MakeStoredRows(std::move(set), {rows.changes(), rows.notices()});
}

}  // namespace quire::sql
