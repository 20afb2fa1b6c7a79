#include "extensions/chat/blocks.h"

#include <algorithm>

namespace quire::chat {
namespace {

struct Line {
  size_t start = 0;
  size_t end = 0;         // behind its line feed
  size_t indent = 0;      // columns; a tab counts four
  std::string_view body;  // without indentation and trailing white space
  bool blank() const { return body.empty(); }
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }
bool Contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::vector<Line> CutLines(std::string_view text) {
  std::vector<Line> lines;
  for (size_t start = 0; start < text.size();) {
    const size_t feed = text.find('\n', start);
    const size_t end = feed == std::string_view::npos ? text.size() : feed + 1;
    Line line{start, end, 0, {}};
    size_t at = start;
    for (; at < end && (text[at] == ' ' || text[at] == '\t'); ++at) line.indent += text[at] == '\t' ? 4 : 1;
    size_t last = end;
    while (last > at && std::string_view(" \t\r\n\f\v").find(text[last - 1]) != std::string_view::npos) --last;
    line.body = text.substr(at, last - at);
    lines.push_back(line);
    start = end;
  }
  return lines;
}

// Length of the run of backticks or tildes that opens a fence, 0 for another line.
size_t FenceLength(std::string_view body) {
  if (!StartsWith(body, "```") && !StartsWith(body, "~~~")) return 0;
  const size_t run = std::min(body.find_first_not_of(body[0]), body.size());
  return body[0] == '`' && body.find('`', run) != std::string_view::npos ? 0 : run;
}

bool IsHeading(std::string_view body) {
  const size_t level = body.find_first_not_of('#');
  if (level == std::string_view::npos) return !body.empty() && body.size() <= 6;
  return level >= 1 && level <= 6 && body[level] == ' ';
}

// Bytes of a list marker with the space behind it; 0: none. `*number` is that of an ordered one, else 1.
size_t MarkerLength(std::string_view body, size_t* number) {
  *number = 1;
  if (body.size() >= 2 && Contains("-*+", body.substr(0, 1)) && body[1] == ' ') return 2;
  size_t digits = 0, value = 0;
  while (digits < body.size() && digits < 9 && IsDigit(body[digits]))
    value = value * 10 + static_cast<size_t>(body[digits++] - '0');
  if (digits == 0 || digits + 1 >= body.size()) return 0;
  if ((body[digits] != '.' && body[digits] != ')') || body[digits + 1] != ' ') return 0;
  *number = value;
  return digits + 2;
}

bool IsRule(std::string_view body) {
  if (body.size() < 3 || !Contains("-*_=", body.substr(0, 1))) return false;
  return std::all_of(body.begin(), body.end(), [&](char c) { return c == body[0] || c == ' '; });
}

bool IsTableSeparator(std::string_view body) {
  return Contains(body, "-") && Contains(body, "|") && body.find_first_not_of("|:- \t") == std::string_view::npos;
}

// Takes one tag, image or template directive off the front; false if there is none.
bool TakeMarkup(std::string_view* body) {
  struct Form {
    std::string_view open, close;
  };
  for (const Form& form : {Form{"{%", "%}"}, Form{"{{", "}}"}, Form{"<!--", "-->"}, Form{"<", ">"}, Form{"![", ")"}}) {
    if (!StartsWith(*body, form.open)) continue;
    const size_t close = body->find(form.close, form.open.size());
    if (close == std::string_view::npos) return false;
    body->remove_prefix(close + form.close.size());
    return true;
  }
  return false;
}

// A link definition, "[label]: address".
bool IsLinkDefinition(std::string_view body) {
  const size_t close = body.find("]:");
  return StartsWith(body, "[") && close != std::string_view::npos && !Contains(body.substr(0, close), "](");
}

// Whether a reader sees no text of this line: tags, images, directives, rules, admonition marks, link definitions.
bool IsMarkupLine(std::string_view body) {
  if (IsRule(body) || StartsWith(body, "!!!") || StartsWith(body, "???") || StartsWith(body, ":::")) return true;
  if (IsLinkDefinition(body)) return true;
  while (!body.empty()) {
    if (body[0] == ' ') {
      body.remove_prefix(1);
    } else if (!TakeMarkup(&body)) {
      return false;
    }
  }
  return true;
}

class BlockScanner {
 public:
  explicit BlockScanner(std::string_view text) : text_(text), lines_(CutLines(text)) {}

  std::vector<Block> Scan() {
    FrontMatter();
    while (at_ < lines_.size()) {
      if (lines_[at_].blank()) {
        ++at_;
      } else {
        Next();
      }
    }
    return std::move(blocks_);
  }

 private:
  const Line& line() const { return lines_[at_]; }
  bool HasNext() const { return at_ + 1 < lines_.size(); }

  // Makes a block of the lines from `first` up to `at_`.
  Block& Emit(BlockKind kind, size_t first) {
    blocks_.push_back({kind, lines_[first].start, lines_[at_ - 1].end, {ContentStart(first)}});
    return blocks_.back();
  }
  size_t ContentStart(size_t i) const { return static_cast<size_t>(lines_[i].body.data() - text_.data()); }

  void FrontMatter() {
    if (lines_.empty() || lines_[0].body != "---") return;
    const auto close = std::find_if(lines_.begin() + 1, lines_.end(), [](const Line& l) { return l.body == "---"; });
    const bool keyed = std::all_of(lines_.begin() + 1, close, [](const Line& l) {
      return l.indent > 0 || l.blank() || l.body[0] == '-' || l.body[0] == '#' || Contains(l.body, ":");
    });
    if (close == lines_.end() || !keyed) return;
    at_ = static_cast<size_t>(close - lines_.begin()) + 1;
    Emit(BlockKind::kMarkup, 0);
  }

