#include "sql/bind/bound.h"

namespace quire::sql {
namespace {

using Children = std::vector<const BoundExpression*>;

// The direct children of each kind of node, in order.
struct ChildLister {
  Children operator()(const BoundConstant&) const { return {}; }
  Children operator()(const BoundColumn&) const { return {}; }
  Children operator()(const BoundLogical& node) const { return {node.left.get(), node.right.get()}; }
  Children operator()(const BoundNot& node) const { return {node.operand.get()}; }
  Children operator()(const BoundIsNull& node) const { return {node.operand.get()}; }
  Children operator()(const BoundComparison& node) const { return {node.left.get(), node.right.get()}; }
  Children operator()(const BoundIn& node) const { return With({node.operand.get()}, node.values); }
  Children operator()(const BoundArithmetic& node) const { return {node.left.get(), node.right.get()}; }
  Children operator()(const BoundConcatenate& node) const { return {node.left.get(), node.right.get()}; }
  Children operator()(const BoundLike& node) const { return {node.operand.get(), node.pattern.get()}; }
  Children operator()(const BoundCase& node) const {
    Children children;
    for (const auto& [condition, value] : node.branches) {
      children.push_back(condition.get());
      children.push_back(value.get());
    }
    if (node.otherwise) children.push_back(node.otherwise.get());
    return children;
  }
  Children operator()(const BoundCast& node) const { return {node.operand.get()}; }
  Children operator()(const BoundArray& node) const { return With({}, node.items); }
  Children operator()(const BoundCall& node) const { return With({}, node.arguments); }
  Children operator()(const BoundAny& node) const { return {node.value.get(), node.array.get()}; }

 private:
  static Children With(Children children, const std::vector<BoundPtr>& more) {
    for (const BoundPtr& child : more) children.push_back(child.get());
    return children;
  }
};

// What two nodes of one kind have beside their children.
struct SameOwnParts {
  const BoundExpression& other;

  template <typename Node>
  bool operator()(const Node& node) const {
    return Same(node, std::get<Node>(other.node));
  }

 private:
  template <typename Node>
  static bool Same(const Node&, const Node&) {
    return true;
  }
  static bool Same(const BoundConstant& a, const BoundConstant& b) { return a.value == b.value; }
  static bool Same(const BoundColumn& a, const BoundColumn& b) { return a.index == b.index; }
  static bool Same(const BoundLogical& a, const BoundLogical& b) { return a.is_and == b.is_and; }
  static bool Same(const BoundComparison& a, const BoundComparison& b) { return a.op == b.op; }
  static bool Same(const BoundArithmetic& a, const BoundArithmetic& b) { return a.op == b.op; }
  static bool Same(const BoundLike& a, const BoundLike& b) { return a.ignore_case == b.ignore_case; }
  static bool Same(const BoundCase& a, const BoundCase& b) { return a.branches.size() == b.branches.size(); }
  static bool Same(const BoundCall& a, const BoundCall& b) { return a.function == b.function; }
};

}  // namespace

std::vector<const BoundExpression*> ChildrenOf(const BoundExpression& expression) {
  return std::visit(ChildLister{}, expression.node);
}

const Value* ConstantValue(const BoundExpression& expression) {
  const auto* constant = std::get_if<BoundConstant>(&expression.node);
  return constant == nullptr ? nullptr : &constant->value;
}

std::optional<uint32_t> ColumnIndex(const BoundExpression& expression) {
  const auto* column = std::get_if<BoundColumn>(&expression.node);
  return column == nullptr ? std::nullopt : std::optional<uint32_t>(column->index);
}

void CollectColumns(const BoundExpression& expression, std::vector<bool>* used) {
  if (const auto column = ColumnIndex(expression)) (*used)[*column] = true;
  for (const BoundExpression* child : ChildrenOf(expression)) CollectColumns(*child, used);
}

bool SameExpression(const BoundExpression& a, const BoundExpression& b) {
  if (a.node.index() != b.node.index() || a.type != b.type) return false;
  if (!std::visit(SameOwnParts{b}, a.node)) return false;
  const Children left = ChildrenOf(a), right = ChildrenOf(b);
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!SameExpression(*left[i], *right[i])) return false;
  }
  return true;
}

}  // namespace quire::sql
