// How the progress of a load is shown.
#pragma once

#include <cstddef>
#include <string>

#include "extensions/ingest/loader.h"

namespace quire::ingest {

// One line of at most `columns` characters, without a line end:
// "[#######---------] 123/434 documents, 1,020 chunks, 12.3 MB/s, 0:02 left, 1 failed".
std::string ProgressBar(const LoadProgress& progress, double seconds, size_t columns);

// {"documents":123,"documents_total":434,"bytes":...,"bytes_total":...,"chunks":...,"failed":...,"seconds":...}
std::string ProgressJson(const LoadProgress& progress, double seconds);

}  // namespace quire::ingest
