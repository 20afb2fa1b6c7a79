// What has no markup. Plain text: paragraphs between blank lines. Source code: blocks from one line at the margin after a
// blank line to the next.
#include "extensions/ingest/formats.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

bool IsAtMargin(std::string_view line) { return !IsBlank(line[0]) && line[0] != '}' && line[0] != ')'; }

class PlainReader final : public DocumentReader {
 public:
  explicit PlainReader(Block::Kind kind) : kind_(kind) {}

  Result<ParsedDocument> Parse(std::string_view source, const TimeLimit&) const override {
    ParsedDocument document;
    document.body_start = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    document.plain = source.substr(document.body_start);
    bool after_blank = true;
    for (size_t at = document.body_start; at < source.size();) {
      const size_t next = NextLine(source, at);
      const std::string_view line = source.substr(at, next - at);
      const bool blank = Trim(line).empty();
      const bool begins = after_blank && (kind_ != Block::Kind::kCode || IsAtMargin(line));
      if (!blank && (document.blocks.empty() || begins)) Begin(at, &document);
      after_blank = blank;
      at = next;
    }
    if (!document.blocks.empty()) End(source.size(), &document);
    return document;
  }

  std::vector<std::string> PlainPieces(Block::Kind, std::string_view source,
                                       const std::vector<size_t>& cuts) const override {
    std::vector<std::string> pieces;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) pieces.emplace_back(source.substr(cuts[i], cuts[i + 1] - cuts[i]));
    return pieces;
  }

 private:
  void Begin(size_t at, ParsedDocument* document) const {
    if (!document->blocks.empty()) End(at, document);
    Block block;
    block.kind = kind_;
    block.start = document->blocks.empty() ? document->body_start : at;
    block.plain_start = block.start - document->body_start;
    document->blocks.push_back(block);
  }

  static void End(size_t at, ParsedDocument* document) {
    document->blocks.back().end = at;
    document->blocks.back().plain_end = at - document->body_start;
  }

  const Block::Kind kind_;
};

}  // namespace

std::unique_ptr<const DocumentReader> MakeTextReader() {
  return std::make_unique<PlainReader>(Block::Kind::kParagraph);
}

std::unique_ptr<const DocumentReader> MakeCodeReader() { return std::make_unique<PlainReader>(Block::Kind::kCode); }

}  // namespace quire::ingest
