#include "extensions/ingest/chunker.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "extensions/ingest/borders.h"
#include "extensions/ingest/pieces.h"
#include "extensions/ingest/sections.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kBytesPerToken = 4;
constexpr size_t kCharBytesMax = 4;

// Sizes in bytes for a target in tokens, in the proportions 60 : 350 : 400 : 512.
struct Sizes {
  explicit Sizes(size_t tokens)
      : min(tokens * 60 / 350 * kBytesPerToken),
        target(tokens * kBytesPerToken),
        whole(tokens * 400 / 350 * kBytesPerToken),
        max(tokens * 512 / 350 * kBytesPerToken) {}
  size_t min;  // less is joined to a neighbour
  size_t target;
  size_t whole;  // up to here a section stays one chunk
  size_t max;
};

// Pieces [first, last) of one chunk.
struct Span {
  size_t first = 0, last = 0;
};

size_t BytesOf(const std::vector<Piece>& pieces, Span span) {
  return pieces[span.last - 1].end - pieces[span.first].start;
}

bool OnlyHeadings(const std::vector<Piece>& pieces, Span span) {
  return std::all_of(pieces.begin() + static_cast<std::ptrdiff_t>(span.first),
                     pieces.begin() + static_cast<std::ptrdiff_t>(span.last), [](const Piece& p) { return p.heading; });
}

// Whether the chunk ends before the next piece. `goal` is the size at which all chunks of the section are even.
bool EndsBefore(const std::vector<Piece>& pieces, Span span, const Sizes& sizes, size_t goal) {
  const size_t bytes = BytesOf(pieces, span);
  const size_t with_next = BytesOf(pieces, {span.first, span.last + 1});
  if (with_next > sizes.max) return true;
  if (bytes < sizes.min || OnlyHeadings(pieces, span)) return false;
  return with_next > goal && (bytes >= goal || with_next - goal > goal - bytes);
}

// Whether a piece speaks of what follows: a heading, or "as in this example:".
bool Introduces(const Piece& piece) {
  const std::string_view text = Trim(piece.plain);
  return piece.heading || (!text.empty() && text.back() == ':');
}

// Packs the pieces of `run`, which no border parts.
std::vector<Span> Pack(const std::vector<Piece>& pieces, Span run, const Sizes& sizes) {
  const size_t total = BytesOf(pieces, run);
  const size_t goal = total / std::max<size_t>(1, (total + sizes.whole - 1) / sizes.whole);
  std::vector<Span> spans;
  Span span{run.first, run.first + 1};
  for (; span.last < run.last; ++span.last) {
    if (!EndsBefore(pieces, span, sizes, goal)) continue;
    size_t border = span.last;
    if (border - 1 > span.first && Introduces(pieces[border - 1]) &&
        BytesOf(pieces, {border - 1, border + 1}) <= sizes.max) {
      --border;
    }
    spans.push_back({span.first, border});
    span.first = border;
  }
  if (!spans.empty() && BytesOf(pieces, span) < sizes.min &&
      BytesOf(pieces, {spans.back().first, span.last}) <= sizes.max) {
    spans.back().last = span.last;
  } else {
    spans.push_back(span);
  }
  return spans;
}

// The pieces between borders.
std::vector<Span> Runs(const std::vector<Piece>& pieces, std::string_view source, const std::vector<Border>& borders) {
  std::vector<Span> runs = {{0, pieces.size()}};
  for (size_t i = 1; i < pieces.size() && !borders.empty(); ++i) {
    size_t start = pieces[i - 1].start, end = pieces[i - 1].end;
    TrimLines(source, &start, &end);
    if (!HasBorder(borders, start, pieces[i].start + 1)) continue;
    runs.back().last = i;
    runs.push_back({i, pieces.size()});
  }
  return runs;
}

// A chunk before its neighbours are known.
struct Draft {
  size_t start = 0, end = 0;
  std::string path, anchor;
  std::string plain;
  bool only_headings = false;
};

class Chunker {
 public:
  Chunker(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
          const ChunkOptions& options)
      : document_(document), reader_(reader), source_(source), options_(options), sizes_(options.chunk_tokens) {}

  std::vector<Chunk> Run() {
    for (const SectionGroup& group : GroupSections(document_, sizes_.min)) AddGroup(group);
    if (document_.blocks.empty()) AddRest();
    if (!document_.borders.empty()) MergeAtBorders();
    for (const Draft& draft : drafts_) Finish(draft);
    return std::move(chunks_);
  }

