// SpilledRecords: refine codes of an index whose codes are not in memory, in a file without a name, mapped.
#pragma once

#include <memory>
#include <string>

#include "engine/index/index_view.h"
#include "engine/index/spill_file.h"

namespace quire::index {

// Made from the stored vectors.
class SpilledRecords {
 public:
  // Of all vectors of `view`. Errors: kIoError naming the directory (there is no room), kCorruption, kCancelled.
  // Cost: 4 us per vector of 768 dimensions.
  static Result<std::unique_ptr<SpilledRecords>> Make(const IndexView& view, const storage::Snapshot& snapshot,
                                                      const std::string& directory, function_ref<bool()> stopped);
  SpilledRecords(const SpilledRecords&) = delete;
  SpilledRecords& operator=(const SpilledRecords&) = delete;

  // What there is to build over; borrows the file.
  graph::Source source() const;

 private:
  SpilledRecords() = default;
  Status Fill(const IndexView& view, const storage::Snapshot& snapshot, function_ref<bool()> stopped);

  Metric metric_ = Metric::kCosine;
  uint32_t padded_dim_ = 0;
  std::vector<uint32_t> numbers_;
  std::shared_ptr<SpillFile> file_;
};

}  // namespace quire::index
