// Purge: makes deleted keys leave the disk, and looks through what lies there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/storage/rocks.h"

namespace quire::storage {

// Keys [lo, hi) of a family; an empty `hi`: to its end.
struct KeyRange {
  Family family;
  std::string lo, hi;
};

// Flushes, so that the log is empty, and rewrites every file that has keys of the ranges. Gives what may still hold what was
// deleted up to `deleted_at`, one line each: files from before (a cursor or an older view holds them), a view that is older.
// Errors: kReadOnly, kIoError, kCorruption. Cost: reads and writes all files with such keys.
Result<std::vector<std::string>> PurgeRanges(const Rocks& rocks, const std::vector<KeyRange>& ranges,
                                             uint64_t deleted_at);

// Calls visit(name, bytes) for each file of the directory, in pieces that overlap by `overlap` bytes.
// Errors: kIoError.
Status VisitFiles(const std::string& path, size_t overlap,
                  function_ref<void(const std::string& name, std::string_view bytes)> visit);

}  // namespace quire::storage
