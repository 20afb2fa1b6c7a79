// How a transaction is committed: words and vectors are made outside the lock, then one batch is written under it.

#include <algorithm>
#include <unordered_map>

#include "engine/base/utf8.h"
#include "engine/db/collection_writer.h"
#include "engine/db/database_impl.h"
#include "engine/db/trained.h"
#include "engine/db/validate.h"
#include "engine/embed/word_embedder.h"

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

bool OnlyRemoves(const Pending& pending) {
  for (const auto& [id, collection] : pending.collections) {
    for (const auto& [chunk_id, chunk] : collection.chunks) {
      if (chunk.record) return false;
    }
    for (const auto& [uri, document] : collection.documents) {
      if (document && !collection.documents_before.contains(uri)) return false;
    }
  }
  return true;
}

}  // namespace

Status DatabaseImpl::EmbedTexts(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                                std::span<const std::string_view> texts, std::span<const text::WordList* const> words,
                                std::vector<float>* vectors) {
  QUIRE_ASSIGN_OR_RETURN(const auto embedder, collection.EmbedderOf(generation, snapshot));
  if (!embedder) {
    return Status(Code::kInvalidArgument, "collection '" + collection.schema().name +
                                              "' has no embedder: every chunk must bring its embedding");
  }
  const auto* by_words = words.empty() ? nullptr : dynamic_cast<const embed::WordEmbedder*>(embedder.get());
  if (by_words && by_words->analyzer().language() != collection.analyzer().language()) by_words = nullptr;
  const size_t dim = collection.DimOf(generation);
  const size_t step = std::max<size_t>(1, embedder->batch());
  vectors->resize(texts.size() * dim);
  std::vector<Status> failures((texts.size() + step - 1) / step);
  pool_.ParallelFor(failures.size(), [&](size_t task) {
    const size_t first = task * step, count = std::min(step, texts.size() - first);
    const std::span<float> out = std::span(*vectors).subspan(first * dim, count * dim);
    failures[task] = by_words ? by_words->EmbedWords(words.subspan(first, count), out)
                              : embedder->Embed(texts.subspan(first, count), Embedder::Role::kDocument, out);
  });
  for (Status& failure : failures) {
    if (failure.ok()) continue;
    if (generation == collection.entry().generation) return std::move(failure);
    return Status(failure.code(), std::string(failure.message()),
                  "generation " + std::to_string(generation) + " of '" + collection.schema().name +
                      "' needs it; ALTER COLLECTION " + collection.schema().name + " DROP GENERATION goes on without");
  }
  return {};
}

Status DatabaseImpl::Embed(const CollectionState& collection, uint32_t generation, const storage::Snapshot& snapshot,
                           std::vector<PendingChunk*> chunks) {
  const CatalogEntry& entry = collection.entry();
  const bool like_serving = collection.MadeByOf(generation) == entry.made_by && collection.DimOf(generation) == entry.schema.dim;
  std::erase_if(chunks, [&](PendingChunk* chunk) {
    const std::vector<float>& brought = chunk->record->chunk.embedding;
    if (!brought.empty() && like_serving) return chunk->vectors[generation] = brought, true;
    if (like_serving && chunk->vectors.contains(entry.generation)) {
      return chunk->vectors[generation] = chunk->vectors[entry.generation], true;
    }
    return chunk->vectors.contains(generation);
  });
  if (chunks.empty()) return {};
  std::vector<std::string_view> texts;  // each once, however many chunks have it
  std::vector<const text::WordList*> words;
  std::vector<size_t> text_of;
  std::unordered_map<std::string_view, size_t> known;
  for (const PendingChunk* chunk : chunks) {
    const auto [found, is_new] = known.try_emplace(chunk->record->chunk.indexed_text, texts.size());
    if (is_new) {
      texts.push_back(found->first);
      words.push_back(&chunk->words);
    }
    text_of.push_back(found->second);
  }
  std::vector<float> vectors;
  QUIRE_RETURN_IF_ERROR(EmbedTexts(collection, generation, snapshot, texts, words, &vectors));
  const uint32_t dim = collection.DimOf(generation);
  for (size_t i = 0; i < chunks.size(); ++i) {
    const auto begin = vectors.begin() + static_cast<std::ptrdiff_t>(text_of[i] * dim);
    std::vector<float>& vector = chunks[i]->vectors[generation];
    vector.assign(begin, begin + dim);
    QUIRE_RETURN_IF_ERROR(ValidateVector(collection.schema(), dim, vector));
  }
  return {};
}

