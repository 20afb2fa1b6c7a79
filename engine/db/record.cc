#include "engine/db/record.h"

#include "engine/base/bytes.h"
#include "engine/base/value_bytes.h"

namespace quire::db {
namespace {

constexpr uint8_t kRecordVersion = 1;  // of each kind of record here
constexpr uint8_t kSchemaVersion = 3;  // of a schema with what came after version 1; written where there is something to say

// Takes the version byte off and refuses what this release does not know.
Result<uint8_t> TakeVersion(ByteReader* in, const std::string& what, uint8_t most) {
  const auto version = in->Raw<uint8_t>();
  if (!in->ok()) return Status(Code::kCorruption, what + ": record is empty", "run CHECK DATABASE");
  if (version <= most) return version;
  return Status(Code::kUnsupported, what + ": record has version " + std::to_string(version) + ", expected at most " +
                                        std::to_string(most), "open it with a newer release");
}
Status CheckVersion(ByteReader* in, const std::string& what) { return TakeVersion(in, what, kRecordVersion).status(); }

Status Damaged(const std::string& what) {
  return Status(Code::kCorruption, what + ": record is damaged", "run CHECK DATABASE");
}

}  // namespace

std::string EncodeChunk(const ChunkRecord& record) {
  const Chunk& chunk = record.chunk;
  std::string out;
  out.reserve(chunk.text.size() + 256);
  AppendRaw(&out, kRecordVersion);
  AppendRaw(&out, record.index_hash);
  AppendVarint(&out, record.revision);
  for (const std::string* field : {&chunk.id, &chunk.uri, &chunk.title, &chunk.section, &chunk.anchor}) {
    AppendString(&out, *field);
  }
  AppendVarint(&out, chunk.ordinal);
  AppendVarint(&out, chunk.start);
  AppendVarint(&out, chunk.end);
  AppendRaw(&out, chunk.created_at);
  AppendVarint(&out, chunk.attributes.size());
  for (const Value& value : chunk.attributes) AppendValue(&out, value);
  out.append(chunk.text);
  return out;
}

Status DecodeChunk(std::string_view bytes, ChunkNumber number, ChunkParts parts, ChunkRecord* record) {
  const auto what = [&] { return "chunk " + std::to_string(number); };
  ByteReader in(bytes);
  if (Status status = CheckVersion(&in, "chunk"); !status.ok()) return std::move(status).Within(what());
  Chunk& chunk = record->chunk;
  chunk.number = number;
  record->index_hash = in.Raw<uint64_t>();
  record->revision = static_cast<uint32_t>(in.Varint());
  for (std::string* field : {&chunk.id, &chunk.uri, &chunk.title, &chunk.section, &chunk.anchor}) {
    field->assign(in.String());
  }
  chunk.ordinal = static_cast<uint32_t>(in.Varint());
  chunk.start = in.Varint();
  chunk.end = in.Varint();
  chunk.created_at = in.Raw<int64_t>();
  chunk.attributes.clear();
  for (uint64_t count = in.Varint(); count > 0 && in.ok(); --count) chunk.attributes.push_back(ReadValue(&in));
  if (!in.ok()) return Damaged(what());
  chunk.text.assign(parts.text ? in.rest() : std::string_view());
  chunk.indexed_text.clear();
  chunk.embedding.clear();
  return {};
}

std::string EncodeDocument(const Document& document) {
  std::string out;
  AppendRaw(&out, kRecordVersion);
  AppendString(&out, document.title);
  AppendRaw(&out, document.content_hash);
  AppendVarint(&out, document.size);
  AppendRaw(&out, document.modified_at);
  return out;
}

Result<Document> DecodeDocument(std::string_view bytes, std::string_view uri) {
  const auto what = [&] { return "document '" + std::string(uri) + "'"; };
  ByteReader in(bytes);
  if (Status status = CheckVersion(&in, "document"); !status.ok()) return std::move(status).Within(what());
  Document document;
  document.uri.assign(uri);
  document.title.assign(in.String());
  document.content_hash = in.Raw<Hash128>();
  document.size = in.Varint();
  document.modified_at = in.Raw<int64_t>();
  if (!in.done()) return Damaged(what());
  return document;
}

namespace {

// Whether an entry says what version 1 of its record has no place for.
bool NeedsVersion2(const CatalogEntry& entry) {
  return entry.second || entry.last_generation != entry.generation || entry.measured.queries > 0 ||
         entry.schema.recall_target != CollectionSchema().recall_target;
}

// What an embedder asked for meant before version 3.
std::string_view MadeByBefore3(std::string_view asked) { return asked == "builtin" ? "hashed" : asked; }

bool NeedsVersion3(const CatalogEntry& entry) {
  const auto says_more = [](const std::string& asked, const MadeBy& made_by) {
    if (made_by.name.empty()) return false;  // not said: as before
    return made_by.config != 0 || made_by.name != MadeByBefore3(asked);
  };
  if (says_more(entry.schema.embedder, entry.made_by) || entry.schema.vector_weight > 0 || entry.trained_on > 0) return true;
  const auto& second = entry.second;
  return second && (says_more(second->embedder, second->made_by) || second->written_from != kNoNumber ||
                    second->drop_previous || second->trained_on > 0);
}

void AppendMeasured(std::string* out, const Measured& measured) {
  AppendVarint(out, measured.queries);
  AppendRaw(out, measured.recall);
  AppendRaw(out, measured.median_us);
}
Measured ReadMeasured(ByteReader* in) {
  Measured measured;
  measured.queries = static_cast<uint32_t>(in->Varint());
  measured.recall = in->Raw<float>();
  measured.median_us = in->Raw<float>();
  return measured;
}

void AppendSecond(std::string* out, const SecondGeneration& second) {
  AppendVarint(out, second.number);
  AppendRaw(out, second.role);
  out->push_back(second.switch_when_ready ? 1 : 0);
  AppendVarint(out, second.copied_to);
  AppendString(out, second.embedder);
  AppendVarint(out, second.made_by.version);
  AppendVarint(out, second.dim);
  AppendMeasured(out, second.measured);
}
SecondGeneration ReadSecond(ByteReader* in) {
  SecondGeneration second;
  second.number = static_cast<uint32_t>(in->Varint());
  second.role = in->Raw<GenerationRole>();
  second.switch_when_ready = in->Raw<uint8_t>() != 0;
  second.copied_to = static_cast<ChunkNumber>(in->Varint());
  second.embedder.assign(in->String());
  second.made_by.name = MadeByBefore3(second.embedder);
  second.made_by.version = static_cast<uint32_t>(in->Varint());
  second.dim = static_cast<uint32_t>(in->Varint());
  second.measured = ReadMeasured(in);
  return second;
}

void AppendMadeBy(std::string* out, const MadeBy& made_by, uint64_t trained_on) {
  AppendString(out, made_by.name);
  AppendRaw(out, made_by.config);
  AppendVarint(out, trained_on);
}
void ReadMadeBy(ByteReader* in, MadeBy* made_by, uint64_t* trained_on) {
  made_by->name.assign(in->String());
  made_by->config = in->Raw<uint64_t>();
  *trained_on = in->Varint();
}

// What version 3 adds.
void AppendEmbedders(std::string* out, const CatalogEntry& entry) {
  AppendRaw(out, entry.schema.vector_weight);
  AppendMadeBy(out, entry.made_by, entry.trained_on);
  if (!entry.second) return;
  AppendMadeBy(out, entry.second->made_by, entry.second->trained_on);
  AppendRaw(out, entry.second->written_from);
  out->push_back(entry.second->drop_previous ? 1 : 0);
}
void ReadEmbedders(ByteReader* in, CatalogEntry* entry) {
  entry->schema.vector_weight = in->Raw<double>();
  ReadMadeBy(in, &entry->made_by, &entry->trained_on);
  if (!entry->second) return;
  ReadMadeBy(in, &entry->second->made_by, &entry->second->trained_on);
  entry->second->written_from = in->Raw<ChunkNumber>();
  entry->second->drop_previous = in->Raw<uint8_t>() != 0;
}

}  // namespace

std::string EncodeCatalogEntry(const CatalogEntry& entry) {
  const CollectionSchema& schema = entry.schema;
  std::string out;
  const uint8_t version = NeedsVersion3(entry) ? kSchemaVersion : NeedsVersion2(entry) ? 2 : kRecordVersion;
  AppendRaw(&out, version);
  AppendString(&out, schema.name);
  AppendVarint(&out, entry.generation);
  AppendRaw(&out, schema.metric);
  AppendString(&out, schema.embedder);
  AppendVarint(&out, entry.made_by.version);
  AppendVarint(&out, schema.dim);
  AppendVarint(&out, schema.chunk_tokens);
  AppendString(&out, schema.language);
  AppendRaw(&out, schema.raw);
  AppendVarint(&out, schema.attributes.size());
  for (const ColumnSchema& column : schema.attributes) {
    AppendString(&out, column.name);
    AppendRaw(&out, column.type);
  }
  if (version == kRecordVersion) return out;
  AppendRaw(&out, schema.recall_target);
  AppendVarint(&out, entry.last_generation);
  AppendMeasured(&out, entry.measured);
  out.push_back(entry.second ? 1 : 0);
  if (entry.second) AppendSecond(&out, *entry.second);
  if (version == kSchemaVersion) AppendEmbedders(&out, entry);
  return out;
}

Result<CatalogEntry> DecodeCatalogEntry(std::string_view bytes, uint32_t id) {
  const auto what = [&] { return "collection with number " + std::to_string(id); };
  ByteReader in(bytes);
  const Result<uint8_t> version = TakeVersion(&in, "schema", kSchemaVersion);
  if (!version.ok()) return Status(version.status()).Within(what());
  CatalogEntry entry;
  CollectionSchema& schema = entry.schema;
  entry.id = id;
  schema.name.assign(in.String());
  entry.generation = static_cast<uint32_t>(in.Varint());
  schema.metric = in.Raw<Metric>();
  schema.embedder.assign(in.String());
  entry.made_by = {.name = std::string(MadeByBefore3(schema.embedder)), .version = static_cast<uint32_t>(in.Varint())};
  schema.dim = static_cast<uint32_t>(in.Varint());
  schema.chunk_tokens = static_cast<uint32_t>(in.Varint());
  schema.language.assign(in.String());
  schema.raw = in.Raw<RawVectors>();
  for (uint64_t count = in.Varint(); count > 0 && in.ok(); --count) {
    std::string name(in.String());
    schema.attributes.push_back({std::move(name), in.Raw<Type>()});
  }
  entry.last_generation = entry.generation;
  if (*version > kRecordVersion) {
    schema.recall_target = in.Raw<double>();
    entry.last_generation = static_cast<uint32_t>(in.Varint());
    entry.measured = ReadMeasured(&in);
    if (in.Raw<uint8_t>() != 0) entry.second = ReadSecond(&in);
  }
  if (*version == kSchemaVersion) ReadEmbedders(&in, &entry);
  const bool known = schema.metric <= Metric::kInnerProduct && schema.raw <= RawVectors::kF32 &&
                     schema.recall_target > 0 && schema.recall_target <= 1 && schema.vector_weight >= 0 &&
                     (!entry.second || entry.second->role <= GenerationRole::kPrevious);
  if (!in.done() || !known) return Damaged(what());
  return entry;
}

std::string EncodeCounters(const Counters& counters) {
  std::string out;
  AppendRaw(&out, kRecordVersion);
  AppendVarint(&out, counters.next_number);
  AppendVarint(&out, counters.chunks);
  AppendVarint(&out, counters.documents);
  AppendVarint(&out, counters.total_length);
  return out;
}

Result<Counters> DecodeCounters(std::string_view bytes, std::string_view collection) {
  const std::string what = "counters of collection '" + std::string(collection) + "'";
  ByteReader in(bytes);
  QUIRE_RETURN_IF_ERROR(CheckVersion(&in, what));
  Counters counters;
  counters.next_number = static_cast<ChunkNumber>(in.Varint());
  counters.chunks = in.Varint();
  counters.documents = in.Varint();
  counters.total_length = in.Varint();
  if (!in.done()) return Damaged(what);
  return counters;
}

}  // namespace quire::db
