#include "tests/crash/workload.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace quire::crash {
namespace {

constexpr uint32_t kDim = 24;          // of "points"
constexpr size_t kChunksTarget = 150;  // of a collection: above it more is deleted than inserted
constexpr size_t kGoneMax = 20;

constexpr const char* kWords[] = {"storage", "bucket",  "label",   "export",  "project", "image",   "audio",
                                  "model",   "predict", "install", "docker",  "python",  "cluster", "token",
                                  "review",  "team",    "import",  "webhook", "region",  "polygon", "and"};
constexpr const char* kLanguages[] = {"en", "de", "fr", "ja"};

}  // namespace

std::vector<CollectionSchema> Schemas() {
  CollectionSchema docs;
  docs.name = "docs";
  docs.attributes = {
      {"serial", Type::kInteger}, {"lang", Type::kText}, {"weight", Type::kReal}, {"tags", Type::kTextArray}};
  CollectionSchema points;
  points.name = "points";
  points.attributes = {{"serial", Type::kInteger}, {"lang", Type::kText}};
  points.metric = Metric::kL2;
  points.embedder = "none";
  points.dim = kDim;
  points.raw = RawVectors::kF32;
  return {docs, points};
}

std::string MarkerWord(int64_t serial) {
  std::string word = "q";
  for (auto rest = static_cast<uint64_t>(serial); rest > 0; rest /= 6) word.push_back("bkmvxz"[rest % 6]);
  return word + "q";
}

