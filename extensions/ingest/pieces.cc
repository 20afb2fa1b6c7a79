#include "extensions/ingest/pieces.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "extensions/ingest/borders.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr std::string_view kSentenceEnds = ".!?";
constexpr std::string_view kClosers = ")]\"'*_`";
constexpr std::string_view kWideSentenceEnds[] = {"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F"};  // CJK . ! ?

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether a sentence begins at `at`: what is before it ends one.
bool BeginsSentence(std::string_view text, size_t at) {
  std::string_view before = text.substr(0, at);
  if (std::any_of(std::begin(kWideSentenceEnds), std::end(kWideSentenceEnds),
                  [before](std::string_view end) { return EndsWith(before, end); })) {
    return true;
  }
  if (IsBlank(text[at]) || !IsBlank(text[at - 1])) return false;
  if (text[at] >= 'a' && text[at] <= 'z') return false;  // most likely an abbreviation
  while (!before.empty() && IsBlank(before.back())) before.remove_suffix(1);
  while (!before.empty() && kClosers.find(before.back()) != std::string_view::npos) before.remove_suffix(1);
  return !before.empty() && kSentenceEnds.find(before.back()) != std::string_view::npos;
}

bool BeginsLine(std::string_view text, size_t at) {
  return text[at - 1] == '\n' || (text[at - 1] == '\r' && text[at] != '\n');
}

bool BeginsWord(std::string_view text, size_t at) { return IsBlank(text[at - 1]) && !IsBlank(text[at]); }

// The last place in (low, high] for which `is_border` holds, or 0.
template <typename Border>
size_t LastBorder(std::string_view text, size_t low, size_t high, Border is_border) {
  for (size_t at = high; at > low; --at) {
    if (is_border(text, at)) return at;
  }
  return 0;
}

// Where the part that begins `text` ends. REQUIRES: text.size() > bytes_max.
size_t NextCut(std::string_view text, bool prose, size_t bytes_max) {
  const size_t low = bytes_max / 4;
  size_t cut = 0;
  if (prose) cut = LastBorder(text, low, bytes_max, BeginsSentence);
  if (cut == 0) cut = LastBorder(text, prose ? low : 0, bytes_max, BeginsLine);
  if (cut == 0 && !prose) cut = LastBorder(text, low, bytes_max, BeginsSentence);
  if (cut == 0) cut = LastBorder(text, 0, bytes_max, BeginsWord);
  if (cut == 0) cut = Utf8Prefix(text, bytes_max).size();
  return std::max<size_t>(cut, 1);
}

class Cutter {
 public:
  Cutter(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
         const PieceLimits& limits, std::vector<std::vector<std::string>>* own)
      : document_(document), reader_(reader), source_(source), limits_(limits), own_(*own) {}

  std::vector<Piece> Run(size_t first, size_t last) {
    plain_done_ = document_.blocks[first].plain_start;
    for (size_t i = first; i < last;) {
      const Block& block = document_.blocks[i];
      if (i >= table_end_) header_ = {};
      if (!IsParted(block) && block.end - block.start <= limits_.bytes_max - std::min(lead_, limits_.bytes_max / 2)) {
        AddWhole(block);
        i += block.extent;
      } else if (block.extent > 1) {
        if (block.kind == Block::Kind::kTable) EnterTable(i);
        ++i;
      } else {
        AddParts(block);
        ++i;
      }
    }
    return std::move(pieces_);
  }

 private:
  std::string_view Plain(size_t start, size_t end) const {
    return std::string_view(document_.plain).substr(start, end - start);
  }

  // Whether a border leaves text on both sides.
  bool IsParted(const Block& block) const {
    if (document_.borders.empty()) return false;
    size_t start = block.start, end = block.end;
    TrimLines(source_, &start, &end);
    return HasBorder(document_.borders, start, end);
  }

  // Where to cut a block that is too large, or that borders part.
  std::vector<size_t> CutsOf(const Block& block, bool prose, size_t bytes_max) const {
    std::vector<size_t> cuts = {0};
    size_t begin = block.start;
    const auto cut_to = [&](size_t end) {
      for (const size_t cut : CutPoints(source_.substr(begin, end - begin), prose, bytes_max)) {
        if (cut > 0) cuts.push_back(begin - block.start + cut);
      }
      begin = end;
    };
    for (const Border& border : document_.borders) {
      if (border.at > begin && border.at < block.end) cut_to(border.at);
    }
    cut_to(block.end);
    return cuts;
  }

  void EnterTable(size_t i) {
    const Block& header = document_.blocks[i + 1];
    header_ = Plain(header.plain_start, header.plain_end);
    if (header_.size() > limits_.bytes_target / 4) header_ = {};
    table_end_ = i + document_.blocks[i].extent;
  }

  // The header of the table goes before every row but the header itself.
  std::string_view HeaderFor(const Block& block) const {
    return header_.empty() || Plain(block.plain_start, block.plain_end).data() == header_.data() ? std::string_view()
                                                                                                 : header_;
  }

  void AddWhole(const Block& block) {
    const bool heading = block.kind == Block::Kind::kHeading;
    lead_ = heading ? lead_ + block.end - block.start : 0;
    // From where the last one ended: blocks of no length (none of their lines is their own) give their text to the
    // next.
    const std::string_view plain = Plain(std::min(plain_done_, block.plain_start), block.plain_end);
    plain_done_ = block.plain_end;
    pieces_.push_back({block.start, block.end, plain, HeaderFor(block), heading});
  }

  void AddParts(const Block& block) {
    const std::string_view text = source_.substr(block.start, block.end - block.start);
    const bool prose = block.kind == Block::Kind::kParagraph || block.kind == Block::Kind::kHeading;
    const size_t bytes_max =
        lead_ <= limits_.bytes_max - limits_.bytes_target ? limits_.bytes_target : limits_.bytes_target / 2;
    const std::vector<size_t> cuts = CutsOf(block, prose, bytes_max);
    own_.push_back(reader_.PlainPieces(block.kind, text, cuts));
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      pieces_.push_back({block.start + cuts[i], block.start + cuts[i + 1], own_.back()[i], HeaderFor(block), false});
    }
    plain_done_ = block.plain_end;
    lead_ = 0;
  }

  const ParsedDocument& document_;
  const DocumentReader& reader_;
  const std::string_view source_;
  const PieceLimits limits_;
  std::vector<std::vector<std::string>>& own_;
  std::vector<Piece> pieces_;
  std::string_view header_;  // of the table around
  size_t table_end_ = 0;     // index of the block after it
  size_t lead_ = 0;          // bytes of the headings right before
  size_t plain_done_ = 0;
};

}  // namespace

std::vector<size_t> CutPoints(std::string_view text, bool prose, size_t bytes_max) {
  std::vector<size_t> cuts = {0};
  while (text.size() - cuts.back() > bytes_max) {
    cuts.push_back(cuts.back() + NextCut(text.substr(cuts.back()), prose, bytes_max));
  }
  cuts.push_back(text.size());
  return cuts;
}

std::vector<Piece> CutBlocks(const ParsedDocument& document, const DocumentReader& reader, std::string_view source,
                             size_t first, size_t last, const PieceLimits& limits,
                             std::vector<std::vector<std::string>>* own) {
  return Cutter(document, reader, source, limits, own).Run(first, last);
}

}  // namespace quire::ingest
