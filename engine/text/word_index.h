// The word index: posting blocks in RocksDB, BM25 over them. Format and formula: engine/doc/word_index.md.
//
// A commit writes one posting block per distinct term, for all its chunks together; blocks of later commits follow in
// key order because numbers ascend. Removal writes nothing here: numbers that are not live are skipped, so
// frequencies are counted over live chunks only, and Merge drops the dead ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/hash.h"
#include "engine/storage/store.h"
#include "engine/text/analyzer.h"
#include "engine/text/bm25.h"
#include "engine/text/fields.h"
#include "engine/text/posting_block.h"
#include "engine/text/word_list.h"
#include "quire/search.h"
#include "quire/status.h"

namespace quire::text {

// Gathers the words of a transaction's new chunks, then writes their posting blocks.
// Cost: memory is that of the blocks, about 5 bytes an occurrence, and of the distinct terms.
class PostingWriter {
 public:
  PostingWriter() = default;
  PostingWriter(const PostingWriter&) = delete;
  PostingWriter& operator=(const PostingWriter&) = delete;

  // REQUIRES: numbers ascend from call to call.
  void Add(ChunkNumber number, const WordList& words);
  // Puts the blocks of everything added into `batch`.
  void Write(uint32_t collection, storage::Batch* batch) const;

 private:
  struct Term {
    std::string term;
    PostingBlock open;
    std::vector<std::pair<ChunkNumber, std::string>> closed;  // by first number
  };
  Term& TermOf(uint64_t hash, std::string_view term);
  void Prefetch(std::span<const WordList::Entry> ahead) const;
  void Grow();

  std::deque<Term> terms_;
  struct Slot {
    uint64_t hash = 0;
    Term* term = nullptr;  // null: free
  };
  std::vector<Slot> slots_;  // open addressing; a power of two, at least half of them free
};

struct WordHit {
  ChunkNumber number = 0;
  double score = 0;  // BM25F
};

// One collection's words at one moment.
struct WordSource {
  uint32_t collection = 0;
  const storage::Snapshot* snapshot = nullptr;
  const Analyzer* analyzer = nullptr;
  const ChunkLengths* chunks = nullptr;
  Bm25Parameters parameters{};
  ReadCost* cost = nullptr;  // may be null
};

struct WordRequest {
  std::string_view query;
  bool grammar = false;  // false: a bag of words, any of them; true: AND OR NOT - ( ) "phrase" prefix*
  bool tolerant = false;  // a bag only: a word that occurs nowhere stands for its neighbour in spelling (NearestTerm)
  uint32_t k = 10;
  const std::span<const uint64_t>* allowed = nullptr;  // chunk numbers as bits; null: all that are live
  const std::atomic<bool>* cancelled = nullptr;
};

// The min(k, matches) best chunks, best first, ties by number. A bag without a known word matches nothing; a word
// that it says twice counts twice. Stop words are not looked for unless the query has nothing else (in phrases they
// are). Errors: kSyntaxError with a position (grammar), kInvalidArgument (no word in the query), kCorruption,
// kCancelled.
Result<std::vector<WordHit>> SearchWords(const WordSource& source, const WordRequest& request);

// BM25 of the given chunks for a bag of words, in their order, and the bound that no chunk can exceed: every query
// word counts with its IDF times (k1 + 1), words that occur nowhere with the largest IDF there can be. The scores are
// those of SearchWords to the bit; 0 for chunks that are not live. Errors: kInvalidArgument (no word), kCorruption.
Result<std::vector<double>> ScoreChunks(const WordSource& source, std::string_view query,
                                        std::span<const ChunkNumber> numbers, double* upper_bound);

// In how many live chunks a word occurs (analysed like any other). Errors: kCorruption.
Result<uint64_t> DocumentFrequency(const WordSource& source, std::string_view word);

// Rewrites the blocks of terms from `*next_term` on: small neighbours joined, dead numbers dropped. Works on at most
// `max_terms` terms; `*next_term` is where to go on, empty when all are done.
Status MergePostings(const WordSource& source, uint32_t max_terms, std::string* next_term, storage::Batch* batch);

// Calls visit(term, numbers) for every stored block, decoded and verified: for Check(). Errors: kCorruption.
Status VisitPostings(const WordSource& source,
                     function_ref<Status(std::string_view, std::span<const ChunkNumber>)> visit);

}  // namespace quire::text
