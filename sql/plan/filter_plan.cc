#include <algorithm>

#include "sql/bind/evaluate.h"
#include "sql/plan/planner.h"

namespace quire::sql {
namespace {

bool IsFilterColumn(const SourceColumn& column) {
  switch (column.role) {
    case ColumnRole::kId:
    case ColumnRole::kDocument:
    case ColumnRole::kUri:
    case ColumnRole::kTitle:
    case ColumnRole::kSection:
    case ColumnRole::kOrdinal:
    case ColumnRole::kCreatedAt: return true;
    case ColumnRole::kAttribute: return column.type != Type::kJson;
    default: return false;
  }
}

// The column an operand is, seen through casts that keep the order: the engine compares numbers and dates of any kind.
const SourceColumn* FilterColumn(const BoundExpression& operand, const Source& source) {
  const BoundExpression* inner = &operand;
  if (const auto* cast = std::get_if<BoundCast>(&operand.node)) {
    inner = cast->operand.get();
    const bool keeps_order = (inner->type == Type::kInteger && operand.type == Type::kReal) ||
                             (inner->type == Type::kDate && operand.type == Type::kTimestamp);
    if (!keeps_order) return nullptr;
  }
  const auto index = ColumnIndex(*inner);
  if (!index || !IsFilterColumn(source.columns[*index])) return nullptr;
  return &source.columns[*index];
}

Filter::Op FilterOp(Comparison op) {
  switch (op) {
    case Comparison::kEqual: return Filter::Op::kEqual;
    case Comparison::kNotEqual: return Filter::Op::kNotEqual;
    case Comparison::kLess: return Filter::Op::kLess;
    case Comparison::kLessEqual: return Filter::Op::kLessEqual;
    case Comparison::kGreater: return Filter::Op::kGreater;
    case Comparison::kGreaterEqual: return Filter::Op::kGreaterEqual;
  }
  return Filter::Op::kEqual;
}

// Conditions as a Filter of comparisons alone; nothing where one part needs the chunk.
struct IndexFilter {
  const Source& source;

  using Found = std::optional<Filter>;
  Found Of(const BoundExpression& expression) const { return std::visit(*this, expression.node); }

  template <typename Node>
  Found operator()(const Node&) const {
    return std::nullopt;
  }
  Found operator()(const BoundColumn& node) const {
    const SourceColumn& column = source.columns[node.index];
    if (column.type != Type::kBoolean || !IsFilterColumn(column)) return std::nullopt;
    return Filter::Compare(Filter::Op::kEqual, column.name, Value::Boolean(true));
  }
  Found operator()(const BoundComparison& node) const {
    if (Found filter = Compare(node.op, *node.left, *node.right)) return filter;
    return Compare(Swapped(node.op), *node.right, *node.left);
  }
  Found operator()(const BoundIn& node) const {
    const SourceColumn* column = FilterColumn(*node.operand, source);
    if (column == nullptr || column->type == Type::kTextArray) return std::nullopt;
    std::vector<Value> values;
    for (const BoundPtr& item : node.values) {
      const Value* value = ConstantValue(*item);
      if (value == nullptr) return std::nullopt;
      values.push_back(*value);
    }
    return Filter::In(column->name, std::move(values));
  }
  Found operator()(const BoundInSet& node) const {
    const SourceColumn* column = FilterColumn(*node.operand, source);
    const std::vector<Value>* listed = node.set->listed();
    if (column == nullptr || column->type == Type::kTextArray || listed == nullptr) return std::nullopt;
    std::vector<Value> values = *listed;
    if (node.set->has_null()) values.push_back(Value::Null());
    return Filter::In(column->name, std::move(values));
  }
  Found operator()(const BoundIsNull& node) const {
    const auto index = ColumnIndex(*node.operand);
    if (!index || !IsFilterColumn(source.columns[*index])) return std::nullopt;
    return Filter::IsNull(source.columns[*index].name);
  }
  Found operator()(const BoundAny& node) const {
    if (node.op != Comparison::kEqual || node.all) return std::nullopt;
    if (const Value* array = ConstantValue(*node.array)) {
      const SourceColumn* column = FilterColumn(*node.value, source);
      if (column == nullptr || column->type != Type::kText || array->is_null()) return std::nullopt;
      std::vector<Value> values;
      for (const std::string& item : array->texts()) values.push_back(Value::Text(item));
      return Filter::In(column->name, std::move(values));
    }
    // An array column equals a text where one of its items does.
    const auto index = ColumnIndex(*node.array);
    const Value* value = ConstantValue(*node.value);
    if (!index || value == nullptr || !IsFilterColumn(source.columns[*index])) return std::nullopt;
    return Filter::Compare(Filter::Op::kEqual, source.columns[*index].name, *value);
  }
  Found operator()(const BoundNot& node) const {
    Found inner = Of(*node.operand);
    if (!inner) return std::nullopt;
    return Filter::Not(*std::move(inner));
  }
  Found operator()(const BoundLogical& node) const {
    Found left = Of(*node.left);
    if (!left) return std::nullopt;
    Found right = Of(*node.right);
    if (!right) return std::nullopt;
    if (node.is_and) return Filter::And(*std::move(left), *std::move(right));
    return Filter::Or(*std::move(left), *std::move(right));
  }

