#include <algorithm>
#include <span>
#include <utility>

#include "engine/filter/attribute_index.h"
#include "engine/filter/bitmap_block.h"
#include "engine/filter/ordered_key.h"
#include "engine/filter/plan.h"
#include "engine/storage/keys.h"

namespace quire::filter {
namespace {

using COp = Condition::Op;
using Kind = PlanNode::Kind;

// --- What the index knows ----------------------------------------------------------------------------------------
// Keys [lo, hi).
struct KeyRange {
  std::string lo, hi;
};

// The bitmaps of a condition: chunks under `sure` satisfy it, those under `maybe` have to be read.
struct KeyRanges {
  std::vector<KeyRange> sure, maybe;
};

// The keys of values equal to the place. For a place between values: empty, where smaller and greater ones part.
KeyRange EqualRange(const std::string& prefix, const Place& place) {
  std::string begin = prefix + EncodeOrdered(place.at), end = PrefixEnd(begin);
  if (place.side < 0) end = begin;
  if (place.side > 0) begin = end;
  return {std::move(begin), std::move(end)};
}

// The keys whose order against the place the index does not know, those of equal values among them.
KeyRange BlurredRange(const std::string& prefix, const Place& place) {
  if (IsOrderExact(place.at)) return EqualRange(prefix, place);
  std::string stem = prefix + LongTextStem(place.at), end = PrefixEnd(stem);
  return {std::move(stem), std::move(end)};
}

KeyRanges OrderRanges(const std::string& prefix, COp op, const Place& place) {
  KeyRange equal = EqualRange(prefix, place), blurred = BlurredRange(prefix, place);
  KeyRanges ranges;
  if (!IsOrderExact(place.at)) ranges.maybe = {{blurred.lo, equal.lo}, {equal.hi, blurred.hi}};
  const std::string values = prefix + kValueTag;
  if (op == COp::kLess || op == COp::kLessEqual) ranges.sure.push_back({values, std::move(blurred.lo)});
  if (op == COp::kLessEqual || op == COp::kGreaterEqual) ranges.sure.push_back(std::move(equal));
  if (op == COp::kGreater || op == COp::kGreaterEqual)
    ranges.sure.push_back({std::move(blurred.hi), PrefixEnd(values)});
  return ranges;
}

KeyRange NullRange(const std::string& prefix) { return {prefix + kNullTag, prefix + kValueTag}; }

KeyRanges RangesOf(const Condition& condition, const std::string& prefix) {
  KeyRanges ranges;
  switch (condition.op) {
    case COp::kIsNull: ranges.sure.push_back(NullRange(prefix)); break;
    case COp::kIn:
      for (const Place& place : condition.places) ranges.sure.push_back(EqualRange(prefix, place));
      break;
    default: return OrderRanges(prefix, condition.op, condition.places.front());
  }
  std::sort(ranges.sure.begin(), ranges.sure.end(), [](const KeyRange& a, const KeyRange& b) { return a.lo < b.lo; });
  return ranges;
}

// --- Evaluation --------------------------------------------------------------------------------------------------
bool Satisfies(COp op, int order) {
  switch (op) {
    case COp::kLess: return order < 0;
    case COp::kLessEqual: return order <= 0;
    case COp::kGreater: return order > 0;
    case COp::kGreaterEqual: return order >= 0;
    default: return order == 0;
  }
}

// Whether a stored value (not NULL) satisfies a comparison with one place.
Result<bool> SatisfiesAt(const Condition& condition, const Place& place, const Value& stored) {
  if (stored.type() == Type::kTextArray && place.at.type() == Type::kText) {
    const auto& texts = stored.texts();
    return std::find(texts.begin(), texts.end(), place.at.text()) != texts.end();
  }
  QUIRE_ASSIGN_OR_RETURN(const int order, Compare(stored, place.at));
  return Satisfies(condition.op, order != 0 ? order : -place.side);
}

// Whether a stored value keeps its chunk.
Result<bool> Keeps(const PlanNode& node, const Value& stored) {
  if (node.condition.op == COp::kIsNull) return stored.is_null() != node.negated;
  if (stored.is_null()) return false;
  for (const Place& place : node.condition.places) {
    QUIRE_ASSIGN_OR_RETURN(const bool satisfied, SatisfiesAt(node.condition, place, stored));
    if (satisfied) return !node.negated;
  }
  return node.negated;
}

class Evaluator {
 public:
  explicit Evaluator(const FilterSource& source) : source_(source) {}

  // The members of `domain` that `node` keeps.
  Result<Bitmap> Run(const PlanNode& node, const Bitmap& domain) const;

 private:
  using Nodes = std::vector<const PlanNode*>;
  enum class Join { kAll, kAny };

  // A node that looks at one chunk at a time, so that several of them share one reading.
  static bool NeedsRow(const PlanNode& node) {
    return node.kind == Kind::kPredicate || (node.kind == Kind::kCondition && node.cost >= Cost::kRead);
  }

  Result<Bitmap> RunByIndex(const PlanNode& node, const Bitmap& domain) const;
  Result<Bitmap> RunAnd(const PlanNode& node, const Bitmap& domain) const;
  Result<Bitmap> RunOr(const PlanNode& node, const Bitmap& domain) const;
  Result<Bitmap> RunByReading(const Nodes& nodes, Join join, const Bitmap& domain) const;
  Result<bool> KeepsRow(const PlanNode& node, const Chunk& chunk) const;
  Result<bool> KeepsRow(const Nodes& nodes, Join join, const Chunk& chunk) const;
  Result<Bitmap> UnionOf(const std::vector<KeyRange>& ranges) const;

