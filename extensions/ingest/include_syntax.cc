#include "extensions/ingest/include_syntax.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

bool StartsWith(std::string_view text, std::string_view head) { return text.substr(0, head.size()) == head; }
bool EndsWith(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && text.substr(text.size() - tail.size()) == tail;
}

// What stands between `open` and `close`, the whole of `line`; empty: something else.
std::string_view Between(std::string_view line, std::string_view open, std::string_view close) {
  if (line.size() < open.size() + close.size() || !StartsWith(line, open) || !EndsWith(line, close)) return {};
  return Trim(line.substr(open.size(), line.size() - open.size() - close.size()));
}

std::string_view TakeWord(std::string_view* text) {
  const size_t end = std::min(text->find_first_of(" \t"), text->size());
  const std::string_view word = text->substr(0, end);
  *text = Trim(text->substr(end));
  return word;
}

// The first argument: in quotes, or up to a blank; a name before it (file="x") is left out.
std::string_view FirstArgument(std::string_view text) {
  for (const std::string_view name : {"file=", "filename=", "src=", "path="}) {
    if (StartsWith(text, name)) text.remove_prefix(name.size());
  }
  if (text.empty()) return {};
  if (text[0] == '"' || text[0] == '\'') {
    const size_t end = text.find(text[0], 1);
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  return TakeWord(&text);
}

// `inside` is "name argument ...".
std::string_view TargetOfTag(std::string_view inside) {
  const std::string_view name = TakeWord(&inside);
  for (const std::string_view known :
       {"insertmd", "include", "include_relative", "include-markdown", "include_md", "readfile", "import"}) {
    if (name == known) return FirstArgument(inside);
  }
  return {};
}

// A number up to the end of `text`; nothing for anything else.
std::optional<size_t> NumberIn(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "3", "3:5", "3:", ":5" with the separator given; false, and `lines` is as it was, for anything else. `alone`: a number without a
// separator is that line alone, not all from there on.
bool TakeRange(std::string_view text, std::string_view separator, bool alone, LineRange* lines) {
  const size_t at = text.find(separator);
  const std::string_view head = Trim(text.substr(0, at));
  const std::string_view tail = at == std::string_view::npos ? std::string_view() : Trim(text.substr(at + separator.size()));
  const std::optional<size_t> first = head.empty() ? std::optional<size_t>(1) : NumberIn(head);
  std::optional<size_t> last = tail.empty() ? std::optional<size_t>(SIZE_MAX) : NumberIn(tail);
  if (!first || !last || (head.empty() && tail.empty())) return false;
  if (alone && at == std::string_view::npos) last = first;
  *lines = {*first, *last};
  return true;
}

// What follows the first colon of a target, if it names lines.
LineRange TakeLines(bool alone, std::string_view* target) {
  LineRange lines;
  const size_t colon = target->find(':');
  if (colon != std::string_view::npos && TakeRange(target->substr(colon + 1), ":", alone, &lines)) {
    *target = target->substr(0, colon);
  }
  return lines;
}

// Of the options below a directive: ":lines: 3-5", ":start-line: 2", ":end-line: 5" (the last two count from 0, the end is not in it).
void TakeOption(std::string_view line, LineRange* lines) {
  const auto value_of = [&](std::string_view name) { return Trim(line.substr(std::min(line.size(), name.size()))); };
  if (StartsWith(line, ":lines:")) TakeRange(value_of(":lines:"), "-", true, lines);
  if (StartsWith(line, ":start-line:")) lines->first = NumberIn(value_of(":start-line:")).value_or(0) + 1;
  if (StartsWith(line, ":end-line:")) lines->last = NumberIn(value_of(":end-line:")).value_or(SIZE_MAX);
}

// Of "leveloffset=1,lines=3..5".
LineRange AsciidocLines(std::string_view attributes) {
  LineRange lines;
  const size_t at = attributes.find("lines=");
  if (at == std::string_view::npos) return lines;
  std::string_view value = attributes.substr(at + 6);
  value = !value.empty() && value[0] == '"' ? value.substr(1, value.find('"', 1) - 1) : value.substr(0, value.find(','));
  if (EndsWith(value, "..-1")) value.remove_suffix(2);
  TakeRange(value, "..", true, &lines);
  return lines;
}

std::string_view MarkdownTarget(std::string_view line, LineRange* lines) {
  for (const auto& [open, close] :
       {std::pair<std::string_view, std::string_view>{"{%", "%}"}, {"{{<", ">}}"}, {"{{%", "%}}"}}) {
    std::string_view inside = Between(line, open, close);
    if (open == "{%" && EndsWith(inside, "-")) inside = Trim(inside.substr(0, inside.size() - 1));
    if (open == "{%" && StartsWith(inside, "-")) inside = Trim(inside.substr(1));
    if (const std::string_view target = TargetOfTag(inside); !target.empty()) return target;
  }
  if (StartsWith(line, "--8<-- ")) {
    std::string_view target = FirstArgument(Trim(line.substr(7)));
    *lines = TakeLines(false, &target);
    return target;
  }
  if (std::string_view target = Between(line, "{{#include ", "}}"); !target.empty()) {
    *lines = TakeLines(true, &target);
    return target.substr(0, target.find(':'));  // mdBook: of a name after it the whole file is taken
  }
  return Between(line, "{!", "!}");
}

constexpr size_t kInlineBytesMax = 4096;  // each brace of a line looks for its end

// The target of a tag with something else around it, "see {% include x.md %}"; empty: there is none, or it is code.
std::string_view InlineTarget(std::string_view line) {
  if (line.size() > kInlineBytesMax) return {};
  bool code = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '`') code = !code;
    if (line[at] != '{' || code) continue;
    for (const auto& [open, close] :
         {std::pair<std::string_view, std::string_view>{"{%", "%}"}, {"{{<", ">}}"}, {"{{%", "%}}"}, {"{{#include ", "}}"}}) {
      if (!StartsWith(line.substr(at), open)) continue;
      const size_t end = line.find(close, at + open.size());
      LineRange lines;
      const std::string_view target =
          end == std::string_view::npos ? std::string_view() : MarkdownTarget(line.substr(at, end + close.size() - at), &lines);
      if (!target.empty()) return target;
    }
  }
  return {};
}

