#include "extensions/chat/claims.h"

#include <algorithm>

#include "extensions/chat/sentences.h"

namespace quire::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";
constexpr uint32_t kNumberMax = 9999;
constexpr uint32_t kRangeMax = 32;
constexpr int kNestingMax = 8;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Behind the marker of a list item that begins at `at`, or `at`.
size_t SkipMarker(std::string_view text, size_t at, size_t end) {
  if (at >= end) return at;
  size_t marker = at;
  if (std::string_view("-*+").find(text[at]) != std::string_view::npos) {
    marker = at + 1;
  } else {
    while (marker < end && IsDigit(text[marker])) ++marker;
    if (marker == at || marker == end || (text[marker] != '.' && text[marker] != ')')) return at;
    ++marker;
  }
  return marker < end && kSpace.find(text[marker]) != std::string_view::npos ? marker : at;
}

class ClaimCutter {
 public:
  explicit ClaimCutter(std::string_view text) : text_(text) {}

  std::vector<Claim> Cut() {
    Cut(0, text_.size(), 0);
    return std::move(claims_);
  }

 private:
  void Cut(size_t from, size_t to, int nesting) {
    for (const Piece& piece : CutPieces(text_.substr(from, to - from))) {
      const size_t start = from + piece.start, end = from + piece.end;
      switch (piece.kind) {
        case PieceKind::kSentence: Add(SkipQuoteMarks(start, end), end, false); break;
        case PieceKind::kItem: CutItem(start, end, nesting); break;
        case PieceKind::kCode: AddCode(start, end); break;
        case PieceKind::kRow: CutRows(start, end); break;
        case PieceKind::kHeading:
        case PieceKind::kMarkup: break;
      }
    }
  }

  // An item may hold several sentences, and lists of its own.
  void CutItem(size_t start, size_t end, int nesting) {
    const size_t body = SkipMarker(text_, start, end);
    if (body == start || nesting == kNestingMax) return Add(start, end, false);
    Cut(body, end, nesting + 1);
  }

  void CutRows(size_t start, size_t end) {
    while (start < end) {
      const size_t line = std::min(text_.find('\n', start), end);
      const bool rule = text_.substr(start, line - start).find_first_not_of("|:-= \t\r") == std::string_view::npos;
      if (!rule) Add(start, line, false);
      start = line + 1;
    }
  }

  // Without the lines of the fence.
  void AddCode(size_t start, size_t end) {
    const std::string_view block = text_.substr(start, end - start);
    const std::string_view fence = block.substr(0, 3);
    if (fence == "```" || fence == "~~~") {
      const size_t first = block.find('\n');
      const size_t last = block.rfind('\n');
      if (first == std::string_view::npos) return;
      if (last > first && block.substr(last + 1).find(fence) != std::string_view::npos) end = start + last;
      start += first + 1;
    }
    Add(start, end, true);
  }

  size_t SkipQuoteMarks(size_t start, size_t end) const {
    while (start < end && (text_[start] == '>' || text_[start] == ' ')) ++start;
    return start;
  }

  void Add(size_t start, size_t end, bool code) {
    while (start < end && kSpace.find(text_[start]) != std::string_view::npos) ++start;
    while (end > start && kSpace.find(text_[end - 1]) != std::string_view::npos) --end;
    if (end > start) claims_.push_back({start, end, code, {}});
  }

  std::string_view text_;
  std::vector<Claim> claims_;
};

struct Mark {
  size_t start = 0;
  size_t end = 0;
  std::vector<uint32_t> numbers{};
};

// Reads one mark at a place of the answer.
class MarkReader {
 public:
  MarkReader(std::string_view text, size_t at) : text_(text), at_(at) { mark_.start = at; }

  // Whether a mark begins here; then `mark()` is it.
  bool Read() {
    const bool round = Take("(");
    const bool wide = !round && Take("\u3010");
    if (!round && !wide && !Take("[")) return false;
    Take("^");
    const bool named = Take("Sources ") || Take("sources ") || Take("Source ") || Take("source ");
    if ((round && !named) || !ReadNumbers()) return false;
    if (Take("\u2020")) at_ = std::min(text_.find(wide ? "\u3011" : "]", at_), text_.size());
    if (!Take(round ? ")" : wide ? "\u3011" : "]")) return false;
    mark_.end = at_;
    return !(text_.substr(at_, 1) == "(" && !round && !wide);  // the text of a link
  }
  Mark mark() const { return mark_; }

 private:
  bool Take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  bool ReadNumber(uint32_t* number) {
    const size_t start = at_;
    for (*number = 0; at_ < text_.size() && IsDigit(text_[at_]) && *number <= kNumberMax; ++at_) {
      *number = *number * 10 + static_cast<uint32_t>(text_[at_] - '0');
    }
    return at_ > start && *number <= kNumberMax;
  }
  // "1", "1, 2", "1-3", "1; 4".
  bool ReadNumbers() {
    do {
      while (Take(" ")) {
      }
      uint32_t first = 0, last = 0;
      if (!ReadNumber(&first)) return false;
      last = first;
      if ((Take("-") || Take("\u2013")) && !ReadNumber(&last)) return false;
      if (last < first || last - first > kRangeMax) return false;
      for (uint32_t number = first; number <= last; ++number) mark_.numbers.push_back(number);
    } while (Take(",") || Take(";"));
    return true;
  }

  std::string_view text_;
  size_t at_;
  Mark mark_;
};

std::vector<Mark> FindMarks(std::string_view text) {
  std::vector<Mark> marks;
  std::vector<Piece> code;
  for (const Piece& piece : CutPieces(text)) {
    if (piece.kind == PieceKind::kCode) code.push_back(piece);
  }
  size_t next_code = 0;
  for (size_t at = 0; at < text.size();) {
    while (next_code < code.size() && code[next_code].end <= at) ++next_code;
    if (next_code < code.size() && code[next_code].start <= at) {
      at = code[next_code].end;
      continue;
    }
    if (text[at] == '`') {  // a code span within its line, or a stray backtick
      const size_t close = text.find('`', at + 1);
      at = close < text.find('\n', at) ? close + 1 : at + 1;
      continue;
    }
    MarkReader reader(text, at);
    if (reader.Read()) {
      marks.push_back(reader.mark());
      at = marks.back().end;
    } else {
      ++at;
    }
  }
  return marks;
}

}  // namespace

std::vector<Claim> CutClaims(std::string_view text) { return ClaimCutter(text).Cut(); }

CitedAnswer ReadCitedAnswer(std::string_view answer) {
  CitedAnswer cited{std::string(answer), {}};
  const std::vector<Mark> marks = FindMarks(answer);
  for (const Mark& mark : marks) std::fill(cited.text.begin() + mark.start, cited.text.begin() + mark.end, ' ');
  cited.claims = CutClaims(cited.text);
  if (cited.claims.empty()) return cited;
  size_t claim = 0;
  for (const Mark& mark : marks) {
    while (claim + 1 < cited.claims.size() && cited.claims[claim + 1].start <= mark.start) ++claim;
    auto& numbers = cited.claims[claim].cited;
    for (const uint32_t number : mark.numbers) {
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
    }
  }
  return cited;
}

}  // namespace quire::chat
