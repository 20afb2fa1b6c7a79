#include "engine/filter/ordered_key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"

namespace quire::filter {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;

void AppendOrderedInteger(std::string* out, int64_t value) {
  AppendBigEndian(out, static_cast<uint64_t>(value) ^ kSignBit);
}

// IEEE 754 orders by bits among numbers of one sign; negative ones the wrong way round.
void AppendOrderedReal(std::string* out, double value) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  if (value == 0) value = 0;  // -0.0
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  AppendBigEndian(out, (bits & kSignBit) != 0 ? ~bits : bits | kSignBit);
}

// A zero byte becomes 00 FF; 00 00 ends a text and 00 01 one that was cut, so that a text sorts before what it begins.
void AppendOrderedText(std::string* out, std::string_view text) {
  for (const char byte : text.substr(0, kOrderedTextBytes)) {
    out->push_back(byte);
    if (byte == '\0') out->push_back('\xFF');
  }
  out->push_back('\0');
  if (text.size() <= kOrderedTextBytes) {
    out->push_back('\0');
    return;
  }
  out->push_back('\x01');
  const Hash128 hash = HashOf128(text);
  static_assert(sizeof hash == kTextHashBytes);
  out->append(hash.begin(), hash.end());
}

std::optional<Value> DecodeOrderedText(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] != '\0') {
      text.push_back(bytes[i]);
    } else if (bytes[++i] == '\xFF') {
      text.push_back('\0');
    } else {
      const bool whole = bytes[i] == '\0' && i + 1 == bytes.size();
      return whole ? std::optional<Value>(Value::Text(std::move(text))) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> DecodeOrdered(std::string_view encoded, Type type) {
  if (encoded.empty()) return std::nullopt;
  if (encoded.front() == kNullTag) return Value::Null();
  const std::string_view bytes = encoded.substr(1);
  if (type == Type::kText) return DecodeOrderedText(bytes);
  if (type == Type::kBoolean) return bytes.size() == 1 ? std::optional(Value::Boolean(bytes[0] != 0)) : std::nullopt;
  if (bytes.size() != sizeof(uint64_t)) return std::nullopt;
  const auto bits = ReadBigEndian<uint64_t>(bytes);
  const auto integer = static_cast<int64_t>(bits ^ kSignBit);
  switch (type) {
    case Type::kInteger: return Value::Integer(integer);
    case Type::kDate: return Value::Date(integer);
    case Type::kTimestamp: return Value::Timestamp(integer);
    case Type::kReal: return Value::Real(std::bit_cast<double>((bits & kSignBit) != 0 ? bits ^ kSignBit : ~bits));
    default: return std::nullopt;
  }
}

std::string EncodeOrdered(const Value& value) {
  if (value.is_null()) return std::string(1, kNullTag);
  std::string out(1, kValueTag);
  switch (value.type()) {
    case Type::kBoolean: out.push_back(value.boolean() ? '\x01' : '\x00'); break;
    case Type::kInteger:
    case Type::kDate:
    case Type::kTimestamp: AppendOrderedInteger(&out, value.integer()); break;
    case Type::kReal: AppendOrderedReal(&out, value.real()); break;
    case Type::kText: AppendOrderedText(&out, value.text()); break;
    default: break;
  }
  return out;
}

bool IsOrderExact(const Value& value) {
  return value.type() != Type::kText || value.text().size() <= kOrderedTextBytes;
}

std::vector<std::string> IndexedForms(const Value& value) {
  if (value.type() == Type::kJson || value.type() == Type::kVector) return {};
  if (value.type() != Type::kTextArray) return {EncodeOrdered(value)};
  std::vector<std::string> forms;
  forms.reserve(value.texts().size());
  for (const std::string& element : value.texts()) forms.push_back(EncodeOrdered(Value::Text(element)));
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

std::string LongTextStem(const Value& value) {
  std::string stem = EncodeOrdered(value);
  stem.resize(stem.size() - kTextHashBytes);
  return stem;
}

std::string PrefixEnd(std::string prefix) {
  while (prefix.back() == '\xFF') prefix.pop_back();
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

Result<BitmapKey> ParseBitmapKey(std::string_view key) {
  BitmapKey parts;
  // As storage::AttributePrefix makes it: a kind byte, collection, column.
  constexpr size_t kCollectionAt = 1, kColumnAt = kCollectionAt + sizeof parts.collection,
                   kValueAt = kColumnAt + sizeof parts.column, kLeast = kValueAt + 1 + kBlockBytes;
  if (key.size() < kLeast) {
    return Status(Code::kCorruption, "attribute index: key has " + std::to_string(key.size()) +
                                         " bytes, expected at least " + std::to_string(kLeast));
  }
  parts.collection = ReadBigEndian<uint32_t>(key.substr(kCollectionAt));
  parts.column = ReadBigEndian<uint16_t>(key.substr(kColumnAt));
  parts.value = key.substr(kValueAt, key.size() - kValueAt - kBlockBytes);
  parts.block = ReadBigEndian<uint16_t>(key.substr(key.size() - kBlockBytes));
  return parts;
}

}  // namespace quire::filter
