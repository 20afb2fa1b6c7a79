// reStructuredText, by structure: headings, literal blocks, directives, roles. What is not known stays as text.
#include <algorithm>
#include <utility>

#include "extensions/ingest/formats.h"
#include "extensions/ingest/rewriting.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr std::string_view kFence = "~~~~~~~~";
constexpr std::string_view kAdornments = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kCodeDirectives[] = {"code-block", "code",     "sourcecode", "parsed-literal", "prompt",
                                                "math",       "graphviz", "highlight",  "testcode",       "doctest"};
constexpr std::string_view kHiddenDirectives[] = {"image", "figure",        "contents", "highlight",   "raw",
                                                  "index", "currentmodule", "module",   "default-role"};

bool Contains(const std::string_view* begin, const std::string_view* end, std::string_view name) {
  return std::find(begin, end, name) != end;
}

size_t IndentOf(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

// The character of an adornment line ("====="), or 0.
char AdornmentOf(std::string_view line) {
  while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
  if (line.size() < 2 || kAdornments.find(line[0]) == std::string_view::npos) return 0;
  return line.find_first_not_of(line[0]) == std::string_view::npos ? line[0] : '\0';
}

// A line of table rules: "===  ====", "+---+---+".
bool IsTableRule(std::string_view line) {
  const std::string_view text = Trim(line);
  return text.size() >= 3 && text.find_first_not_of("=+- ") == std::string_view::npos;
}

// Text of a line: roles and targets of links go, `<` is no HTML.
std::string Inline(std::string_view line) {
  std::string out;
  for (size_t at = 0; at < line.size();) {
    if (line[at] != '`' || line.substr(at, 2) == "``") {
      const size_t marks = line[at] == '`' ? 2 : 0;
      const size_t close = marks == 2 ? line.find("``", at + 2) : std::string_view::npos;
      const size_t next = marks == 0 ? std::min(line.find('`', at), line.size())
                                     : (close == std::string_view::npos ? line.size() : close + 2);
      if (marks == 2) {
        out += line.substr(at, next - at);
      } else {
        AppendWithoutHtml(&out, line.substr(at, next - at));
      }
      at = next;
      continue;
    }
    // `text`, `text <target>`_ or :role:`text <target>`
    const size_t close = line.find('`', at + 1);
    if (close == std::string_view::npos) {
      AppendWithoutHtml(&out, line.substr(at));
      break;
    }
    if (!out.empty() && out.back() == ':') {
      const size_t role = out.rfind(':', out.size() - 2);
      if (out.size() >= 2 && role != std::string::npos && out.find(' ', role) == std::string::npos) out.resize(role);
    }
    std::string_view text = line.substr(at + 1, close - at - 1);
    const size_t target = text.rfind(" <");
    if (target != std::string_view::npos && text.back() == '>') text = text.substr(0, target);
    AppendWithoutHtml(&out, text);
    at = close + 1;
    while (at < line.size() && line[at] == '_') ++at;
  }
  return out;
}

class Rewriter {
 public:
  explicit Rewriter(std::vector<std::string_view> lines) : lines_(std::move(lines)), out_(lines_.size()) {}

  std::string Run() {
    for (size_t i = 0; i < lines_.size();) i = Take(i);
    std::string text;
    for (const std::string& line : out_) text.append(line).push_back('\n');
    return text;
  }

 private:
  bool IsBlankLine(size_t i) const { return i >= lines_.size() || Trim(lines_[i]).empty(); }

  // Rewrites what begins at line i; gives the line after it. Lines of out_ that are not set are blank.
  size_t Take(size_t i) {
    if (IsBlankLine(i)) return i + 1;
    if (const size_t next = TakeHeading(i); next != 0) return next;
    const std::string_view text = Trim(lines_[i]);
    if (text == ".." || text.substr(0, 3) == ".. ") return TakeExplicit(i, Trim(text.substr(2)));
    if (AdornmentOf(text) != 0 || IsTableRule(text)) return i + 1;
    SetText(i, text);
    const bool ends_paragraph = i + 1 >= lines_.size() || IsBlankLine(i + 1);
    if (ends_paragraph && text.size() >= 2 && text.substr(text.size() - 2) == "::") {
      return TakeLiteral(i + 1, i + 1, IndentOf(lines_[i]));
    }
    return i + 1;
  }

  size_t TakeHeading(size_t i) {
    const bool over = AdornmentOf(lines_[i]) != 0 && IndentOf(lines_[i]) == 0;
    const size_t at = over ? i + 1 : i;
    if (at + 1 >= lines_.size() || IsBlankLine(at) || AdornmentOf(lines_[at]) != 0) return 0;
    const char mark = AdornmentOf(lines_[at + 1]);
    if (mark == 0 || IndentOf(lines_[at + 1]) != 0 || (over && mark != AdornmentOf(lines_[i]))) return 0;
    if (!over && (IndentOf(lines_[at]) != 0 || (i > 0 && !IsBlankLine(i - 1)))) return 0;
    if (Trim(lines_[at + 1]).size() < std::min<size_t>(3, Trim(lines_[at]).size())) return 0;
    const std::pair<char, bool> style(mark, over);
    auto level = std::find(styles_.begin(), styles_.end(), style);
    if (level == styles_.end()) level = styles_.insert(styles_.end(), style);
    const auto depth = std::min<size_t>(static_cast<size_t>(level - styles_.begin()) + 1, 6);
    out_[at] = std::string(depth, '#') + " " + Inline(Trim(lines_[at]));
    return at + 2;
  }

  // ".. something": a directive, a comment, a target, a footnote.
  size_t TakeExplicit(size_t i, std::string_view text) {
    const size_t mark = text.find("::");
    const std::string_view name = mark == std::string_view::npos ? std::string_view() : text.substr(0, mark);
    const size_t base = IndentOf(lines_[i]);
    if (!text.empty() && text[0] == '[') {
      SetText(i, text);
      return i + 1;
    }
    if (name.empty() || name.find(' ') != std::string_view::npos) {
      if (!name.empty() && name[0] == '|') SetText(i, Trim(text.substr(mark + 2)));
      return text.empty() || text[0] == '_' || !name.empty() ? i + 1 : EndOfIndented(i + 1, base);
    }
    const std::string_view arguments = Trim(text.substr(mark + 2));
    if (Contains(std::begin(kCodeDirectives), std::end(kCodeDirectives), name)) return TakeLiteral(i, i + 1, base);
    size_t next = i + 1;
    while (!IsBlankLine(next) && IndentOf(lines_[next]) > base && Trim(lines_[next])[0] == ':') ++next;
    if (name == "raw") return EndOfIndented(next, base);
    if (Contains(std::begin(kHiddenDirectives), std::end(kHiddenDirectives), name)) return next;
    if (!arguments.empty()) SetText(i, arguments);
    return next;
  }

  // The first line from i on that is neither blank nor indented deeper than `base`.
  size_t EndOfIndented(size_t i, size_t base) const {
    while (i < lines_.size() && (IsBlankLine(i) || IndentOf(lines_[i]) > base)) ++i;
    return i;
  }

  // Code from line i on, if it is indented deeper than `base`; its fence opens at `fence`. Gives the line after it.
  size_t TakeLiteral(size_t fence, size_t i, size_t base) {
    const size_t end = EndOfIndented(i, base);
    size_t last = end;  // after the last line with text
    while (last > i && IsBlankLine(last - 1)) --last;
    if (last == i || (last == end && end < lines_.size()) || fence >= lines_.size()) return i;
    out_[fence] = kFence;
    for (size_t line = std::max(i, fence + 1); line < last; ++line) out_[line] = lines_[line];
    if (last < lines_.size()) out_[last] = kFence;
    return end;
  }

  // Deeper than 3 would be code in Markdown.
  void SetText(size_t i, std::string_view text) {
    out_[i] = std::string(std::min<size_t>(IndentOf(lines_[i]), 3), ' ');
    if (text[0] == '>' || (text[0] == '#' && text.substr(0, 2) != "#.")) out_[i].push_back('\\');
    out_[i] += Inline(text);
  }

  const std::vector<std::string_view> lines_;
  std::vector<std::string> out_;
  std::vector<std::pair<char, bool>> styles_;  // of headings, by level
};

std::optional<std::string> RewriteRst(std::string_view body, const std::vector<size_t>& lines) {
  return Rewriter(SplitLines(body, lines)).Run();
}

}  // namespace

std::unique_ptr<const DocumentReader> MakeRstReader() { return MakeRewritingReader(RewriteRst, false); }

}  // namespace quire::ingest
