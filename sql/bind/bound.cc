#include "sql/bind/bound.h"

#include <type_traits>

namespace quire::sql {
namespace {

using Children = std::vector<const BoundExpression*>;

// Calls visit(child) for the direct children of a node, in order; of a node that may change, they may be replaced.
template <typename Visit>
struct ChildVisitor {
  Visit visit;

  template <typename Node>
  void operator()(Node& node) const {
    using Kind = std::remove_const_t<Node>;
    if constexpr (std::is_same_v<Kind, BoundCase>) {
      for (auto& [condition, value] : node.branches) {
        visit(condition);
        visit(value);
      }
      if (node.otherwise) visit(node.otherwise);
    } else if constexpr (std::is_same_v<Kind, BoundIn>) {
      visit(node.operand);
      VisitAll(node.values);
    } else if constexpr (std::is_same_v<Kind, BoundArray>) {
      VisitAll(node.items);
    } else if constexpr (std::is_same_v<Kind, BoundCall>) {
      VisitAll(node.arguments);
    } else if constexpr (std::is_same_v<Kind, BoundLike> || std::is_same_v<Kind, BoundRegexp>) {
      visit(node.operand);
      visit(node.pattern);
    } else if constexpr (std::is_same_v<Kind, BoundAny>) {
      visit(node.value);
      visit(node.array);
    } else if constexpr (std::is_same_v<Kind, BoundNot> || std::is_same_v<Kind, BoundIsNull> ||
                         std::is_same_v<Kind, BoundInSet> || std::is_same_v<Kind, BoundCast>) {
      visit(node.operand);
    } else if constexpr (!std::is_same_v<Kind, BoundConstant> && !std::is_same_v<Kind, BoundColumn> &&
                         !std::is_same_v<Kind, BoundAggregate>) {
      visit(node.left);
      visit(node.right);
    }
  }

 private:
  template <typename Children>
  void VisitAll(Children& children) const {
    for (auto& child : children) visit(child);
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
  static bool Same(const BoundAggregate& a, const BoundAggregate& b) { return a.index == b.index; }
  static bool Same(const BoundInSet& a, const BoundInSet& b) { return a.set == b.set; }
  static bool Same(const BoundAny& a, const BoundAny& b) { return a.op == b.op && a.all == b.all; }
  static bool Same(const BoundCast& a, const BoundCast& b) { return a.asked_for == b.asked_for; }
  static bool Same(const BoundLogical& a, const BoundLogical& b) { return a.is_and == b.is_and; }
  static bool Same(const BoundComparison& a, const BoundComparison& b) { return a.op == b.op; }
  static bool Same(const BoundArithmetic& a, const BoundArithmetic& b) { return a.op == b.op; }
  static bool Same(const BoundLike& a, const BoundLike& b) {
    return a.ignore_case == b.ignore_case && a.escape == b.escape;
  }
  static bool Same(const BoundRegexp& a, const BoundRegexp& b) { return a.ignore_case == b.ignore_case; }
  static bool Same(const BoundCase& a, const BoundCase& b) { return a.branches.size() == b.branches.size(); }
  static bool Same(const BoundCall& a, const BoundCall& b) { return a.function == b.function; }
};

}  // namespace

std::vector<const BoundExpression*> ChildrenOf(const BoundExpression& expression) {
  Children children;
  const auto list = [&](const BoundPtr& child) { children.push_back(child.get()); };
  std::visit(ChildVisitor<decltype(list)>{list}, expression.node);
  return children;
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

Result<BoundPtr> ReplaceChildren(const BoundPtr& in, function_ref<Result<BoundPtr>(const BoundPtr&)> replace) {
  BoundExpression copy = *in;
  bool changed = false;
  Status status;
  const auto visit = [&](BoundPtr& child) {
    if (!status.ok()) return;
    Result<BoundPtr> replaced = replace(child);
    if (!replaced.ok()) {
      status = std::move(replaced).status();
      return;
    }
    changed |= *replaced != child;
    child = *std::move(replaced);
  };
  std::visit(ChildVisitor<decltype(visit)>{visit}, copy.node);
  QUIRE_RETURN_IF_ERROR(status);
  return changed ? std::make_shared<const BoundExpression>(std::move(copy)) : in;
}

BoundPtr ShiftColumns(const BoundPtr& in, int64_t offset) {
  if (const auto column = ColumnIndex(*in)) {
    return MakeBound(in->type, in->span, BoundColumn{static_cast<uint32_t>(*column + offset)});
  }
  // What is replaced cannot fail.
  return *ReplaceChildren(in, [offset](const BoundPtr& child) -> Result<BoundPtr> { return ShiftColumns(child, offset); });
}

BoundPtr ReplaceExpression(const BoundPtr& in, const BoundExpression& what, const BoundPtr& with) {
  if (SameExpression(*in, what)) return with;
  BoundExpression copy = *in;
  bool changed = false;
  const auto replace = [&](BoundPtr& child) {
    BoundPtr replaced = ReplaceExpression(child, what, with);
    changed |= replaced != child;
    child = std::move(replaced);
  };
  std::visit(ChildVisitor<decltype(replace)>{replace}, copy.node);
  return changed ? std::make_shared<const BoundExpression>(std::move(copy)) : in;
}

}  // namespace quire::sql
