#include "engine/storage/format.h"

#include "engine/base/bytes.h"
#include "engine/base/utf8.h"

namespace quire::storage {

std::string EncodeFormat(uint32_t number, std::string_view release) {
  std::string value(kFormatMagic);
  AppendRaw(&value, number);
  AppendString(&value, release);
  return value;
}

std::string_view Release() { return QUIRE_RELEASE; }

Status CheckFormat(const std::string& path, std::string_view value) {
  ByteReader reader(value);
  const bool ours = reader.Take(kFormatMagic.size()) == kFormatMagic;
  const auto number = reader.Raw<uint32_t>();
  const std::string_view release = reader.String();
  if (!ours || !reader.ok() || number == 0) return NotADatabase(path);
  if (number <= kFormatNumber) return {};
  return Status(Code::kUnsupported,
                "database '" + path + "': has format " + std::to_string(number) + ", written by Quire " +
                    Printable(release) + "; this is Quire " + std::string(Release()) + ", which reads formats up to " +
                    std::to_string(kFormatNumber),
                "open it with the newer release");
}

Status NotADatabase(const std::string& path) {
  return Status(Code::kInvalidArgument, "'" + path + "': not a Quire database",
                "name a directory that is empty, or not there yet");
}

}  // namespace quire::storage
