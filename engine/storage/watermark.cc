#include "engine/storage/watermark.h"

#include <fcntl.h>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"

namespace quire::storage {
namespace {

std::string PathIn(const std::string& directory) { return directory + "/" + std::string(Watermark::kFileName); }

std::string Encode(uint64_t sequence) {
  std::string bytes(Watermark::kMagic);
  AppendRaw(&bytes, sequence);
  AppendRaw(&bytes, Hash64(bytes));
  return bytes;
}

}  // namespace

std::optional<uint64_t> Watermark::Read(const std::string& directory) {
  const PosixFile file(PathIn(directory), O_RDONLY);
  if (!file.is_open()) return std::nullopt;
  const std::string bytes = file.ReadPrefix(kBytes);
  ByteReader reader(bytes);
  reader.Take(kMagic.size());
  const auto sequence = reader.Raw<uint64_t>();
  if (bytes != Encode(sequence)) return std::nullopt;
  return sequence;
}

Result<std::unique_ptr<Watermark>> Watermark::Open(const std::string& directory, uint64_t sequence) {
  PosixFile file(PathIn(directory), O_RDWR | O_CREAT);
  if (!file.is_open()) return ErrnoStatus("cannot open", PathIn(directory), errno);
  std::unique_ptr<Watermark> watermark(new Watermark(std::move(file)));
  const std::string bytes = Encode(sequence);
  if (!watermark->file_.WriteAt(bytes, 0)) return ErrnoStatus("cannot write", PathIn(directory), errno);
  watermark->sequence_ = sequence;
  return watermark;
}

void Watermark::Advance(uint64_t sequence) {
  std::lock_guard lock(mutex_);
  if (sequence <= sequence_) return;
  if (file_.WriteAt(Encode(sequence), 0)) sequence_ = sequence;
}

}  // namespace quire::storage
