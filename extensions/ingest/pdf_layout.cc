#include "extensions/ingest/pdf_layout.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "extensions/ingest/html_text.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr double kHeadingScale = 1.2, kLargeHeadingScale = 1.6;  // of the letters of most words
constexpr size_t kHeadingBytesMax = 150;
constexpr double kEdge = 0.1;        // of the height of a page: where running heads stand
constexpr size_t kRunningPages = 3;  // at least so many pages, and half of them, say the same

struct Line {
  std::string text;
  double height = 0;
};
struct TextBlock {
  std::vector<Line> lines;
  double top = 0, bottom = 0;  // as a part of the page's height
};
struct Page {
  std::vector<TextBlock> blocks;
};
struct Layout {
  std::string title, author;
  std::vector<Page> pages;
  std::map<int, size_t> heights;  // words by the height of their letters, in tenths of a point
};

// The value of an attribute in a tag, or "".
std::string_view ValueOf(std::string_view tag, std::string_view name) {
  const size_t found = tag.find(std::string(name) + "=\"");
  if (found == std::string_view::npos) return {};
  const size_t begin = found + name.size() + 2;
  return tag.substr(begin, tag.find('"', begin) - begin);
}

double NumberOf(std::string_view tag, std::string_view name) {
  return std::strtod(std::string(ValueOf(tag, name)).c_str(), nullptr);
}

std::string Unescaped(std::string_view text) {
  std::string plain;
  HtmlText().Append(text, &plain);
  return plain;
}

// The output has one tag a line, words with their text between two tags.
class LayoutScan {
 public:
  Layout Run(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const size_t next = NextLine(text, at);
      Take(Trim(text.substr(at, next - at)));
      at = next;
    }
    return std::move(layout_);
  }

 private:
  void Take(std::string_view line) {
    const auto begins = [line](std::string_view tag) { return line.substr(0, tag.size()) == tag; };
    if (begins("<word ") && InBlock()) return TakeWord(line);
    if (begins("<line ") && InBlock()) layout_.pages.back().blocks.back().lines.emplace_back();
    if (begins("<block ") && !layout_.pages.empty()) {
      layout_.pages.back().blocks.push_back({{}, NumberOf(line, "yMin") / height_, NumberOf(line, "yMax") / height_});
    }
    if (begins("<page ")) {
      height_ = std::max(1.0, NumberOf(line, "height"));
      layout_.pages.emplace_back();
    }
    if (begins("<title>")) layout_.title = Unescaped(line.substr(7, line.rfind("</title>") - 7));
    if (begins("<meta name=\"Author\"")) layout_.author = Unescaped(ValueOf(line, "content"));
  }

  bool InBlock() const { return !layout_.pages.empty() && !layout_.pages.back().blocks.empty(); }

  void TakeWord(std::string_view line) {
    std::vector<Line>& lines = layout_.pages.back().blocks.back().lines;
    const size_t begin = line.find('>');
    const size_t end = line.rfind("</word>");
    if (lines.empty() || begin == std::string_view::npos || end == std::string_view::npos || end < begin) return;
    const double height = NumberOf(line, "yMax") - NumberOf(line, "yMin");
    Line& into = lines.back();
    into.height = std::max(into.height, height);
    if (!into.text.empty()) into.text.push_back(' ');
    into.text += Unescaped(line.substr(begin + 1, end - begin - 1));
    if (height > 0 && height < 1000) ++layout_.heights[static_cast<int>(height * 10)];
  }

  Layout layout_;
  double height_ = 1;
};

double BodyHeight(const Layout& layout) {
  size_t words = 0, seen = 0;
  for (const auto& [height, count] : layout.heights) words += count;
  for (const auto& [height, count] : layout.heights) {
    seen += count;
    if (seen * 2 >= words) return height / 10.0;
  }
  return 0;
}

