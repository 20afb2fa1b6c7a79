#include "engine/index/spilled_records.h"

#include "engine/base/bytes.h"
#include "engine/codec/raw_vector.h"
#include "engine/index/stored_value.h"
#include "engine/storage/keys.h"

namespace quire::index {
namespace {

constexpr size_t kPerCheck = 1024;

}  // namespace

Result<std::unique_ptr<SpilledRecords>> SpilledRecords::Make(const IndexView& view, const storage::Snapshot& snapshot,
                                                             const std::string& directory,
                                                             function_ref<bool()> stopped) {
  std::unique_ptr<SpilledRecords> spilled(new SpilledRecords);
  spilled->metric_ = view.parameters().metric;
  spilled->padded_dim_ = view.encoder().padded_dim();
  QUIRE_ASSIGN_OR_RETURN(spilled->file_, SpillFile::Make(view.size() * codec::RecordBytes(spilled->padded_dim_), directory));
  QUIRE_RETURN_IF_ERROR(spilled->Fill(view, snapshot, stopped));
  return spilled;
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
    view.encoder().Encode(vector, &scratch, file_->data() + numbers_.size() * record_bytes);
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
  for (size_t i = 0; i < numbers_.size(); ++i) source.records.push_back(file_->data() + i * codec::RecordBytes(padded_dim_));
  return source;
}

}  // namespace quire::index
