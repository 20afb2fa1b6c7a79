#include "engine/db/filter_cache.h"

#include "engine/base/bytes.h"

namespace quire::db {
namespace {

// False for values that are not worth it: arrays and vectors.
bool AppendValue(const Value& value, std::string* bytes) {
  bytes->push_back(static_cast<char>(value.type()));
  switch (value.type()) {
    case Type::kNull: return true;
    case Type::kBoolean: bytes->push_back(value.boolean() ? 1 : 0); return true;
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: AppendRaw(bytes, value.integer()); return true;
    case Type::kReal: AppendRaw(bytes, value.real()); return true;
    case Type::kText:
    case Type::kJson: AppendString(bytes, value.text()); return true;
    default: return false;
  }
}

}  // namespace

std::string FilterBytes(const Filter& filter) {
  std::string bytes;
  std::vector<const Filter*> rest = {&filter};
  while (!rest.empty()) {
    const Filter& next = *rest.back();
    rest.pop_back();
    bytes.push_back(static_cast<char>(next.op()));
    switch (next.op()) {
      case Filter::Op::kPredicate: return {};
      case Filter::Op::kAll: break;
      case Filter::Op::kAnd:
      case Filter::Op::kOr: rest.push_back(&next.child(1)); [[fallthrough]];
      case Filter::Op::kNot: rest.push_back(&next.child(0)); break;
      default:
        AppendString(&bytes, next.column());
        AppendVarint(&bytes, next.values().size());
        for (const Value& value : next.values()) {
          if (!AppendValue(value, &bytes)) return {};
        }
    }
  }
  return bytes;
}

std::shared_ptr<const KeptNumbers> FilterCache::Find(const std::string& bytes) {
  std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->bytes != bytes) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->kept;
  }
  return nullptr;
}

void FilterCache::Put(std::string bytes, std::shared_ptr<const KeptNumbers> kept) {
  std::lock_guard lock(mutex_);
  if (kept->words.size() > kWordsMax) return;
  words_ += kept->words.size();
  entries_.push_front({std::move(bytes), std::move(kept)});
  while (entries_.size() > kFiltersMax || words_ > kWordsMax) {
    words_ -= entries_.back().kept->words.size();
    entries_.pop_back();
  }
}

}  // namespace quire::db