// MDX: the files that names stand for, and <Name /> on a line of its own.
class MdxImports {
 public:
  // Whether `line` is an import; it is remembered.
  void Note(std::string_view line) {
    if (!StartsWith(line, "import ")) return;
    std::string_view rest = Trim(line.substr(7));
    const std::string_view name = TakeWord(&rest);
    if (TakeWord(&rest) != "from" || name.empty() || name[0] < 'A' || name[0] > 'Z') return;
    const std::string_view target = FirstArgument(rest);
    if (EndsWith(target, ".md") || EndsWith(target, ".mdx")) files_[std::string(name)] = target;
  }
  std::string_view TargetOf(std::string_view line) const {
    if (files_.empty()) return {};
    std::string_view name = Between(line, "<", "/>");
    name = name.substr(0, name.find(' '));
    const auto found = files_.find(std::string(name));
    return found == files_.end() ? std::string_view() : std::string_view(found->second);
  }

 private:
  std::map<std::string, std::string> files_;
};

// Whether a line begins or ends a block whose text is not looked at.
class Verbatim {
 public:
  bool Take(std::string_view line) {
    if (raw_) {
      raw_ = line.find("endraw") == std::string_view::npos;
      return true;
    }
    if (fence_ != 0) {
      const size_t run = RunOf(line, fence_);
      if (run >= length_ && Trim(line.substr(run)).empty()) fence_ = 0;
      return true;
    }
    if (Between(line, "{%", "%}") == "raw") return raw_ = true;
    for (const char mark : {'`', '~'}) {
      if (const size_t run = RunOf(line, mark); run >= 3) {
        fence_ = mark;
        length_ = run;
        return true;
      }
    }
    return false;
  }

 private:
  static size_t RunOf(std::string_view line, char c) { return std::min(line.find_first_not_of(c), line.size()); }

  char fence_ = 0;
  size_t length_ = 0;
  bool raw_ = false;
};

