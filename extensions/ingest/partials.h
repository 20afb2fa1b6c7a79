// Partials: files that are nothing but parts of others.
#pragma once

#include <string>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/thread_pool.h"
#include "extensions/ingest/walk.h"

namespace quire::ingest {

// Sets `partial` of each of `files` that is one: it has no front matter, and a file that is no partial includes it, through others
// or at once. Its text is found there, so that it needs no chunks of its own. Files that include each other in a circle
// and nobody else includes are no partials: nothing is lost.
//
// `is_settled` says of which files it is known that they include nothing: they are not read. Called in parallel.
void MarkPartials(std::vector<SourceFile>* files, const std::vector<std::string>& allowed,
                  function_ref<bool(const SourceFile&)> is_settled, ThreadPool& pool);

}  // namespace quire::ingest
