// HugeBuffer: zeroed memory for large arrays that are read at random, on huge pages where the system gives them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace quire {

// 64-byte aligned. From 2 MiB on it is mapped on its own and the system is asked for huge pages: a random read then
// misses the cache but not the page tables too.
class HugeBuffer {
 public:
  HugeBuffer() = default;
  // Throws std::bad_alloc as new does.
  explicit HugeBuffer(size_t bytes);
  ~HugeBuffer();
  HugeBuffer(HugeBuffer&& other) noexcept;
  HugeBuffer& operator=(HugeBuffer&& other) noexcept;

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// The same for elements of a trivial type.
template <typename T>
class HugeArray {
 public:
  HugeArray() = default;
  explicit HugeArray(size_t count) : buffer_(count * sizeof(T)), count_(count) {}
  T* data() { return reinterpret_cast<T*>(buffer_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(buffer_.data()); }
  size_t size() const { return count_; }
  size_t memory_bytes() const { return buffer_.size(); }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  std::span<const T> view() const { return {data(), count_}; }

 private:
  HugeBuffer buffer_;
  size_t count_ = 0;
};

// Gives the system what was freed and the allocator keeps, where it can be told to: after work that took much for a while.
// Cost: some milliseconds.
void ReturnFreedMemory();

}  // namespace quire
