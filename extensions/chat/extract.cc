#include "extensions/chat/extract.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "extensions/chat/passages.h"

namespace quire::chat {
namespace {

// Of a passage's score; fitted on development questions: extensions/chat/doc/answers.md.
constexpr double kTextWeight = 1.0;     // share of the question's weight in the passage itself
constexpr double kHeadingShare = 0.6;   // of that for what only its heading path or title holds
constexpr double kRankWeight = 2.5;     // retrieval score of its chunk
constexpr double kFormBonus = 0.1;      // the form fits the question: steps or code for "how", digits for a number
constexpr double kSeenWeight = 0.4;     // of what an earlier quote covers already
constexpr double kSamePenalty = 0.05;   // its document is quoted already
constexpr double kLengthWeight = 0.2;  // at quote_bytes_max: of equal ones the longer, for its context
constexpr double kScoreShareMin = 0.5;  // of the first quote's score, for a further one

constexpr size_t kTextBytesMax = 256 * 1024;

// Bits of question terms.
using TermSet = uint64_t;
static_assert(kQuestionTermsMax <= 64);

struct Scored {
  Passage passage;
  size_t candidate = 0;
  TermSet terms = 0;    // in the passage
  TermSet heading = 0;  // in heading path or title
  double base = 0;      // all but coverage
};

class Extractor {
 public:
  Extractor(const Question& question, const std::vector<Candidate>& candidates, const ExtractOptions& options,
            const WordCutter& cutter)
      : question_(question), candidates_(candidates), options_(options), cutter_(cutter) {
    for (size_t i = 0; i < question.terms.size(); ++i) bits_[question.terms[i].term] |= TermSet{1} << i;
  }

  std::vector<Quote> Run() {
    for (size_t i = 0; i < candidates_.size(); ++i) ScoreCandidate(i);
    while (quotes_.size() < options_.quotes_max && TakeBest()) {
    }
    return Arranged();
  }

 private:
  static std::vector<Word>::const_iterator FirstWord(const std::vector<Word>& words, size_t start) {
    return std::lower_bound(words.begin(), words.end(), start, [](const Word& w, size_t at) { return w.start < at; });
  }
  TermSet TermsOf(const std::vector<Word>& words, size_t start, size_t end) const {
    TermSet set = 0;
    for (auto word = FirstWord(words, start); word != words.end() && word->start < end; ++word) {
      if (const auto bit = bits_.find(word->term); bit != bits_.end()) set |= bit->second;
    }
    return set;
  }
  TermSet TermsOf(std::string_view text) const {
    const auto words = cutter_.Cut(text);
    return TermsOf(words, 0, text.size());
  }
  double WeightOf(TermSet set) const {
    double weight = 0;
    for (size_t i = 0; i < question_.terms.size(); ++i) weight += (set >> i & 1) ? question_.terms[i].weight : 0;
    return question_.weight > 0 ? weight / question_.weight : 0;
  }

  bool FormFits(const Passage& passage, std::string_view text, const std::vector<Word>& words) const {
    switch (question_.kind) {
      case QuestionKind::kHow: return passage.kind == PieceKind::kCode || HasSteps(passage, text);
      case QuestionKind::kNumber:
        return text.substr(passage.start, passage.end - passage.start).find_first_of("0123456789") != text.npos;
      case QuestionKind::kDefinition: return Defines(passage, text, words);
      case QuestionKind::kOther: break;
    }
    return false;
  }

  // Whether a list of a passage is numbered.
  static bool HasSteps(const Passage& passage, std::string_view text) {
    if (passage.kind != PieceKind::kItem) return false;
    for (size_t at = passage.start; at != text.npos && at < passage.end; at = text.find('\n', at)) {
      at = text.find_first_not_of(" \t\n", at);
      if (at != text.npos && at + 1 < passage.end && text[at] >= '0' && text[at] <= '9' && text[at + 1] == '.')
        return true;
    }
    return false;
  }

  // Whether a passage begins like "A COCO export is ...": asked words among the first few, a copula right behind them.
  bool Defines(const Passage& passage, std::string_view text, const std::vector<Word>& words) const {
    constexpr ptrdiff_t kOpeningWords = 6;
    auto word = FirstWord(words, passage.start);
    const auto last = word + std::min(kOpeningWords, words.end() - word);
    bool asked = false;
    for (; word != last && word->start < passage.end; ++word) {
      const std::string folded = FoldCase(text.substr(word->start, word->end - word->start));
      if (asked && (folded == "is" || folded == "are" || folded == "means" || folded == "refers")) return true;
      asked = bits_.count(word->term) > 0;
    }
    return false;
  }

