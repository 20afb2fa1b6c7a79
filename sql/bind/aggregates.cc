#include "sql/bind/aggregates.h"

namespace quire::sql {
namespace {

constexpr AggregateInfo kAggregates[] = {
    {"count", AggregateCall::Kind::kCount, "count(*), count([DISTINCT] x)",
     "How many rows there are; how many (different) values that are not NULL."},
    {"sum", AggregateCall::Kind::kSum, "sum([DISTINCT] x)", "The sum; beyond 64 bits it is an error."},
    {"avg", AggregateCall::Kind::kAverage, "avg([DISTINCT] x)", "The mean, a REAL."},
    {"min", AggregateCall::Kind::kMin, "min(x)", "The smallest value."},
    {"max", AggregateCall::Kind::kMax, "max(x)", "The largest value."},
};

constexpr SearchInfo kSearchForms[] = {
    {"text SIMILAR 'words'", "In WHERE: the nearest by meaning and by words, fused."},
    {"embedding SIMILAR '[1, 2, 3]'", "In WHERE: the nearest by distance."},
    {"text MATCH 'words'", "In WHERE: by words (BM25); AND OR NOT - \"phrase\" prefix* NEAR/n ( )."},
    {"SIMILAR(text, 'words', mode => 'vector', k => 10, min_score => 0.3, recall => 0.99, exact => true, duplicates => false)",
     "In WHERE, the same with options; in ORDER BY ... DESC, where it leaves no row out."},
    {"MATCH(text, 'words', k => 10)", "In WHERE: as text MATCH, with options."},
    {"BM25(text, 'words')", "In ORDER BY ... DESC: by words, any of which may occur; rows without them come last."},
    {"RRF(SIMILAR(text, 'words'), BM25(text, 'words'), [0.6, 0.4])",
     "In ORDER BY ... DESC: ranks fused with weights. SIMILAR ranks by meaning alone there, unless it says mode."},
    {"embedding <=> v, embedding <-> v, embedding <#> v",
     "Cosine distance, L2 distance, negative inner product; in ORDER BY ... LIMIT n a search by vector."},
};

}  // namespace

std::span<const AggregateInfo> Aggregates() { return kAggregates; }
std::span<const SearchInfo> SearchForms() { return kSearchForms; }

}  // namespace quire::sql
