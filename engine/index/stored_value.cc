#include "engine/index/stored_value.h"

#include "engine/base/bytes.h"
#include "engine/base/hash.h"

namespace quire::index {
namespace {

constexpr uint32_t kMagic = 0x43455651;  // "QVEC"

struct Header {
  uint32_t magic = kMagic;
  uint8_t format = kFormatVersion;
  uint8_t kind = 0;
  uint16_t reserved = 0;
  uint32_t dim = 0;
  uint32_t count = 0;
  uint32_t version = 0;  // of the leaf: 0 in flat mode
  uint32_t number = 0;
};
static_assert(sizeof(Header) == 24);

Status Corrupt(std::string_view what, uint64_t found, uint64_t expected) {
  return Status(Code::kCorruption,
                std::string(what) + " is " + std::to_string(found) + ", expected " + std::to_string(expected));
}

Status CheckFormat(uint32_t format) {
  if (format <= kFormatVersion && format != 0) return {};
  return Status(Code::kUnsupported, "format version is " + std::to_string(format) + ", this release knows up to " +
                                        std::to_string(kFormatVersion));
}

// The bytes before the checksum at the end. Errors: kCorruption.
Result<std::string_view> CheckedBody(std::string_view value) {
  if (value.size() < sizeof(uint64_t)) return Status(Code::kCorruption, "value is cut short");
  const std::string_view body = value.substr(0, value.size() - sizeof(uint64_t));
  const auto stored = ByteReader(value.substr(body.size())).Raw<uint64_t>();
  if (stored != Hash64(body)) return Status(Code::kCorruption, "checksum does not match");
  return body;
}

}  // namespace

std::string SealValue(ValueKind kind, uint32_t dim, uint32_t count, uint32_t number, std::string_view payload) {
  Header header;
  header.kind = static_cast<uint8_t>(kind);
  header.dim = dim;
  header.count = count;
  header.number = number;
  std::string value;
  value.reserve(sizeof header + payload.size() + sizeof(uint64_t));
  AppendRaw(&value, header);
  value.append(payload);
  AppendRaw(&value, Hash64(value));
  return value;
}

Result<OpenedValue> OpenValue(std::string_view value, ValueKind kind, uint32_t dim, uint32_t number) {
  QUIRE_ASSIGN_OR_RETURN(const std::string_view body, CheckedBody(value));
  ByteReader reader(body);
  const auto header = reader.Raw<Header>();
  if (!reader.ok()) return Status(Code::kCorruption, "header is cut short");
  if (header.magic != kMagic) return Corrupt("magic number", header.magic, kMagic);
  QUIRE_RETURN_IF_ERROR(CheckFormat(header.format));
  if (header.kind != static_cast<uint8_t>(kind)) return Corrupt("kind", header.kind, static_cast<uint8_t>(kind));
  if (header.dim != dim) return Corrupt("dimension", header.dim, dim);
  if (header.number != number) return Corrupt("number", header.number, number);
  return OpenedValue{header.count, reader.rest()};
}

std::string EncodeParameters(const Parameters& parameters) {
  std::string value;
  AppendRaw(&value, static_cast<uint8_t>(kFormatVersion));
  AppendRaw(&value, static_cast<uint8_t>(parameters.metric));
  AppendRaw(&value, static_cast<uint8_t>(parameters.raw));
  AppendRaw(&value, uint8_t{0});
  AppendRaw(&value, parameters.dim);
  AppendRaw(&value, parameters.seed);
  AppendRaw(&value, Hash64(value));
  return value;
}

Status DecodeParameters(std::string_view value, Parameters* parameters) {
  QUIRE_ASSIGN_OR_RETURN(const std::string_view body, CheckedBody(value));
  ByteReader reader(body);
  const auto format = reader.Raw<uint8_t>();
  QUIRE_RETURN_IF_ERROR(CheckFormat(format));
  const auto metric = reader.Raw<uint8_t>();
  const auto raw = reader.Raw<uint8_t>();
  reader.Raw<uint8_t>();
  parameters->dim = reader.Raw<uint32_t>();
  parameters->seed = reader.Raw<uint64_t>();
  if (!reader.done()) return Status(Code::kCorruption, "parameters are cut short");
  if (metric > static_cast<uint8_t>(Metric::kInnerProduct)) return Corrupt("metric", metric, 0);
  if (raw > static_cast<uint8_t>(RawVectors::kF32)) return Corrupt("form of raw vectors", raw, 0);
  if (parameters->dim == 0 || parameters->dim > kMaxDim) return Corrupt("dimension", parameters->dim, kMaxDim);
  parameters->metric = static_cast<Metric>(metric);
  parameters->raw = static_cast<RawVectors>(raw);
  return {};
}

std::string ObjectName(const Parameters& parameters, std::string_view object, uint32_t number) {
  std::string name = "vector index ";
  name += std::to_string(parameters.collection) + "/" + std::to_string(parameters.generation) + ": ";
  name.append(object);
  return name + " " + std::to_string(number);
}

}  // namespace quire::index
