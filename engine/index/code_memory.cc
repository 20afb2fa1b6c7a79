#include "engine/index/code_memory.h"

#include <mutex>

#include "engine/base/huge_buffer.h"

namespace quire::index {
namespace {

constexpr size_t kPieceBytes = size_t{4} << 20;
constexpr size_t kAlignment = 64;

// The piece that bytes are cut from now. It holds no piece alive on its own: when all segments in it are gone, so is it.
struct Piece {
  std::mutex mutex;
  std::weak_ptr<HugeBuffer> memory;
  size_t used = 0;
};

Piece& CurrentPiece() {
  static Piece piece;
  return piece;
}

}  // namespace

CodeMemory CodeMemory::Own(size_t bytes) {
  auto memory = std::make_shared<HugeBuffer>(bytes);
  uint8_t* const data = memory->data();
  return {std::move(memory), data};
}

CodeMemory CodeMemory::Shared(size_t bytes) {
  if (bytes > kPieceBytes / 4) return Own(bytes);
  Piece& piece = CurrentPiece();
  std::lock_guard lock(piece.mutex);
  std::shared_ptr<HugeBuffer> memory = piece.memory.lock();
  if (memory == nullptr || piece.used + bytes > memory->size()) {
    memory = std::make_shared<HugeBuffer>(kPieceBytes);
    piece.memory = memory;
    piece.used = 0;
  }
  uint8_t* const data = memory->data() + piece.used;
  piece.used += (bytes + kAlignment - 1) / kAlignment * kAlignment;
  return {std::move(memory), data};
}

}  // namespace quire::index