  const FilterSource& source_;
};

Result<Bitmap> Evaluator::Run(const PlanNode& node, const Bitmap& domain) const {
  switch (node.kind) {
    case Kind::kAll: return domain;
    case Kind::kNone: return Bitmap();
    case Kind::kAnd: return RunAnd(node, domain);
    case Kind::kOr: return RunOr(node, domain);
    case Kind::kPredicate:
    case Kind::kCondition: break;
  }
  if (NeedsRow(node)) return RunByReading({&node}, Join::kAll, domain);
  return RunByIndex(node, domain);
}

Result<Bitmap> Evaluator::RunByIndex(const PlanNode& node, const Bitmap& domain) const {
  const Condition& condition = node.condition;
  const std::string prefix = storage::AttributePrefix(source_.collection, condition.column);
  const KeyRanges ranges = RangesOf(condition, prefix);
  QUIRE_ASSIGN_OR_RETURN(Bitmap kept, UnionOf(ranges.sure));
  if (node.negated) {
    if (condition.op != COp::kIsNull) {
      QUIRE_ASSIGN_OR_RETURN(const Bitmap unknown, UnionOf({NullRange(prefix)}));
      kept.UniteWith(unknown);
    }
    Bitmap others = domain;
    others.Subtract(kept);
    return others;
  }
  kept.IntersectWith(domain);
  QUIRE_ASSIGN_OR_RETURN(Bitmap maybe, UnionOf(ranges.maybe));
  maybe.IntersectWith(domain);
  QUIRE_ASSIGN_OR_RETURN(const Bitmap read, RunByReading({&node}, Join::kAll, maybe));
  kept.UniteWith(read);
  return kept;
}

Result<Bitmap> Evaluator::RunAnd(const PlanNode& node, const Bitmap& domain) const {
  Bitmap left = domain;
  Nodes rows;
  for (const PlanNode& child : node.children) {
    if (NeedsRow(child)) {
      rows.push_back(&child);
    } else if (left.Count() > 0) {
      QUIRE_ASSIGN_OR_RETURN(left, Run(child, left));
    }
  }
  return RunByReading(rows, Join::kAll, left);
}

Result<Bitmap> Evaluator::RunOr(const PlanNode& node, const Bitmap& domain) const {
  Bitmap undecided = domain, kept;
  Nodes rows;
  for (const PlanNode& child : node.children) {
    if (NeedsRow(child)) {
      rows.push_back(&child);
      continue;
    }
    QUIRE_ASSIGN_OR_RETURN(const Bitmap more, Run(child, undecided));
    kept.UniteWith(more);
    undecided.Subtract(more);
  }
  if (rows.empty()) return kept;
  QUIRE_ASSIGN_OR_RETURN(const Bitmap more, RunByReading(rows, Join::kAny, undecided));
  kept.UniteWith(more);
  return kept;
}

Result<Bitmap> Evaluator::RunByReading(const Nodes& nodes, Join join, const Bitmap& domain) const {
  if (nodes.empty()) return domain;
  Bitmap kept;
  Status failure;
  domain.ForEach([&](ChunkNumber number) {
    Result<bool> keeps = [&]() -> Result<bool> {
      QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, source_.read(number));
      return KeepsRow(nodes, join, chunk);
    }();
    if (!keeps.ok()) {
      failure = std::move(keeps).status();
      return false;
    }
    if (*keeps) kept.Add(number);
    return true;
  });
  if (!failure.ok()) return failure;
  return kept;
}

Result<bool> Evaluator::KeepsRow(const Nodes& nodes, Join join, const Chunk& chunk) const {
  for (const PlanNode* node : nodes) {
    QUIRE_ASSIGN_OR_RETURN(const bool keeps, KeepsRow(*node, chunk));
    if (keeps != (join == Join::kAll)) return keeps;
  }
  return join == Join::kAll;
}

Result<bool> Evaluator::KeepsRow(const PlanNode& node, const Chunk& chunk) const {
  if (node.kind == Kind::kPredicate) {
    QUIRE_ASSIGN_OR_RETURN(const bool keeps, (*node.predicate)(chunk));
    return keeps != node.negated;
  }
  QUIRE_ASSIGN_OR_RETURN(const Value stored, source_.value_of(chunk, node.condition.name));
  return Keeps(node, stored);
}

// All numbers under ordered ranges.
Result<Bitmap> Evaluator::UnionOf(const std::vector<KeyRange>& ranges) const {
  Bitmap all;
  if (ranges.empty() || ranges.front().lo >= ranges.back().hi) return all;
  storage::Cursor cursor = source_.snapshot->Scan(storage::Family::kAttribute, ranges.front().lo, ranges.back().hi);
  for (const KeyRange& range : ranges) {
    if (range.lo >= range.hi) continue;
    for (cursor.Seek(range.lo); cursor.Valid() && cursor.key() < range.hi; cursor.Next()) {
      QUIRE_ASSIGN_OR_RETURN(const Bitmap numbers, ReadBlock(cursor.key(), cursor.value()));
      all.UniteWith(numbers);
    }
    if (!cursor.status().ok()) return cursor.status();
  }
  return all;
}

}  // namespace

Result<Bitmap> Evaluate(const Filter& filter, const FilterSource& source) {
  QUIRE_ASSIGN_OR_RETURN(const PlanNode plan, MakePlan(filter, source));
  return Evaluator(source).Run(plan, *source.live);
}

}  // namespace quire::filter
