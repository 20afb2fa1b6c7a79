// How a transaction is committed: words and vectors are made outside the lock, then one batch is written under it.

#include <algorithm>

#include "engine/base/utf8.h"
#include "engine/db/collection_writer.h"
#include "engine/db/database_impl.h"
#include "engine/db/validate.h"

namespace quire::db {
namespace {

constexpr size_t kTextsPerTask = 16;          // of words and embeddings made by one thread at a time
constexpr uint32_t kCommitsPerMerge = 512;    // small commits leave small posting blocks and appended codes behind

bool NeedsWords(const PendingChunk& chunk) { return chunk.record && !chunk.keeps_number; }

// Where title and section end in the indexed text, if they stand at its beginning in lines of their own, as those who make it
// write them.
text::FieldEnds FieldEndsOf(const Chunk& chunk) {
  const std::string_view text = chunk.indexed_text;
  const auto end_of = [&](size_t begin, const std::string& line) {
    const size_t behind = begin + line.size();
    const bool whole_line = behind == text.size() || (behind < text.size() && text[behind] == '\n');
    const bool there = !line.empty() && whole_line && text.compare(begin, line.size(), line) == 0;
    return there ? std::min(behind + 1, text.size()) : begin;
  };
  text::FieldEnds ends;
  ends.title = end_of(0, chunk.title);
  ends.section = end_of(ends.title, chunk.section);
  return ends;
}

}  // namespace

Status DatabaseImpl::Embed(const CollectionState& collection, std::vector<PendingChunk*> chunks) {
  std::erase_if(chunks, [](const PendingChunk* chunk) { return !chunk->record->chunk.embedding.empty(); });
  if (chunks.empty()) return {};
  QUIRE_ASSIGN_OR_RETURN(const Embedder* embedder, collection.embedder());
  if (!embedder) {
    return Status(Code::kInvalidArgument, "collection '" + collection.schema().name + "' has no embedder: chunk '" +
                                              Printable(chunks[0]->record->chunk.id) + "' must bring its embedding");
  }
  const uint32_t dim = collection.schema().dim;
  const size_t tasks = (chunks.size() + kTextsPerTask - 1) / kTextsPerTask;
  std::vector<Status> failures(tasks);
  pool_.ParallelFor(tasks, [&](size_t task) {
    const size_t first = task * kTextsPerTask, count = std::min(kTextsPerTask, chunks.size() - first);
    std::vector<std::string_view> texts(count);
    std::vector<float> vectors(count * dim);
    for (size_t i = 0; i < count; ++i) texts[i] = chunks[first + i]->record->chunk.indexed_text;
    failures[task] = embedder->Embed(texts, Embedder::Role::kDocument, vectors);
    for (size_t i = 0; i < count; ++i) {
      const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>(i * dim);
      chunks[first + i]->record->chunk.embedding.assign(begin, begin + dim);
    }
  });
  for (Status& failure : failures) QUIRE_RETURN_IF_ERROR(std::move(failure));
  for (PendingChunk* chunk : chunks) QUIRE_RETURN_IF_ERROR(ValidateChunk(collection.schema(), &chunk->record->chunk));
  return {};
}

Status DatabaseImpl::Prepare(Pending* pending) {
  for (auto& [id, collection] : pending->collections) {
    std::vector<PendingChunk*> chunks;
    for (auto& [chunk_id, chunk] : collection.chunks) {
      if (NeedsWords(chunk)) chunks.push_back(&chunk);
    }
    const text::Analyzer& analyzer = collection.state->analyzer();
    pool_.ParallelFor((chunks.size() + kTextsPerTask - 1) / kTextsPerTask, [&](size_t task) {
      const size_t first = task * kTextsPerTask, end = std::min(first + kTextsPerTask, chunks.size());
      for (size_t i = first; i < end; ++i) {
        const Chunk& chunk = chunks[i]->record->chunk;
        chunks[i]->words = text::ListWords(analyzer, chunk.indexed_text, FieldEndsOf(chunk));
      }
    });
    QUIRE_RETURN_IF_ERROR(Embed(*collection.state, std::move(chunks)));
  }
  return {};
}

Status DatabaseImpl::CommitPending(Pending&& pending) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  QUIRE_RETURN_IF_ERROR(Prepare(&pending));
  std::vector<std::shared_ptr<const CollectionState>> to_link, to_merge;
  QUIRE_RETURN_IF_ERROR(Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    for (auto& [id, changes] : pending.collections) {
      const auto collection = current.FindById(id);
      if (!collection) {
        return Status(Code::kConflict, "collection '" + changes.state->schema().name + "' was dropped meanwhile");
      }
      const size_t columns = collection->schema().attributes.size();
      for (auto& [chunk_id, chunk] : changes.chunks) {  // columns may have been added meanwhile
        if (chunk.base) chunk.base->chunk.attributes.resize(columns);
        if (chunk.record) chunk.record->chunk.attributes.resize(columns);
      }
      CollectionWriter writer(*collection, *current.snapshot, batch);
      QUIRE_ASSIGN_OR_RETURN(next[LowerCase(collection->schema().name)], writer.Apply(changes));
      QUIRE_ASSIGN_OR_RETURN(const auto vectors, next[LowerCase(collection->schema().name)]->Vectors(*current.snapshot));
      if (index::WantsLinks(*vectors)) to_link.push_back(collection);
      if (++small_commits_[id] >= kCommitsPerMerge) {
        small_commits_[id] = 0;
        to_merge.push_back(collection);
      }
    }
    return next;
  }));
  for (const auto& [id, changes] : pending.collections) rhythm_.Committed(changes.chunks.size());
  // Only now: a job that began before would not see what it was to work on.
  for (const auto& collection : to_link) ScheduleLink(*collection);
  ScheduleLoads();
  for (const auto& collection : to_merge) ScheduleMerge(*collection);
  return {};
}

}  // namespace quire::db
