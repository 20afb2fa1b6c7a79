// What a load and its preview have in common.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

#include "extensions/ingest/loader.h"

namespace quire::ingest {

inline bool IsCancelled(const LoadOptions& options) {
  return options.cancelled != nullptr && options.cancelled->load();
}

// Of a pool that parses: the caller is one more.
size_t ParsingThreads(const LoadOptions& options);

// The walk, and the report begun with it.
Result<FileList> BeginLoad(const LoadOptions& options, LoadReport* report);

// As the options of a load say it, for a collection that is new. `options` must outlive them.
ParseOptions ParseOptionsOf(const LoadOptions& options);
SurveyOptions SurveyOptionsOf(const LoadOptions& options);

// How many of `files`, of which it takes so many documents and bytes at most, make the next batch.
size_t BatchSize(std::span<const SourceFile> files, size_t documents, uint64_t bytes_max);

// Sums up.
void EndLoad(const LoadOptions& options, std::chrono::steady_clock::time_point begun, LoadReport* report);

}  // namespace quire::ingest