// The lines of a block as one text.
std::string Joined(const TextBlock& block) {
  std::string text;
  for (const Line& line : block.lines) {
    const bool parted = text.size() > 1 && text.back() == '-' && IsAlpha(text[text.size() - 2]) && !line.text.empty() &&
                        line.text[0] >= 'a' && line.text[0] <= 'z';
    if (parted) {
      text.pop_back();
    } else if (!text.empty()) {
      text.push_back(' ');
    }
    text += line.text;
  }
  return text;
}

// What a running head says on every page: without its numbers.
std::string WithoutDigits(const std::string& text) {
  std::string kept;
  for (const char c : text) {
    if (!IsDigit(c)) kept.push_back(c);
  }
  return kept;
}

bool IsAtEdge(const TextBlock& block) { return block.bottom < kEdge || block.top > 1 - kEdge; }

std::set<std::string> RunningHeads(const Layout& layout) {
  std::map<std::string, size_t> pages;
  for (const Page& page : layout.pages) {
    std::set<std::string> here;
    for (const TextBlock& block : page.blocks) {
      if (IsAtEdge(block)) here.insert(WithoutDigits(Joined(block)));
    }
    for (const std::string& text : here) ++pages[text];
  }
  std::set<std::string> heads;
  for (const auto& [text, count] : pages) {
    if (count >= kRunningPages && count * 2 >= layout.pages.size()) heads.insert(text);
  }
  return heads;
}

void AppendBlock(const TextBlock& block, double body, std::string* out) {
  const std::string text = Joined(block);
  double height = 1e9;
  for (const Line& line : block.lines) height = std::min(height, line.height);
  if (body > 0 && height >= body * kHeadingScale && text.size() <= kHeadingBytesMax && block.lines.size() <= 3) {
    *out += height >= body * kLargeHeadingScale ? "## " : "### ";
    AppendEscaped(OneLine(text), out);
    *out += "\n\n";
  } else {
    AppendParagraph(text, out);
  }
}

void NameEmptyPages(const std::vector<uint32_t>& empty, size_t pages, Converted* converted) {
  if (empty.empty() || empty.size() == pages) return;
  std::string names;
  for (size_t i = 0; i < std::min<size_t>(empty.size(), 10); ++i)
    names += (i == 0 ? "" : ", ") + std::to_string(empty[i]);
  converted->notices.push_back("needs_ocr: no text on " + Plural(empty.size(), "page") + ": " + names +
                               (empty.size() > 10 ? " ..." : ""));
}

}  // namespace

Converted LayoutToMarkdown(std::string_view text) {
  const Layout layout = LayoutScan().Run(text);
  const double body = BodyHeight(layout);
  const std::set<std::string> heads = RunningHeads(layout);
  Converted converted;
  AppendFrontMatter({{"title", layout.title}, {"author", layout.author}}, &converted.markdown);
  size_t left_out = 0;
  std::vector<uint32_t> empty;
  for (size_t i = 0; i < layout.pages.size(); ++i) {
    converted.pages.push_back({converted.markdown.size(), static_cast<uint32_t>(i + 1)});
    if (layout.pages[i].blocks.empty()) empty.push_back(static_cast<uint32_t>(i + 1));
    for (const TextBlock& block : layout.pages[i].blocks) {
      if (IsAtEdge(block) && heads.contains(WithoutDigits(Joined(block)))) {
        ++left_out;
      } else {
        AppendBlock(block, body, &converted.markdown);
      }
    }
  }
  NameEmptyPages(empty, layout.pages.size(), &converted);
  if (left_out > 0) converted.notices.push_back(Plural(left_out, "running head") + " and page numbers left out");
  return converted;
}

Converted PlainPagesToMarkdown(std::string_view text) {
  Converted converted;
  std::vector<uint32_t> empty;
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\f', at), text.size());
    converted.pages.push_back({converted.markdown.size(), ++number});
    const std::string_view page = text.substr(at, end - at);
    if (Trim(page).empty()) empty.push_back(number);
    AppendParagraphs(page, &converted.markdown);
    at = end + 1;
  }
  NameEmptyPages(empty, number, &converted);
  return converted;
}

}  // namespace quire::ingest