std::string_view MystTarget(std::string_view line) {
  const std::string_view rest = line.substr(std::min(line.find_first_not_of('`'), line.size()));
  return line.size() - rest.size() >= 3 && StartsWith(rest, "{include}") ? Trim(rest.substr(9)) : std::string_view();
}

std::string_view SphinxTarget(std::string_view line) {
  for (const std::string_view open : {".. include::", ".. literalinclude::", ".. mdinclude::"}) {
    if (StartsWith(line, open)) return Trim(line.substr(open.size()));
  }
  return {};
}

std::string_view AsciidocTarget(std::string_view line, LineRange* lines) {
  if (!StartsWith(line, "include::") || !EndsWith(line, "]")) return {};
  const size_t open = line.find('[');
  if (open != std::string_view::npos) *lines = AsciidocLines(line.substr(open + 1, line.size() - open - 2));
  return open == std::string_view::npos ? std::string_view() : line.substr(9, open - 9);
}

bool MayHaveIncludes(std::string_view text, IncludeStyle style) {
  if (style == IncludeStyle::kNone) return false;
  if (style != IncludeStyle::kMarkdown) return text.find("include::") != std::string_view::npos;
  // Not by find(), which stops at every first letter.
  for (const std::string_view sign : {"--8<--", "import "}) {
    if (::memmem(text.data(), text.size(), sign.data(), sign.size()) != nullptr) return true;
  }
  for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::string_view rest = text.substr(at + 1, 8);
    if (StartsWith(rest, "%") || StartsWith(rest, "{") || StartsWith(rest, "!") || rest == "include}") return true;
  }
  return false;
}

class Finder {
 public:
  Finder(std::string_view text, IncludeStyle style) : text_(text), style_(style) {}

  std::vector<IncludeTag> Run() {
    for (size_t at = 0, line = 1; at < text_.size(); ++line) {
      const size_t next = NextLine(text_, at);
      const std::string_view content = Trim(text_.substr(at, next - at));
      if (!content.empty()) TakeLine(content, at, next, line);
      at = next;
    }
    return std::move(tags_);
  }

 private:
  void TakeLine(std::string_view content, size_t at, size_t next, size_t line) {
    LineRange lines;
    if (style_ == IncludeStyle::kSphinx) return TakeSphinx(content, at, next, line);
    if (style_ == IncludeStyle::kAsciidoc) return Add(AsciidocTarget(content, &lines), at, next, line, lines);
    if (in_myst_) {
      // The options and the closing fence of a MyST include belong to its tag.
      tags_.back().end = next;
      TakeOption(content, &tags_.back().lines);
      in_myst_ = !StartsWith(content, "```");
      return;
    }
    if (const std::string_view target = MystTarget(content); !target.empty()) {
      in_myst_ = true;
      return Add(target, at, next, line, lines);
    }
    if (verbatim_.Take(content)) return;
    imports_.Note(content);
    std::string_view target = MarkdownTarget(content, &lines);
    if (target.empty()) target = imports_.TargetOf(content);
    if (!target.empty()) return Add(target, at, next, line, lines);
    Add(InlineTarget(content), at, next, line, {}, false);
  }

  // The options right below a directive, which are indented, belong to its tag.
  void TakeSphinx(std::string_view content, size_t at, size_t next, size_t line) {
    const bool below = !tags_.empty() && tags_.back().end == at && (text_[at] == ' ' || text_[at] == '\t');
    if (below && content.front() == ':') {
      tags_.back().end = next;
      return TakeOption(content, &tags_.back().lines);
    }
    Add(SphinxTarget(content), at, next, line, {});
  }

  void Add(std::string_view target, size_t at, size_t next, size_t line, LineRange lines, bool alone = true) {
    if (!target.empty()) tags_.push_back({at, next, line, std::string(target), lines, alone});
  }

  const std::string_view text_;
  const IncludeStyle style_;
  Verbatim verbatim_;
  MdxImports imports_;
  bool in_myst_ = false;
  std::vector<IncludeTag> tags_;
};

}  // namespace

std::vector<IncludeTag> FindIncludes(std::string_view text, IncludeStyle style) {
  if (!MayHaveIncludes(text, style)) return {};
  return Finder(text, style).Run();
}

}  // namespace quire::ingest
