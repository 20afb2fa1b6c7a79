// Retrieve: the chunks an answer may be taken from.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "extensions/chat/question.h"
#include "quire/database.h"

namespace quire::chat {

// A chunk with what speaks for it.
struct Candidate {
  Chunk chunk;
  Hit hit;                // as the search gave it
  double words = 0;       // BM25 of the content words, those of the conversation included
  double word_share = 0;  // that over the bound that no chunk can exceed, in [0, 1]; the conversation's count half
  double closeness = 0;   // cosine of the vectors, in [0, 1]; for a chunk found by words alone that of the farthest
  double heading = 0;     // share of the question's weight that occurs in heading path or title, in [0, 1]
  double name = 0;        // ... in the document's URI, in [0, 1]
  double penalty = 0;     // of release notes, where they are not asked for
  bool orders = false;    // it holds text that addresses a model (engine/base/instructions.h): that is never quoted
  double score = 0;       // what candidates are ordered by, in [0, 1]
  std::string_view joined{};  // why it is there though it was not found (join.h); empty: it was found
};

struct Dropped {
  std::string chunk_id;
  std::string reason;
};

struct Retrieved {
  std::vector<Candidate> candidates;  // best first, no two of equal text; at most k
  std::vector<Candidate> rest;        // what comes behind them: nothing is written from these, they can be named as sources
  std::vector<Dropped> dropped;
};

struct RetrieveRequest {
  std::string_view collection;
  Filter filter;
  uint32_t k = 0;  // candidates wanted
  const std::atomic<bool>* cancelled = nullptr;
};

// The best chunks for a question: found by words and by vector, ordered by a weighted sum of word_share, closeness,
// heading and name (extensions/chat/doc/answers.md), duplicates dropped. None if the question has no terms.
// Errors: those of Reader::Search, ScoreWords and Get.
// Cost: one search, one pass over the posting lists, a read of at most kRetrieveDepth chunks.
Result<Retrieved> Retrieve(const Reader& reader, const CollectionInfo& collection, const Question& question,
                           const RetrieveRequest& request, const WordCutter& cutter);

inline constexpr uint32_t kRetrieveDepth = 40;

}  // namespace quire::chat
