// How fast searches by meaning and words are over many chunks.
#pragma once

#include <string>

#include "quire/status.h"

namespace quire::bench {

// Over a file of sections (sections.h), in a database of the default schema whose jobs are done: how long filling it took, then the ten
// best by vector and by both, one thread, each query once after a warm-up by others.
// `embedder`: "builtin" or "hashed". Prints a table.
Status MeasureHybridSpeed(const std::string& path, const std::string& embedder);

}  // namespace quire::bench
