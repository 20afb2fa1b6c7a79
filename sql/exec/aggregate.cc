// Aggregates over all rows.
#include <unordered_set>
#include <utility>

#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"

namespace quire::sql {
namespace {

// One aggregate while rows come in.
class Accumulator {
 public:
  explicit Accumulator(const AggregateCall& call) : call_(call) {}

  Status Add(const Row& row) {
    Value value;
    if (call_.argument) {
      QUIRE_ASSIGN_OR_RETURN(value, Evaluate(*call_.argument, row));
      if (value.is_null()) return {};
      if (call_.distinct && !IsNew(value)) return {};
    }
    ++count_;
    switch (call_.kind) {
      case AggregateCall::Kind::kSum:
      case AggregateCall::Kind::kAverage: return AddNumber(value);
      case AggregateCall::Kind::kMin:
        if (count_ == 1 || OrderValues(value, extreme_) < 0) extreme_ = std::move(value);
        return {};
      case AggregateCall::Kind::kMax:
        if (count_ == 1 || OrderValues(value, extreme_) > 0) extreme_ = std::move(value);
        return {};
      default: return {};
    }
  }

  Value Total() const {
    switch (call_.kind) {
      case AggregateCall::Kind::kCountRows:
      case AggregateCall::Kind::kCount: return Value::Integer(static_cast<int64_t>(count_));
      case AggregateCall::Kind::kSum:
        if (count_ == 0) return Value::Null();
        return has_real_ ? Value::Real(real_sum_) : Value::Integer(integer_sum_);
      case AggregateCall::Kind::kAverage:
        return count_ == 0 ? Value::Null() : Value::Real(real_sum_ / static_cast<double>(count_));
      default: return extreme_;
    }
  }

 private:
  bool IsNew(const Value& value) {
    std::string identity;
    AppendIdentity(value, &identity);
    return seen_.insert(std::move(identity)).second;
  }

  Status AddNumber(const Value& value) {
    if (!value.is_number()) {
      return Status(Code::kTypeMismatch, "sum and avg need numbers, found " + std::string(TypeName(value.type())))
          .At(call_.span.start);
    }
    real_sum_ += value.AsDouble();
    has_real_ |= value.type() == Type::kReal;
    if (call_.kind == AggregateCall::Kind::kAverage || has_real_) return {};
    if (__builtin_add_overflow(integer_sum_, value.integer(), &integer_sum_)) {
      return Status(Code::kInvalidArgument, "sum: integer out of range", "write sum(CAST(x AS REAL))")
          .At(call_.span.start);
    }
    return {};
  }

  const AggregateCall& call_;
  uint64_t count_ = 0;
  int64_t integer_sum_ = 0;
  double real_sum_ = 0;
  bool has_real_ = false;
  Value extreme_;
  std::unordered_set<std::string> seen_;
};

class AggregateOperator : public Operator {
 public:
  AggregateOperator(const AggregatePlan& plan, OperatorPtr child) : plan_(plan), child_(std::move(child)) {}

  Result<bool> Next(Row* row) override {
    if (done_) return false;
    done_ = true;
    std::vector<Accumulator> accumulators(plan_.calls.begin(), plan_.calls.end());
    Row input;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(&input));
      if (!more) break;
      for (Accumulator& accumulator : accumulators) {
        QUIRE_RETURN_IF_ERROR(accumulator.Add(input));
      }
    }
    row->clear();
    for (const Accumulator& accumulator : accumulators) row->push_back(accumulator.Total());
    return true;
  }

 private:
  const AggregatePlan& plan_;
  OperatorPtr child_;
  bool done_ = false;
};

}  // namespace

OperatorPtr MakeAggregate(const AggregatePlan& plan, OperatorPtr child) {
  return std::make_unique<AggregateOperator>(plan, std::move(child));
}

}  // namespace quire::sql
