// Markdown by cmark-gfm: its tree gives the blocks with their lines, and the text of the inlines.
//
// Only lines are taken from the tree, never columns or ends: blocks tile their parent from start to start. That makes
// the spans exact where the tree knows nothing of the bytes (link definitions, blank lines, front of list items), and
// it holds when lines are rewritten before parsing, as long as their number stays.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <optional>

#include "extensions/ingest/borders.h"
#include "extensions/ingest/formats.h"
#include "extensions/ingest/front_matter.h"
#include "extensions/ingest/html_text.h"
#include "extensions/ingest/markdown_tree.h"
#include "extensions/ingest/rewriting.h"
#include "extensions/ingest/text_scan.h"

// Exported by the extension library, declared in none of the headers that Debian installs.
extern "C" {
extern cmark_node_type CMARK_NODE_TABLE;
extern cmark_node_type CMARK_NODE_TABLE_ROW;
extern cmark_node_type CMARK_NODE_TABLE_CELL;
}

namespace quire::ingest {
namespace {

// cmark-gfm fills every short row of a table up to the width of its header: beyond this many cells that would be made
// out of nothing, tables stay paragraphs. (4 columns in each line of a document never reach it.)
constexpr size_t kSpareCellsMax = 1'000'000;
constexpr size_t kColumnsMax = 2000;  // the time of a row grows with their square

// The columns that a line can give a table as the one below its header, "|---|:--|"; 0: it is none.
size_t TableColumns(std::string_view line) {
  constexpr std::string_view kDelimiterRow = "|-: \t\r\n";
  constexpr std::string_view kInContainers = ">+*.)0123456789";
  size_t columns = 1;
  for (const char c : line) {
    if (c == '|') {
      ++columns;
    } else if (kDelimiterRow.find(c) == std::string_view::npos &&
               (columns > 1 || kInContainers.find(c) == std::string_view::npos)) {
      return 0;
    }
  }
  return columns;
}

bool TablesAreSafe(std::string_view body, const std::vector<size_t>& lines) {
  size_t columns_max = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t end = i + 1 < lines.size() ? lines[i + 1] : body.size();
    columns_max = std::max(columns_max, TableColumns(body.substr(lines[i], end - lines[i])));
  }
  return columns_max <= kColumnsMax && columns_max * lines.size() <= kSpareCellsMax + 4 * body.size();
}

// `body` with the lines of Hexo's {% codeblock %} and {% endcodeblock %} turned into fences, so that what is between
// them is code; nothing if there are none. The number of lines stays.
std::optional<std::string> FenceCodeTags(std::string_view body, const std::vector<size_t>& lines) {
  if (body.find("{% codeblock") == std::string_view::npos) return std::nullopt;
  std::string fenced;
  fenced.reserve(body.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = body.substr(lines[i], (i + 1 < lines.size() ? lines[i + 1] : body.size()) - lines[i]);
    const std::string_view text = Trim(line);
    const bool tag = text.substr(0, 12) == "{% codeblock" || text.substr(0, 15) == "{% endcodeblock";
    if (tag && text.substr(text.size() - 2) == "%}") {
      fenced.append(line.substr(0, line.find('{')));
      fenced += "~~~~~~~~\n";
    } else {
      fenced += line;
    }
  }
  return fenced;
}

const char* Literal(cmark_node* node) {
  const char* literal = cmark_node_get_literal(node);
  return literal == nullptr ? "" : literal;
}

// Appends what one inline node (or table cell) adds by itself.
void AppendInline(cmark_node* node, std::string* out) {
  const cmark_node_type type = cmark_node_get_type(node);
  if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
    *out += Literal(node);
  } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
    out->push_back(type == CMARK_NODE_SOFTBREAK ? ' ' : '\n');
  } else if (type == CMARK_NODE_HTML_INLINE) {
    if (SeparatesText(Literal(node)) && !out->empty() && !IsBlank(out->back())) out->push_back(' ');
  } else if (type == CMARK_NODE_TABLE_CELL && cmark_node_previous(node) != nullptr) {
    *out += " | ";
  }
}

// Appends the text of everything under `leaf`.
void AppendInlines(cmark_node* leaf, std::string* out) {
  cmark_node* node = cmark_node_first_child(leaf);
  while (node != nullptr) {
    AppendInline(node, out);
    if (cmark_node* child = cmark_node_first_child(node)) {
      node = child;
      continue;
    }
    while (node != leaf && cmark_node_next(node) == nullptr) node = cmark_node_parent(node);
    node = node == leaf ? nullptr : cmark_node_next(node);
  }
}

