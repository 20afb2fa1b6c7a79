// ParsedDocument and DocumentReader: what a reader makes of the bytes of one source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/time_limit.h"
#include "quire/value.h"

namespace quire::ingest {

// One structural piece of a document. Blocks stand in document order, each before what it holds; the blocks of one
// parent tile it: each ends where the next begins, blank lines belong to the one before them.
struct Block {
  enum class Kind : uint8_t {
    kHeading,
    kParagraph,
    kContainer,  // list, list item, quote: has blocks inside
    kCode,
    kTable,  // rows inside; the first one is its header
    kTableRow,
    kHtml,
  };
  Kind kind = Kind::kParagraph;
  uint8_t level = 0;    // kHeading: 1 to 6
  uint32_t extent = 1;  // blocks this one makes up, itself included: the next of its parent is `extent` further
  size_t start = 0;     // bytes [start, end) of the source
  size_t end = 0;
  size_t plain_start = 0;  // bytes [plain_start, plain_end) of ParsedDocument::plain
  size_t plain_end = 0;
};

// No chunk holds text of both sides.
struct Border {
  size_t at = 0;      // start of a line that is not blank
  bool file = false;  // of another file: no chunk lies on both sides at all
};

// What only readers of one tier see: <div class="enterprise-only">, without the lines of its tags.
struct TierBlock {
  size_t start = 0, end = 0;
  std::string tier;  // "enterprise"
};

struct Attribute {
  std::string name;    // letters, digits and _, lower-case
  Value value;         // TEXT or TEXT[]
  bool plain = false;  // a scalar that was written without quotes: its type can be told from it
};

struct ParsedDocument {
  std::string title;                  // empty: the source names none
  std::vector<Attribute> attributes;  // names unique
  size_t body_start = 0;              // after byte order mark and front matter; the body ends with the source
  std::vector<Block> blocks;
  std::vector<Border> borders;       // in order
  std::vector<TierBlock> tiers;      // in order, none in another
  std::string plain;                 // text without markup, in the order of the blocks
  std::vector<std::string> notices;  // what the user should know, one line each, without the document's name
};

// Reads one format. Stateless; safe for concurrent use.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;

  // REQUIRES: `source` is valid UTF-8 and shorter than 2 GiB. What is not understood is text.
  // Errors: kCancelled, kResourceExhausted (the time is up, or it needs too much memory). Cost: linear in what people write.
  virtual Result<ParsedDocument> Parse(std::string_view source, const TimeLimit& limit) const = 0;

  // The plain text of the pieces of a block that is too large to stay whole: piece i is the bytes
  // [cuts[i], cuts[i + 1]) of `source`.
  virtual std::vector<std::string> PlainPieces(Block::Kind kind, std::string_view source,
                                               const std::vector<size_t>& cuts) const = 0;
};

}  // namespace quire::ingest