  void Next() {
    const Line& first = line();
    if (first.indent == 0 && !StartsWith(first.body, "!!!")) admonition_ = false;
    size_t number = 0;
    if (FenceLength(first.body) > 0) return Fence();
    if (IsHeading(first.body)) return Single(BlockKind::kHeading);
    if (StartsWith(first.body, "<table")) return Until("</table>", BlockKind::kTable);
    if (StartsWith(first.body, "<!--")) return Until("-->", BlockKind::kMarkup);
    if (StartsWith(first.body, "<script") || StartsWith(first.body, "<style")) return Until("</s", BlockKind::kMarkup);
    if (IsTableAt(at_)) return Table();
    if (IsMarkupLine(first.body)) {
      admonition_ = admonition_ || StartsWith(first.body, "!!!");
      return Single(BlockKind::kMarkup);
    }
    if (MarkerLength(first.body, &number) > 0) return List();
    if (first.indent >= 4 && !admonition_ && first.body[0] != '<') return IndentedCode();
    Paragraph();
  }

  void Single(BlockKind kind) {
    ++at_;
    Emit(kind, at_ - 1);
  }

  // Steps behind the fenced block that opens at `at_`.
  void SkipFence() {
    const char mark = line().body[0];
    const size_t length = FenceLength(line().body);
    for (++at_; at_ < lines_.size();) {
      const std::string_view body = lines_[at_++].body;
      const bool closes = body.size() >= length && body.find_first_not_of(mark) == std::string_view::npos;
      if (closes) return;
    }
  }
  void Fence() {
    const size_t first = at_;
    SkipFence();
    Emit(BlockKind::kCode, first);
  }

  // A block up to the line that holds `close`, or to the end.
  void Until(std::string_view close, BlockKind kind) {
    const size_t first = at_;
    while (at_ < lines_.size() && !Contains(lines_[at_].body, close)) ++at_;
    at_ = std::min(at_ + 1, lines_.size());
    Block& block = Emit(kind, first);
    if (kind != BlockKind::kTable) return;
    const std::string_view body = text_.substr(0, block.end);
    size_t row = body.find("<tr", block.start);
    while (row != std::string_view::npos && (row = body.find("<tr", row + 1)) != std::string_view::npos)
      block.parts.push_back(row);
  }

  bool IsTableAt(size_t i) const {
    const std::string_view body = lines_[i].body;
    if (!Contains(body, "|")) return false;
    return (body.front() == '|' && body.back() == '|') ||
           (i + 1 < lines_.size() && IsTableSeparator(lines_[i + 1].body));
  }
  void Table() {
    const size_t first = at_;
    while (at_ < lines_.size() && Contains(lines_[at_].body, "|")) ++at_;
    Block& block = Emit(BlockKind::kTable, first);
    const bool header = first + 1 < at_ && IsTableSeparator(lines_[first + 1].body);
    for (size_t i = first + (header ? 2 : 1); i < at_; ++i) block.parts.push_back(ContentStart(i));
  }

  // A list goes on over blank lines as long as items or indented lines follow.
  void List() {
    const size_t first = at_, base = line().indent;
    std::vector<size_t> items;
    for (; at_ < lines_.size();) {
      size_t number = 0;
      const Line& here = line();
      if (here.blank()) {
        size_t next = at_;
        while (next < lines_.size() && lines_[next].blank()) ++next;
        const bool goes_on = next < lines_.size() && (lines_[next].indent > base + 1 || StartsItem(next, base));
        if (!goes_on) break;
        at_ = next;
      } else if (here.indent <= base + 1 && MarkerLength(here.body, &number) > 0 && !IsRule(here.body)) {
        items.push_back(ContentStart(at_++));
      } else if (here.indent <= base &&
                 (IsHeading(here.body) || IsMarkupLine(here.body) || FenceLength(here.body) > 0)) {
        break;
      } else if (FenceLength(here.body) > 0) {
        SkipFence();
      } else {
        ++at_;
      }
    }
    Emit(BlockKind::kList, first).parts = std::move(items);
  }
  bool StartsItem(size_t i, size_t base) const {
    size_t number = 0;
    return lines_[i].indent + 1 >= base && lines_[i].indent <= base + 1 && MarkerLength(lines_[i].body, &number) > 0 &&
           !IsRule(lines_[i].body);
  }

  void IndentedCode() {
    const size_t first = at_;
    size_t last = at_;
    for (; at_ < lines_.size() && (lines_[at_].blank() || lines_[at_].indent >= 4); ++at_) {
      if (!lines_[at_].blank()) last = at_;
    }
    at_ = last + 1;
    Emit(BlockKind::kCode, first);
  }

  bool EndsParagraph(size_t i) const {
    const Line& here = lines_[i];
    size_t number = 0;
    return here.blank() || FenceLength(here.body) > 0 || IsHeading(here.body) || IsTableAt(i) ||
           IsMarkupLine(here.body) || StartsWith(here.body, "<table") ||
           (MarkerLength(here.body, &number) > 0 && number == 1);
  }
  void Paragraph() {
    const size_t first = at_++;
    while (at_ < lines_.size() && !EndsParagraph(at_)) ++at_;
    const bool underlined =
        at_ == first + 1 && at_ < lines_.size() && IsRule(line().body) && !Contains("*_", line().body.substr(0, 1));
    if (underlined) ++at_;
    Emit(underlined ? BlockKind::kHeading : BlockKind::kParagraph, first);
  }

  std::string_view text_;
  std::vector<Line> lines_;
  std::vector<Block> blocks_;
  size_t at_ = 0;
  bool admonition_ = false;  // inside "!!! note": indented lines are prose
};

}  // namespace

std::vector<Block> CutBlocks(std::string_view text) { return BlockScanner(text).Scan(); }

}  // namespace quire::chat
