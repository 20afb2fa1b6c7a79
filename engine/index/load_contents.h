// LoadContents: the codes of an index as they are stored.
#pragma once

#include "engine/index/contents.h"
#include "engine/storage/store.h"

namespace quire::index {

struct LoadOptions {
  uint32_t first = 0;                   // numbers below are left out. REQUIRES: no segment spans it
  const std::atomic<bool>* cancelled = nullptr;
};

struct LoadedContents {
  Contents contents;
  // Sealed segments all of whose vectors went while the index was searched from disk: stored still, of use to nobody.
  std::vector<std::shared_ptr<const Segment>> emptied;
};

// Errors: kCorruption naming the segment; kUnsupported (newer format); kCancelled; kIoError.
Result<LoadedContents> LoadContents(const Parameters& parameters, const storage::Snapshot& snapshot,
                                    const LoadOptions& options);

}  // namespace quire::index