Chunk Workload::NewVersion(const std::string& collection, const std::string& id) {
  Chunk chunk;
  chunk.id = id;
  chunk.created_at = 1'700'000'000'000'000;
  const int64_t serial = next_serial_++;
  chunk.text = MarkerWord(serial);
  for (size_t count = 3 + Draw(40); count > 0; --count) chunk.text.append(" ").append(kWords[Draw(std::size(kWords))]);
  chunk.attributes = {Value::Integer(serial), Value::Text(kLanguages[Draw(std::size(kLanguages))])};
  if (collection == "docs") {
    chunk.attributes.push_back(Draw(5) == 0 ? Value::Null() : Value::Real(static_cast<double>(Draw(1000)) / 8));
    chunk.attributes.push_back(Value::TextArray({kWords[Draw(5)], kWords[5 + Draw(5)]}));
  } else {
    for (uint32_t i = 0; i < kDim; ++i) chunk.embedding.push_back(static_cast<float>(Draw(20'000)) / 1000.0F - 10.0F);
  }
  return chunk;
}

std::string Workload::DrawId(const ExpectedCollection& expected) {
  const auto chunk = std::next(expected.chunks.begin(), static_cast<std::ptrdiff_t>(Draw(expected.chunks.size())));
  // The progress chunk is left alone: the next one takes its place, or the one before.
  if (chunk->first != kProgressId) return chunk->first;
  return std::next(chunk) != expected.chunks.end() ? std::next(chunk)->first : expected.chunks.begin()->first;
}

// A document's chunks: some of those it has, unchanged, in their order, and new ones.
Change Workload::DrawDocument(const std::string& collection) {
  Change change;
  change.kind = Change::Kind::kPutDocument;
  change.collection = collection;
  change.document.uri = "folder/page" + std::to_string(Draw(12)) + ".md";
  change.document.title = kWords[Draw(std::size(kWords))];
  change.document.size = 1 + Draw(10'000);
  for (const auto& [id, chunk] : expected_[collection].chunks) {
    if (chunk.uri == change.document.uri && Draw(3) != 0) change.chunks.push_back(chunk);
  }
  for (size_t count = Draw(5); count > 0; --count) {
    change.chunks.push_back(NewVersion(collection, "part " + std::to_string(next_id_++)));
    change.chunks.back().section = kWords[Draw(std::size(kWords))];
  }
  for (uint32_t ordinal = 0; Chunk & chunk : change.chunks) {
    chunk.uri = change.document.uri;
    chunk.ordinal = ordinal++;
  }
  return change;
}

Change Workload::DrawChange(const std::string& collection) {
  const ExpectedCollection& expected = expected_[collection];
  Change change;
  change.collection = collection;
  const size_t dice = Draw(100) + (expected.chunks.size() > kChunksTarget ? 25 : 0);
  if (dice < 45 || expected.chunks.size() < 2) {
    change.chunk = NewVersion(collection, "chunk " + std::to_string(next_id_++));
  } else if (dice < 70) {
    const std::string id = DrawId(expected);
    const Chunk& old = expected.chunks.at(id);
    change.kind = Change::Kind::kPut;
    change.chunk = NewVersion(collection, id);
    change.chunk.uri = old.uri;
    change.chunk.ordinal = old.ordinal;
    change.chunk.section = old.section;
  } else if (dice < 85) {
    return DrawDocument(collection);
  } else if (dice < 87 && !expected.documents.empty()) {
    change.kind = Change::Kind::kDeleteDocument;
    change.id =
        std::next(expected.documents.begin(), static_cast<std::ptrdiff_t>(Draw(expected.documents.size())))->first;
  } else {
    change.kind = Change::Kind::kDelete;
    change.id = DrawId(expected);
  }
  return change;
}

void Workload::Remove(ExpectedCollection* expected, const std::string& id) {
  const auto found = expected->chunks.find(id);
  if (found == expected->chunks.end()) return;
  expected->gone.push_back(found->second);
  if (expected->gone.size() > kGoneMax) expected->gone.erase(expected->gone.begin());
  expected->chunks.erase(found);
}

void Workload::Apply(const Change& change) {
  ExpectedCollection& expected = expected_[change.collection];
  const auto remove_chunks_of = [&](const std::string& uri, const std::vector<Chunk>& but) {
    std::vector<std::string> ids;
    for (const auto& [id, chunk] : expected.chunks) {
      const bool kept = std::any_of(but.begin(), but.end(), [&id = id](const Chunk& other) { return other.id == id; });
      if (chunk.uri == uri && !kept) ids.push_back(id);
    }
    for (const std::string& id : ids) Remove(&expected, id);
  };
  switch (change.kind) {
    case Change::Kind::kInsert:
    case Change::Kind::kPut:
      Remove(&expected, change.chunk.id);
      expected.chunks[change.chunk.id] = change.chunk;
      break;
    case Change::Kind::kDelete: Remove(&expected, change.id); break;
    case Change::Kind::kPutDocument:
      remove_chunks_of(change.document.uri, change.chunks);
      for (const Chunk& chunk : change.chunks) expected.chunks[chunk.id] = chunk;
      expected.documents[change.document.uri] = change.document;
      break;
    case Change::Kind::kDeleteDocument:
      remove_chunks_of(change.id, {});
      expected.documents.erase(change.id);
      break;
  }
}

// A document goes when its last chunk is deleted on its own; one that was put without chunks stays.
void Workload::RemoveEmptyDocuments(const std::vector<Change>& changes) {
  for (auto& [collection, expected] : expected_) {
    std::set<std::string>& empty = empty_documents_[collection];
    std::set<std::string> kept = empty;
    for (const Change& change : changes) {
      if (change.kind == Change::Kind::kPutDocument && change.collection == collection)
        kept.insert(change.document.uri);
    }
    for (const auto& [id, chunk] : expected.chunks) kept.insert(chunk.uri);
    std::erase_if(expected.documents, [&kept](const auto& document) { return !kept.contains(document.first); });
    empty.clear();
    for (const auto& [uri, document] : expected.documents) empty.insert(uri);
    for (const auto& [id, chunk] : expected.chunks) empty.erase(chunk.uri);
  }
}

std::vector<Change> Workload::Next() {
  ++transactions_;
  std::vector<Change> changes;
  const size_t count = Draw(12) == 0 ? 40 + Draw(110) : 1 + Draw(4);
  for (size_t i = 0; i < count; ++i) {
    changes.push_back(DrawChange(Draw(3) == 0 ? "points" : "docs"));
    Apply(changes.back());
  }
  RemoveEmptyDocuments(changes);
  Change progress;
  progress.kind = Change::Kind::kPut;
  progress.collection = "docs";
  progress.chunk.id = kProgressId;
  progress.chunk.text = "progress";
  progress.chunk.created_at = 1;
  // Negative, so that it is not the serial of another chunk.
  progress.chunk.attributes = {Value::Integer(-static_cast<int64_t>(transactions_)), Value(), Value(), Value()};
  changes.push_back(progress);
  expected_["docs"].chunks[progress.chunk.id] = progress.chunk;
  return changes;
}

Status Execute(Database& database, const std::vector<Change>& changes) {
  const auto transaction = database.Begin();
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::Kind::kInsert: QUIRE_RETURN_IF_ERROR(transaction->Insert(change.collection, change.chunk)); break;
      case Change::Kind::kPut: QUIRE_RETURN_IF_ERROR(transaction->Put(change.collection, change.chunk)); break;
      case Change::Kind::kDelete:
        QUIRE_RETURN_IF_ERROR(transaction->Delete(change.collection, change.id).status());
        break;
      case Change::Kind::kPutDocument:
        QUIRE_RETURN_IF_ERROR(transaction->PutDocument(change.collection, change.document, change.chunks).status());
        break;
      case Change::Kind::kDeleteDocument:
        QUIRE_RETURN_IF_ERROR(transaction->DeleteDocument(change.collection, change.id).status());
        break;
    }
  }
  return transaction->Commit();
}

}  // namespace quire::crash
