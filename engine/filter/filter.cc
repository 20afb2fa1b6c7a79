#include "quire/filter.h"

#include <utility>

namespace quire {

// Long chains (a OR b OR ...) are freed in a loop: one level of the tree must not be one level of the stack.
Filter::Node::~Node() {
  std::vector<Filter> doomed = std::move(children);
  while (!doomed.empty()) {
    const std::shared_ptr<const Node> node = std::move(doomed.back().node_);
    doomed.pop_back();
    if (node == nullptr || node.use_count() > 1) continue;
    auto& inner = const_cast<Node&>(*node).children;  // every node is made as not const, and this is its last holder
    doomed.insert(doomed.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
    inner.clear();
  }
}

Filter Filter::Make(Op op, std::string column, std::vector<Value> values, std::vector<Filter> children) {
  const auto node = std::make_shared<Node>();
  node->op = op;
  node->column = std::move(column);
  node->values = std::move(values);
  node->children = std::move(children);
  Filter filter;
  filter.node_ = node;
  return filter;
}

Filter Filter::Compare(Op op, std::string column, Value value) {
  std::vector<Value> values;
  values.push_back(std::move(value));
  return Make(op, std::move(column), std::move(values), {});
}

Filter Filter::Between(std::string column, Value low, Value high) {
  return And(Compare(Op::kGreaterEqual, column, std::move(low)), Compare(Op::kLessEqual, column, std::move(high)));
}

Filter Filter::In(std::string column, std::vector<Value> values) {
  return Make(Op::kIn, std::move(column), std::move(values), {});
}

Filter Filter::IsNull(std::string column) { return Make(Op::kIsNull, std::move(column), {}, {}); }

Filter Filter::And(Filter a, Filter b) {
  if (a.op() == Op::kAll) return b;
  if (b.op() == Op::kAll) return a;
  return Make(Op::kAnd, {}, {}, {std::move(a), std::move(b)});
}

Filter Filter::Or(Filter a, Filter b) { return Make(Op::kOr, {}, {}, {std::move(a), std::move(b)}); }

Filter Filter::Not(Filter a) { return Make(Op::kNot, {}, {}, {std::move(a)}); }

Filter Filter::Where(Predicate predicate) {
  const auto node = std::make_shared<Node>();
  node->op = Op::kPredicate;
  node->predicate = std::move(predicate);
  Filter filter;
  filter.node_ = node;
  return filter;
}

}  // namespace quire
