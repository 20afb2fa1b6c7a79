#include "engine/index/spilled_records.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/codec/raw_vector.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

constexpr size_t kPerCheck = 1024;

Status CannotSpill(const std::string& directory, size_t bytes, int error) {
  return Status(Code::kIoError,
                "cannot keep " + std::to_string(bytes) + " bytes of codes in '" + directory + "': " + std::strerror(error),
                "give it room, or open the database with a larger memory_limit");
}

}  // namespace

Result<std::unique_ptr<SpilledRecords>> SpilledRecords::Make(const IndexView& view, const storage::Snapshot& snapshot,
                                                             const std::string& directory,
                                                             function_ref<bool()> stopped) {
  std::unique_ptr<SpilledRecords> spilled(new SpilledRecords);
  spilled->metric_ = view.parameters().metric;
  spilled->padded_dim_ = view.encoder().padded_dim();
  QUIRE_RETURN_IF_ERROR(spilled->Map(directory, view.size() * codec::RecordBytes(spilled->padded_dim_)));
  QUIRE_RETURN_IF_ERROR(spilled->Fill(view, snapshot, stopped));
  return spilled;
}

SpilledRecords::~SpilledRecords() {
  if (records_ != nullptr) ::munmap(records_, bytes_);
}

Status SpilledRecords::Map(const std::string& directory, size_t bytes) {
  const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return CannotSpill(directory, bytes, errno);
  // All of it is there before any is written: a full disk is an error here and not a signal later.
  int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  void* mapped = MAP_FAILED;
  if (error == 0) {
    mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) error = errno;
  }
  ::close(file);
  if (error != 0) return CannotSpill(directory, bytes, error);
  records_ = static_cast<uint8_t*>(mapped);
  bytes_ = bytes;
  return {};
}

Status SpilledRecords::Fill(const IndexView& view, const storage::Snapshot& snapshot,
                            function_ref<bool()> stopped) {
  const Parameters& parameters = view.parameters();
  const std::string prefix = storage::IndexPrefix('R', parameters.collection, parameters.generation);
  const size_t record_bytes = codec::RecordBytes(padded_dim_);
  std::vector<float> vector(parameters.dim), scratch;
  numbers_.reserve(view.size());
  storage::Cursor cursor = snapshot.ScanPrefix(storage::Family::kRaw, prefix, storage::Caching::kBypass);
  for (; cursor.Valid(); cursor.Next()) {
    if (numbers_.size() % kPerCheck == 0 && stopped()) return Status(Code::kCancelled, "cancelled");
    const std::string_view rest = cursor.key().substr(prefix.size());
    const uint32_t number = rest.size() == sizeof(uint32_t) ? ReadBigEndian<uint32_t>(rest) : ~0u;
    const std::string name = ObjectName(parameters, "stored vector", number);
    if (rest.size() != sizeof(uint32_t) || !codec::ReadRawVector(parameters.raw, cursor.value(), vector)) {
      return Status(Code::kCorruption, name + " has the wrong size");
    }
    if (numbers_.size() == view.size()) return Status(Code::kCorruption, name + " is one more than there should be");
    view.encoder().Encode(vector, &scratch, records_ + numbers_.size() * record_bytes);
    numbers_.push_back(number);
  }
  QUIRE_RETURN_IF_ERROR(cursor.status());
  if (numbers_.size() == view.size()) return {};
  return Status(Code::kCorruption, ObjectName(parameters, "stored vectors", static_cast<uint32_t>(numbers_.size())) +
                                       " are fewer than the index has: " + std::to_string(view.size()));
}

graph::Source SpilledRecords::source() const {
  graph::Source source;
  source.metric = metric_;
  source.padded_dim = padded_dim_;
  source.numbers = numbers_;
  for (size_t i = 0; i < numbers_.size(); ++i) source.records.push_back(records_ + i * codec::RecordBytes(padded_dim_));
  return source;
}

}  // namespace quire::index
