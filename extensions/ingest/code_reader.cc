// Source code: blocks from one line at the margin after a blank line to the next.
#include "extensions/ingest/formats.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

class CodeReader final : public DocumentReader {
 public:
  ParsedDocument Parse(std::string_view source) const override {
    ParsedDocument document;
    document.body_start = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    document.plain = source.substr(document.body_start);
    bool after_blank = true;
    for (size_t at = document.body_start; at < source.size();) {
      const size_t next = NextLine(source, at);
      const std::string_view line = source.substr(at, next - at);
      const bool blank = Trim(line).empty();
      const bool at_margin = !blank && !IsBlank(line[0]) && line[0] != '}' && line[0] != ')';
      if (!blank && (document.blocks.empty() || (after_blank && at_margin))) Begin(at, &document);
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
  static void Begin(size_t at, ParsedDocument* document) {
    if (!document->blocks.empty()) End(at, document);
    Block block;
    block.kind = Block::Kind::kCode;
    block.start = document->blocks.empty() ? document->body_start : at;
    block.plain_start = block.start - document->body_start;
    document->blocks.push_back(block);
  }
  static void End(size_t at, ParsedDocument* document) {
    document->blocks.back().end = at;
    document->blocks.back().plain_end = at - document->body_start;
  }
};

}  // namespace

std::unique_ptr<const DocumentReader> MakeCodeReader() { return std::make_unique<CodeReader>(); }

}  // namespace quire::ingest
