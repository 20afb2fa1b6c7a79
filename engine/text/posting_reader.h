// Reading postings from the store: of a word, of a prefix, of a phrase. Only of live chunks.
#pragma once

#include <atomic>
#include <string_view>

#include "engine/text/posting_block.h"
#include "engine/text/scored_postings.h"
#include "engine/text/word_index.h"
#include "engine/text/word_query.h"

namespace quire::text {

// A key of the word index taken apart.
struct WordKeyParts {
  std::string_view term;
  ChunkNumber first = 0;
};
// Errors: kCorruption. REQUIRES: the key begins with the prefix of its collection.
Result<WordKeyParts> ParseWordKey(std::string_view key);

// kCancelled if the flag is there and set.
Status CheckCancelled(const std::atomic<bool>* cancelled);

// Where a leaf occurs: its word, its phrase, or its whole. The positions (of a phrase: of its first word) are there
// only if leaf.near. Errors: kCorruption, kIoError, kCancelled. Cost: reads every block of every word of the leaf.
Result<PostingList> ReadLeaf(const WordSource& source, const QueryLeaf& leaf, const std::atomic<bool>* cancelled);

// The same of a leaf of a bag, ready to be scored: full groups of a single word stay packed.
Result<ScoredPostings> ReadScored(const WordSource& source, const QueryLeaf& leaf, const std::atomic<bool>* cancelled);

}  // namespace quire::text
