#include "extensions/chat/verify.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "extensions/chat/claims.h"
#include "extensions/chat/guards.h"
#include "extensions/chat/plain_text.h"

namespace quire::chat {
namespace {

// Shares of a sentence's weight; chosen on synthetic edits, WiCE and MTRAG: extensions/chat/doc/answers.md.
constexpr double kSupportedShare = 0.75;
constexpr double kAlteredShare = 0.6;
constexpr double kMissingShareMax = 0.2;  // of the weight, in one word that is nowhere in the window
constexpr size_t kWindowsTried = 3;       // of a source
constexpr double kWindowPart = 0.1, kWordsPart = 0.5;  // of the score; the rest is that of pairs of words
constexpr uint32_t kNoTerm = UINT32_MAX;

// The terms of the answer by number, with their weights.
class Terms {
 public:
  uint32_t Find(const std::string& term) const {
    const auto found = numbers_.find(term);
    return found == numbers_.end() ? kNoTerm : found->second;
  }
  uint32_t Add(const Word& word, std::string_view text, WordWeight weight) {
    const auto [at, added] = numbers_.emplace(word.term, static_cast<uint32_t>(weights_.size()));
    if (added) weights_.push_back(std::max(0.0, weight(FoldCase(text.substr(word.start, word.end - word.start)))));
    return at->second;
  }
  double weight(uint32_t term) const { return weights_[term]; }
  size_t size() const { return weights_.size(); }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<double> weights_;
};

// A sentence of a source and those of the answer's terms that it holds, in order.
struct Unit {
  size_t start = 0;
  size_t end = 0;
  std::vector<uint32_t> terms{};
};

struct ReadSource {
  const Source* source = nullptr;
  PlainText plain;
  std::vector<Unit> units;
  std::vector<uint32_t> section;  // terms of the heading path
};

// Some neighbouring units of a source, compared with a claim.
struct Window {
  size_t source = 0;
  size_t first = 0, last = 0;  // units [first, last]
  double share = 0;            // of the claim's weight that it holds
};

struct Finding {
  Verdict verdict = Verdict::kUnverified;
  double score = 0;
  std::string difference{};
  size_t source = 0;
  size_t start = 0, end = 0;  // bytes of the source's text
};

bool Better(const Finding& a, const Finding& b) {
  if (a.verdict != b.verdict) return a.verdict < b.verdict;
  return a.score > b.score;
}

class Verifier {
 public:
  Verifier(std::string_view answer, std::span<const Source> sources, WordWeight weight, const WordCutter& cutter)
      : answer_(ReadCitedAnswer(answer)), cutter_(cutter) {
    for (const Claim& claim : answer_.claims) claim_terms_.push_back(TermsOfClaim(claim, weight));
    for (const Source& source : sources) sources_.push_back(Read(source));
    in_sources_.assign(terms_.size(), false);
    for (const ReadSource& source : sources_) {
      for (const Unit& unit : source.units) NotePairs(unit.terms);
    }
  }

  std::vector<CheckedSentence> Run() {
    std::vector<CheckedSentence> checked;
    for (size_t i = 0; i < answer_.claims.size(); ++i) checked.push_back(Check(i));
    return checked;
  }

 private:
  std::string_view TextOf(const Claim& claim) const {
    return std::string_view(answer_.text).substr(claim.start, claim.end - claim.start);
  }

