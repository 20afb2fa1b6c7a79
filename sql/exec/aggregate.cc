// Aggregates over groups of rows: a hash table from keys to groups, in the order in which the groups came.
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"

namespace quire::sql {
namespace {

// One aggregate of one group while rows come in.
class Accumulator {
 public:
  Status Add(const AggregateCall& call, const Row& row, MemoryBudget* memory) {
    if (!call.argument) {
      ++count_;
      return {};
    }
    if (const auto column = ColumnIndex(*call.argument)) return AddValue(call, row[*column], memory);
    QUIRE_ASSIGN_OR_RETURN(const Value value, Evaluate(*call.argument, row));
    return AddValue(call, value, memory);
  }

  // Errors: kInvalidArgument (a sum beyond 64 bits).
  Result<Value> Total(const AggregateCall& call) const {
    switch (call.kind) {
      case AggregateCall::Kind::kCountRows:
      case AggregateCall::Kind::kCount: return Value::Integer(static_cast<int64_t>(count_));
      case AggregateCall::Kind::kSum: return Sum(call);
      case AggregateCall::Kind::kAverage:
        if (count_ == 0) return Value::Null();
        return Value::Real((real_sum_ + static_cast<double>(integer_sum_)) / static_cast<double>(count_));
      default: return extreme_;
    }
  }

 private:
  Status AddValue(const AggregateCall& call, const Value& value, MemoryBudget* memory) {
    if (value.is_null()) return {};
    if (call.distinct) {
      QUIRE_ASSIGN_OR_RETURN(const bool is_new, IsNew(value, memory));
      if (!is_new) return {};
    }
    ++count_;
    switch (call.kind) {
      case AggregateCall::Kind::kSum:
      case AggregateCall::Kind::kAverage: return AddNumber(call, value);
      case AggregateCall::Kind::kMin:
        if (count_ == 1 || OrderValues(value, extreme_) < 0) extreme_ = value;
        return {};
      case AggregateCall::Kind::kMax:
        if (count_ == 1 || OrderValues(value, extreme_) > 0) extreme_ = value;
        return {};
      default: return {};
    }
  }

  Result<bool> IsNew(const Value& value, MemoryBudget* memory) {
    if (!seen_) seen_ = std::make_unique<std::unordered_set<std::string>>();
    std::string identity;
    AppendIdentity(value, &identity);
    const uint64_t bytes = identity.size() + 64;
    if (!seen_->insert(std::move(identity)).second) return false;
    QUIRE_RETURN_IF_ERROR(memory->Take(bytes, "DISTINCT in an aggregate"));
    return true;
  }

  Status AddNumber(const AggregateCall& call, const Value& value) {
    if (value.type() == Type::kInteger) {
      integer_sum_ += value.integer();
      return {};
    }
    if (value.type() != Type::kReal) {
      return Status(Code::kTypeMismatch, "sum and avg need numbers, found " + std::string(TypeName(value.type())))
          .At(call.span.start);
    }
    real_sum_ += value.real();
    has_real_ = true;
    return {};
  }

  Result<Value> Sum(const AggregateCall& call) const {
    if (count_ == 0) return Value::Null();
    if (has_real_) return Value::Real(real_sum_ + static_cast<double>(integer_sum_));
    if (integer_sum_ >= INT64_MIN && integer_sum_ <= INT64_MAX) return Value::Integer(static_cast<int64_t>(integer_sum_));
    return Status(Code::kInvalidArgument, "sum: integer out of range", "write sum(CAST(x AS REAL))").At(call.span.start);
  }

  __extension__ using Wide = __int128;  // sums of 64-bit integers fit whatever their order
  uint64_t count_ = 0;
  Wide integer_sum_ = 0;
  double real_sum_ = 0;
  bool has_real_ = false;
  Value extreme_;
  std::unique_ptr<std::unordered_set<std::string>> seen_;
};

struct Group {
  Row keys;
  std::vector<Accumulator> accumulators;
};

class AggregateOperator : public Operator {
 public:
  AggregateOperator(const AggregatePlan& plan, OperatorPtr child, const OperatorContext& context)
      : plan_(plan), child_(std::move(child)), context_(context) {}

  Result<bool> Next(Row* row) override {
    if (!gathered_) {
      QUIRE_RETURN_IF_ERROR(Gather());
      gathered_ = true;
    }
    if (next_ == groups_.size()) return false;
    Group& group = groups_[next_++];
    *row = std::move(group.keys);
    for (size_t i = 0; i < plan_.calls.size(); ++i) {
      QUIRE_ASSIGN_OR_RETURN(Value total, group.accumulators[i].Total(plan_.calls[i]));
      row->push_back(std::move(total));
    }
    return true;
  }

 private:
  Status Gather() {
    Row input;
    if (plan_.keys.empty()) QUIRE_RETURN_IF_ERROR(AddGroup({}));
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(&input));
      if (!more) return {};
      Group* group = groups_.data();
      if (!plan_.keys.empty()) {
        QUIRE_ASSIGN_OR_RETURN(group, FindGroup(input));
      }
      for (size_t i = 0; i < plan_.calls.size(); ++i) {
        QUIRE_RETURN_IF_ERROR(group->accumulators[i].Add(plan_.calls[i], input, context_.memory.get()));
      }
    }
  }

  Result<Group*> FindGroup(const Row& input) {
    Row keys;
    keys.reserve(plan_.keys.size());
    identity_.clear();
    for (const BoundPtr& key : plan_.keys) {
      QUIRE_ASSIGN_OR_RETURN(Value value, Evaluate(*key, input));
      AppendIdentity(value, &identity_);
      keys.push_back(std::move(value));
    }
    const auto [found, is_new] = places_.try_emplace(identity_, groups_.size());
    if (is_new) QUIRE_RETURN_IF_ERROR(AddGroup(std::move(keys)));
    return &groups_[found->second];
  }

  Status AddGroup(Row keys) {
    const uint64_t bytes = BytesOf(keys) + identity_.size() + plan_.calls.size() * sizeof(Accumulator) + 96;
    groups_.push_back({std::move(keys), std::vector<Accumulator>(plan_.calls.size())});
    return context_.memory->Take(bytes, "GROUP BY");
  }

  const AggregatePlan& plan_;
  OperatorPtr child_;
  const OperatorContext& context_;
  bool gathered_ = false;
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> places_;  // by keys
  std::string identity_;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr MakeAggregate(const AggregatePlan& plan, OperatorPtr child, const OperatorContext& context) {
  return std::make_unique<AggregateOperator>(plan, std::move(child), context);
}

}  // namespace quire::sql
