#include "tests/crash/verify.h"

#include <cmath>

namespace quire::crash {
namespace {

constexpr size_t kLinesMax = 20;
constexpr double kSameDistance = 1e-3;  // f16 components

// Compares one collection and gathers what differs.
class Verifier {
 public:
  Verifier(const Reader& reader, std::string collection, const ExpectedCollection& expected,
           std::vector<std::string>* lines)
      : reader_(reader), collection_(std::move(collection)), expected_(expected), lines_(*lines) {}

  void Run() {
    const auto info = reader_.GetCollection(collection_);
    if (!Succeeds(info.status(), "GetCollection")) return;
    Expect(info->chunks == expected_.chunks.size(),
           "has " + std::to_string(info->chunks) + " chunks, expected " + std::to_string(expected_.chunks.size()));
    const auto count = reader_.Count(collection_, Filter());
    if (Succeeds(count.status(), "Count")) Expect(*count == expected_.chunks.size(), "Count disagrees");
    for (const auto& [id, chunk] : expected_.chunks) VerifyChunk(chunk);
    for (const Chunk& chunk : expected_.gone) VerifyGone(chunk);
    VerifyDocuments();
  }

 private:
  void Expect(bool holds, const std::string& what) {
    if (!holds && lines_.size() < kLinesMax) lines_.push_back(collection_ + ": " + what);
  }
  bool Succeeds(const Status& status, const std::string& what) {
    Expect(status.ok(), what + ": " + status.ToString());
    return status.ok();
  }

  static Filter BySerial(const Chunk& chunk) {
    return Filter::Compare(Filter::Op::kEqual, "serial", chunk.attributes[kSerialColumn]);
  }

  void VerifyChunk(const Chunk& expected) {
    const std::string name = "chunk '" + expected.id + "'";
    const auto number = reader_.Find(collection_, expected.id);
    if (!Succeeds(number.status(), name)) return;
    Expect(number->has_value(), name + " is missing");
    if (!*number) return;
    const auto chunk = reader_.Get(collection_, **number, {.text = true, .embedding = true});
    if (!Succeeds(chunk.status(), name)) return;
    Expect(chunk->id == expected.id && chunk->number == **number, name + " is another one");
    Expect(chunk->text == expected.text, name + " has another text: " + chunk->text);
    Expect(chunk->attributes == expected.attributes, name + " has other attributes");
    Expect(chunk->uri == expected.uri && chunk->section == expected.section && chunk->ordinal == expected.ordinal,
           name + " is at another place");
    if (!expected.embedding.empty()) Expect(chunk->embedding == expected.embedding, name + " has another embedding");
    VerifyVector(*chunk, name);
    VerifyFilter(expected, **number, name);
    VerifyWord(expected, {**number}, name);
  }

  // Only a chunk with the same vector may be nearer or equally near.
  void VerifyVector(const Chunk& chunk, const std::string& name) {
    SearchRequest request;
    request.vector = chunk.embedding;
    request.mode = SearchMode::kVector;
    request.exact = true;
    request.k = 3;
    const auto hits = reader_.Search(collection_, request);
    if (!Succeeds(hits.status(), name + " by vector")) return;
    bool found = false;
    for (const Hit& hit : *hits) found |= hit.number == chunk.number && std::fabs(hit.distance) < kSameDistance;
    Expect(found, name + " is not found by its vector");
  }

  void VerifyFilter(const Chunk& expected, ChunkNumber number, const std::string& name) {
    const auto cursor = reader_.Scan(collection_, BySerial(expected), {.text = false, .embedding = false});
    if (!Succeeds(cursor.status(), name + " by attribute")) return;
    Chunk found;
    const auto first = (*cursor)->Next(&found);
    if (!Succeeds(first.status(), name + " by attribute")) return;
    Expect(*first && found.number == number, name + " is not found by its attribute");
    const auto second = (*cursor)->Next(&found);
    Expect(second.ok() && !*second, name + " shares its attribute");
  }

  // MATCH for the word of this version gives exactly `numbers`.
  void VerifyWord(const Chunk& chunk, const std::vector<ChunkNumber>& numbers, const std::string& name) {
    SearchRequest request;
    request.text = chunk.text.substr(0, chunk.text.find(' '));
    request.mode = SearchMode::kWords;
    request.k = 3;
    const auto hits = reader_.Search(collection_, request);
    if (!Succeeds(hits.status(), name + " by word")) return;
    std::vector<ChunkNumber> found;
    for (const Hit& hit : *hits) found.push_back(hit.number);
    Expect(found == numbers, name + ": " + std::to_string(found.size()) + " chunks match '" + request.text + "'");
  }

  void VerifyGone(const Chunk& gone) {
    const std::string name = "former chunk '" + gone.id + "'";
    if (expected_.chunks.find(gone.id) == expected_.chunks.end()) {
      const auto number = reader_.Find(collection_, gone.id);
      if (Succeeds(number.status(), name)) Expect(!*number, name + " is still there");
    }
    const auto count = reader_.Count(collection_, BySerial(gone));
    if (Succeeds(count.status(), name)) Expect(*count == 0, name + " is still found by its attribute");
    VerifyWord(gone, {}, name);
  }

  void VerifyDocuments() {
    const auto documents = reader_.ListDocuments(collection_);
    if (!Succeeds(documents.status(), "ListDocuments")) return;
    Expect(documents->size() == expected_.documents.size(), "has " + std::to_string(documents->size()) +
                                                                " documents, expected " +
                                                                std::to_string(expected_.documents.size()));
    for (const Document& document : *documents) {
      const auto expected = expected_.documents.find(document.uri);
      const std::string name = "document '" + document.uri + "'";
      Expect(expected != expected_.documents.end(), name + " should not be there");
      if (expected == expected_.documents.end()) continue;
      Expect(document.title == expected->second.title && document.size == expected->second.size, name + " differs");
    }
  }

  const Reader& reader_;
  const std::string collection_;
  const ExpectedCollection& expected_;
  std::vector<std::string>& lines_;
};

}  // namespace

Result<uint64_t> CountTransactions(const Database& database) {
  const auto reader = database.reader();
  if (reader->ListCollections().empty()) return uint64_t{0};
  QUIRE_ASSIGN_OR_RETURN(const auto number, reader->Find("docs", kProgressId));
  if (!number) return uint64_t{0};
  QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader->Get("docs", *number, {.text = false, .embedding = false}));
  return static_cast<uint64_t>(-chunk.attributes.at(kSerialColumn).integer());
}

std::vector<std::string> Differences(const Database& database, const Expected& expected) {
  std::vector<std::string> lines;
  for (const auto& [collection, contents] : expected) Verifier(*database.reader(), collection, contents, &lines).Run();
  const auto faults = database.Check();
  if (!faults.ok()) lines.push_back("Check: " + faults.status().ToString());
  if (faults.ok()) lines.insert(lines.end(), faults->begin(), faults->end());
  return lines;
}

}  // namespace quire::crash
