// CSV and TSV files as documents: each record a row of one table, at its bytes. (As rows of a collection: delimited.h.)
#include <algorithm>

#include "extensions/ingest/delimited.h"
#include "extensions/ingest/formats.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kSmallBytes = 250;  // records under this share a block

// The byte after the record that begins at `at`, or npos: it has a quote that is not closed.
size_t EndOfRecord(std::string_view text, size_t at) {
  bool quoted = false;
  for (size_t i = at; i < text.size() && i - at <= kRecordBytesMax; ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && (text[i] == '\n' || text[i] == '\r')) return NextLine(text, i);
  }
  return quoted ? std::string_view::npos : text.size();
}

void AppendPlain(std::string_view text, char delimiter, std::string* out) {
  for (const char c : text) {
    if (c == '"') continue;
    if (c == delimiter) {
      *out += ", ";
    } else {
      out->push_back(c);
    }
  }
  if (!out->empty() && out->back() != '\n') out->push_back('\n');
}

class TableReader final : public DocumentReader {
 public:
  explicit TableReader(char delimiter) : delimiter_(delimiter) {}

  Result<ParsedDocument> Parse(std::string_view source, const TimeLimit&) const override {
    ParsedDocument document;
    const size_t start = document.body_start = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    if (Trim(source.substr(start)).empty()) return document;
    const char delimiter = delimiter_ != 0 ? delimiter_ : FindDelimiter(source.substr(start));
    std::vector<Block>& blocks = document.blocks;
    blocks.push_back(Row(start, 0));
    blocks[0].kind = Block::Kind::kTable;
    bool quotes = true;
    for (size_t at = start; at < source.size();) {
      size_t end = quotes ? EndOfRecord(source, at) : std::string_view::npos;
      if (end == std::string_view::npos) {  // from here on they mean nothing
        quotes = false;
        end = NextLine(source, at);
      }
      const bool header = blocks.size() <= 2;
      if (header || end - blocks.back().start > kSmallBytes) blocks.push_back(Row(at, document.plain.size()));
      AppendPlain(source.substr(at, end - at), delimiter, &document.plain);
      blocks.back().end = at = end;
      blocks.back().plain_end = document.plain.size();
    }
    blocks[0].extent = static_cast<uint32_t>(blocks.size());
    blocks[0].end = source.size();
    blocks[0].plain_end = document.plain.size();
    return document;
  }

  std::vector<std::string> PlainPieces(Block::Kind, std::string_view source,
                                       const std::vector<size_t>& cuts) const override {
    std::vector<std::string> pieces;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      AppendPlain(source.substr(cuts[i], cuts[i + 1] - cuts[i]), delimiter_ != 0 ? delimiter_ : ',',
                  &pieces.emplace_back());
    }
    return pieces;
  }

 private:
  static Block Row(size_t start, size_t plain_start) {
    Block block;
    block.kind = Block::Kind::kTableRow;
    block.start = block.end = start;
    block.plain_start = block.plain_end = plain_start;
    return block;
  }

  const char delimiter_;  // 0: found by the first line
};

}  // namespace

std::unique_ptr<const DocumentReader> MakeCsvReader() { return std::make_unique<TableReader>('\0'); }
std::unique_ptr<const DocumentReader> MakeTsvReader() { return std::make_unique<TableReader>('\t'); }

}  // namespace quire::ingest
