// Any bytes, with a checksum that is right, as stored values of the indexes: read whole, or refused.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/embed/trained_model.h"
#include "engine/filter/bitmap_block.h"
#include "engine/text/posting_block.h"

namespace {

void ReadPostings(std::string_view payload) {
  using namespace quire::text;
  for (const uint8_t version : {kPostingVersion, kPostingVersionUnpacked}) {
    std::string value(1, static_cast<char>(version));
    quire::AppendRaw(&value, static_cast<uint32_t>(quire::Hash64(payload)));
    value += payload;
    PostingBlockReader columns(7, value);
    uint64_t previous = 0;
    UnpackedGroup unpacked;
    if (columns.status().ok()) {
      for (const PackedGroup& group : columns.groups()) UnpackGroup(group, &unpacked);
    }
    PostingBlockReader rows(7, value);
    std::vector<uint32_t> positions;
    while (rows.Next()) {
      if (rows.number() < 7 || rows.number() < previous || rows.counts().total() == 0) std::abort();
      previous = uint64_t{rows.number()} + 1;
      positions.clear();
      rows.AppendPositions(&positions);
    }
    if (rows.Finished().ok() && previous == 0) std::abort();
  }
}

std::string WithChecksum(std::string_view payload) {
  std::string value(payload);
  quire::AppendRaw(&value, quire::Hash64(payload));
  return value;
}

void ReadBitmap(std::string_view stored) {
  const auto bitmap = quire::filter::DecodeBlock(stored, 0);
  if (!bitmap.ok()) return;
  if (bitmap->Count() == 0) std::abort();
  const auto again = quire::filter::DecodeBlock(quire::filter::EncodeBlock(*bitmap), 0);
  if (!again.ok() || again->Count() != bitmap->Count()) std::abort();
}

void ReadModel(std::string_view stored) {
  auto model = quire::embed::ParseTrainedModel(stored);
  if (!model.ok()) return;
  if (quire::embed::Serialize(*model) != stored) std::abort();
  const auto embedder = quire::embed::MakeTrainedEmbedder(*std::move(model));
  if (!embedder.ok()) return;
  std::vector<float> vector((*embedder)->identity().dim);
  const std::string_view text = "a text of seven words, and more";
  if (!(*embedder)->Embed({&text, 1}, quire::Embedder::Role::kDocument, vector).ok()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: ReadPostings(payload); break;
    case 1: ReadBitmap(WithChecksum(payload)); break;
    default: ReadModel(WithChecksum(payload));
  }
  return 0;
}
