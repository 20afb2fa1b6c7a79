#include "sql/parse/tree.h"

namespace quire::sql {
namespace {

using Visit = function_ref<void(const Expression&)>;

void Give(const ExpressionPtr& child, Visit visit) {
  if (child != nullptr) visit(*child);
}

// The children of each kind of node; a node without any falls to the first.
struct Children {
  Visit visit;

  template <typename Leaf>
  void operator()(const Leaf&) const {}
  void operator()(const UnaryExpression& node) const { Give(node.operand, visit); }
  void operator()(const BinaryExpression& node) const {
    Give(node.left, visit);
    Give(node.right, visit);
    Give(node.escape, visit);
  }
  void operator()(const BetweenExpression& node) const {
    Give(node.operand, visit);
    Give(node.low, visit);
    Give(node.high, visit);
  }
  void operator()(const InExpression& node) const {
    Give(node.operand, visit);
    for (const ExpressionPtr& value : node.values) Give(value, visit);
  }
  void operator()(const CaseExpression& node) const {
    Give(node.operand, visit);
    for (const auto& [condition, value] : node.branches) {
      Give(condition, visit);
      Give(value, visit);
    }
    Give(node.otherwise, visit);
  }
  void operator()(const CastExpression& node) const { Give(node.operand, visit); }
  void operator()(const ArrayExpression& node) const {
    for (const ExpressionPtr& item : node.items) Give(item, visit);
  }
  void operator()(const FunctionExpression& node) const {
    for (const ExpressionPtr& argument : node.arguments) Give(argument, visit);
    for (const auto& [name, argument] : node.named_arguments) Give(argument, visit);
    Give(node.filter, visit);
  }
  void operator()(const QuantifiedExpression& node) const {
    Give(node.left, visit);
    Give(node.array, visit);
  }
  void operator()(const SubqueryExpression& node) const { Give(node.operand, visit); }
  void operator()(const SearchExpression& node) const {
    Give(node.operand, visit);
    Give(node.query, visit);
  }
};

struct OperatorInfo {
  std::string_view text;
  Precedence precedence;
};

// In the order of BinaryOperator.
constexpr OperatorInfo kOperators[] = {
    {"OR", Precedence::kOr},
    {"AND", Precedence::kAnd},
    {"=", Precedence::kComparison},
    {"<>", Precedence::kComparison},
    {"<", Precedence::kComparison},
    {"<=", Precedence::kComparison},
    {">", Precedence::kComparison},
    {">=", Precedence::kComparison},
    {"+", Precedence::kSum},
    {"-", Precedence::kSum},
    {"*", Precedence::kProduct},
    {"/", Precedence::kProduct},
    {"%", Precedence::kProduct},
    {"||", Precedence::kOther},
    {"LIKE", Precedence::kComparison},
    {"NOT LIKE", Precedence::kComparison},
    {"ILIKE", Precedence::kComparison},
    {"NOT ILIKE", Precedence::kComparison},
    {"<=>", Precedence::kOther},
    {"<->", Precedence::kOther},
    {"<#>", Precedence::kOther},
    {"~", Precedence::kComparison},
    {"!~", Precedence::kComparison},
    {"~*", Precedence::kComparison},
    {"!~*", Precedence::kComparison},
    {"IS DISTINCT FROM", Precedence::kComparison},
    {"IS NOT DISTINCT FROM", Precedence::kComparison},
    {"->", Precedence::kElement},
    {"->>", Precedence::kElement},
};
static_assert(std::size(kOperators) == static_cast<size_t>(BinaryOperator::kJsonGetText) + 1);

}  // namespace

void ForEachChild(const Expression& expression, Visit visit) { std::visit(Children{visit}, expression.node); }

std::string_view OperatorText(BinaryOperator op) { return kOperators[static_cast<size_t>(op)].text; }
Precedence PrecedenceOf(BinaryOperator op) { return kOperators[static_cast<size_t>(op)].precedence; }

}  // namespace quire::sql