 private:
  void AddGroup(const SectionGroup& group) {
    std::vector<std::vector<std::string>> own;
    const std::vector<Piece> pieces = CutBlocks(document_, reader_, source_, group.first_block, group.last_block,
                                                {.bytes_max = sizes_.max, .bytes_target = sizes_.target}, &own);
    for (const Span run : Runs(pieces, source_, document_.borders)) {
      for (const Span span : Pack(pieces, run, sizes_)) {
        std::string plain(pieces[span.first].header);
        for (size_t i = span.first; i < span.last; ++i) plain += pieces[i].plain;
        Add(group, pieces[span.first].start, pieces[span.last - 1].end, std::move(plain), SaysNothing(pieces, span));
      }
    }
  }

  static bool SaysNothing(const std::vector<Piece>& pieces, Span span) {
    return std::all_of(pieces.begin() + static_cast<std::ptrdiff_t>(span.first),
                       pieces.begin() + static_cast<std::ptrdiff_t>(span.last),
                       [](const Piece& piece) { return piece.heading || Trim(piece.plain).empty(); });
  }

  // A body in which the reader saw nothing (only link definitions) is kept all the same.
  void AddRest() {
    for (size_t at = document_.body_start; at < source_.size();) {
      const size_t size = std::min(source_.size() - at, sizes_.max);
      size_t cut = CutPoints(source_.substr(at, size + kCharBytesMax), false, std::max(size, size_t{1}))[1];
      for (const Border& border : document_.borders) {
        if (border.at > at && border.at < at + cut) cut = border.at - at;
      }
      Add({}, at, at + cut, std::string(source_.substr(at, cut)), false);
      at += cut;
    }
  }

  void Add(const SectionGroup& group, size_t start, size_t end, std::string plain, bool only_headings) {
    TrimLines(source_, &start, &end);
    if (start >= end) return;
    drafts_.push_back({start, end, group.path, group.anchor, std::move(plain), only_headings});
  }

  // What a border cut off and says nothing by itself goes to a neighbour in the same file: markup to the next or the one
  // before, headings of what another file or tier tells to the one before.
  void MergeAtBorders() {
    std::vector<Draft> merged;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      Draft& draft = drafts_[i];
      const bool at_border =
          (i > 0 && HasBorder(document_.borders, drafts_[i - 1].start, draft.start + 1)) ||
          (i + 1 < drafts_.size() && HasBorder(document_.borders, draft.start, drafts_[i + 1].start + 1));
      const bool mute = Trim(draft.plain).empty();
      if (at_border && mute && i + 1 < drafts_.size() && Fits(draft, drafts_[i + 1], true)) {
        drafts_[i + 1].start = draft.start;
      } else if (at_border && draft.only_headings && !merged.empty() && Fits(merged.back(), draft, mute)) {
        merged.back().end = draft.end;
        merged.back().plain += draft.plain;
      } else {
        merged.push_back(std::move(draft));
      }
    }
    drafts_ = std::move(merged);
  }

  // `over_tiers`: one of the two has no text, so that only another file keeps them apart.
  bool Fits(const Draft& first, const Draft& second, bool over_tiers) const {
    return second.end - first.start <= sizes_.max &&
           !HasBorder(document_.borders, first.start, second.start + 1, over_tiers);
  }

  void Finish(const Draft& draft) {
    Chunk chunk;
    chunk.start = draft.start;
    chunk.end = draft.end;
    chunk.uri = options_.uri;
    chunk.title = options_.title;
    chunk.section = draft.path;
    chunk.anchor = draft.anchor;
    chunk.ordinal = static_cast<uint32_t>(chunks_.size());
    chunk.text = source_.substr(chunk.start, chunk.end - chunk.start);
    for (const std::string_view line :
         {std::string_view(chunk.title), std::string_view(chunk.section), Trim(draft.plain)}) {
      if (line.empty()) continue;
      if (!chunk.indexed_text.empty()) chunk.indexed_text.push_back('\n');
      chunk.indexed_text += line;
    }
    chunk.id = NextId(chunk);
    chunks_.push_back(std::move(chunk));
  }

  std::string NextId(const Chunk& chunk) {
    std::string content;
    content.reserve(chunk.text.size() + chunk.indexed_text.size() + 256);
    for (const std::string* part : {&chunk.uri, &chunk.section, &chunk.text, &chunk.indexed_text}) {
      AppendString(&content, *part);
    }
    const uint64_t occurrence = occurrences_[ToHex(HashOf128(content))]++;
    AppendVarint(&content, occurrence);
    return ToHex(HashOf128(content));
  }

  const ParsedDocument& document_;
  const DocumentReader& reader_;
  const std::string_view source_;
  const ChunkOptions& options_;
  const Sizes sizes_;
  std::unordered_map<std::string, uint64_t> occurrences_;
  std::vector<Draft> drafts_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> ChunkDocument(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
                                 const ChunkOptions& options) {
  return Chunker(document, reader, source, options).Run();
}

}  // namespace quire::ingest
