#include <chrono>
#include <unordered_set>
#include <utility>

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
  DistinctOperator(OperatorPtr child, const OperatorContext& context) : child_(std::move(child)), context_(context) {}

  Result<bool> Next(Row* row) override {
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, child_->Next(row));
      if (!more) return false;
      std::string identity;
      for (const Value& value : *row) AppendIdentity(value, &identity);
      const size_t bytes = identity.size() + 64;
      if (!seen_.insert(std::move(identity)).second) continue;
      QUIRE_RETURN_IF_ERROR(context_.memory->Take(bytes, "DISTINCT"));
      return true;
    }
  }

 private:
  OperatorPtr child_;
  const OperatorContext& context_;
  std::unordered_set<std::string> seen_;
};

class UnionOperator : public Operator {
 public:
  explicit UnionOperator(std::vector<OperatorPtr> children) : children_(std::move(children)) {}

  Result<bool> Next(Row* row) override {
    for (; at_ < children_.size(); ++at_) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, children_[at_]->Next(row));
      if (more) return true;
      children_[at_].reset();
    }
    return false;
  }

 private:
  std::vector<OperatorPtr> children_;
  size_t at_ = 0;
};

class MeteredOperator : public Operator {
 public:
  MeteredOperator(OperatorPtr inner, OperatorMeasure* measure) : inner_(std::move(inner)), measure_(*measure) {
    measure_.measured = inner_.get();
  }

  void Restrict(const std::string& column, std::vector<Value> values) override {
    inner_->Restrict(column, std::move(values));
  }
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

// One overload for each kind of node; a leaf falls to the last.
struct OperatorMaker {
  std::vector<OperatorPtr> children;
  const OperatorContext& context;
  const PlanNode& node;

  OperatorPtr operator()(const FilterPlan& plan) { return std::make_unique<FilterOperator>(plan, Child()); }
  OperatorPtr operator()(const LimitPlan& plan) { return std::make_unique<LimitOperator>(plan, Child()); }
  OperatorPtr operator()(const ProjectPlan& plan) { return std::make_unique<ProjectOperator>(plan, Child()); }
  OperatorPtr operator()(const SortPlan& plan) { return MakeSort(plan, Child(), context); }
  OperatorPtr operator()(const AggregatePlan& plan) { return MakeAggregate(plan, Child(), context); }
  OperatorPtr operator()(const DistinctPlan&) { return std::make_unique<DistinctOperator>(Child(), context); }
  OperatorPtr operator()(const UnionPlan&) { return std::make_unique<UnionOperator>(std::move(children)); }
  OperatorPtr operator()(const JoinPlan& plan) {
    return MakeJoin(plan, std::move(children[0]), std::move(children[1]), context);
  }
  template <typename Leaf>
  OperatorPtr operator()(const Leaf&) {
    return MakeSource(node, context);
  }

  OperatorPtr Child() { return std::move(children.front()); }
};

}  // namespace

OperatorPtr MakeOperator(const PlanNode& plan, const OperatorContext& context,
                         std::vector<std::unique_ptr<OperatorMeasure>>* measures) {
  OperatorMeasure* measure = nullptr;
  if (measures != nullptr) {
    measures->push_back(std::make_unique<OperatorMeasure>());
    measure = measures->back().get();
  }
  std::vector<OperatorPtr> children;
  for (const PlanPtr& child : plan.children) children.push_back(MakeOperator(*child, context, measures));
  OperatorPtr made = std::visit(OperatorMaker{std::move(children), context, plan}, plan.node);
  if (measure == nullptr) return made;
  return std::make_unique<MeteredOperator>(std::move(made), measure);
}

}  // namespace quire::sql
