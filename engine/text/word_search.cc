#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "engine/text/posting_reader.h"
#include "engine/text/spelling.h"
#include "engine/text/top_words.h"
#include "engine/text/word_index.h"
#include "engine/text/word_match.h"
#include "engine/text/word_query.h"

namespace quire::text {
namespace {

constexpr double kMendedWeight = 0.5;

double WeightOf(const Bm25& bm25, const QueryLeaf& leaf, const ScoredPostings& postings) {
  return bm25.Weight(postings.live_count(), leaf.times);
}

// Those of the leaves of a bag, in their order.
Result<std::vector<ScoredPostings>> ReadBag(const WordSource& source, const WordQuery& query,
                                            const std::atomic<bool>* cancelled) {
  std::vector<ScoredPostings> read;
  read.reserve(query.leaves.size());
  for (const QueryLeaf& leaf : query.leaves) {
    QUIRE_ASSIGN_OR_RETURN(ScoredPostings postings, ReadScored(source, leaf, cancelled));
    read.push_back(std::move(postings));
  }
  return read;
}

std::vector<ScoredList> ScoredLists(const Bm25& bm25, const WordQuery& query, const std::vector<ScoredPostings>& read) {
  std::vector<ScoredList> lists;
  for (size_t i = 0; i < read.size(); ++i) {
    const QueryLeaf& leaf = query.leaves[i];
    if (leaf.scored && read[i].live_count() > 0) lists.push_back({&read[i], WeightOf(bm25, leaf, read[i])});
  }
  return lists;
}

// Puts the nearest terms of the collection in the place of words that occur nowhere. What they find counts half.
Status MendSpelling(const WordSource& source, const std::atomic<bool>* cancelled, const WordQuery& query,
                    std::vector<ScoredPostings>* read, std::vector<bool>* mended) {
  mended->assign(read->size(), false);
  for (size_t i = 0; i < read->size(); ++i) {
    const QueryLeaf& leaf = query.leaves[i];
    if ((*read)[i].live_count() > 0 || leaf.is_whole || !leaf.words[0].prefix.empty()) continue;
    QUIRE_ASSIGN_OR_RETURN(const std::string nearest, NearestTerm(source, leaf.words[0].term, cancelled));
    if (nearest.empty()) continue;
    QueryLeaf other;
    other.words.emplace_back().term = nearest;
    QUIRE_ASSIGN_OR_RETURN((*read)[i], ReadScored(source, other, cancelled));
    (*mended)[i] = true;
  }
  return {};
}

Result<std::vector<WordHit>> SearchBag(const WordSource& source, const WordRequest& request, const WordQuery& query) {
  const Bm25 bm25(*source.chunks, source.parameters);
  QUIRE_ASSIGN_OR_RETURN(std::vector<ScoredPostings> read, ReadBag(source, query, request.cancelled));
  std::vector<bool> mended(read.size(), false);
  if (request.tolerant) QUIRE_RETURN_IF_ERROR(MendSpelling(source, request.cancelled, query, &read, &mended));
  std::vector<ScoredList> lists = ScoredLists(bm25, query, read);
  for (ScoredList& list : lists) {
    if (mended[static_cast<size_t>(list.postings - read.data())]) list.weight *= kMendedWeight;
  }
  return RankLists(bm25, *source.chunks, lists, nullptr, request);
}

// Adds the scores of one list to those of `numbers`, which are visited as `ascending` says.
Status AddScores(const Bm25& bm25, const ChunkLengths& chunks, const ScoredList& list,
                 std::span<const ChunkNumber> numbers, const std::vector<size_t>& ascending,
                 std::vector<FixedScore>* scores) {
  std::unique_ptr<GroupRoom> room;
  ScoredGroup current;
  size_t at = 0;
  bool read = false;
  for (const size_t i : ascending) {
    const ChunkNumber number = numbers[i];
    while (at < list.postings->group_count() && list.postings->last(at) < number) ++at, read = false;
    if (at == list.postings->group_count()) break;
    if (list.postings->first(at) > number || !chunks.IsLive(number)) continue;
    if (!read) {
      QUIRE_ASSIGN_OR_RETURN(current, list.postings->Read(at, &room));
      read = true;
    }
    const auto found = std::lower_bound(current.numbers.begin(), current.numbers.end(), number);
    if (found == current.numbers.end() || *found != number) continue;
    const uint64_t frequency = current.frequencies[static_cast<size_t>(found - current.numbers.begin())];
    (*scores)[i] += bm25.Score(list.weight, frequency, Quarters(chunks.LengthsOf(number)));
  }
  return {};
}

}  // namespace

Result<std::vector<WordHit>> SearchWords(const WordSource& source, const WordRequest& request) {
  QUIRE_ASSIGN_OR_RETURN(const WordQuery query, request.grammar ? ParseGrammar(*source.analyzer, request.query)
                                                                : ParseBag(*source.analyzer, request.query));
  if (query.root == nullptr) return SearchBag(source, request, query);
  std::vector<PostingList> lists;
  for (const QueryLeaf& leaf : query.leaves) {
    QUIRE_ASSIGN_OR_RETURN(PostingList list, ReadLeaf(source, leaf, request.cancelled));
    lists.push_back(std::move(list));
  }
  const std::vector<ChunkNumber> matches = MatchTree(query, lists);
  const Bm25 bm25(*source.chunks, source.parameters);
  std::vector<ScoredPostings> read;
  read.reserve(lists.size());
  std::vector<ScoredList> scored;
  for (size_t i = 0; i < lists.size(); ++i) {
    if (!query.leaves[i].scored || lists[i].size() == 0) continue;
    read.emplace_back(*source.chunks).AddList(lists[i], &matches);
    scored.push_back({&read.back(), bm25.Weight(lists[i].size(), query.leaves[i].times)});
  }
  return RankLists(bm25, *source.chunks, scored, &matches, request);
}

Result<std::vector<double>> ScoreChunks(const WordSource& source, std::string_view query_text,
                                        std::span<const ChunkNumber> numbers, double* upper_bound) {
  QUIRE_ASSIGN_OR_RETURN(const WordQuery query, ParseBag(*source.analyzer, query_text));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<ScoredPostings> read, ReadBag(source, query, nullptr));
  const Bm25 bm25(*source.chunks, source.parameters);
  *upper_bound = 0;
  for (size_t i = 0; i < read.size(); ++i) {
    const bool counts = read[i].live_count() > 0 || !query.leaves[i].is_whole;
    if (counts) *upper_bound += bm25.UpperBound(WeightOf(bm25, query.leaves[i], read[i]));
  }
  std::vector<size_t> ascending(numbers.size());
  std::iota(ascending.begin(), ascending.end(), size_t{0});
  std::sort(ascending.begin(), ascending.end(), [&](size_t a, size_t b) { return numbers[a] < numbers[b]; });
  std::vector<FixedScore> sums(numbers.size(), 0);
  for (const ScoredList& list : ScoredLists(bm25, query, read)) {
    QUIRE_RETURN_IF_ERROR(AddScores(bm25, *source.chunks, list, numbers, ascending, &sums));
  }
  std::vector<double> scores;
  scores.reserve(sums.size());
  for (const FixedScore sum : sums) scores.push_back(ToDouble(sum));
  return scores;
}

Result<uint64_t> DocumentFrequency(const WordSource& source, std::string_view word) {
  const QueryLeaf leaf = MakeLeaf(*source.analyzer, word, false);
  if (leaf.words.empty()) return uint64_t{0};
  QUIRE_ASSIGN_OR_RETURN(const ScoredPostings postings, ReadScored(source, leaf, nullptr));
  return postings.live_count();
}

}  // namespace quire::text
