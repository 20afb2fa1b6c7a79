#include <algorithm>
#include <utility>

#include "engine/text/bm25.h"
#include "engine/text/posting_reader.h"
#include "engine/text/word_index.h"
#include "engine/text/word_match.h"
#include "engine/text/word_query.h"

namespace quire::text {
namespace {

Result<std::vector<PostingList>> ReadLeaves(const WordSource& source, const WordQuery& query,
                                            const std::atomic<bool>* cancelled) {
  std::vector<PostingList> lists;
  lists.reserve(query.leaves.size());
  for (const QueryLeaf& leaf : query.leaves) {
    QUIRE_ASSIGN_OR_RETURN(PostingList list, ReadLeaf(source, leaf, cancelled));
    lists.push_back(std::move(list));
  }
  return lists;
}

double WeightOf(const Bm25& bm25, const QueryLeaf& leaf, const PostingList& list) {
  return bm25.Idf(list.size()) * leaf.times;
}

double ScoreOf(const Bm25& bm25, const ChunkLengths& chunks, std::span<const ScoredList> lists, ChunkNumber number) {
  if (!chunks.IsLive(number)) return 0;
  const double norm = bm25.Norm(chunks.LengthOf(number));
  double score = 0;
  for (const auto& [list, weight] : lists) {
    const auto found = std::lower_bound(list->numbers.begin(), list->numbers.end(), number);
    if (found == list->numbers.end() || *found != number) continue;
    score += Bm25::Score(weight, list->counts[static_cast<size_t>(found - list->numbers.begin())], norm);
  }
  return score;
}

}  // namespace

Result<std::vector<WordHit>> SearchWords(const WordSource& source, const WordRequest& request) {
  QUIRE_ASSIGN_OR_RETURN(const WordQuery query, request.grammar ? ParseGrammar(*source.analyzer, request.query)
                                                                : ParseBag(*source.analyzer, request.query));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<PostingList> lists, ReadLeaves(source, query, request.cancelled));
  const Bm25 bm25(*source.chunks);
  std::vector<ScoredList> scored;
  for (size_t i = 0; i < lists.size(); ++i) {
    const QueryLeaf& leaf = query.leaves[i];
    if (leaf.scored && lists[i].size() > 0) scored.push_back({&lists[i], WeightOf(bm25, leaf, lists[i])});
  }
  if (query.root == nullptr) return RankLists(bm25, *source.chunks, scored, nullptr, request);
  const std::vector<ChunkNumber> matches = MatchTree(query, lists);
  return RankLists(bm25, *source.chunks, scored, &matches, request);
}

Result<std::vector<double>> ScoreChunks(const WordSource& source, std::string_view query_text,
                                        std::span<const ChunkNumber> numbers, double* upper_bound) {
  QUIRE_ASSIGN_OR_RETURN(const WordQuery query, ParseBag(*source.analyzer, query_text));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<PostingList> lists, ReadLeaves(source, query, nullptr));
  const Bm25 bm25(*source.chunks);
  std::vector<ScoredList> scored;
  *upper_bound = 0;
  for (size_t i = 0; i < lists.size(); ++i) {
    const double weight = WeightOf(bm25, query.leaves[i], lists[i]);
    const bool known = lists[i].size() > 0;
    if (known) scored.push_back({&lists[i], weight});
    if (known || !query.leaves[i].is_whole) *upper_bound += Bm25::UpperBound(weight);
  }
  std::vector<double> scores;
  scores.reserve(numbers.size());
  for (const ChunkNumber number : numbers) scores.push_back(ScoreOf(bm25, *source.chunks, scored, number));
  return scores;
}

Result<uint64_t> DocumentFrequency(const WordSource& source, std::string_view word) {
  const QueryLeaf leaf = MakeLeaf(*source.analyzer, word, false);
  if (leaf.words.empty()) return uint64_t{0};
  QUIRE_ASSIGN_OR_RETURN(const PostingList list, ReadLeaf(source, leaf, nullptr));
  return uint64_t{list.size()};
}

}  // namespace quire::text
