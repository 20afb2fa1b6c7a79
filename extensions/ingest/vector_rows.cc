// Vector files as rows without text: fvecs and bvecs (each vector its int32 dimension, then its components), npy.
#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>

#include "extensions/ingest/row_source.h"

namespace quire::ingest {
namespace {

static_assert(std::endian::native == std::endian::little);  // as these files are

constexpr uint32_t kDimMax = 65'536;
constexpr size_t kNpyHeaderMax = 65'536;

enum class Component : uint8_t { kF32, kF64, kI8, kU8 };

size_t BytesOf(Component component) {
  if (component == Component::kF64) return 8;
  return component == Component::kF32 ? 4 : 1;
}

template <typename T>
void Widen(const std::string& bytes, std::vector<float>* out) {
  for (size_t i = 0; i < out->size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    (*out)[i] = static_cast<float>(value);
  }
}

class VectorRows final : public RowSource {
 public:
  // `dim` and `count` of npy; 0 and npos: each vector says its own.
  VectorRows(std::unique_ptr<std::ifstream> in, Component component, uint32_t dim, uint64_t count)
      : in_(std::move(in)), component_(component), dim_(dim), count_(count) {}

  Result<bool> Next(Record* record) override {
    if (number_ == count_) return false;
    uint32_t dim = dim_;
    if (dim_ == 0) {
      in_->read(reinterpret_cast<char*>(&dim), sizeof dim);
      if (in_->gcount() == 0 && in_->eof()) return false;
      if (!*in_) return CutShort();
    }
    if (dim == 0 || dim > kDimMax) {
      return Status(Code::kInvalidArgument, "vector " + std::to_string(number_) + " says it has " +
                                                std::to_string(dim) + " components, expected 1 to " +
                                                std::to_string(kDimMax));
    }
    bytes_.resize(dim * BytesOf(component_));
    if (!in_->read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()))) return CutShort();
    Row row;
    row.chunk.id = std::to_string(number_);
    row.chunk.embedding.resize(dim);
    switch (component_) {
      case Component::kF32: Widen<float>(bytes_, &row.chunk.embedding); break;
      case Component::kF64: Widen<double>(bytes_, &row.chunk.embedding); break;
      case Component::kI8: Widen<int8_t>(bytes_, &row.chunk.embedding); break;
      case Component::kU8: Widen<uint8_t>(bytes_, &row.chunk.embedding); break;
    }
    record->place = ++number_;
    record->row = std::move(row);
    record->bytes.clear();
    return true;
  }

 private:
  Status CutShort() const {
    return Status(Code::kInvalidArgument, "is cut short in vector " + std::to_string(number_));
  }

  const std::unique_ptr<std::ifstream> in_;
  const Component component_;
  const uint32_t dim_;
  const uint64_t count_;
  uint64_t number_ = 0;
  std::string bytes_;
};

Status NotNpy(const std::string& why) { return Status(Code::kInvalidArgument, "is no npy file of vectors: " + why); }

// The value of a key in "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", up to the next of `ends`.
std::string_view ValueOf(std::string_view header, std::string_view key, std::string_view ends) {
  const size_t found = header.find(key);
  if (found == std::string_view::npos) return {};
  const size_t begin = header.find_first_not_of(": '(", found + key.size() + 1);
  if (begin == std::string_view::npos) return {};
  return header.substr(begin, header.find_first_of(ends, begin) - begin);
}

Result<std::unique_ptr<RowSource>> OpenNpy(std::unique_ptr<std::ifstream> in) {
  char magic[8] = {};
  in->read(magic, sizeof magic);
  if (!*in || std::memcmp(magic, "\x93NUMPY", 6) != 0) return NotNpy("it does not begin as one");
  uint32_t size = 0;
  in->read(reinterpret_cast<char*>(&size), magic[6] == 1 ? 2 : 4);
  if (!*in || size > kNpyHeaderMax) return NotNpy("its header is cut short");
  std::string header(size, '\0');
  if (!in->read(header.data(), size)) return NotNpy("its header is cut short");
  const std::string_view type = ValueOf(header, "'descr'", "'");
  const std::string_view shape = ValueOf(header, "'shape'", ")");
  Component component = Component::kF32;
  if (type == "<f8") {
    component = Component::kF64;
  } else if (type == "|i1") {
    component = Component::kI8;
  } else if (type == "|u1") {
    component = Component::kU8;
  } else if (type != "<f4") {
    return NotNpy("components of type '" + std::string(type) + "', expected <f4, <f8, |i1 or |u1");
  }
  if (ValueOf(header, "'fortran_order'", ",") != "False") return NotNpy("it is in Fortran order");
  uint64_t count = 0;
  uint32_t dim = 0;
  const char* end = shape.data() + shape.size();
  auto [after_count, failed] = std::from_chars(shape.data(), end, count);
  while (after_count != end && (*after_count == ',' || *after_count == ' ')) ++after_count;
  const auto [after, failed_dim] = std::from_chars(after_count, end, dim);
  if (failed != std::errc() || failed_dim != std::errc() || after != end || dim == 0) {
    return NotNpy("its shape is (" + std::string(shape) + "), expected two dimensions");
  }
  return std::unique_ptr<RowSource>(std::make_unique<VectorRows>(std::move(in), component, dim, count));
}

}  // namespace

Result<std::unique_ptr<RowSource>> OpenVectors(const std::string& path, std::string_view format) {
  auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*in) return Status(Code::kNotFound, "cannot be opened");
  if (format == "npy") return OpenNpy(std::move(in));
  const Component component = format == "fvecs" ? Component::kF32 : Component::kU8;
  return std::unique_ptr<RowSource>(std::make_unique<VectorRows>(std::move(in), component, 0, UINT64_MAX));
}

}  // namespace quire::ingest
