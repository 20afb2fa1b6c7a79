#include "engine/db/trained.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/db/reader.h"
#include "engine/storage/keys.h"

namespace quire::db {
namespace {

using storage::Family;

constexpr size_t kPartBytes = size_t{1} << 20;
constexpr uint64_t kTrainFrom = 500;   // chunks: below, there is too little to learn (measured: 597 texts gain, 82 lose)
// How many times as many as it was trained on for another training: most was not seen, or what was is no longer a sample of all.
constexpr double kGrownSmall = 1.25, kGrown = 2;
constexpr size_t kTextBytesMax = 16'384;  // of a chunk that training looks at

}  // namespace

void PutTrained(uint32_t collection, uint32_t generation, std::string_view bytes, storage::Batch* batch) {
  for (uint32_t part = 0; !bytes.empty(); ++part) {
    batch->Put(Family::kTree, storage::TrainedPartKey(collection, generation, part), bytes.substr(0, kPartBytes));
    bytes.remove_prefix(std::min(bytes.size(), kPartBytes));
  }
}

namespace {

Result<std::string> ReadBytes(uint32_t collection, uint32_t generation, const storage::Snapshot& snapshot) {
  std::string bytes;
  storage::Cursor cursor = snapshot.ScanPrefix(Family::kTree, storage::IndexPrefix('V', collection, generation));
  for (; cursor.Valid(); cursor.Next()) bytes.append(cursor.value());
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return bytes;
}

}  // namespace

Status CopyTrained(uint32_t collection, uint32_t from, uint32_t to, const storage::Snapshot& snapshot, storage::Batch* batch) {
  QUIRE_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(collection, from, snapshot));
  PutTrained(collection, to, bytes, batch);
  return {};
}

Result<std::shared_ptr<const Embedder>> ReadTrained(uint32_t collection, uint32_t generation,
                                                    const storage::Snapshot& snapshot) {
  QUIRE_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(collection, generation, snapshot));
  QUIRE_ASSIGN_OR_RETURN(embed::TrainedModel model, embed::ParseTrainedModel(bytes));
  return embed::MakeTrainedEmbedder(std::move(model));
}

Result<embed::TrainedModel> TrainOn(const CollectionState& collection, const storage::Snapshot& snapshot,
                                    std::function<bool(double)> progress) {
  constexpr double kRead = 0.1;
  QUIRE_ASSIGN_OR_RETURN(const auto table, collection.Table(snapshot));
  const uint64_t live = table->live_count();
  const uint64_t count = std::min<uint64_t>(live, embed::kTrainingTextsMax);
  std::vector<Chunk> chunks;
  chunks.reserve(count);
  uint64_t seen = 0;
  Status status;
  table->Live().ForEach([&](ChunkNumber number) {
    // Evenly: the chunk is taken where the count so far falls behind its share.
    const bool taken = ++seen * count >= (chunks.size() + 1) * live;
    if (!taken) return true;
    auto record = ReadChunk(collection, snapshot, number, {.text = true, .embedding = false});
    if (!record.ok()) status = record.status();
    if (status.ok() && chunks.size() % 1024 == 0 && !progress(kRead * static_cast<double>(seen) / static_cast<double>(live))) {
      status = Status(Code::kCancelled, "cancelled");
    }
    if (status.ok()) chunks.push_back(std::move(record->chunk));
    return status.ok();
  });
  QUIRE_RETURN_IF_ERROR(std::move(status));
  std::vector<std::string> headings(chunks.size());
  std::vector<embed::TrainingText> texts;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const Chunk& chunk = chunks[i];
    headings[i] = chunk.title + "\n" + chunk.section;
    const uint64_t document = Hash64(chunk.uri.empty() ? chunk.id : chunk.uri);
    texts.push_back({headings[i], std::string_view(chunk.text).substr(0, kTextBytesMax), document});
  }
  embed::TrainingOptions options;
  options.progress = [&](double done) { return progress(kRead + (1 - kRead) * done); };
  return embed::Train(collection.analyzer(), texts, options);
}

bool WantsTraining(const CollectionState& collection) {
  const CatalogEntry& entry = collection.entry();
  if (entry.schema.embedder != kBuiltin || entry.second) return false;
  const uint64_t chunks = collection.counters().chunks;
  if (entry.made_by.name != kTrained) return chunks >= kTrainFrom;
  const double grown = entry.trained_on < embed::kTrainingTextsMax ? kGrownSmall : kGrown;
  return static_cast<double>(chunks) >= grown * static_cast<double>(std::max(kTrainFrom, entry.trained_on));
}

std::string IndexedTextOf(const Chunk& chunk) {
  std::string text;
  for (const std::string* part : {&chunk.title, &chunk.section, &chunk.text}) {
    if (!part->empty()) text.append(text.empty() ? "" : "\n").append(*part);
  }
  return text;
}

}  // namespace quire::db