std::optional<Block::Kind> KindOf(cmark_node* node) {
  const cmark_node_type type = cmark_node_get_type(node);
  if (type == CMARK_NODE_HEADING) return Block::Kind::kHeading;
  if (type == CMARK_NODE_CODE_BLOCK) return Block::Kind::kCode;
  if (type == CMARK_NODE_HTML_BLOCK) return Block::Kind::kHtml;
  if (type == CMARK_NODE_TABLE) return Block::Kind::kTable;
  if (type == CMARK_NODE_TABLE_ROW) return Block::Kind::kTableRow;
  if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_THEMATIC_BREAK) return Block::Kind::kParagraph;
  if (type == CMARK_NODE_LIST || type == CMARK_NODE_ITEM || type == CMARK_NODE_BLOCK_QUOTE)
    return Block::Kind::kContainer;
  return std::nullopt;
}

bool HoldsBlocks(Block::Kind kind) { return kind == Block::Kind::kContainer || kind == Block::Kind::kTable; }

// The first line of a block, from 1. Where paragraph lines stand right above a table, cmark-gfm gives their line to
// the table and none to the paragraph; the table's own follows from its first row or its end.
size_t FirstLine(cmark_node* node) {
  const auto line_of = [](cmark_node* of) { return static_cast<size_t>(std::max(1, cmark_node_get_start_line(of))); };
  if (cmark_node_get_start_line(node) == 0 && cmark_node_next(node) != nullptr) return line_of(cmark_node_next(node));
  const bool row = cmark_node_get_type(node) == CMARK_NODE_TABLE_ROW;
  cmark_node* table = row && cmark_node_previous(node) == nullptr ? cmark_node_parent(node) : node;
  if (cmark_node_get_type(table) != CMARK_NODE_TABLE) return line_of(node);
  cmark_node* above = cmark_node_previous(table);
  if (above == nullptr || cmark_node_get_start_line(above) != 0) return line_of(table);
  cmark_node* header = cmark_node_first_child(table);
  cmark_node* first_row = header == nullptr ? nullptr : cmark_node_next(header);
  const size_t below =
      first_row != nullptr ? line_of(first_row) : static_cast<size_t>(std::max(1, cmark_node_get_end_line(table))) + 1;
  return std::max(line_of(table), below < 2 ? 1 : below - 2);
}

// Turns the tree into blocks, without recursion: a document may nest as deep as it is long.
class TreeWalk {
 public:
  TreeWalk(const std::vector<size_t>& lines, size_t body_start, size_t source_size, ParsedDocument* document)
      : lines_(lines), body_start_(body_start), source_size_(source_size), document_(*document) {}

  void Run(cmark_node* root) {
    cmark_node* node = cmark_node_first_child(root);
    while (node != nullptr) {
      cmark_node* child = Enter(node) ? cmark_node_first_child(node) : nullptr;
      if (child != nullptr) {
        node = child;
        continue;
      }
      while (node != root && cmark_node_next(node) == nullptr) {
        node = cmark_node_parent(node);
        if (node != root) Leave();
      }
      node = node == root ? nullptr : cmark_node_next(node);
    }
    SetEnds();
  }

 private:
  // Adds the block of a node; whether there are blocks inside.
  bool Enter(cmark_node* node) {
    const std::optional<Block::Kind> kind = KindOf(node);
    if (!kind) return false;
    Block block;
    block.kind = *kind;
    if (*kind == Block::Kind::kHeading) block.level = static_cast<uint8_t>(cmark_node_get_heading_level(node));
    block.start = OffsetOf(FirstLine(node));
    block.plain_start = document_.plain.size();
    const bool holds = HoldsBlocks(*kind) && cmark_node_first_child(node) != nullptr;
    if (!holds) AppendPlain(node, *kind);
    block.plain_end = document_.plain.size();
    document_.blocks.push_back(block);
    if (holds) open_.push_back(document_.blocks.size() - 1);
    return holds;
  }

  void Leave() {
    Block& block = document_.blocks[open_.back()];
    block.plain_end = document_.plain.size();
    block.extent = static_cast<uint32_t>(document_.blocks.size() - open_.back());
    open_.pop_back();
  }

  void AppendPlain(cmark_node* node, Block::Kind kind) {
    std::string& plain = document_.plain;
    const size_t from = plain.size();
    if (kind == Block::Kind::kCode) {
      plain += Literal(node);
    } else if (kind == Block::Kind::kHtml) {
      HtmlText().Append(Literal(node), &plain);
      StripTemplateTags(&plain, from);
    } else {
      AppendInlines(node, &plain);
      StripTemplateTags(&plain, from);
    }
    if (plain.size() > from && plain.back() != '\n') plain.push_back('\n');
  }

  // Never before the block ahead, whatever the tree says.
  size_t OffsetOf(size_t line) {
    const size_t offset = line <= lines_.size() ? body_start_ + lines_[line - 1] : source_size_;
    return last_start_ = std::max(last_start_, offset);
  }

