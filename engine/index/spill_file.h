// SpillFile: memory in a file without a name, for codes that do not fit the memory limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "quire/status.h"

namespace quire::index {

// The file goes with the object, and with the process, however that ends. Its pages are memory that the system takes back at need.
class SpillFile {
 public:
  // In `directory`. All of it is there before any is written: a full disk is an error here and not a signal later.
  // Errors: kIoError naming the directory.
  static Result<std::shared_ptr<SpillFile>> Make(size_t bytes, const std::string& directory);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  // Gives the pages to the system now. They come back when they are looked at.
  void Leave() const;

 private:
  SpillFile(uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint8_t* const data_;
  const size_t size_;
};

}  // namespace quire::index
