#include "extensions/chat/sentences.h"

#include <algorithm>
#include <iterator>

#include "engine/base/utf8.h"
#include "extensions/chat/blocks.h"
#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool IsSpace(char c) { return kSpace.find(c) != std::string_view::npos; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsLetter(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }

// Words that end in a point inside a sentence, sorted. "etc." and "p.m." may end one: what follows decides.
constexpr std::string_view kAbbreviations[] = {
    "al",   "approx", "ca",   "cf",   "ch",   "col", "dept", "dr", "e.g", "ed",  "eq",  "esp", "est", "ex", "fig",
    "figs", "gen",    "i.e",  "incl", "jr",   "max", "min",  "mr", "mrs", "ms",  "mt",  "no",  "nos", "nr", "op",
    "p",    "pp",     "prof", "ref",  "resp", "rev", "sec",  "sr", "st",  "ver", "viz", "vol", "vs",  "z.b"};

// Whether the point at `at` closes an abbreviation or an initial.
bool IsAbbreviation(std::string_view text, size_t at) {
  size_t start = at;
  while (start > 0 &&
         (IsLetter(text[start - 1]) || (text[start - 1] == '.' && start > 1 && IsLetter(text[start - 2])))) {
    --start;
  }
  const std::string_view word = text.substr(start, at - start);
  if (word.size() == 1 && !IsLower(word[0])) return start == 0 || text[start - 1] == ' ';
  return std::binary_search(std::begin(kAbbreviations), std::end(kAbbreviations), FoldCase(word));
}

// Length of a sentence-closing character of a script without spaces after it, or of Devanagari, Arabic, Urdu; 0: none.
size_t WideTerminator(std::string_view rest) {
  for (const std::string_view mark : {"\u3002", "\uFF01", "\uFF1F", "\uFF61", "\u0964", "\u0965", "\u061F", "\u06D4"}) {
    if (rest.substr(0, mark.size()) == mark) return mark.size();
  }
  return 0;
}

size_t WideCloser(std::string_view rest) {
  for (const std::string_view mark : {"\u300D", "\u300F", "\u201D", "\u2019", "\uFF09", "\u3011"}) {
    if (rest.substr(0, mark.size()) == mark) return mark.size();
  }
  return 0;
}

// Behind the code span that opens at `at`, or `at` + its run of backticks if it is never closed.
size_t SkipCodeSpan(std::string_view text, size_t at) {
  size_t run = at;
  while (run < text.size() && text[run] == '`') ++run;
  const size_t close = text.find(text.substr(at, run - at), run);
  return close == std::string_view::npos ? run : close + (run - at);
}

// Where the sentence whose terminator (. ! ?) is at `at` ends, or 0 if it goes on.
size_t EndAfterPoint(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && std::string_view(".!?").find(text[end]) != std::string_view::npos) ++end;
  while (end < text.size() && std::string_view("\"')]*_").find(text[end]) != std::string_view::npos) ++end;
  end += WideCloser(text.substr(end));
  if (end == text.size()) return end;
  if (!IsSpace(text[end])) return 0;
  if (text[at] == '.' && end == at + 1 && IsAbbreviation(text, at)) return 0;
  const size_t next = text.find_first_not_of(kSpace, end);
  if (next == std::string_view::npos) return end;
  return IsLower(text[next]) ? 0 : end;
}

// Cuts a paragraph, [start, end) of `text`, to sentences.
class SentenceCutter {
 public:
  SentenceCutter(std::string_view text, uint32_t block, std::vector<Piece>* out)
      : text_(text), block_(block), out_(out) {}

  void Cut(size_t start, size_t end) {
    const std::string_view within = text_.substr(0, end);
    size_t from = start;
    for (size_t at = start; at < end;) {
      const size_t border = Border(within, &at);
      if (border == 0) continue;
      Emit(from, border);
      from = at = border;
    }
    Emit(from, end);
  }

 private:
  // Steps over what is at `*at`; gives where a sentence ends there, or 0.
  static size_t Border(std::string_view within, size_t* at) {
    const char c = within[*at];
    if (c == '`') {
      *at = SkipCodeSpan(within, *at);
      return 0;
    }
    if (const size_t wide = static_cast<unsigned char>(c) < 0x80 ? 0 : WideTerminator(within.substr(*at)); wide > 0) {
      *at += wide;
      return *at + WideCloser(within.substr(*at));
    }
    const size_t here = (*at)++;
    return c == '.' || c == '!' || c == '?' ? EndAfterPoint(within, here) : 0;
  }

  void Emit(size_t start, size_t end) {
    start = std::min(text_.find_first_not_of(kSpace, start), end);
    while (end > start && IsSpace(text_[end - 1])) --end;
    while (end - start > kSentenceBytesMax) {
      const size_t cut = CutPoint(start);
      out_->push_back({PieceKind::kSentence, start, cut, block_});
      start = std::min(text_.find_first_not_of(kSpace, cut), end);
    }
    if (end > start) out_->push_back({PieceKind::kSentence, start, end, block_});
  }

  size_t CutPoint(size_t start) const {
    const std::string_view head = text_.substr(start, kSentenceBytesMax);
    const size_t space = head.find_last_of(kSpace);
    if (space != std::string_view::npos && space > kSentenceBytesMax / 2) return start + space;
    size_t cut = kSentenceBytesMax;
    while (cut > kSentenceBytesMax - 4 && (static_cast<unsigned char>(text_[start + cut]) & 0xC0) == 0x80) --cut;
    return start + cut;
  }

  std::string_view text_;
  uint32_t block_;
  std::vector<Piece>* out_;
};

PieceKind KindOf(BlockKind kind) {
  switch (kind) {
    case BlockKind::kList: return PieceKind::kItem;
    case BlockKind::kCode: return PieceKind::kCode;
    case BlockKind::kTable: return PieceKind::kRow;
    case BlockKind::kHeading: return PieceKind::kHeading;
    case BlockKind::kMarkup: return PieceKind::kMarkup;
    case BlockKind::kParagraph: break;
  }
  return PieceKind::kSentence;
}

}  // namespace

std::vector<Piece> CutPieces(std::string_view text) {
  std::vector<Piece> pieces;
  uint32_t number = 0;
  for (const Block& block : CutBlocks(text)) {
    if (block.kind == BlockKind::kParagraph) {
      SentenceCutter(text, number, &pieces).Cut(block.start, block.end);
    } else {
      for (size_t i = 0; i < block.parts.size(); ++i) {
        const size_t end = i + 1 < block.parts.size() ? block.parts[i + 1] : block.end;
        size_t last = end;
        while (last > block.parts[i] && IsSpace(text[last - 1])) --last;
        if (last > block.parts[i]) pieces.push_back({KindOf(block.kind), block.parts[i], last, number});
      }
    }
    ++number;
  }
  return pieces;
}

}  // namespace quire::chat
