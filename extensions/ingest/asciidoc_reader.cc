// AsciiDoc, by structure: headings, blocks between delimiters, lists, attributes. What is not known stays as text.
#include <algorithm>

#include "extensions/ingest/formats.h"
#include "extensions/ingest/rewriting.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr std::string_view kFence = "~~~~~~~~";

// Four or more of one character, alone on a line.
bool IsDelimiter(std::string_view line, char c) {
  return line.size() >= 4 && line.find_first_not_of(c) == std::string_view::npos;
}

size_t RunOf(std::string_view line, char c) { return std::min(line.find_first_not_of(c), line.size()); }

// link:url[text], https://url[text], xref:id[text] and <<id,text>> become their text.
std::string Inline(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const size_t cross = line.find("<<");
    const size_t cross_end = cross == std::string_view::npos ? cross : line.find(">>", cross);
    const size_t open = line.find('[');
    if (cross_end != std::string_view::npos && cross < open) {
      AppendWithoutHtml(&out, line.substr(0, cross));
      const std::string_view inside = line.substr(cross + 2, cross_end - cross - 2);
      const size_t comma = inside.find(',');
      AppendWithoutHtml(&out, comma == std::string_view::npos ? inside : Trim(inside.substr(comma + 1)));
      line.remove_prefix(cross_end + 2);
      continue;
    }
    const size_t close = open == std::string_view::npos ? open : line.find(']', open);
    if (close == std::string_view::npos) break;
    const size_t word = line.substr(0, open).find_last_of(" \t(") == std::string_view::npos
                            ? 0
                            : line.substr(0, open).find_last_of(" \t(") + 1;
    const std::string_view target = line.substr(word, open - word);
    const bool is_link = target.find(':') != std::string_view::npos && target.find('`') == std::string_view::npos;
    const std::string_view text = line.substr(open + 1, close - open - 1);
    AppendWithoutHtml(&out, line.substr(0, is_link && !text.empty() ? word : open));
    if (is_link) {
      AppendWithoutHtml(&out, text.substr(0, text.find('^')));
    } else {
      AppendWithoutHtml(&out, line.substr(open, close + 1 - open));
    }
    line.remove_prefix(close + 1);
  }
  AppendWithoutHtml(&out, line);
  return out;
}

class Rewriter {
 public:
  void Take(std::string_view source, std::string* out) {
    const std::string_view line = Trim(source);
    if (!end_.empty()) return TakeVerbatim(source, line, out);
    if (IsDelimiter(line, '/')) {
      end_ = line;
      hidden_ = true;
    } else if (IsDelimiter(line, '-') || IsDelimiter(line, '.') || IsDelimiter(line, '+') ||
               line.substr(0, 3) == "```") {
      end_ = line.substr(0, 3) == "```" ? line.substr(0, 3) : line;
      hidden_ = false;
      *out += kFence;
    } else {
      TakeText(line, out);
    }
  }

 private:
  void TakeVerbatim(std::string_view source, std::string_view line, std::string* out) {
    if (line == end_) {
      if (!hidden_) *out += kFence;
      end_ = {};
    } else if (!hidden_) {
      if (line.substr(0, kFence.size()) == kFence) out->push_back(' ');
      *out += source;
    }
  }

  static bool IsMarkup(std::string_view line) {
    if (IsDelimiter(line, '=') || IsDelimiter(line, '*') || IsDelimiter(line, '_') || line == "--" || line == "+" ||
        line == "|===" || line == "'''" || line == "<<<") {
      return true;
    }
    if (line.substr(0, 2) == "//") return true;
    if (line[0] == '[' && line.back() == ']') return true;
    const size_t name_end = line[0] == ':' ? line.find(':', 1) : std::string_view::npos;
    return name_end != std::string_view::npos && line.substr(0, name_end).find(' ') == std::string_view::npos;
  }

  static void TakeText(std::string_view line, std::string* out) {
    if (line.empty() || IsMarkup(line)) return;
    const auto rest_after = [line](size_t count) { return Trim(line.substr(count)); };
    const size_t equals = RunOf(line, '='), stars = RunOf(line, '*'), dots = RunOf(line, '.');
    const auto blank_at = [line](size_t at) { return at < line.size() && line[at] == ' '; };
    if (equals >= 1 && equals <= 6 && blank_at(equals)) {
      *out += std::string(equals, '#') + " " + Inline(rest_after(equals));
    } else if (stars >= 1 && blank_at(stars)) {
      *out += std::string(std::min<size_t>(2 * (stars - 1), 8), ' ') + "* " + Inline(rest_after(stars));
    } else if (dots >= 1 && blank_at(dots)) {
      *out += "1. " + Inline(rest_after(dots));
    } else if (dots == 1 && line.size() > 1) {
      *out += "**" + Inline(line.substr(1)) + "**";
    } else {
      if (line[0] == '#' || line[0] == '>') out->push_back('\\');
      *out += Inline(line);
    }
  }

  std::string_view end_;  // line that ends the verbatim block around; empty: none
  bool hidden_ = false;   // a comment
};

std::optional<std::string> RewriteAsciidoc(std::string_view body, const std::vector<size_t>& lines) {
  std::string text;
  text.reserve(body.size());
  Rewriter rewriter;
  for (const std::string_view line : SplitLines(body, lines)) {
    rewriter.Take(line, &text);
    text.push_back('\n');
  }
  return text;
}

}  // namespace

std::unique_ptr<const DocumentReader> MakeAsciidocReader() { return MakeRewritingReader(RewriteAsciidoc, true); }

}  // namespace quire::ingest
