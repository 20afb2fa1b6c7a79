// Hash join: the right side in memory by its keys, the left side streamed past it. Without keys all rows of the right side
// match, and the conditions decide of each pair.
//
// Whichever side is read first may spare the other one most of its reading: where its keys are few and the other side is
// the scan of a collection, that scan is told which keys there are, and an index finds their chunks.
#include <unordered_map>
#include <utility>

#include "sql/bind/evaluate.h"
#include "sql/exec/operator.h"

namespace quire::sql {
namespace {

constexpr size_t kMaxKeysTold = ValueSet::kMaxListed;
constexpr uint32_t kNone = UINT32_MAX;
// Of a JOIN without an equality: about a second.
constexpr uint64_t kMaxPairs = 10'000'000;

class JoinOperator : public Operator {
 public:
  JoinOperator(const JoinPlan& plan, OperatorPtr left, OperatorPtr right, const OperatorContext& context)
      : plan_(plan), left_(std::move(left)), right_(std::move(right)), context_(context) {}

  Result<bool> Next(Row* row) override {
    if (!prepared_) {
      QUIRE_RETURN_IF_ERROR(Prepare());
      prepared_ = true;
    }
    while (!left_done_) {
      if (match_ == kNone) {
        QUIRE_ASSIGN_OR_RETURN(const bool more, NextLeft());
        left_done_ = !more;
        if (!more) break;
      }
      while (match_ != kNone) {
        const uint32_t place = match_;
        const Row& other = rows_[place];
        match_ = following_[match_];
        *row = left_row_;
        row->insert(row->end(), other.begin(), other.end());
        QUIRE_RETURN_IF_ERROR(CountPair());
        QUIRE_ASSIGN_OR_RETURN(const bool holds, Holds(*row));
        if (!holds) continue;
        matched_ = true;
        if (plan_.right) right_matched_[place] = true;
        return true;
      }
      if (plan_.left && !matched_) {
        *row = left_row_;
        row->resize(plan_.left_width + plan_.right_width);
        return true;
      }
    }
    return NextUnmatchedRight(row);
  }

 private:
  // The rows of the right side that found none, with NULLs on the left.
  Result<bool> NextUnmatchedRight(Row* row) {
    while (plan_.right && next_right_ < rows_.size() && right_matched_[next_right_]) ++next_right_;
    if (!plan_.right || next_right_ == rows_.size()) return false;
    const Row& other = rows_[next_right_++];
    row->assign(plan_.left_width, Value());
    row->insert(row->end(), other.begin(), other.end());
    return true;
  }

  Status CountPair() {
    if (!plan_.keys.empty() || plan_.cross) return {};
    if ((++pairs_ & 0xfff) == 0) QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    if (pairs_ <= kMaxPairs) return {};
    return Status(Code::kResourceExhausted,
                  "a JOIN without an equality looked at over " + std::to_string(kMaxPairs) + " pairs of rows",
                  "join on an equality, or fewer rows: FROM (SELECT ... WHERE ...) AS few JOIN ...");
  }

  Status Prepare() {
    if (plan_.right_column && !plan_.left_column) {
      QUIRE_RETURN_IF_ERROR(ReadLeftAhead());
      return ReadRight();
    }
    if (plan_.left_column && !plan_.right_column) {
      QUIRE_RETURN_IF_ERROR(ReadRight());
      if (right_keys_.size() <= kMaxKeysTold) left_->Restrict(*plan_.left_column, *right_keys_.listed());
      return {};
    }
    if (plan_.right_column) QUIRE_RETURN_IF_ERROR(ReadLeftAhead());
    return ReadRight();
  }

  // The first rows of the left side. If these are all, the right side need only look for their keys.
  Status ReadLeftAhead() {
    ValueSet keys;
    Row row;
    while (ahead_.size() < kMaxKeysTold) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, left_->Next(&row));
      if (!more) {
        left_over_ = true;
        right_->Restrict(*plan_.right_column, *keys.listed());
        return {};
      }
      QUIRE_ASSIGN_OR_RETURN(const Value key, Evaluate(*plan_.keys.front().first, row));
      keys.Add(key);
      QUIRE_RETURN_IF_ERROR(context_.memory->Take(BytesOf(row), "a JOIN"));
      ahead_.push_back(std::move(row));
    }
    return {};
  }

