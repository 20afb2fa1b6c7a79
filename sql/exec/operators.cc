#include <chrono>
#include <unordered_set>
#include <utility>

#include "engine/base/bytes.h"
#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"

namespace quire::sql {
namespace {

class FilterOperator : public Operator {
 public:
  FilterOperator(const FilterPlan& plan, OperatorPtr child) : plan_(plan), child_(std::move(child)) {}

  Result<bool> Next(Row* row) override {
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(row));
      if (!more) return false;
      QUIRE_ASSIGN_OR_RETURN(const bool kept, Keeps(*row));
      if (kept) return true;
    }
  }

 private:
  Result<bool> Keeps(const Row& row) const {
    for (const BoundPtr& condition : plan_.conditions) {
      QUIRE_ASSIGN_OR_RETURN(const bool holds, IsTrue(*condition, row));
      if (!holds) return false;
    }
    return true;
  }

  const FilterPlan& plan_;
  OperatorPtr child_;
};

class LimitOperator : public Operator {
 public:
  LimitOperator(const LimitPlan& plan, OperatorPtr child) : plan_(plan), child_(std::move(child)) {}

  Result<bool> Next(Row* row) override {
    for (; skipped_ < plan_.offset; ++skipped_) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(row));
      if (!more) return false;
    }
    if (plan_.limit && given_ == *plan_.limit) return false;
    ++given_;
    return child_->Next(row);
  }

 private:
  const LimitPlan& plan_;
  OperatorPtr child_;
  uint64_t skipped_ = 0;
  uint64_t given_ = 0;
};

class ProjectOperator : public Operator {
 public:
  ProjectOperator(const ProjectPlan& plan, OperatorPtr child) : plan_(plan), child_(std::move(child)) {}

  Result<bool> Next(Row* row) override {
    QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(&input_));
    if (!more) return false;
    row->clear();
    for (const BoundItem& item : plan_.items) {
      QUIRE_ASSIGN_OR_RETURN(Value value, Evaluate(*item.expression, input_));
      row->push_back(std::move(value));
    }
    return true;
  }

 private:
  const ProjectPlan& plan_;
  OperatorPtr child_;
  Row input_;
};

class DistinctOperator : public Operator {
 public:
  explicit DistinctOperator(OperatorPtr child) : child_(std::move(child)) {}

  Result<bool> Next(Row* row) override {
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(row));
      if (!more) return false;
      std::string identity;
      for (const Value& value : *row) AppendIdentity(value, &identity);
      if (seen_.insert(std::move(identity)).second) return true;
    }
  }

 private:
  OperatorPtr child_;
  std::unordered_set<std::string> seen_;
};

class MeteredOperator : public Operator {
 public:
  MeteredOperator(OperatorPtr inner, OperatorMeasure* measure) : inner_(std::move(inner)), measure_(*measure) {}

  Result<bool> Next(Row* row) override {
    const auto start = std::chrono::steady_clock::now();
    Result<bool> more = inner_->Next(row);
    const auto elapsed = std::chrono::steady_clock::now() - start;
    measure_.nanoseconds += static_cast<uint64_t>(std::chrono::nanoseconds(elapsed).count());
    if (more.ok() && *more) ++measure_.rows;
    return more;
  }

 private:
  OperatorPtr inner_;
  OperatorMeasure& measure_;
};

OperatorPtr MakeByKind(const PlanNode& plan, OperatorPtr child, const OperatorContext& context) {
  if (const auto* filter = std::get_if<FilterPlan>(&plan.node)) {
    return std::make_unique<FilterOperator>(*filter, std::move(child));
  }
  if (const auto* limit = std::get_if<LimitPlan>(&plan.node)) {
    return std::make_unique<LimitOperator>(*limit, std::move(child));
  }
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
    return std::make_unique<ProjectOperator>(*project, std::move(child));
  }
  if (const auto* sort = std::get_if<SortPlan>(&plan.node)) return MakeSort(*sort, std::move(child));
  if (const auto* aggregate = std::get_if<AggregatePlan>(&plan.node))
    return MakeAggregate(*aggregate, std::move(child));
  if (std::holds_alternative<DistinctPlan>(plan.node)) return std::make_unique<DistinctOperator>(std::move(child));
  return MakeSource(plan, context);
}

}  // namespace

void AppendIdentity(const Value& value, std::string* out) {
  out->push_back(static_cast<char>(value.type()));
  switch (value.type()) {
    case Type::kNull: break;
    case Type::kBoolean: out->push_back(value.boolean() ? 1 : 0); break;
    case Type::kReal: AppendRaw(out, value.real() == 0 ? 0.0 : value.real()); break;  // -0 equals 0
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: AppendRaw(out, value.integer()); break;
    case Type::kText:
    case Type::kJson: AppendString(out, value.text()); break;
    case Type::kTextArray:
      AppendVarint(out, value.texts().size());
      for (const std::string& item : value.texts()) AppendString(out, item);
      break;
    case Type::kVector:
      AppendVarint(out, value.vector().size());
      for (const float component : value.vector()) AppendRaw(out, component);
      break;
  }
}

OperatorPtr MakeOperator(const PlanNode& plan, const OperatorContext& context,
                         std::vector<std::unique_ptr<OperatorMeasure>>* measures) {
  OperatorMeasure* measure = nullptr;
  if (measures != nullptr) {
    measures->push_back(std::make_unique<OperatorMeasure>());
    measure = measures->back().get();
  }
  OperatorPtr child = plan.child ? MakeOperator(*plan.child, context, measures) : nullptr;
  OperatorPtr made = MakeByKind(plan, std::move(child), context);
  if (measure == nullptr) return made;
  return std::make_unique<MeteredOperator>(std::move(made), measure);
}

}  // namespace quire::sql