// Words once; vectors for every generation that is written to now and has none yet.
Status DatabaseImpl::Prepare(const DatabaseState& now, Pending* pending) {
  for (auto& [id, collection] : pending->collections) {
    std::vector<PendingChunk*> chunks;
    for (auto& [chunk_id, chunk] : collection.chunks) {
      if (NeedsWords(chunk)) chunks.push_back(&chunk);
    }
    const text::Analyzer& analyzer = collection.state->analyzer();
    pool_.ParallelFor((chunks.size() + kTextsPerTask - 1) / kTextsPerTask, [&](size_t task) {
      const size_t first = task * kTextsPerTask, end = std::min(first + kTextsPerTask, chunks.size());
      text::WordLister lister(analyzer);
      for (size_t i = first; i < end; ++i) {
        const Chunk& chunk = chunks[i]->record->chunk;
        if (chunks[i]->vectors.empty()) chunks[i]->words = lister.List(chunk.indexed_text, FieldEndsOf(chunk));
      }
    });
    const auto state = now.FindById(id);
    if (!state) continue;  // dropped: the commit says so
    for (const PendingChunk* chunk : chunks) {
      if (!chunk->record->chunk.embedding.empty()) QUIRE_RETURN_IF_ERROR(ValidateVector(state->schema(), state->schema().dim, chunk->record->chunk.embedding));
    }
    for (const uint32_t generation : state->WrittenGenerations()) {
      QUIRE_RETURN_IF_ERROR(Embed(*state, generation, *now.snapshot, chunks));
    }
  }
  return {};
}

Status DatabaseImpl::CommitPending(Pending&& pending) {
  if (read_only()) return Status(Code::kReadOnly, "database '" + path() + "' is open for reading only");
  bool committed = false;
  while (!committed) {  // again where a generation began meanwhile
    QUIRE_RETURN_IF_ERROR(Prepare(*state(), &pending));
    QUIRE_ASSIGN_OR_RETURN(committed, CommitPrepared(&pending));
  }
  return {};
}

Result<bool> DatabaseImpl::CommitPrepared(Pending* pending) {
  std::vector<std::shared_ptr<const CollectionState>> to_link, to_merge, to_train;
  bool lacks_vectors = false;
  QUIRE_RETURN_IF_ERROR(Change([&](const DatabaseState& current, storage::Batch* batch) -> Result<Collections> {
    Collections next = current.collections;
    for (const auto& [id, changes] : pending->collections) {
      const auto collection = current.FindById(id);
      if (!collection) {
        return Status(Code::kConflict, "collection '" + changes.state->schema().name + "' was dropped meanwhile");
      }
      lacks_vectors = lacks_vectors || !HasVectors(*collection, changes);
    }
    if (lacks_vectors) return next;
    if (OnlyRemoves(*pending)) batch->SetFreesSpace();
    for (const auto& [key, value] : pending->notes) batch->Put(storage::Family::kMeta, key, value);
    for (auto& [id, changes] : pending->collections) {
      const auto collection = current.FindById(id);
      const size_t columns = collection->schema().attributes.size();
      for (auto& [chunk_id, chunk] : changes.chunks) {  // columns may have been added meanwhile
        if (chunk.base) chunk.base->chunk.attributes.resize(columns);
        if (chunk.record) chunk.record->chunk.attributes.resize(columns);
      }
      CollectionWriter writer(*collection, *current.snapshot, path(), batch);
      QUIRE_ASSIGN_OR_RETURN(next[LowerCase(collection->schema().name)], writer.Apply(changes));
      QUIRE_ASSIGN_OR_RETURN(const auto vectors, next[LowerCase(collection->schema().name)]->Vectors(*current.snapshot));
      if (index::WantsLinks(*vectors)) to_link.push_back(collection);
      if (WantsTraining(*next[LowerCase(collection->schema().name)])) to_train.push_back(collection);
      if (++small_commits_[id] >= kCommitsPerMerge) {
        small_commits_[id] = 0;
        to_merge.push_back(collection);
      }
    }
    return next;
  }, pending->most));
  if (lacks_vectors) return false;
  for (const auto& [id, changes] : pending->collections) rhythm_.Committed(changes.chunks.size());
  // Only now: a job that began before would not see what it was to work on.
  for (const auto& collection : to_link) ScheduleLink(*collection);
  ScheduleLoads();
  for (const auto& collection : to_merge) ScheduleMerge(*collection);
  for (const auto& collection : to_train) ScheduleTraining(*collection, {});
  return true;
}

}  // namespace quire::db
