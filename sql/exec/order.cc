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
};

class SortOperator : public Operator {
 public:
  SortOperator(const SortPlan& plan, OperatorPtr child, const OperatorContext& context)
      : plan_(plan), child_(std::move(child)), context_(context) {}

  Result<bool> Next(Row* row) override {
    if (!sorted_) {
      QUIRE_RETURN_IF_ERROR(SortAll());
    }
    if (next_ == rows_.size()) return false;
    *row = std::move(rows_[next_++].row);
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
      QUIRE_RETURN_IF_ERROR(ReadKeys(&keyed));
      // rows_ is a heap with the last of the rows kept so far on top.
      if (plan_.keep && rows_.size() == *plan_.keep) {
        if (rows_.empty() || !IsBefore(keyed, rows_.front())) continue;
        std::pop_heap(rows_.begin(), rows_.end(), before);
        rows_.pop_back();
      } else {
        QUIRE_RETURN_IF_ERROR(context_.memory->Take(BytesOf(keyed.row) + BytesOf(keyed.keys), "ORDER BY"));
      }
      rows_.push_back(std::move(keyed));
      keyed = {};
      if (plan_.keep) std::push_heap(rows_.begin(), rows_.end(), before);
    }
    std::sort(rows_.begin(), rows_.end(), before);
    sorted_ = true;
    return {};
  }

  Status ReadKeys(KeyedRow* keyed) const {
    keyed->keys.clear();
    for (const BoundOrder& order : plan_.order) {
      QUIRE_ASSIGN_OR_RETURN(Value key, Evaluate(*order.expression, keyed->row));
      keyed->keys.push_back(std::move(key));
    }
    return {};
  }

  bool IsBefore(const KeyedRow& a, const KeyedRow& b) const {
    for (size_t i = 0; i < plan_.order.size(); ++i) {
      const Value &x = a.keys[i], &y = b.keys[i];
      if (x.is_null() != y.is_null()) return x.is_null() == plan_.order[i].nulls_first;
      const int order = OrderValues(x, y);
      if (order != 0) return plan_.order[i].descending ? order > 0 : order < 0;
    }
    return a.arrival < b.arrival;
  }

  const SortPlan& plan_;
  OperatorPtr child_;
  const OperatorContext& context_;
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
