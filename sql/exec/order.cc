// Sorting: all rows, or only as many first ones as are needed.
#include <algorithm>
#include <utility>

#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"

namespace quire::sql {
namespace {

struct KeyedRow {
  Row keys;
  Row row;
  uint64_t arrival = 0;  // ties keep the order in which rows came
  bool whole = false;    // nothing is left to be read late
};

class SortOperator : public Operator {
 public:
  SortOperator(const SortPlan& plan, OperatorPtr child, const OperatorContext& context)
      : plan_(plan),
        early_keys_(plan.late ? plan.late->early_keys : plan.order.size()),
        child_(std::move(child)),
        context_(context) {}

  ReadCost cost() const override { return cost_; }

  Result<bool> Next(Row* row) override {
    if (!sorted_) {
      QUIRE_RETURN_IF_ERROR(SortAll());
    }
    if (next_ == rows_.size()) return false;
    KeyedRow& next = rows_[next_++];
    QUIRE_RETURN_IF_ERROR(Complete(&next));
    *row = std::move(next.row);
    return true;
  }

 private:
  Status SortAll() {
    const auto before = [this](const KeyedRow& a, const KeyedRow& b) { return IsBefore(a, b); };
    KeyedRow keyed;
    for (uint64_t arrival = 0;; ++arrival) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(&keyed.row));
      if (!more) break;
      keyed.arrival = arrival;
      keyed.whole = false;
      QUIRE_ASSIGN_OR_RETURN(const bool kept, Rank(&keyed));
      if (!kept) continue;
      rows_.push_back(std::move(keyed));
      keyed = {};
      if (plan_.keep) std::push_heap(rows_.begin(), rows_.end(), before);
    }
    std::sort(rows_.begin(), rows_.end(), before);
    sorted_ = true;
    return {};
  }

  // The keys of a row; false if so many come before it that it is not needed. rows_ is a heap with the last of the rows kept so far
  // on top, which makes room.
  Result<bool> Rank(KeyedRow* keyed) {
    keyed->keys.clear();
    QUIRE_RETURN_IF_ERROR(ReadKeys(0, early_keys_, keyed));
    const bool full = plan_.keep && rows_.size() == *plan_.keep;
    if (full && (rows_.empty() || OrderRows(*keyed, rows_.front(), early_keys_) > 0)) return false;
    if (early_keys_ < plan_.order.size()) {
      QUIRE_RETURN_IF_ERROR(Complete(keyed));
      QUIRE_RETURN_IF_ERROR(ReadKeys(early_keys_, plan_.order.size(), keyed));
    }
    if (!full) {
      QUIRE_RETURN_IF_ERROR(context_.memory->Take(BytesOf(keyed->row) + BytesOf(keyed->keys), "ORDER BY"));
      return true;
    }
    if (!IsBefore(*keyed, rows_.front())) return false;
    std::pop_heap(rows_.begin(), rows_.end(), [this](const KeyedRow& a, const KeyedRow& b) { return IsBefore(a, b); });
    rows_.pop_back();
    return true;
  }

  Status ReadKeys(size_t begin, size_t end, KeyedRow* keyed) const {
    for (size_t i = begin; i < end; ++i) {
      QUIRE_ASSIGN_OR_RETURN(Value key, Evaluate(*plan_.order[i].expression, keyed->row));
      keyed->keys.push_back(std::move(key));
    }
    return {};
  }

  // Reads what was left out.
  Status Complete(KeyedRow* keyed) {
    if (!plan_.late || keyed->whole) return {};
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    const auto number = static_cast<ChunkNumber>(keyed->row.back().integer());
    const ChunkColumns& columns = plan_.late->columns;
    ChunkParts parts = columns.parts;
    parts.cost = &cost_;
    QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, context_.reader->Get(plan_.late->collection, number, parts));
    FillRow(columns, chunk, nullptr, 0, &keyed->row);
    keyed->whole = true;
    return {};
  }

  // < 0, 0, > 0 by the first `count` keys.
  int OrderRows(const KeyedRow& a, const KeyedRow& b, size_t count) const {
    for (size_t i = 0; i < count; ++i) {
      const Value &x = a.keys[i], &y = b.keys[i];
      if (x.is_null() != y.is_null()) return x.is_null() == plan_.order[i].nulls_first ? -1 : 1;
      const int order = OrderValues(x, y);
      if (order != 0) return plan_.order[i].descending ? -order : order;
    }
    return 0;
  }

  bool IsBefore(const KeyedRow& a, const KeyedRow& b) const {
    const int order = OrderRows(a, b, plan_.order.size());
    return order != 0 ? order < 0 : a.arrival < b.arrival;
  }

  const SortPlan& plan_;
  const size_t early_keys_;
  OperatorPtr child_;
  const OperatorContext& context_;
  ReadCost cost_;
  bool sorted_ = false;
  std::vector<KeyedRow> rows_;
  size_t next_ = 0;
};

}  // namespace

int OrderValues(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return (a.is_null() ? 1 : 0) - (b.is_null() ? 1 : 0);
  const Result<int> order = Compare(a, b);
  // Types that cannot be compared only meet where a function's type was not known before: each keeps to itself.
  return order.ok() ? *order : static_cast<int>(a.type()) - static_cast<int>(b.type());
}

OperatorPtr MakeSort(const SortPlan& plan, OperatorPtr child, const OperatorContext& context) {
  return std::make_unique<SortOperator>(plan, std::move(child), context);
}

}  // namespace quire::sql
