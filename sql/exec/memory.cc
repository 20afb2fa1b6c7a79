#include "sql/exec/memory.h"

#include <charconv>
#include <string>

#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

struct ByteUnit {
  std::string_view name;
  uint64_t bytes;
};
// From large to small: FormatBytes takes the first that fits.
constexpr ByteUnit kUnits[] = {{"GB", uint64_t{1} << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}};

}  // namespace

Status MemoryBudget::Take(uint64_t bytes, std::string_view what) {
  taken_ += bytes;
  if (taken_ <= limit_) return {};
  return Status(Code::kResourceExhausted,
                std::string(what) + " needs more than the " + FormatBytes(limit_) + " that work_memory allows a statement",
                "narrow it with WHERE or LIMIT, or SET work_memory = '" + FormatBytes(limit_ * 4) + "'");
}

uint64_t BytesOf(const Value& value) {
  uint64_t bytes = sizeof(Value);
  switch (value.type()) {
    case Type::kText:
    case Type::kJson: return bytes + value.text().capacity();
    case Type::kVector: return bytes + value.vector().capacity() * sizeof(float);
    case Type::kTextArray:
      for (const std::string& item : value.texts()) bytes += sizeof(std::string) + item.capacity();
      return bytes;
    default: return bytes;
  }
}

uint64_t BytesOf(const Row& row) {
  uint64_t bytes = sizeof(Row);
  for (const Value& value : row) bytes += BytesOf(value);
  return bytes;
}

Result<uint64_t> ParseBytes(const Value& value) {
  const std::string text = value.ToString();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const ByteUnit& known : kUnits) {
    if (error != std::errc() || (!unit.empty() && !SameName(known.name, unit))) continue;
    const uint64_t bytes = unit.empty() ? 1 : known.bytes;
    if (number > (uint64_t{1} << 50) / bytes) break;
    return number * bytes;
  }
  return Status(Code::kInvalidArgument, "expected a number of bytes such as '256MB', found " + Shown(value));
}

std::string FormatBytes(uint64_t bytes) {
  for (const ByteUnit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
  }
  return "0B";
}

}  // namespace quire::sql
