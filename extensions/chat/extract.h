// Extract: the answer without a model, in the documents' own words.
#pragma once

#include <cstdint>
#include <vector>

#include "extensions/chat/question.h"
#include "extensions/chat/retrieve.h"

namespace quire::chat {

// Bytes [start, end) of the text of candidates[candidate].
struct Quote {
  size_t candidate = 0;
  size_t start = 0;
  size_t end = 0;
  double score = 0;
};

struct ExtractOptions {
  uint32_t quotes_max = 3;
  uint32_t quote_bytes_max = 1500;  // a list or table beyond it is quoted in part, a code block not at all
};

// The passages that cover the question best: sentences with their neighbours, whole lists, code and tables with the
// sentence that introduces them. None overlaps another, has another's text, or is markup, navigation or an order to a
// model. Ordered by document (that of the best chunk first), then by place. Empty if nothing can be quoted.
// Deterministic. Cost: an analysis of each candidate's text, of its first 256 KiB.
std::vector<Quote> Extract(const Question& question, const std::vector<Candidate>& candidates,
                           const ExtractOptions& options, const WordCutter& cutter);

}  // namespace quire::chat