  void ScoreCandidate(size_t index) {
    const Candidate& candidate = candidates_[index];
    const std::string_view text = Utf8Prefix(candidate.chunk.text, kTextBytesMax);
    const auto words = cutter_.Cut(text);
    const TermSet heading = TermsOf(candidate.chunk.section) | TermsOf(candidate.chunk.title);
    for (const Passage& passage : ListPassages(text, options_.quote_bytes_max)) {
      Scored scored{passage, index, TermsOf(words, passage.start, passage.end), heading, 0};
      const size_t bytes = passage.end - passage.start;
      scored.base =
          kRankWeight * candidate.score + kLengthWeight * static_cast<double>(bytes) / options_.quote_bytes_max;
      if (FormFits(passage, text, words)) scored.base += kFormBonus;
      scored_.push_back(scored);
    }
  }

  double Score(const Scored& s) const {
    const double fresh =
        kTextWeight * WeightOf(s.terms & ~covered_) + kHeadingShare * WeightOf(s.heading & ~s.terms & ~covered_);
    const double seen =
        kTextWeight * WeightOf(s.terms & covered_) + kHeadingShare * WeightOf(s.heading & ~s.terms & covered_);
    return s.base + fresh + kSeenWeight * seen - (IsQuoted(s.candidate) ? kSamePenalty : 0);
  }
  bool IsQuoted(size_t candidate) const {
    const std::string_view group = GroupOf(candidates_[candidate].chunk);
    return std::any_of(quotes_.begin(), quotes_.end(),
                       [&](const Quote& q) { return GroupOf(candidates_[q.candidate].chunk) == group; });
  }

  bool Overlaps(const Scored& s) const {
    return std::any_of(quotes_.begin(), quotes_.end(), [&](const Quote& q) {
      return q.candidate == s.candidate && s.passage.start < q.end && q.start < s.passage.end;
    });
  }
  uint64_t TextHash(const Scored& s) const {
    return Hash64(
        std::string_view(candidates_[s.candidate].chunk.text).substr(s.passage.start, s.passage.end - s.passage.start));
  }

  // Takes the best passage that is left and good enough; false if there is none.
  bool TakeBest() {
    const Scored* best = nullptr;
    double best_score = 0;
    for (const Scored& s : scored_) {
      const double score = Score(s);
      if ((best && score <= best_score) || s.terms == 0 || Overlaps(s) || texts_.count(TextHash(s)) > 0) continue;
      best = &s;
      best_score = score;
    }
    if (!best || (!quotes_.empty() && best_score < kScoreShareMin * quotes_.front().score)) return false;
    quotes_.push_back({best->candidate, best->passage.start, best->passage.end, best_score});
    covered_ |= best->terms;
    texts_.insert(TextHash(*best));
    return true;
  }

  // What quotes are grouped by. A chunk without a document stands alone.
  static std::string_view GroupOf(const Chunk& chunk) { return chunk.uri.empty() ? chunk.id : chunk.uri; }

  std::vector<Quote> Arranged() const {
    std::map<std::string_view, size_t> rank;  // of documents, by their best chunk
    for (const Candidate& candidate : candidates_) rank.emplace(GroupOf(candidate.chunk), rank.size());
    std::vector<Quote> arranged = quotes_;
    std::stable_sort(arranged.begin(), arranged.end(), [&](const Quote& a, const Quote& b) {
      const Chunk& x = candidates_[a.candidate].chunk;
      const Chunk& y = candidates_[b.candidate].chunk;
      if (GroupOf(x) != GroupOf(y)) return rank.at(GroupOf(x)) < rank.at(GroupOf(y));
      if (x.ordinal != y.ordinal) return x.ordinal < y.ordinal;
      return x.start + a.start < y.start + b.start;
    });
    return arranged;
  }

  const Question& question_;
  const std::vector<Candidate>& candidates_;
  const ExtractOptions& options_;
  const WordCutter& cutter_;
  std::map<std::string, TermSet, std::less<>> bits_;
  std::vector<Scored> scored_;
  std::vector<Quote> quotes_;
  std::set<uint64_t> texts_;
  TermSet covered_ = 0;
};

}  // namespace

std::vector<Quote> Extract(const Question& question, const std::vector<Candidate>& candidates,
                           const ExtractOptions& options, const WordCutter& cutter) {
  return Extractor(question, candidates, options, cutter).Run();
}

}  // namespace quire::chat
