#include "extensions/chat/retrieve.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/instructions.h"
#include "engine/base/near_same.h"
#include "engine/base/utf8.h"

namespace quire::chat {
namespace {

// Of the score; fitted on page-retrieval sets: extensions/chat/doc/answers.md.
constexpr double kWordWeight = 0.58;
constexpr double kCloseWeight = 0.165;
constexpr double kHeadingWeight = 0.14;
constexpr double kNameWeight = 0.115;
constexpr double kChangeLogPenalty = 0.058;
constexpr uint32_t kSearchDepth = 100;

constexpr double kContextWeight = 0.5;  // of words of the conversation

// A collection whose vectors the caller brings has no way to turn a question into one: words must do.
SearchRequest MakeSearch(const CollectionInfo& collection, const Question& question, const std::string& text,
                         const RetrieveRequest& request) {
  SearchRequest search;
  search.filter = request.filter;
  search.k = kSearchDepth;
  search.cancelled = request.cancelled;
  search.text = text;
  if (collection.schema.embedder != "none") return search;
  search.mode = SearchMode::kWords;
  search.text.clear();
  for (const auto& term : question.terms) {
    if (!search.text.empty()) search.text += " OR ";
    search.text += '"' + term.word + '"';
  }
  return search;
}

// The cosine in [0, 1] of each hit; those without a distance get the smallest there is: they are at least as far.
void FillCloseness(std::vector<Candidate>* candidates) {
  double farthest = 1;
  bool any = false;
  for (auto& candidate : *candidates) {
    if (std::isnan(candidate.hit.distance)) continue;
    candidate.closeness = std::clamp(1 - candidate.hit.distance, 0.0, 1.0);
    farthest = std::min(farthest, candidate.closeness);
    any = true;
  }
  for (auto& candidate : *candidates) {
    if (std::isnan(candidate.hit.distance)) candidate.closeness = any ? farthest : 0;
  }
}

// The share of the question's weight that occurs in `texts`.
double Share(const Question& question, std::initializer_list<std::string_view> texts, const WordCutter& cutter) {
  std::set<std::string> present;
  for (const std::string_view text : texts) {
    for (Word& word : cutter.Cut(text)) present.insert(std::move(word.term));
  }
  double covered = 0;
  for (const auto& term : question.terms) covered += present.count(term.term) > 0 ? term.weight : 0;
  return question.weight > 0 ? covered / question.weight : 0;
}

bool ContainsAny(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// Release notes tell that something exists, seldom how it is done.
bool IsChangeLog(const Chunk& chunk) {
  return ContainsAny(FoldCase(chunk.uri + "\n" + chunk.title), {"release_note", "release-note", "release note",
                                                                "changelog", "change log", "what's new", "whats-new"});
}

bool AsksForChanges(const Question& question) {
  return ContainsAny(FoldCase(question.text), {"release", "version", "new in", "what's new", "changelog", "changed"});
}

void Order(std::vector<Candidate>* candidates) {
  for (auto& c : *candidates) {
    c.score =
        kWordWeight * c.word_share + kCloseWeight * c.closeness + kHeadingWeight * c.heading + kNameWeight * c.name;
    c.score = std::max(0.0, c.score - c.penalty);
  }
  std::sort(candidates->begin(), candidates->end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.hit.number < b.hit.number;
  });
}

// Reads the best candidates; of chunks with equal text the first one stays.
Status ReadChunks(const Reader& reader, std::string_view collection, Retrieved* retrieved) {
  std::set<uint64_t> texts;
  std::vector<Candidate> kept;
  for (auto& candidate : retrieved->candidates) {
    if (kept.size() >= kRetrieveDepth) break;
    QUIRE_ASSIGN_OR_RETURN(candidate.chunk, reader.Get(collection, candidate.hit.number, {}));
    if (!texts.insert(Hash64(candidate.chunk.text)).second) {
      retrieved->dropped.push_back({candidate.chunk.id, "its text equals that of a better one"});
      continue;
    }
    kept.push_back(std::move(candidate));
  }
  retrieved->candidates = std::move(kept);
  return {};
}

// Of its words, in small letters and unstemmed.
std::vector<uint64_t> ShinglesOfText(std::string_view text) {
  constexpr size_t kTextBytes = 8'192;  // of it that are looked at
  std::string folded(Utf8Prefix(text, kTextBytes));
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  const auto is_word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
  std::vector<std::string_view> words;
  for (size_t i = 0, start = 0; i <= folded.size(); ++i) {
    if (i < folded.size() && is_word(folded[i])) continue;
    if (i > start) words.push_back(std::string_view(folded).substr(start, i - start));
    start = i + 1;
  }
  return ShinglesOf(words);
}

// Of chunks whose texts are nearly the same the first one stays.
void DropNearDuplicates(Retrieved* retrieved) {
  std::vector<Candidate> kept;
  std::vector<std::vector<uint64_t>> seen;
  for (Candidate& candidate : retrieved->candidates) {
    std::vector<uint64_t> shingles = ShinglesOfText(candidate.chunk.text);
    const auto same = std::find_if(seen.begin(), seen.end(), [&](const auto& other) { return AreNearlySame(shingles, other); });
    if (same != seen.end() && !shingles.empty()) {
      const Chunk& better = kept[static_cast<size_t>(same - seen.begin())].chunk;
      retrieved->dropped.push_back({candidate.chunk.id, "its text is nearly that of [" + better.id + "]"});
      continue;
    }
    seen.push_back(std::move(shingles));
    kept.push_back(std::move(candidate));
  }
  retrieved->candidates = std::move(kept);
}

}  // namespace

// The hits for the question, and for the question with the conversation before it.
Result<std::vector<Hit>> FindHits(const Reader& reader, const CollectionInfo& collection, const Question& question,
                                  const RetrieveRequest& request) {
  std::vector<Hit> hits;
  std::vector<std::string> texts;
  if (!question.content.empty()) texts.push_back(question.content);
  if (!question.context.empty()) texts.push_back(question.content + " " + question.context);
  for (const std::string& text : texts) {
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> found,
                           reader.Search(request.collection, MakeSearch(collection, question, text, request)));
    for (const Hit& hit : found) {
      const auto same = std::find_if(hits.begin(), hits.end(), [&](const Hit& h) { return h.number == hit.number; });
      if (same == hits.end()) {
        hits.push_back(hit);
      } else if (std::isnan(same->distance) || hit.distance < same->distance) {
        *same = hit;
      }
    }
  }
  return hits;
}

