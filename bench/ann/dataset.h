// The vectors of a run: from files or made up, with queries and perhaps their true neighbours.
#pragma once

#include <string>

#include "bench/ann/ann.h"
#include "bench/ann/vectors.h"
#include "quire/status.h"

namespace quire::bench {

struct Dataset {
  std::string name{};
  Vectors base{};
  Vectors queries{};
  Neighbors truth{};  // of the file; empty if there was none, or the base is no longer what it was made of
};

// As the options say. Errors: those of the readers; kInvalidArgument (options that do not go together, dimensions
// that differ, k larger than the base).
Result<Dataset> LoadDataset(const AnnOptions& options);

}  // namespace quire::bench
