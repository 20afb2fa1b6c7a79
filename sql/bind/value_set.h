// ValueSet: values among which another is looked for, and the bytes by which values are told apart.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_set>
#include <vector>

#include "quire/value.h"

namespace quire::sql {

// Appends bytes that are equal exactly if `=` holds for the values, or both are NULL: 1 and 1.0 give the same.
void AppendIdentity(const Value& value, std::string* out);

class ValueSet {
 public:
  // NULL is remembered apart.
  void Add(const Value& value);
  bool has_null() const { return has_null_; }
  size_t size() const { return identities_.size(); }
  bool Contains(const Value& value) const;
  // The values themselves, where they are few enough to ask an index for; else nothing.
  static constexpr size_t kMaxListed = 4096;
  const std::vector<Value>* listed() const { return identities_.size() <= kMaxListed ? &values_ : nullptr; }

 private:
  std::unordered_set<std::string> identities_;
  std::vector<Value> values_;  // the first kMaxListed
  bool has_null_ = false;
};

}  // namespace quire::sql