 private:
  Found Compare(Comparison op, const BoundExpression& left, const BoundExpression& right) const {
    const SourceColumn* column = FilterColumn(left, source);
    const Value* value = ConstantValue(right);
    if (column == nullptr || value == nullptr || column->type == Type::kTextArray) return std::nullopt;
    return Filter::Compare(FilterOp(op), column->name, *value);
  }

  static Comparison Swapped(Comparison op) {
    switch (op) {
      case Comparison::kLess: return Comparison::kGreater;
      case Comparison::kLessEqual: return Comparison::kGreaterEqual;
      case Comparison::kGreater: return Comparison::kLess;
      case Comparison::kGreaterEqual: return Comparison::kLessEqual;
      default: return op;
    }
  }
};

// Decides a chunk by conditions that no index can. Called from several threads.
class ChunkCheck {
 public:
  ChunkCheck(std::vector<BoundPtr> conditions, const Source& source, const PlanContext& context)
      : conditions_(std::move(conditions)),
        collection_(source.name),
        width_(source.columns.size()),
        reader_(context.reader),
        cancelled_(context.cancelled) {
    std::vector<bool> used(width_);
    for (const BoundPtr& condition : conditions_) CollectColumns(*condition, &used);
    for (uint32_t i = 0; i < width_; ++i) {
      if (!used[i]) continue;
      columns_.emplace_back(i, source.columns[i]);
      needs_embedding_ |= source.columns[i].role == ColumnRole::kEmbedding;
    }
  }

  Result<bool> operator()(const Chunk& chunk) const {
    if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed)) {
      return Status(Code::kCancelled, "statement interrupted");
    }
    Row row(width_);
    for (const auto& [place, column] : columns_) row[place] = ReadColumn(column, chunk);
    if (needs_embedding_) {
      QUIRE_RETURN_IF_ERROR(ReadEmbedding(chunk.number, &row));
    }
    for (const BoundPtr& condition : conditions_) {
      QUIRE_ASSIGN_OR_RETURN(const bool holds, IsTrue(*condition, row));
      if (!holds) return false;
    }
    return true;
  }

 private:
  // A filter's chunks come without their embedding.
  Status ReadEmbedding(ChunkNumber number, Row* row) const {
    QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader_->Get(collection_, number, {.text = false, .embedding = true}));
    for (const auto& [place, column] : columns_) {
      if (column.role == ColumnRole::kEmbedding) (*row)[place] = ReadColumn(column, chunk);
    }
    return {};
  }

  std::vector<BoundPtr> conditions_;
  std::vector<std::pair<uint32_t, SourceColumn>> columns_;
  std::string collection_;
  size_t width_;
  bool needs_embedding_ = false;
  std::shared_ptr<const Reader> reader_;
  const std::atomic<bool>* cancelled_;
};

}  // namespace

std::optional<std::string> FilterColumnName(const BoundExpression& expression, const Source& source) {
  const SourceColumn* column = FilterColumn(expression, source);
  if (column == nullptr || column->type == Type::kTextArray) return std::nullopt;
  return column->name;
}

PlannedFilter PlanFilter(const std::vector<BoundPtr>& conditions, const Source& source, const PlanContext& context) {
  PlannedFilter planned;
  std::vector<BoundPtr> checks;
  std::string index_text, check_text;
  for (const BoundPtr& condition : conditions) {
    if (const Value* constant = ConstantValue(*condition)) {
      planned.nothing |= constant->is_null() || !constant->boolean();
      continue;
    }
    const std::string text = context.binder.TextOf(condition->span);
    auto filter = context.use_indexes ? IndexFilter{source}.Of(*condition) : std::nullopt;
    if (filter) {
      index_text.append(index_text.empty() ? " filter: " : " AND ").append(text);
      planned.filter = planned.filter.op() == Filter::Op::kAll ? *std::move(filter)
                                                               : Filter::And(planned.filter, *std::move(filter));
    } else {
      check_text.append(check_text.empty() ? " check: " : " AND ").append(text);
      checks.push_back(condition);
    }
  }
  planned.by_index = planned.filter;
  planned.checks = checks;
  if (!checks.empty()) {
    Filter check = Filter::Where(ChunkCheck(std::move(checks), source, context));
    planned.filter = planned.filter.op() == Filter::Op::kAll ? check : Filter::And(planned.filter, check);
  }
  planned.text = index_text + check_text;
  return planned;
}

}  // namespace quire::sql