// Scores the hits by the question's words and those of the conversation, which count half for the share of the bound. As evidence
// that the topic is known they count in full.
Result<std::vector<Candidate>> ScoreHits(const Reader& reader, const Question& question, const std::vector<Hit>& hits,
                                         const RetrieveRequest& request) {
  std::vector<ChunkNumber> numbers;
  std::vector<Candidate> candidates(hits.size());
  for (size_t i = 0; i < hits.size(); ++i) {
    numbers.push_back(hits[i].number);
    candidates[i].hit = hits[i];
  }
  double upper_bound = 0;
  const auto add = [&](const std::string& text, double weight) -> Status {
    if (text.empty()) return {};
    QUIRE_ASSIGN_OR_RETURN(const auto part, reader.ScoreWords(request.collection, text, numbers));
    for (size_t i = 0; i < hits.size(); ++i) {
      candidates[i].words += part.scores[i];
      candidates[i].word_share += weight * part.scores[i];
    }
    upper_bound += weight * part.upper_bound;
    return {};
  };
  QUIRE_RETURN_IF_ERROR(add(question.content, 1));
  QUIRE_RETURN_IF_ERROR(add(question.context, kContextWeight));
  for (Candidate& candidate : candidates) {
    candidate.word_share = upper_bound > 0 ? std::clamp(candidate.word_share / upper_bound, 0.0, 1.0) : 0;
  }
  return candidates;
}

Result<Retrieved> Retrieve(const Reader& reader, const CollectionInfo& collection, const Question& question,
                           const RetrieveRequest& request, const WordCutter& cutter) {
  Retrieved retrieved;
  if (question.terms.empty()) return retrieved;
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, FindHits(reader, collection, question, request));
  if (hits.empty()) return retrieved;
  QUIRE_ASSIGN_OR_RETURN(retrieved.candidates, ScoreHits(reader, question, hits, request));
  FillCloseness(&retrieved.candidates);
  Order(&retrieved.candidates);
  QUIRE_RETURN_IF_ERROR(ReadChunks(reader, request.collection, &retrieved));
  const bool changes_asked = AsksForChanges(question);
  for (auto& c : retrieved.candidates) {
    c.heading = Share(question, {c.chunk.section, c.chunk.title}, cutter);
    c.name = Share(question, {c.chunk.uri}, cutter);
    c.penalty = changes_asked || !IsChangeLog(c.chunk) ? 0 : kChangeLogPenalty;
  }
  Order(&retrieved.candidates);
  DropNearDuplicates(&retrieved);
  for (size_t i = request.k; i < retrieved.candidates.size(); ++i) {
    retrieved.dropped.push_back({retrieved.candidates[i].chunk.id, "beyond k = " + std::to_string(request.k)});
    retrieved.rest.push_back(std::move(retrieved.candidates[i]));
  }
  if (retrieved.candidates.size() > request.k) retrieved.candidates.resize(request.k);
  for (auto& c : retrieved.candidates) c.orders = LooksLikeInstruction(c.chunk.text);
  return retrieved;
}

}  // namespace quire::chat
