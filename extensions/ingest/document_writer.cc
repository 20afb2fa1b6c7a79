#include "extensions/ingest/document_writer.h"

#include <tuple>

namespace quire::ingest {
namespace {

bool IsWritten(const ParsedFile& file) {
  return file.state == ParsedFile::State::kChanged || file.state == ParsedFile::State::kAdded;
}

}  // namespace

bool EndsLoad(Code code) {
  return code == Code::kIoError || code == Code::kCorruption || code == Code::kReadOnly || code == Code::kBusy ||
         code == Code::kInternal;
}

DocumentWriter::Batch DocumentWriter::Prepare(std::vector<ParsedFile> files) {
  Batch batch;
  batch.files = std::move(files);
  batch.status = Fill(&batch);
  return batch;
}

Status DocumentWriter::Fill(Batch* batch) {
  std::vector<const Attribute*> attributes;
  std::vector<size_t> to_write;
  for (size_t i = 0; i < batch->files.size(); ++i) {
    const ParsedFile& file = batch->files[i];
    if (!IsWritten(file)) continue;
    to_write.push_back(i);
    for (const Attribute& attribute : file.attributes) attributes.push_back(&attribute);
    for (const std::vector<Attribute>& own : file.chunk_attributes) {
      for (const Attribute& attribute : own) attributes.push_back(&attribute);
    }
  }
  if (to_write.empty()) return {};
  QUIRE_RETURN_IF_ERROR(columns_.AddMissing(attributes, &batch->notices));
  batch->transaction = database_.Begin();
  for (const size_t i : to_write) {
    ParsedFile& file = batch->files[i];
    Batch::Written written{.file = i, .change = {}, .renamed = false};
    if (Status status = Put(&file, batch->transaction.get(), &written); !status.ok()) {
      if (EndsLoad(status.code())) return status;
      file.state = ParsedFile::State::kFailed;
      file.issues = {FailureOf(file.document.uri, "write", status)};
      continue;
    }
    batch->written.push_back(written);
  }
  return batch->transaction->Prepare();
}

Status DocumentWriter::Put(ParsedFile* file, Transaction* transaction, Batch::Written* written) {
  FillAttributes(file);
  const std::string* const old_uri = RenamedFrom(*file);
  if (old_uri != nullptr) QUIRE_RETURN_IF_ERROR(TakeVectors(*old_uri, &file->chunks));
  QUIRE_ASSIGN_OR_RETURN(written->change, transaction->PutDocument(collection_, file->document, std::move(file->chunks)));
  if (old_uri == nullptr) return {};
  written->renamed = true;
  vanished_.find(file->document.content_hash)->second.now = file->document.uri;
  return transaction->DeleteDocument(collection_, *old_uri).status();
}

void DocumentWriter::FillAttributes(ParsedFile* file) const {
  std::vector<std::string> notices;
  const std::vector<Value> row = columns_.ToRow(file->attributes, &notices);
  for (Chunk& chunk : file->chunks) chunk.attributes = row;
  for (size_t i = 0; i < file->chunk_attributes.size(); ++i) {
    for (const Attribute& own : file->chunk_attributes[i]) {
      const size_t column = columns_.Find(own.name);
      if (column == ColumnMap::kNone) continue;
      const Result<Value> value = FitColumn(own.value, columns_.type(column));
      if (value.ok()) file->chunks[i].attributes[column] = *value;
    }
  }
  for (std::string& notice : notices) file->issues.push_back({file->document.uri, "write", std::move(notice), "", false});
}

// Equal title, section and text have an equal vector.
Status DocumentWriter::TakeVectors(const std::string& old_uri, std::vector<Chunk>* chunks) const {
  const Filter filter = Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(old_uri));
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, database_.reader()->Scan(collection_, filter, {.text = true, .embedding = true}));
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<float>> vectors;
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    vectors[{chunk.title, chunk.section, chunk.text}] = std::move(chunk.embedding);
  }
  for (Chunk& chunk : *chunks) {
    const auto found = vectors.find({chunk.title, chunk.section, chunk.text});
    if (found != vectors.end()) chunk.embedding = found->second;
  }
  return {};
}

const std::string* DocumentWriter::RenamedFrom(const ParsedFile& file) {
  if (file.state != ParsedFile::State::kAdded) return nullptr;
  const auto found = vanished_.find(file.document.content_hash);
  if (found == vanished_.end()) return nullptr;
  const std::string& now = found->second.now;
  return now.empty() || now == file.document.uri ? &found->second.uri : nullptr;
}

Status DocumentWriter::Commit(Batch* batch, LoadReport* report) const {
  QUIRE_RETURN_IF_ERROR(batch->status);
  if (batch->transaction) QUIRE_RETURN_IF_ERROR(batch->transaction->Commit());
  for (const auto& [index, change, renamed] : batch->written) {
    const ParsedFile& file = batch->files[index];
    ++(renamed ? report->renamed : file.state == ParsedFile::State::kAdded ? report->added : report->changed);
    report->chunks += change.added + change.kept;
    if (!renamed) report->embedded += change.added;
    report->chunks_removed += change.removed;
    report->bytes += file.document.size;
  }
  return {};
}

}  // namespace quire::ingest
