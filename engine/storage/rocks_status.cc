#include "engine/storage/rocks_status.h"

#include <string>

namespace quire::storage {
namespace {

Code CodeOf(const rocksdb::Status& status) {
  switch (status.code()) {
    case rocksdb::Status::kOk: return Code::kOk;
    case rocksdb::Status::kNotFound: return Code::kNotFound;
    case rocksdb::Status::kCorruption: return Code::kCorruption;
    case rocksdb::Status::kNotSupported: return Code::kUnsupported;
    case rocksdb::Status::kMemoryLimit: return Code::kResourceExhausted;
    case rocksdb::Status::kInvalidArgument: return Code::kInternal;  // Quire called RocksDB wrongly
    default: return Code::kIoError;
  }
}

}  // namespace

Status FromRocks(const rocksdb::Status& status, std::string_view where) {
  if (status.ok()) return {};
  const Code code = CodeOf(status);
  std::string message(where);
  if (code == Code::kCorruption) {
    message.append(": damaged: ");
    message.append(status.getState() != nullptr ? status.getState() : "no details");
    return Status(code, std::move(message), "CHECK DATABASE lists what is damaged; " + std::string(kMendDamage));
  }
  message.append(": ").append(status.ToString());
  return Status(code, std::move(message));
}

}  // namespace quire::storage
