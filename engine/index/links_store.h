// The stored form of links: a head that says which edition is read, and parts of some thousand nodes.
#pragma once

#include "engine/index/linked.h"

namespace quire::index {

// The tree and links that are stored, for searches from disk; null if there are none. Errors: as LoadLinked.
Result<std::shared_ptr<const Linked>> LoadGraph(const Parameters& parameters, const storage::Snapshot& snapshot);
// The links that are stored for `contents`; null if there are none. Errors: kCorruption, kUnsupported, kIoError.
Result<std::shared_ptr<const Linked>> LoadLinked(const Parameters& parameters, const Contents& contents,
                                                 const storage::Snapshot& snapshot);

}  // namespace quire::index