  // Makes siblings tile their parent: the first block of each parent begins where the parent does.
  void SetEnds() {
    std::vector<Block>& blocks = document_.blocks;
    if (blocks.empty()) return;
    blocks[0].start = body_start_;
    std::vector<std::pair<size_t, size_t>> parents = {{blocks.size(), source_size_}};  // {index after, byte after}
    for (size_t i = 0; i < blocks.size(); ++i) {
      while (parents.back().first <= i) parents.pop_back();
      const size_t next = i + blocks[i].extent;
      blocks[i].end = next < parents.back().first ? blocks[next].start : parents.back().second;
      if (blocks[i].extent == 1) continue;
      blocks[i + 1].start = blocks[i].start;
      parents.emplace_back(next, blocks[i].end);
    }
  }

  const std::vector<size_t>& lines_;
  const size_t body_start_;
  const size_t source_size_;
  ParsedDocument& document_;
  std::vector<size_t> open_;  // containers around the current node
  size_t last_start_ = 0;
};

void TakeTitle(ParsedDocument* document) {
  if (!document->title.empty()) return;
  for (const Block& block : document->blocks) {
    if (block.kind != Block::Kind::kHeading || block.level != 1) continue;
    const std::string_view plain(document->plain);
    AppendCollapsed(&document->title, plain.substr(block.plain_start, block.plain_end - block.plain_start));
    return;
  }
}

class MarkdownReader final : public DocumentReader {
 public:
  MarkdownReader(LineRewriter rewrite, bool front_matter) : rewrite_(rewrite), front_matter_(front_matter) {}

  Result<ParsedDocument> Parse(std::string_view source, const TimeLimit& limit) const override {
    ParsedDocument document;
    const size_t bom = source.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
    FrontMatter matter = front_matter_ ? ReadFrontMatter(source.substr(bom)) : FrontMatter{};
    document.title = std::move(matter.title);
    document.attributes = std::move(matter.attributes);
    document.notices = std::move(matter.notices);
    document.body_start = bom + matter.end;
    QUIRE_RETURN_IF_ERROR(ParseBody(source, limit, &document));
    FindTierBlocks(source, document.body_start, &document);
    TakeTitle(&document);
    return document;
  }

  std::vector<std::string> PlainPieces(Block::Kind kind, std::string_view source,
                                       const std::vector<size_t>& cuts) const override {
    std::vector<std::string> pieces;
    HtmlText html;
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
      const std::string_view piece = source.substr(cuts[i], cuts[i + 1] - cuts[i]);
      std::string& plain = pieces.emplace_back();
      if (kind == Block::Kind::kCode) {
        plain = piece;
      } else if (kind == Block::Kind::kHtml) {
        html.Append(piece, &plain);
      } else {
        ParsedDocument part;
        if (ParseBody(piece, {}, &part).ok()) plain = std::move(part.plain);
      }
    }
    return pieces;
  }

 private:
  // Fills blocks and plain text from what lies after document->body_start.
  Status ParseBody(std::string_view source, const TimeLimit& limit, ParsedDocument* document) const {
    const std::string_view body = source.substr(document->body_start);
    document->plain.reserve(body.size());
    const std::vector<size_t> lines = LineStarts(body);
    const bool tables = TablesAreSafe(body, lines);
    if (!tables) document->notices.push_back("tables too wide for their length: kept as text");
    const std::optional<std::string> rewritten = rewrite_(body, lines);
    const MarkdownTree tree(rewritten ? std::string_view(*rewritten) : body, tables, limit);
    if (tree.root() == nullptr) return tree.status();
    TreeWalk(lines, document->body_start, source.size(), document).Run(tree.root());
    return {};
  }

  const LineRewriter rewrite_;
  const bool front_matter_;
};

}  // namespace

std::unique_ptr<const DocumentReader> MakeMarkdownReader() { return MakeRewritingReader(FenceCodeTags, true); }

std::vector<std::string_view> SplitLines(std::string_view body, const std::vector<size_t>& lines) {
  std::vector<std::string_view> split;
  split.reserve(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = body.substr(lines[i], (i + 1 < lines.size() ? lines[i + 1] : body.size()) - lines[i]);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    split.push_back(line);
  }
  return split;
}

void AppendWithoutHtml(std::string* out, std::string_view line) {
  bool code = false;
  for (const char c : line) {
    if (c == '`') code = !code;
    if (c == '<' && !code) {
      *out += "&lt;";
    } else {
      out->push_back(c);
    }
  }
}

std::unique_ptr<const DocumentReader> MakeRewritingReader(LineRewriter rewrite, bool front_matter) {
  // cmark-gfm does this once for the process, but not safely in two threads at a time.
  static const bool registered = (cmark_gfm_core_extensions_ensure_registered(), true);
  static_cast<void>(registered);
  return std::make_unique<MarkdownReader>(rewrite, front_matter);
}

}  // namespace quire::ingest
