// FolderWatch: waits until something below some folders changes (inotify).
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "quire/status.h"

namespace quire::ingest {

class FolderWatch {
 public:
  FolderWatch() = default;
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Watches these paths from now on; of a folder all folders below it, links not followed. Called again, it takes in folders that
  // came since. Errors: kIoError, kResourceExhausted (the system allows no more watches).
  Status Watch(const std::vector<std::string>& paths);

  // Returns after a change, when nothing more came for `quiet` (or the changes went on for ten times that long). False: cancelled.
  // Errors: kIoError.
  Result<bool> Wait(const std::atomic<bool>& cancelled, std::chrono::milliseconds quiet);

 private:
  Status Add(const std::string& path);

  int fd_ = -1;
};

}  // namespace quire::ingest
