#include "extensions/chat/join.h"

#include <algorithm>
#include <map>
#include <utility>

namespace quire::chat {
namespace {

constexpr uint64_t kDocumentChunksMax = 1'000;  // of a document that is looked through for what is missing

class Joiner {
 public:
  Joiner(const Reader& reader, std::string_view collection, const Filter& filter, std::vector<Candidate>* candidates)
      : reader_(reader), collection_(collection), filter_(filter), candidates_(*candidates) {}

  Result<std::vector<JoinedSource>> Run() {
    std::map<std::string, std::vector<size_t>, std::less<>> documents;
    for (size_t i = 0; i < candidates_.size(); ++i) documents[ChunkOf(i).uri].push_back(i);
    for (const auto& [uri, hits] : documents) {
      Places places;
      for (const size_t hit : hits) places.emplace(ChunkOf(hit).ordinal, hit);
      // Rows that were inserted by hand may all have the same place: nothing is known of what stands beside them.
      if (uri.empty() || hits.size() < 2 || places.size() < hits.size()) {
        for (const size_t hit : hits) sources_.push_back({{hit}});
        continue;
      }
      if (MayMiss(places)) QUIRE_RETURN_IF_ERROR(AddMissing(uri, &places));
      TakeRuns(places);
    }
    const auto best = [](const JoinedSource& source) { return *std::min_element(source.parts.begin(), source.parts.end()); };
    std::sort(sources_.begin(), sources_.end(), [&](const JoinedSource& a, const JoinedSource& b) { return best(a) < best(b); });
    return std::move(sources_);
  }

 private:
  using Places = std::map<uint32_t, size_t>;  // candidates by their place in the document

  const Chunk& ChunkOf(size_t candidate) const { return candidates_[candidate].chunk; }

  // The sections that at least two hits fall in, with the bytes of those.
  std::map<std::string, size_t> SharedSections(const Places& hits) const {
    std::map<std::string, std::pair<size_t, size_t>> counted;
    for (const auto& [place, hit] : hits) {
      auto& [count, bytes] = counted[ChunkOf(hit).section];
      ++count;
      bytes += ChunkOf(hit).text.size();
    }
    std::map<std::string, size_t> shared;
    for (const auto& [section, of] : counted) {
      if (!section.empty() && of.first > 1) shared[section] = of.second;
    }
    return shared;
  }

  static bool IsGap(const Places& hits, uint32_t place) { return place > 0 && hits.count(place - 1) > 0 && hits.count(place + 1) > 0; }

  bool MayMiss(const Places& hits) const {
    for (const auto& [place, hit] : hits) {
      if (hits.count(place + 1) == 0 && IsGap(hits, place + 1)) return true;
    }
    return !SharedSections(hits).empty();
  }

  // Reads what stands between two hits, and the sections that several fall in where they are short enough.
  Status AddMissing(const std::string& uri, Places* places) {
    const Filter of_document = Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri));
    QUIRE_ASSIGN_OR_RETURN(const uint64_t chunks, reader_.Count(collection_, of_document));
    if (chunks > kDocumentChunksMax) return {};
    const Places hits = *places;
    std::map<std::string, size_t> sections = SharedSections(hits);
    std::map<uint32_t, Chunk> others;
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_.Scan(collection_, Filter::And(filter_, of_document), {}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) break;
      if (hits.count(chunk.ordinal) > 0) continue;
      const auto section = sections.find(chunk.section);
      if (section != sections.end()) section->second += chunk.text.size();
      if (section != sections.end() || IsGap(hits, chunk.ordinal)) others.insert_or_assign(chunk.ordinal, std::move(chunk));
    }
    for (auto& [place, chunk] : others) {
      const auto section = sections.find(chunk.section);
      const bool of_section = section != sections.end() && section->second <= kSourceBytesMax;
      if (!of_section && !IsGap(hits, place)) continue;
      places->emplace(place, candidates_.size());
      Candidate& added = candidates_.emplace_back();
      added.hit.number = chunk.number;
      added.joined = of_section ? "two hits fall in its section" : "it stands between two hits";
      added.chunk = std::move(chunk);
    }
    return {};
  }

  // What stands one behind the other becomes one source, up to its size.
  void TakeRuns(const Places& places) {
    JoinedSource source;
    size_t bytes = 0;
    const auto close = [&] {
      const auto is_hit = [&](size_t part) { return candidates_[part].joined.empty(); };
      if (std::any_of(source.parts.begin(), source.parts.end(), is_hit)) sources_.push_back(std::move(source));
      source = {};
      bytes = 0;
    };
    for (auto at = places.begin(); at != places.end(); ++at) {
      const size_t size = ChunkOf(at->second).text.size();
      const bool behind = at != places.begin() && std::prev(at)->first + 1 == at->first;
      if (!behind || bytes + size > kSourceBytesMax) close();
      source.parts.push_back(at->second);
      bytes += size;
    }
    close();
  }

  const Reader& reader_;
  const std::string_view collection_;
  const Filter& filter_;
  std::vector<Candidate>& candidates_;
  std::vector<JoinedSource> sources_;
};

}  // namespace

Result<std::vector<JoinedSource>> JoinNeighbours(const Reader& reader, std::string_view collection, const Filter& filter,
                                                 std::vector<Candidate>* candidates) {
  return Joiner(reader, collection, filter, candidates).Run();
}

}  // namespace quire::chat
