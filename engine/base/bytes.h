// Bytes: building and taking apart keys (big-endian, so that they sort) and values (little-endian, varints).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace quire {

// Appends integers big-endian, so that the bytes order as the numbers do.
template <typename T>
void AppendBigEndian(std::string* out, T value) {
  static_assert(std::is_unsigned_v<T>);
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(static_cast<uint8_t>(value >> shift)));
  }
}

// REQUIRES: bytes.size() >= sizeof(T).
template <typename T>
T ReadBigEndian(std::string_view bytes) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | static_cast<uint8_t>(bytes[i]));
  return value;
}

// Appends a trivially copyable value as it lies in memory (little-endian machines only: checked in bytes.cc).
template <typename T>
void AppendRaw(std::string* out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendVarint(std::string* out, uint64_t value);                 // LEB128, 1 to 10 bytes
void AppendString(std::string* out, std::string_view value);         // varint length, then the bytes

// Takes values off the front of bytes that nobody vouches for. After the first failure every read gives zero or
// empty and ok() is false: check once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T Raw() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (rest_.size() < sizeof(T)) return Fail(), value;
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  uint64_t Varint();
  std::string_view String();              // borrowed from the input
  std::string_view Take(size_t count);    // borrowed from the input

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }   // everything read, nothing left over
  std::string_view rest() const { return rest_; }

 private:
  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace quire
