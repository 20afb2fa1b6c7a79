// CodeMemory: memory of segments, cut from large pieces on huge pages, or from a file.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/index/spill_file.h"

namespace quire::index {

// Bytes that live as long as their owner. A piece is given back when the last bytes cut from it are.
class CodeMemory {
 public:
  CodeMemory() = default;
  // Own memory: for what is copied and thrown away often.
  static CodeMemory Own(size_t bytes);
  // From the piece in use of this process: for what stays. Safe for concurrent use.
  static CodeMemory Shared(size_t bytes);

  // From a file's bytes at `offset`.
  static CodeMemory Spilled(std::shared_ptr<const SpillFile> file, size_t offset) {
    uint8_t* const data = file->data() + offset;
    return {std::move(file), data};
  }

  uint8_t* get() const { return data_; }

 private:
  CodeMemory(std::shared_ptr<const void> piece, uint8_t* data) : piece_(std::move(piece)), data_(data) {}

  std::shared_ptr<const void> piece_;
  uint8_t* data_ = nullptr;
};

}  // namespace quire::index
