// JSON as it stands: elements and members are blocks at their bytes, the index gets names and values. One value or one a line.
#include <algorithm>
#include <charconv>

#include "extensions/ingest/formats.h"
#include "extensions/ingest/json_scan.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kWholeBytes = 1400;  // a chunk of the usual size: smaller values stay whole
constexpr size_t kSmallBytes = 200;   // neighbours under this share a block
constexpr size_t kDepthMax = 32;      // what lies deeper stays in one block

// The byte after a member, `"name": value`.
size_t EndOfMember(std::string_view text, size_t at) {
  if (text[at] != '"') return EndOfJsonValue(text, at);
  const size_t colon = SkipJsonBlanks(text, EndOfJsonString(text, at));
  if (colon >= text.size() || text[colon] != ':') return colon;
  return EndOfJsonValue(text, SkipJsonBlanks(text, colon + 1));
}

uint32_t HexDigits(std::string_view text, size_t at) {
  uint32_t code = 0;
  const char* first = text.data() + std::min(at, text.size());
  const char* last = text.data() + std::min(at + 4, text.size());
  return last - first == 4 && std::from_chars(first, last, code, 16).ptr == last ? code : 0xFFFD;
}

// The character of an escape, its place moved behind it. REQUIRES: text[*at] is the byte after the backslash.
uint32_t TakeEscape(std::string_view text, size_t* at) {
  const char c = text[(*at)++];
  if (c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f') return c == 'n' ? '\n' : ' ';
  if (c != 'u') return static_cast<unsigned char>(c) < 0x80 ? static_cast<uint32_t>(c) : 0;
  const uint32_t high = HexDigits(text, *at);
  *at = std::min(*at + 4, text.size());
  if (high < 0xD800 || high > 0xDFFF) return high < ' ' ? ' ' : high;
  const uint32_t low = text.substr(*at, 2) == "\\u" ? HexDigits(text, *at + 2) : 0;
  if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
  *at += 6;
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

// Names and values of a part of JSON text: without punctuation, escapes as what they mean. A part may begin anywhere.
void AppendPlain(std::string_view text, std::string* out) {
  bool in_string = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '\\' && at < text.size()) {
      const size_t before = at;
      const uint32_t code = TakeEscape(text, &at);
      if (code == 0) {  // no escape: a character of several bytes, say
        at = before;
      } else {
        AppendUtf8(out, code);
      }
    } else if (c == '"') {
      in_string = !in_string;
    } else if (in_string || (c != '{' && c != '}' && c != '[' && c != ']' && c != ',')) {
      out->push_back(c);
    } else if (c == ',' && !out->empty() && out->back() != '\n') {
      out->push_back(' ');
    }
  }
  if (!out->empty() && out->back() != '\n') out->push_back('\n');
}

class Scan {
 public:
  Scan(std::string_view source, ParsedDocument* document) : source_(source), document_(*document) {}

  void Run() {
    for (size_t at = SkipJsonBlanks(source_, document_.body_start); at < source_.size();) {
      const size_t end = std::max(at + 1, EndOfJsonValue(source_, at));
      Add(at, end, 0);
      at = SkipJsonBlanks(source_, end);
    }
    std::vector<Block>& blocks = document_.blocks;
    for (size_t i = 0; i < blocks.size(); ++i) {
      blocks[i].end = i + 1 < blocks.size() ? blocks[i + 1].start : source_.size();
      blocks[i].plain_start = document_.plain.size();
      AppendPlain(source_.substr(blocks[i].start, blocks[i].end - blocks[i].start), &document_.plain);
      blocks[i].plain_end = document_.plain.size();
    }
  }

 private:
  // Blocks for the value or member in [start, end).
  void Add(size_t start, size_t end, size_t depth) {
    const size_t open = source_[start] == '"' ? OpenOfMember(start, end) : start;
    const bool holds = open < end && (source_[open] == '{' || source_[open] == '[');
    if (!holds || end - start <= kWholeBytes || depth >= kDepthMax) return AddBlock(start, end);
    const bool object = source_[open] == '{';
    AddBlock(start, open + 1);
    joined_ = true;  // the first one inside goes with the name it stands under
    for (size_t at = SkipJsonBlanks(source_, open + 1); at < end && source_[at] != '}' && source_[at] != ']';) {
      const size_t next = std::clamp(object ? EndOfMember(source_, at) : EndOfJsonValue(source_, at), at + 1, end);
      Add(at, next, depth + 1);
      at = SkipJsonBlanks(source_, next);
    }
  }

  // Where the value of a member begins, or `end`.
  size_t OpenOfMember(size_t start, size_t end) const {
    const size_t colon = SkipJsonBlanks(source_, EndOfJsonString(source_, start));
    return colon < end && source_[colon] == ':' ? SkipJsonBlanks(source_, colon + 1) : end;
  }

  void AddBlock(size_t start, size_t end) {
    const bool small = !document_.blocks.empty() && end - document_.blocks.back().start <= kSmallBytes;
    const bool joined = joined_ && end - start <= kWholeBytes;
    joined_ = false;
    if (!document_.blocks.empty() && (small || joined)) return;
    Block block;
    block.kind = end - start > kWholeBytes && source_[start] == '"' ? Block::Kind::kParagraph : Block::Kind::kCode;
    block.start = document_.blocks.empty() ? document_.body_start : start;
    document_.blocks.push_back(block);
  }

  const std::string_view source_;
  ParsedDocument& document_;
  bool joined_ = false;
};

class JsonReader final : public DocumentReader {
 public:
  Result<ParsedDocument> Parse(std::string_view source, const TimeLimit&) const override {
    ParsedDocument document;
    document.body_start = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    Scan(source, &document).Run();
    return document;
  }

  std::vector<std::string> PlainPieces(Block::Kind, std::string_view source,
                                       const std::vector<size_t>& cuts) const override {
    std::vector<std::string> pieces;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      AppendPlain(source.substr(cuts[i], cuts[i + 1] - cuts[i]), &pieces.emplace_back());
    }
    return pieces;
  }
};

}  // namespace

std::unique_ptr<const DocumentReader> MakeJsonReader() { return std::make_unique<JsonReader>(); }

}  // namespace quire::ingest
