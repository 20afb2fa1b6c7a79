// Where the keys of a collection are: a family, and the kind bytes in it that are followed by the collection's number.
#pragma once

#include <string_view>

#include "engine/storage/store.h"

namespace quire::db {

struct KeyKinds {
  storage::Family family;
  std::string_view kinds;
};
inline constexpr KeyKinds kCollectionKeys[] = {
    {storage::Family::kMeta, "I"},      {storage::Family::kChunk, "CIDL"}, {storage::Family::kWord, "W"},
    {storage::Family::kAttribute, "F"}, {storage::Family::kTree, "NTV"},    {storage::Family::kPosting, "PAX"},
    {storage::Family::kCode, "EKL"},    {storage::Family::kRaw, "R"},
};

}  // namespace quire::db
