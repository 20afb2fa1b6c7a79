// The leaves of a plan: where rows come from.
#include <utility>

#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"
#include "sql/exec/search.h"

namespace quire::sql {
namespace {

class NothingSource : public Operator {
 public:
  Result<bool> Next(Row*) override { return false; }
};

// Rows that are there already.
class StoredSource : public Operator {
 public:
  explicit StoredSource(std::vector<Row> rows) : rows_(std::move(rows)) {}
  Result<bool> Next(Row* row) override {
    if (next_ == rows_.size()) return false;
    *row = std::move(rows_[next_++]);
    return true;
  }

 private:
  std::vector<Row> rows_;
  size_t next_ = 0;
};

class ScanSource : public Operator {
 public:
  ScanSource(const ScanPlan& plan, const OperatorContext& context)
      : plan_(plan), context_(context), filter_(plan.filter) {}

  ReadCost cost() const override { return cost_; }

  void Restrict(const std::string& column, std::vector<Value> values) override {
    Filter keys = Filter::In(column, std::move(values));
    filter_ = filter_.op() == Filter::Op::kAll ? std::move(keys) : Filter::And(std::move(keys), filter_);
  }

  Result<bool> Next(Row* row) override {
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, NextChunk(row));
      if (!more) return false;
      QUIRE_ASSIGN_OR_RETURN(const bool kept, Keeps(*row));
      if (kept) return true;
    }
  }

 private:
  Result<bool> Keeps(const Row& row) const {
    for (const BoundPtr& check : plan_.checks) {
      QUIRE_ASSIGN_OR_RETURN(const bool holds, IsTrue(*check, row));
      if (!holds) return false;
    }
    return true;
  }

  Result<bool> NextChunk(Row* row) {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    if (!cursor_) {
      ChunkParts parts = plan_.columns.parts;
      parts.cost = &cost_;
      QUIRE_ASSIGN_OR_RETURN(cursor_, context_.reader->Scan(plan_.collection, filter_, parts));
    }
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor_->Next(&chunk_));
    if (more) FillRow(plan_.columns, chunk_, nullptr, 0, row);
    return more;
  }

  const ScanPlan& plan_;
  const OperatorContext& context_;
  Filter filter_;
  ReadCost cost_;
  std::unique_ptr<ChunkCursor> cursor_;
  Chunk chunk_;
};

class SearchSource : public Operator {
 public:
  SearchSource(const SearchPlan& plan, const OperatorContext& context)
      : plan_(plan), context_(context), parts_(plan.columns.parts) {
    parts_.cost = &cost_;
  }

  ReadCost cost() const override { return cost_; }

  Result<bool> Next(Row* row) override {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    if (!searched_) {
      QUIRE_RETURN_IF_ERROR(Search());
    }
    if (next_ == hits_.size()) return false;
    const Hit& hit = hits_[next_++];
    Chunk chunk;
    if (plan_.columns.needs_chunk) {
      QUIRE_ASSIGN_OR_RETURN(chunk, context_.reader->Get(plan_.collection, hit.number, parts_));
    }
    FillRow(plan_.columns, chunk, &hit, next_, row);
    return true;
  }

 private:
  Status Search() {
    QUIRE_ASSIGN_OR_RETURN(hits_, RunSearch(plan_, *context_.reader, &cost_));
    searched_ = true;
    if (plan_.open_ended && hits_.size() == plan_.request.k) {
      context_.notices->push_back("only the nearest " + std::to_string(plan_.request.k) +
                                  " rows were looked at: raise min_score, or add LIMIT");
    }
    return {};
  }

  const SearchPlan& plan_;
  const OperatorContext& context_;
  ReadCost cost_;
  ChunkParts parts_;
  bool searched_ = false;
  std::vector<Hit> hits_;
  size_t next_ = 0;
};

class CountSource : public Operator {
 public:
  CountSource(const CountPlan& plan, const OperatorContext& context) : plan_(plan), context_(context) {}

  Result<bool> Next(Row* row) override {
    if (done_) return false;
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    QUIRE_ASSIGN_OR_RETURN(const uint64_t count, context_.reader->Count(plan_.collection, plan_.filter));
    row->assign(plan_.columns, Value::Integer(static_cast<int64_t>(count)));
    done_ = true;
    return true;
  }

 private:
  const CountPlan& plan_;
  const OperatorContext& context_;
  bool done_ = false;
};

std::vector<Row> RowsOf(const SystemTable& table, const OperatorContext& context) {
  if (table.rows == nullptr) return SettingRows(*context.database, *context.settings);
  return table.rows(*context.database, *context.reader);
}

struct SourceMaker {
  const OperatorContext& context;

  OperatorPtr operator()(const OneRowPlan&) const { return std::make_unique<StoredSource>(std::vector<Row>(1)); }
  OperatorPtr operator()(const TablePlan& plan) const {
    return std::make_unique<StoredSource>(RowsOf(*plan.table, context));
  }
  OperatorPtr operator()(const ScanPlan& plan) const { return std::make_unique<ScanSource>(plan, context); }
  OperatorPtr operator()(const SearchPlan& plan) const { return std::make_unique<SearchSource>(plan, context); }
  OperatorPtr operator()(const CountPlan& plan) const { return std::make_unique<CountSource>(plan, context); }
  template <typename Other>
  OperatorPtr operator()(const Other&) const {
    return std::make_unique<NothingSource>();
  }
};

}  // namespace

void FillRow(const ChunkColumns& columns, const Chunk& chunk, const Hit* hit, uint64_t rank, Row* row) {
  if (row->size() != columns.width) row->assign(columns.width, Value());
  for (const auto& [place, column] : columns.columns) {
    (*row)[place] =
        hit != nullptr && IsPseudo(column.role) ? ReadPseudo(column.role, *hit, rank) : ReadColumn(column, chunk);
  }
  if (columns.number_place) (*row)[*columns.number_place] = Value::Integer(chunk.number);
}

Status CheckCancelled(const OperatorContext& context) {
  if (!context.cancelled->load(std::memory_order_relaxed)) return {};
  return Status(Code::kCancelled, "statement interrupted");
}

OperatorPtr MakeSource(const PlanNode& plan, const OperatorContext& context) {
  return std::visit(SourceMaker{context}, plan.node);
}

}  // namespace quire::sql
