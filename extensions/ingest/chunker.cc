#include "extensions/ingest/chunker.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "extensions/ingest/pieces.h"
#include "extensions/ingest/sections.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kBytesPerToken = 4;

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

std::vector<Span> Pack(const std::vector<Piece>& pieces, const Sizes& sizes) {
  const size_t total = BytesOf(pieces, {0, pieces.size()});
  const size_t goal = total / std::max<size_t>(1, (total + sizes.whole - 1) / sizes.whole);
  std::vector<Span> spans;
  Span span{0, 1};
  for (; span.last < pieces.size(); ++span.last) {
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

// [start, end) without blank lines at its head and blanks at its tail. The indentation of the first line stays: in
// Markdown it has a meaning.
void TrimSpan(std::string_view source, uint64_t* start, uint64_t* end) {
  while (*end > *start && IsBlank(source[*end - 1])) --*end;
  uint64_t line = *start;
  for (uint64_t at = *start; at < *end && IsBlank(source[at]); ++at) {
    if (source[at] == '\n' || source[at] == '\r') line = at + 1;
  }
  *start = line;
}

class Chunker {
 public:
  Chunker(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
          const ChunkOptions& options)
      : document_(document), reader_(reader), source_(source), options_(options), sizes_(options.chunk_tokens) {}

  std::vector<Chunk> Run() {
    for (const SectionGroup& group : GroupSections(document_, sizes_.min)) AddGroup(group);
    if (document_.blocks.empty()) AddRest();
    return std::move(chunks_);
  }

 private:
  void AddGroup(const SectionGroup& group) {
    std::vector<std::vector<std::string>> own;
    const std::vector<Piece> pieces = CutBlocks(document_, reader_, source_, group.first_block, group.last_block,
                                                {.bytes_max = sizes_.max, .bytes_target = sizes_.target}, &own);
    for (const Span span : Pack(pieces, sizes_)) {
      std::string plain(pieces[span.first].header);
      for (size_t i = span.first; i < span.last; ++i) plain += pieces[i].plain;
      Add(group, pieces[span.first].start, pieces[span.last - 1].end, plain);
    }
  }

  // A body in which the reader saw nothing (only link definitions) is kept all the same.
  void AddRest() {
    for (size_t at = document_.body_start; at < source_.size();) {
      const size_t size = std::min(source_.size() - at, sizes_.max);
      const size_t cut = CutPoints(source_.substr(at), false, std::max(size, size_t{1}))[1];
      Add({}, at, at + cut, source_.substr(at, cut));
      at += cut;
    }
  }

  void Add(const SectionGroup& group, size_t start, size_t end, std::string_view plain) {
    Chunk chunk;
    chunk.start = start;
    chunk.end = end;
    TrimSpan(source_, &chunk.start, &chunk.end);
    if (chunk.start >= chunk.end) return;
    chunk.uri = options_.uri;
    chunk.title = options_.title;
    chunk.section = group.path;
    chunk.anchor = group.anchor;
    chunk.ordinal = static_cast<uint32_t>(chunks_.size());
    chunk.text = source_.substr(chunk.start, chunk.end - chunk.start);
    for (const std::string_view line : {std::string_view(chunk.title), std::string_view(chunk.section), Trim(plain)}) {
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
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> ChunkDocument(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
                                 const ChunkOptions& options) {
  return Chunker(document, reader, source, options).Run();
}

}  // namespace quire::ingest
