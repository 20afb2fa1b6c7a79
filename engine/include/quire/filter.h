// Filter: which chunks of a collection are meant.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "quire/chunk.h"
#include "quire/value.h"

namespace quire {

// A tree of conditions over attributes and the built-in columns `id`, `document`, `uri`, `title`, `section`,
// `ordinal`, `created_at`. An immutable value, cheap to copy. A comparison with NULL, or of a column that is NULL, is
// unknown, as in SQL: it keeps no chunk, and neither does its negation.
class Filter {
 public:
  enum class Op : uint8_t {
    kAll,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kIn,
    kIsNull,
    kAnd,
    kOr,
    kNot,
    kPredicate
  };
  // Decides a chunk that the indexes cannot: true keeps it. Text is loaded, the embedding is not.
  using Predicate = std::function<Result<bool>(const Chunk&)>;

  Filter() = default;  // keeps every chunk
  static Filter Compare(Op op, std::string column, Value value);
  static Filter Between(std::string column, Value low, Value high);  // both ends included
  static Filter In(std::string column, std::vector<Value> values);
  static Filter IsNull(std::string column);
  static Filter And(Filter a, Filter b);
  static Filter Or(Filter a, Filter b);
  static Filter Not(Filter a);
  // Cost: reads every chunk the rest of the filter leaves. Under kNot and kOr it must decide with two values only.
  static Filter Where(Predicate predicate);

  Op op() const { return node_ ? node_->op : Op::kAll; }
  const std::string& column() const { return node_->column; }  // REQUIRES: a comparison, kIn or kIsNull
  const std::vector<Value>& values() const { return node_->values; }
  const Filter& child(size_t i) const { return node_->children[i]; }  // kAnd, kOr: 0 and 1; kNot: 0
  const Predicate& predicate() const { return node_->predicate; }

 private:
  struct Node {
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node();

    Op op = Op::kAll;
    std::string column;
    std::vector<Value> values;
    std::vector<Filter> children;
    Predicate predicate;
  };
  static Filter Make(Op op, std::string column, std::vector<Value> values, std::vector<Filter> children);
  std::shared_ptr<const Node> node_;
};

}  // namespace quire