  Status ReadRight() {
    Row row;
    std::string identity;
    std::unordered_map<std::string, uint32_t> last;
    while (true) {
      QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
      QUIRE_ASSIGN_OR_RETURN(const bool more, right_->Next(&row));
      if (!more) return {};
      QUIRE_ASSIGN_OR_RETURN(const bool has_key, ReadKey(row, false, &identity));
      if (!has_key && !plan_.right) continue;
      QUIRE_RETURN_IF_ERROR(context_.memory->Take(BytesOf(row) + 2 * identity.size() + 64, "a JOIN"));
      const auto place = static_cast<uint32_t>(rows_.size());
      rows_.push_back(std::move(row));
      following_.push_back(kNone);
      right_matched_.push_back(false);
      if (!has_key) continue;
      const auto [found, is_new] = last.emplace(identity, place);
      if (is_new) {
        first_.emplace(identity, place);
      } else {
        following_[found->second] = place;
        found->second = place;
      }
    }
  }

  // The bytes of a row's keys; false if one is NULL, which equals nothing.
  Result<bool> ReadKey(const Row& row, bool of_left, std::string* identity) {
    identity->clear();
    for (size_t i = 0; i < plan_.keys.size(); ++i) {
      const auto& [left, right] = plan_.keys[i];
      QUIRE_ASSIGN_OR_RETURN(const Value value, Evaluate(of_left ? *left : *right, row));
      if (value.is_null()) return false;
      AppendIdentity(value, identity);
      const bool is_told = i == 0 && !of_left && plan_.left_column && right_keys_.size() <= kMaxKeysTold;
      if (is_told) right_keys_.Add(value);
    }
    return true;
  }

  // Moves to the next row of the left side and its first match.
  Result<bool> NextLeft() {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context_));
    if (next_ahead_ < ahead_.size()) {
      left_row_ = std::move(ahead_[next_ahead_++]);
    } else {
      if (left_over_) return false;
      QUIRE_ASSIGN_OR_RETURN(const bool more, left_->Next(&left_row_));
      if (!more) return false;
    }
    matched_ = false;
    QUIRE_ASSIGN_OR_RETURN(const bool has_key, ReadKey(left_row_, true, &identity_));
    const auto found = has_key ? first_.find(identity_) : first_.end();
    match_ = found == first_.end() ? kNone : found->second;
    return true;
  }

  Result<bool> Holds(const Row& row) const {
    for (const BoundPtr& condition : plan_.both) {
      QUIRE_ASSIGN_OR_RETURN(const bool holds, IsTrue(*condition, row));
      if (!holds) return false;
    }
    return true;
  }

  const JoinPlan& plan_;
  OperatorPtr left_, right_;
  const OperatorContext& context_;
  bool prepared_ = false;
  std::vector<Row> rows_;                            // of the right side
  std::vector<uint32_t> following_;                  // for each, the next with the same key
  std::unordered_map<std::string, uint32_t> first_;  // by key
  ValueSet right_keys_;
  std::vector<Row> ahead_;  // rows of the left side that were read before the right side
  size_t next_ahead_ = 0;
  bool left_over_ = false;
  Row left_row_;
  std::string identity_;
  uint32_t match_ = kNone;
  bool left_done_ = false;
  std::vector<bool> right_matched_;  // for each row of the right side: it has found one
  size_t next_right_ = 0;            // of those that have not
  uint64_t pairs_ = 0;               // looked at
  bool matched_ = true;              // the current row of the left side has found one
};

}  // namespace

OperatorPtr MakeJoin(const JoinPlan& plan, OperatorPtr left, OperatorPtr right, const OperatorContext& context) {
  return std::make_unique<JoinOperator>(plan, std::move(left), std::move(right), context);
}

}  // namespace quire::sql
