#include "bench/ann/vector_files.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "engine/simd/kernels.h"

namespace quire::bench {
namespace {

// A file, also one packed by gzip: zlib reads others as they are.
class Input {
 public:
  explicit Input(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (file_ != nullptr) gzbuffer(file_, 1 << 20);
  }
  ~Input() {
    if (file_ != nullptr) gzclose(file_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  bool is_open() const { return file_ != nullptr; }
  // Reads exactly `size` bytes. False: at the end of the file, or it ends before.
  bool Read(void* to, size_t size) {
    auto* at = static_cast<char*>(to);
    while (size > 0) {
      const int got = gzread(file_, at, static_cast<unsigned>(std::min<size_t>(size, 1 << 30)));
      if (got <= 0) return false;
      at += got;
      size -= static_cast<size_t>(got);
    }
    return true;
  }
  Status Damaged(const std::string& what) const { return {Code::kCorruption, "file '" + path_ + "': " + what}; }

 private:
  std::string path_;
  gzFile file_;
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

enum class Component { kI8, kU8, kF16, kF32 };

size_t BytesOf(Component type) { return type == Component::kF32 ? 4 : type == Component::kF16 ? 2 : 1; }

// `count` components as they stand in a file (little-endian, as this machine is) to floats.
void ToFloats(Component type, const uint8_t* from, size_t count, float* to) {
  switch (type) {
    case Component::kF32: std::memcpy(to, from, count * 4); break;
    case Component::kF16: {
      std::vector<uint16_t> halves(count);
      std::memcpy(halves.data(), from, count * 2);
      simd::ActiveKernels().from_f16(halves.data(), to, count);
      break;
    }
    case Component::kI8:
      for (size_t i = 0; i < count; ++i) to[i] = static_cast<float>(static_cast<int8_t>(from[i]));
      break;
    case Component::kU8:
      for (size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
      break;
  }
}

// .fvecs and .bvecs: before each row its dimension.
Result<Vectors> ReadVecs(Input* input, Component type, size_t limit) {
  Vectors vectors;
  std::vector<uint8_t> bytes;
  for (int32_t dim = 0; (limit == 0 || vectors.rows < limit) && input->Read(&dim, 4);) {
    if (dim <= 0 || (vectors.rows > 0 && static_cast<size_t>(dim) != vectors.dim)) {
      return input->Damaged("row " + std::to_string(vectors.rows) + " has " + std::to_string(dim) + " components");
    }
    vectors.dim = static_cast<size_t>(dim);
    bytes.resize(vectors.dim * BytesOf(type));
    if (!input->Read(bytes.data(), bytes.size())) return input->Damaged("ends inside a row");
    vectors.data.resize((vectors.rows + 1) * vectors.dim);
    ToFloats(type, bytes.data(), vectors.dim, vectors.row(vectors.rows++));
  }
  return vectors;
}

// `rows` rows of equal length, with nothing between them.
Result<Vectors> ReadPlain(Input* input, Component type, size_t rows, size_t dim, size_t limit) {
  Vectors vectors;
  vectors.rows = limit == 0 ? rows : std::min(rows, limit);
  vectors.dim = dim;
  vectors.data.resize(vectors.rows * dim);
  std::vector<uint8_t> bytes(dim * BytesOf(type));
  for (size_t row = 0; row < vectors.rows; ++row) {
    if (!input->Read(bytes.data(), bytes.size())) return input->Damaged("ends after row " + std::to_string(row));
    ToFloats(type, bytes.data(), dim, vectors.row(row));
  }
  return vectors;
}

// The text of a key in the header of a .npy file, which is a Python dictionary: from behind "'key':" to `end`.
std::string NpyField(const std::string& header, const std::string& key, char end) {
  size_t begin = header.find("'" + key + "':");
  if (begin == std::string::npos) return {};
  begin = header.find_first_not_of(" ('", begin + key.size() + 3);
  if (begin == std::string::npos) return {};
  return header.substr(begin, header.find(end, begin) - begin);
}

Result<Vectors> ReadNpy(Input* input, size_t limit) {
  uint8_t magic[8];
  uint8_t size[4] = {};
  if (!input->Read(magic, 8) || std::memcmp(magic, "\x93NUMPY", 6) != 0) return input->Damaged("is no .npy file");
  if (!input->Read(size, magic[6] == 1 ? 2 : 4)) return input->Damaged("ends in its header");
  std::string header(size[0] + (size_t{size[1]} << 8) + (size_t{size[2]} << 16), ' ');
  if (!input->Read(header.data(), header.size())) return input->Damaged("ends in its header");
  const std::string type = NpyField(header, "descr", '\'');
  size_t rows = 0, dim = 0;
  if (std::sscanf(NpyField(header, "shape", ')').c_str(), "%zu , %zu", &rows, &dim) != 2 || dim == 0) {
    return Status(Code::kUnsupported, "an array that is not two-dimensional");
  }
  if (NpyField(header, "fortran_order", ',') != "False") return Status(Code::kUnsupported, "an array in Fortran order");
  if (type == "|i1") return ReadPlain(input, Component::kI8, rows, dim, limit);
  if (type == "|u1") return ReadPlain(input, Component::kU8, rows, dim, limit);
  if (type == "<f2") return ReadPlain(input, Component::kF16, rows, dim, limit);
  if (type == "<f4") return ReadPlain(input, Component::kF32, rows, dim, limit);
  return Status(Code::kUnsupported, "an array of '" + type + "', expected |i1, |u1, <f2 or <f4");
}

// idx: 0, 0, type (8: bytes), dimensions; each dimension as a big-endian number; the values. All but the first
// dimension make the vector.
Result<Vectors> ReadIdx(Input* input, size_t limit) {
  uint8_t head[4];
  if (!input->Read(head, 4) || head[0] != 0 || head[1] != 0 || head[3] < 2) return input->Damaged("is no idx file");
  if (head[2] != 8) return Status(Code::kUnsupported, "an idx file that does not hold bytes");
  size_t rows = 0, dim = 1;
  for (int i = 0; i < head[3]; ++i) {
    uint8_t bytes[4];
    if (!input->Read(bytes, 4)) return input->Damaged("ends in its header");
    const size_t size = size_t{bytes[0]} << 24 | size_t{bytes[1]} << 16 | size_t{bytes[2]} << 8 | bytes[3];
    if (i == 0) rows = size;
    if (i > 0) dim *= size;
  }
  return ReadPlain(input, Component::kU8, rows, dim, limit);
}

Result<Vectors> ReadByName(const std::string& path, Input* input, const ReadOptions& options) {
  const Component byte = options.signed_bytes ? Component::kI8 : Component::kU8;
  if (EndsWith(path, ".fvecs")) return ReadVecs(input, Component::kF32, options.limit);
  if (EndsWith(path, ".bvecs")) return ReadVecs(input, byte, options.limit);
  if (EndsWith(path, ".npy")) return ReadNpy(input, options.limit);
  if (path.find("idx") != std::string::npos) return ReadIdx(input, options.limit);
  return Status(Code::kUnsupported, "a file of unknown kind", "kinds are .fvecs, .bvecs, .npy and ...-idx3-ubyte[.gz]");
}

}  // namespace

Result<Vectors> ReadVectors(const std::string& path, const ReadOptions& options) {
  Input input(path);
  if (!input.is_open()) return Status(Code::kIoError, "file '" + path + "' cannot be read");
  Result<Vectors> vectors = ReadByName(path, &input, options);
  if (!vectors.ok()) return std::move(vectors).status().Within("vectors '" + path + "'");
  if (vectors->rows == 0) return input.Damaged("holds no vectors");
  return vectors;
}

Result<Neighbors> ReadNeighbors(const std::string& path, size_t k) {
  Input input(path);
  if (!input.is_open()) return Status(Code::kIoError, "file '" + path + "' cannot be read");
  Neighbors neighbors{k, {}};
  std::vector<uint32_t> list;
  for (int32_t size = 0; input.Read(&size, 4);) {
    if (size < 0 || static_cast<size_t>(size) < k) return input.Damaged("a list is shorter than k");
    list.resize(static_cast<size_t>(size));
    if (!input.Read(list.data(), list.size() * 4)) return input.Damaged("ends inside a list");
    neighbors.rows.insert(neighbors.rows.end(), list.begin(), list.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return neighbors;
}

}  // namespace quire::bench
