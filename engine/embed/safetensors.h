// Safetensors: a file of named arrays, mapped into memory. Format: https://huggingface.co/docs/safetensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::embed {

enum class TensorType : uint8_t { kF32, kF16, kBf16, kI8 };

// An array in row-major order; its bytes need no alignment and live as long as the file.
struct Tensor {
  TensorType type = TensorType::kF32;
  std::vector<uint64_t> shape{};
  std::string_view bytes{};
};

// Writes `count` numbers of a tensor from number `first` on as floats. REQUIRES: they are within it.
void ReadNumbers(const Tensor& tensor, size_t first, size_t count, float* out);

// A file that is open for reading. Immutable. Arrays of types not named above are left out.
class Safetensors {
 public:
  // Errors: kNotFound, kIoError, kCorruption (no such file by its header: sizes that do not fit, places outside the file).
  // Nothing in the file is trusted. Cost: reads the header; the arrays when they are used.
  static Result<std::shared_ptr<const Safetensors>> Open(const std::string& path);
  // The same for bytes, which are copied.
  static Result<std::shared_ptr<const Safetensors>> Parse(std::string bytes);
  ~Safetensors();
  Safetensors(const Safetensors&) = delete;
  Safetensors& operator=(const Safetensors&) = delete;

  const Tensor* Find(std::string_view name) const;  // null: none
  std::string_view bytes() const { return bytes_; }

 private:
  Safetensors() = default;
  Status ReadHeader();

  std::string copy_;
  void* mapped_ = nullptr;
  std::string_view bytes_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace quire::embed
