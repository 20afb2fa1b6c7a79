// Options: how a database is opened.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quire/embedder.h"

namespace quire {

// When a commit counts as done.
enum class Sync : uint8_t {
  kFull,    // fsync before it returns: survives power loss
  kNormal,  // in the log, fsynced in the background: survives a killed process
  kOff,     // bulk load: lost with the process unless Flush() followed
};

struct Options {
  bool create_if_missing = true;
  bool read_only = false;          // opens beside a writer; sees the state at opening
  Sync sync = Sync::kFull;
  uint64_t memory_limit_bytes = 0; // for caches, write buffers and the in-memory index; 0: a quarter of the machine's
  uint32_t background_threads = 1; // 0: no thread is started, jobs run when RunJobs() is called
  std::vector<std::shared_ptr<const Embedder>> embedders{};  // besides those built in, found by identity().name
  std::map<std::string, EmbedderFactory> embedder_providers{};  // besides "static": for CREATE EMBEDDER, by lower-case name
};

}  // namespace quire