  std::vector<uint32_t> TermsOfClaim(const Claim& claim, WordWeight weight) {
    const std::string_view text = TextOf(claim);
    std::vector<uint32_t> terms;
    for (const Word& word : cutter_.Cut(text)) {
      if (IsEmptyWord(FoldCase(text.substr(word.start, word.end - word.start)))) continue;
      const uint32_t term = terms_.Add(word, text, weight);
      if (std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(term);
    }
    return terms;
  }

  // Pairs of the answer's terms with at most one other of them in between.
  void NotePairs(const std::vector<uint32_t>& terms) {
    for (size_t i = 0; i < terms.size(); ++i) {
      in_sources_[terms[i]] = true;
      for (size_t j = i + 1; j < std::min(terms.size(), i + 3); ++j) pairs_.insert({terms[i], terms[j]});
    }
  }

  std::vector<uint32_t> KnownTerms(std::string_view text) const {
    std::vector<uint32_t> terms;
    for (const Word& word : cutter_.Cut(text)) {
      if (const uint32_t term = terms_.Find(word.term); term != kNoTerm) terms.push_back(term);
    }
    return terms;
  }

  ReadSource Read(const Source& source) const {
    ReadSource read{&source, PlainText(source.text), {}, KnownTerms(source.section)};
    for (const Claim& sentence : CutClaims(source.text)) {
      const size_t length = sentence.end - sentence.start;
      read.units.push_back({sentence.start, sentence.end, KnownTerms(source.text.substr(sentence.start, length))});
    }
    return read;
  }

  // The windows that hold most of the claim, best first: a sentence, or two; of equal ones the shorter.
  std::vector<Window> BestWindows(size_t claim, size_t source) const {
    std::vector<double> held(terms_.size(), 0);  // 0: not a term of the claim, or counted already
    double all = 0;
    for (const uint32_t term : claim_terms_[claim]) all += terms_.weight(term);
    if (all <= 0) return {};
    const ReadSource& read = sources_[source];
    std::vector<Window> windows;
    const auto share = [&](size_t first, size_t last) {
      for (const uint32_t term : claim_terms_[claim]) held[term] = terms_.weight(term);
      double sum = 0;
      const auto take = [&](const std::vector<uint32_t>& terms) {
        for (const uint32_t term : terms) {
          sum += held[term];
          held[term] = 0;
        }
      };
      for (size_t i = first; i <= last; ++i) take(read.units[i].terms);
      if (sum > 0) take(read.section);
      return sum / all;
    };
    for (size_t i = 0; i < read.units.size(); ++i) {
      windows.push_back({source, i, i, share(i, i)});
      if (i + 1 < read.units.size()) windows.push_back({source, i, i + 1, share(i, i + 1)});
    }
    const size_t kept = std::min(kWindowsTried, windows.size());
    std::partial_sort(windows.begin(), windows.begin() + static_cast<ptrdiff_t>(kept), windows.end(),
                      [](const Window& a, const Window& b) {
                        if (a.share != b.share) return a.share > b.share;
                        return a.last - a.first != b.last - b.first ? a.last - a.first < b.last - b.first : a.first < b.first;
                      });
    windows.resize(kept);
    return windows;
  }

  bool Holds(const Window& window, uint32_t term) const {
    const ReadSource& read = sources_[window.source];
    const auto holds = [&](const std::vector<uint32_t>& terms) { return std::find(terms.begin(), terms.end(), term) != terms.end(); };
    if (holds(read.section)) return true;
    for (size_t i = window.first; i <= window.last; ++i) {
      if (holds(read.units[i].terms)) return true;
    }
    return false;
  }

  // The weightiest term of the claim that neither the window nor its headings hold, as a share of the claim's weight.
  double LargestMissing(size_t claim, const Window& window) const {
    double largest = 0, all = 0;
    for (const uint32_t term : claim_terms_[claim]) {
      all += terms_.weight(term);
      if (!Holds(window, term)) largest = std::max(largest, terms_.weight(term));
    }
    return all > 0 ? largest / all : 0;
  }

  // Of the claim's words how many the window and all sources hold, and of its pairs of neighbouring words. Here each counts the
  // same: over texts that people judged that tells more than weights do.
  double Score(size_t claim, const Window& window) const {
    const auto& terms = claim_terms_[claim];
    double in_window = 0, in_sources = 0, pairs = 0;
    for (size_t i = 0; i < terms.size(); ++i) {
      in_window += Holds(window, terms[i]);
      in_sources += in_sources_[terms[i]];
      pairs += i > 0 && pairs_.count({terms[i - 1], terms[i]}) > 0;
    }
    const auto count = static_cast<double>(terms.size());
    const double words = in_sources / count;
    return kWindowPart * in_window / count + kWordsPart * words +
           (1 - kWindowPart - kWordsPart) * (terms.size() > 1 ? pairs / (count - 1) : words);
  }

  Finding Judge(size_t claim, const Window& window) const {
    const ReadSource& read = sources_[window.source];
    Finding finding{Verdict::kUnverified, Score(claim, window), {}, window.source, read.units[window.first].start,
                    read.units[window.last].end};
    if (window.share < kAlteredShare) return finding;
    const std::string_view text = read.source->text;
    const Difference difference =
        FindDifference({TextOf(answer_.claims[claim]), text.substr(finding.start, finding.end - finding.start),
                        read.source->section, text});
    if (!difference.what.empty()) {
      if (difference.contradicts) {
        finding.verdict = Verdict::kAltered;
        finding.difference = difference.what;
      }
      return finding;
    }
    // One word proves nothing unless it stands there as it is.
    const bool says_enough = claim_terms_[claim].size() > 1;
    if (says_enough && window.share >= kSupportedShare && LargestMissing(claim, window) <= kMissingShareMax) {
      finding.verdict = Verdict::kSupported;
    }
    return finding;
  }

  // Literally there: of code each line. A sentence whose beginning is left out may have lost its "do not".
  std::optional<Finding> FindExact(size_t claim, size_t source) const {
    const ReadSource& read = sources_[source];
    const auto span = answer_.claims[claim].code ? read.plain.FindLines(TextOf(answer_.claims[claim]))
                                                 : read.plain.Find(TextOf(answer_.claims[claim]));
    if (!span) return std::nullopt;
    for (const Unit& unit : read.units) {
      if (unit.start >= span->start || unit.end <= span->start) continue;
      if (HasNegation(read.source->text.substr(unit.start, span->start - unit.start))) return std::nullopt;
    }
    return Finding{Verdict::kSupported, 1, {}, source, span->start, span->end};
  }

  Finding BestOf(size_t claim, size_t source) const {
    if (auto exact = FindExact(claim, source)) return *exact;
    Finding best;
    best.source = source;
    for (const Window& window : BestWindows(claim, source)) {
      Finding finding = Judge(claim, window);
      if (Better(finding, best)) best = std::move(finding);
    }
    return best;
  }

  bool IsCited(const Claim& claim, size_t source) const {
    const uint32_t number = sources_[source].source->number;
    return std::find(claim.cited.begin(), claim.cited.end(), number) != claim.cited.end();
  }

  CheckedSentence Check(size_t index) const {
    const Claim& claim = answer_.claims[index];
    std::optional<Finding> cited, other;
    for (size_t i = 0; i < sources_.size(); ++i) {
      Finding finding = BestOf(index, i);
      auto& best = IsCited(claim, i) ? cited : other;
      if (!best || Better(finding, *best)) best = std::move(finding);
    }
    const bool elsewhere = other && (!cited || (other->verdict == Verdict::kSupported && cited->verdict != Verdict::kSupported));
    CheckedSentence checked{claim.start, claim.end, Verdict::kUnverified, 0, {}, claim.cited, 0, false, 0, 0, 0};
    const auto& best = elsewhere ? other : cited;
    if (!best) return checked;
    checked.verdict = best->verdict;
    checked.score = best->score;
    checked.difference = best->difference;
    if (best->end > best->start) {
      checked.found = sources_[best->source].source->number;
      checked.source = best->source;
      checked.source_start = best->start;
      checked.source_end = best->end;
    }
    checked.repaired = elsewhere && best->verdict == Verdict::kSupported;
    return checked;
  }

  CitedAnswer answer_;
  const WordCutter& cutter_;
  Terms terms_;
  std::vector<std::vector<uint32_t>> claim_terms_;
  std::vector<ReadSource> sources_;
  std::vector<bool> in_sources_;                  // by term
  std::set<std::pair<uint32_t, uint32_t>> pairs_;  // that the sources hold
};

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSupported: return "supported";
    case Verdict::kAltered: return "altered";
    case Verdict::kUnverified: break;
  }
  return "unverified";
}

std::vector<CheckedSentence> VerifyAnswer(std::string_view answer, std::span<const Source> sources, WordWeight weight,
                                          const WordCutter& cutter) {
  return Verifier(answer, sources, weight, cutter).Run();
}

double GroundedShare(std::span<const CheckedSentence> sentences) {
  double sum = 0, bytes = 0;
  for (const CheckedSentence& sentence : sentences) {
    const auto size = static_cast<double>(sentence.end - sentence.start);
    sum += size * sentence.score;
    bytes += size;
  }
  return bytes > 0 ? sum / bytes : 1;
}

}  // namespace quire::chat
