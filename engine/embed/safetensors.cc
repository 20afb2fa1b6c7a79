#include "engine/embed/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

namespace quire::embed {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kHeaderMax = uint64_t{64} << 20;

Status Damaged(const std::string& what) { return Status(Code::kCorruption, "the file is no safetensors file: " + what); }

size_t BytesOf(TensorType type) { return type == TensorType::kF32 ? 4 : type == TensorType::kI8 ? 1 : 2; }

std::optional<TensorType> TypeOf(const std::string& name) {
  if (name == "F32") return TensorType::kF32;
  if (name == "F16") return TensorType::kF16;
  if (name == "BF16") return TensorType::kBf16;
  if (name == "I8") return TensorType::kI8;
  return std::nullopt;
}

// Whole numbers of a JSON array; nothing if anything else is in it.
std::optional<std::vector<uint64_t>> Numbers(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<uint64_t> numbers;
  for (const Json& item : list) {
    if (!item.is_number_unsigned()) return std::nullopt;
    numbers.push_back(item.get<uint64_t>());
  }
  return numbers;
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16, magnitude = half & 0x7FFFU;
  uint32_t bits = (magnitude << 13) + 0x38000000U;
  float value;
  if (magnitude >= 0x7C00U) bits += 0x38000000U;  // infinities and NaN
  if (magnitude < 0x400U) {                        // denormal
    value = static_cast<float>(magnitude) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  bits |= sign;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace

void ReadNumbers(const Tensor& tensor, size_t first, size_t count, float* out) {
  const char* at = tensor.bytes.data() + first * BytesOf(tensor.type);
  for (size_t i = 0; i < count; ++i, at += BytesOf(tensor.type)) {
    if (tensor.type == TensorType::kF32) {
      std::memcpy(out + i, at, sizeof(float));
    } else if (tensor.type == TensorType::kI8) {
      out[i] = static_cast<float>(static_cast<signed char>(*at));
    } else {
      uint16_t half;
      std::memcpy(&half, at, sizeof half);
      const uint32_t upper = static_cast<uint32_t>(half) << 16;
      if (tensor.type == TensorType::kF16) out[i] = HalfToFloat(half);
      if (tensor.type == TensorType::kBf16) std::memcpy(out + i, &upper, sizeof upper);
    }
  }
}

Result<std::shared_ptr<const Safetensors>> Safetensors::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Status(errno == ENOENT ? Code::kNotFound : Code::kIoError, "file '" + path + "': " + std::strerror(errno));
  }
  std::shared_ptr<Safetensors> opened(new Safetensors());
  struct stat information {};
  const bool is_file = fstat(file, &information) == 0 && S_ISREG(information.st_mode) && information.st_size > 0;
  const auto size = static_cast<size_t>(is_file ? information.st_size : 0);
  void* const mapped = is_file ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
  close(file);
  if (mapped == MAP_FAILED) return Status(Code::kIoError, "file '" + path + "' cannot be mapped into memory");
  opened->mapped_ = mapped;
  opened->bytes_ = {static_cast<const char*>(mapped), size};
  if (Status status = opened->ReadHeader(); !status.ok()) return std::move(status).Within("file '" + path + "'");
  return std::shared_ptr<const Safetensors>(std::move(opened));
}

Result<std::shared_ptr<const Safetensors>> Safetensors::Parse(std::string bytes) {
  std::shared_ptr<Safetensors> parsed(new Safetensors());
  parsed->copy_ = std::move(bytes);
  parsed->bytes_ = parsed->copy_;
  QUIRE_RETURN_IF_ERROR(parsed->ReadHeader());
  return std::shared_ptr<const Safetensors>(std::move(parsed));
}

Safetensors::~Safetensors() {
  if (mapped_ != nullptr) munmap(mapped_, bytes_.size());
}

Status Safetensors::ReadHeader() {
  uint64_t size = 0;
  if (bytes_.size() < sizeof size) return Damaged("it is too short");
  std::memcpy(&size, bytes_.data(), sizeof size);
  if (size > kHeaderMax || size > bytes_.size() - sizeof(size)) return Damaged("its header does not fit");
  const std::string_view data = bytes_.substr(sizeof(size) + size);
  const Json header = Json::parse(bytes_.substr(sizeof size, size), nullptr, false);
  if (!header.is_object()) return Damaged("its header is no JSON object");
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string()) return Damaged("'" + name + "' has no type");
    const auto shape = Numbers(entry.value("shape", Json())), place = Numbers(entry.value("data_offsets", Json()));
    if (!shape || !place || place->size() != 2) return Damaged("'" + name + "' has no shape or place");
    if ((*place)[0] > (*place)[1] || (*place)[1] > data.size()) return Damaged("'" + name + "' lies outside the file");
    const auto type = TypeOf(entry["dtype"].get<std::string>());
    if (!type) continue;
    const uint64_t length = (*place)[1] - (*place)[0];
    uint64_t count = 1;
    for (const uint64_t side : *shape) {
      if (side != 0 && count > length / side) return Damaged("'" + name + "' is larger than its place");
      count *= side;
    }
    if (count * BytesOf(*type) != length) return Damaged("'" + name + "' does not fill its place");
    tensors_[name] = {*type, *shape, data.substr((*place)[0], length)};
  }
  return {};
}

const Tensor* Safetensors::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace quire::embed
