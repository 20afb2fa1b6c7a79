#include "engine/base/huge_buffer.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/mman.h>

#include <cstring>
#include <new>
#include <utility>

namespace quire {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kPage = 4096;
constexpr std::align_val_t kAlignment{64};

// What does not fill a huge page at the end is in small ones: nothing is taken that was not asked for.
size_t Mapped(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// Maps one huge page more than asked for and gives back what lies before and behind the part that begins on one.
uint8_t* Map(size_t bytes) {
  const size_t room = Mapped(bytes) + kHugePage;
  void* const mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(mapped);
  const size_t before = (kHugePage - address % kHugePage) % kHugePage;
  auto* const data = static_cast<uint8_t*>(mapped) + before;
  if (before > 0) munmap(mapped, before);
  munmap(data + Mapped(bytes), kHugePage - before);
  madvise(data, Mapped(bytes), MADV_HUGEPAGE);  // a wish: without it the memory is as good, only slower
  return data;
}

}  // namespace

HugeBuffer::HugeBuffer(size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  if (bytes >= kHugePage) {
    data_ = Map(bytes);
  } else {
    data_ = new (kAlignment) uint8_t[bytes];
    std::memset(data_, 0, bytes);
  }
}

HugeBuffer::~HugeBuffer() {
  if (size_ >= kHugePage) {
    munmap(data_, Mapped(size_));
  } else if (data_ != nullptr) {
    ::operator delete[](data_, kAlignment);
  }
}

HugeBuffer::HugeBuffer(HugeBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

HugeBuffer& HugeBuffer::operator=(HugeBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void ReturnFreedMemory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace quire
