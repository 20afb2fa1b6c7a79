// HTML to Markdown: headings, paragraphs, lists, tables and code; of links and emphasis the words. Where a page names its main
// part, that part alone.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <unordered_set>

#include "extensions/ingest/html_tree.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kListDepthMax = 8;
constexpr size_t kSpanMax = 50;  // columns that one cell may take

enum class Role : uint8_t { kInline, kBlock, kHeading, kList, kItem, kPre, kTable, kRow, kCell, kCode, kBreak, kSkip };

constexpr GumboTag kInlineTags[] = {
    GUMBO_TAG_A,     GUMBO_TAG_ABBR, GUMBO_TAG_B,      GUMBO_TAG_BDI,    GUMBO_TAG_BDO,   GUMBO_TAG_BIG,
    GUMBO_TAG_CITE,  GUMBO_TAG_DATA, GUMBO_TAG_DEL,    GUMBO_TAG_DFN,    GUMBO_TAG_EM,    GUMBO_TAG_FONT,
    GUMBO_TAG_I,     GUMBO_TAG_IMG,  GUMBO_TAG_INPUT,  GUMBO_TAG_INS,    GUMBO_TAG_LABEL, GUMBO_TAG_MARK,
    GUMBO_TAG_NOBR,  GUMBO_TAG_Q,    GUMBO_TAG_RP,     GUMBO_TAG_RT,     GUMBO_TAG_RUBY,  GUMBO_TAG_S,
    GUMBO_TAG_SMALL, GUMBO_TAG_SPAN, GUMBO_TAG_STRIKE, GUMBO_TAG_STRONG, GUMBO_TAG_SUB,   GUMBO_TAG_SUP,
    GUMBO_TAG_TIME,  GUMBO_TAG_TT,   GUMBO_TAG_U,      GUMBO_TAG_VAR,    GUMBO_TAG_WBR,   GUMBO_TAG_UNKNOWN};

Role RoleOf(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6: return Role::kHeading;
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL: return Role::kList;
    case GUMBO_TAG_LI: return Role::kItem;
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP: return Role::kPre;
    case GUMBO_TAG_TABLE: return Role::kTable;
    case GUMBO_TAG_TR: return Role::kRow;
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH: return Role::kCell;
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_SAMP: return Role::kCode;
    case GUMBO_TAG_BR: return Role::kBreak;
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_TEXTAREA: return Role::kSkip;
    default:
      return std::find(std::begin(kInlineTags), std::end(kInlineTags), tag) != std::end(kInlineTags) ? Role::kInline
                                                                                                     : Role::kBlock;
  }
}

// What a pass over the whole page tells before any text is taken.
struct Outline {
  const GumboNode* main = nullptr;
  std::string title, description, author, keywords, language;
  std::unordered_set<const GumboNode*> layout;  // tables that hold tables, headings or code: no rows of cells
};

void TakeMeta(const GumboNode* node, Outline* outline) {
  const std::string name = ToLower(AttributeOf(node, "name"));
  const std::string_view content = AttributeOf(node, "content");
  if (name == "description") outline->description = content;
  if (name == "author") outline->author = content;
  if (name == "keywords") outline->keywords = content;
}

Outline Survey(const GumboNode* root) {
  Outline outline;
  std::vector<const GumboNode*> tables;
  const auto leave = [&](const GumboNode* node) {
    if (!tables.empty() && tables.back() == node) tables.pop_back();
  };
  for (const GumboNode* node = root; node != nullptr; node = NextNode(node, root, false, leave)) {
    if (node->type != GUMBO_NODE_ELEMENT) continue;
    const GumboTag tag = node->v.element.tag;
    const Role role = RoleOf(tag);
    if (!tables.empty() && (role == Role::kTable || role == Role::kHeading || role == Role::kPre)) {
      outline.layout.insert(tables.back());
    }
    if (role == Role::kTable) tables.push_back(node);
    if (tag == GUMBO_TAG_META) TakeMeta(node, &outline);
    if (tag == GUMBO_TAG_HTML) outline.language = AttributeOf(node, "lang");
    const bool main = tag == GUMBO_TAG_MAIN || AttributeOf(node, "role") == "main";
    if (main && outline.main == nullptr) outline.main = node;
    if (tag != GUMBO_TAG_TITLE || !outline.title.empty() || node->v.element.children.length == 0) continue;
    const auto* text = static_cast<const GumboNode*>(node->v.element.children.data[0]);
    if (text->type == GUMBO_NODE_TEXT) outline.title = OneLine(text->v.text.text);
  }
  return outline;
}

class Writer {
 public:
  Writer(const Outline& outline, std::string* out) : outline_(outline), out_(*out) {}

  // Errors: kResourceExhausted, kCancelled.
  Status Run(const GumboNode* top, const ConvertInput& input) {
    size_t nodes = 0;
    const auto leave = [this](const GumboNode* node) { Leave(node); };
    for (const GumboNode* node = top; node != nullptr;) {
      if (++nodes % 4096 == 0) QUIRE_RETURN_IF_ERROR(input.CheckTime());
      const bool element = node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
      const bool skip = element && !Enter(node);
      if (!element && node->type != GUMBO_NODE_COMMENT) AddText(node->v.text.text);
      node = NextNode(node, top, skip, leave);
    }
    Flush();
    return {};
  }

 private:
  // Whether the node is looked into; Leave is called for it in any case.
  bool Enter(const GumboNode* node) {
    const GumboTag tag = node->v.element.tag;
    const Role role = RoleOf(tag);
    if (role == Role::kSkip) return false;
    if (pre_ > 0 || role == Role::kInline || role == Role::kCode || role == Role::kBreak) {
      EnterInline(node, role);
      if (role == Role::kPre) ++pre_;
      return true;
    }
    if (table_ != nullptr && role != Role::kRow && role != Role::kCell) {
      AddText(" ");  // within a cell
      return true;
    }
    if (role == Role::kRow && table_ != nullptr) rows_.emplace_back();
    if (role == Role::kCell && table_ != nullptr) line_.clear();
    if (table_ != nullptr) return true;
    Flush();
    if (role == Role::kList) lists_.push_back(tag == GUMBO_TAG_OL ? "1. " : "- ");
    if (role == Role::kItem) item_ = true;
    if (role == Role::kPre) ++pre_;
    if (role == Role::kTable && !outline_.layout.contains(node)) table_ = node;
    return true;
  }

  void EnterInline(const GumboNode* node, Role role) {
    if (role == Role::kBreak) line_.push_back('\n');
    if (role == Role::kCode && pre_ == 0) line_.push_back('`');
    if (node->v.element.tag == GUMBO_TAG_IMG) AddText(std::string(AttributeOf(node, "alt")));
  }

  void Leave(const GumboNode* node) {
    const GumboTag tag = node->v.element.tag;
    const Role role = RoleOf(tag);
    if (role == Role::kSkip || role == Role::kInline || role == Role::kBreak) return;
    if (role == Role::kCode && pre_ == 0) line_.push_back('`');
    if (role == Role::kPre && pre_ > 0 && --pre_ == 0 && table_ == nullptr) FlushCode();
    if (pre_ > 0 || role == Role::kCode || role == Role::kPre) return;
    if (table_ != nullptr) return LeaveInTable(node, role);
    if (role == Role::kHeading) return FlushHeading(tag);
    Flush();
    if (role == Role::kList && !lists_.empty()) lists_.pop_back();
    if (role == Role::kItem) item_ = false;
  }

  void LeaveInTable(const GumboNode* node, Role role) {
    if (role == Role::kCell) {
      if (rows_.empty()) rows_.emplace_back();
      rows_.back().push_back(OneLine(line_));
      line_.clear();
      const int span = std::atoi(std::string(AttributeOf(node, "colspan")).c_str());
      for (int i = 1; i < std::min<int>(span, kSpanMax); ++i) rows_.back().emplace_back();
    } else if (node == table_) {
      EndParagraph();
      AppendTable(rows_, &out_);
      rows_.clear();
      table_ = nullptr;
    } else if (node->v.element.tag == GUMBO_TAG_CAPTION) {
      AppendParagraph(line_, &out_);
      line_.clear();
    } else {
      AddText(" ");
    }
  }

  void AddText(std::string_view text) {
    if (pre_ > 0) {
      line_ += text;
      return;
    }
    for (size_t i = 0; i < text.size(); ++i) {
      const bool no_break = text.substr(i, 2) == "\xC2\xA0";
      const char c = no_break ? ' ' : text[i];
      if (no_break) ++i;
      if (!IsBlank(c)) {
        line_.push_back(c);
      } else if (!line_.empty() && !IsBlank(line_.back())) {
        line_.push_back(' ');
      }
    }
  }

  void FlushHeading(GumboTag tag) {
    const std::string text = OneLine(line_);
    line_.clear();
    if (text.empty()) return;
    EndParagraph();
    out_.append(static_cast<size_t>(tag - GUMBO_TAG_H1) + 1, '#').append(" ");
    AppendEscaped(text, &out_);
    out_ += "\n\n";
  }

  // List items stand line by line; what follows them is set apart.
  void EndParagraph() {
    if (out_.size() > 1 && out_[out_.size() - 2] != '\n') out_.push_back('\n');
  }

  void FlushCode() {
    EndParagraph();
    AppendFenced(line_, "", &out_);
    line_.clear();
  }

  void Flush() {
    if (Trim(line_).empty()) {
      line_.clear();
      return;
    }
    if (lists_.empty()) {
      EndParagraph();
      AppendParagraph(line_, &out_);
    } else {
      const size_t indent = 2 * (std::min(lists_.size(), kListDepthMax) - 1);
      if (!item_ || !in_list_) EndParagraph();
      out_.append(indent, ' ').append(item_ ? lists_.back() : std::string_view("  "));
      AppendEscaped(OneLine(line_), &out_);
      out_.push_back('\n');
      item_ = false;
    }
    in_list_ = !lists_.empty();
    line_.clear();
  }

  const Outline& outline_;
  std::string& out_;
  std::string line_;  // of the block, the cell or the code that is open
  std::vector<std::string_view> lists_;
  bool item_ = false;     // begun, without text so far
  bool in_list_ = false;  // what was written last
  size_t pre_ = 0;        // that are open
  const GumboNode* table_ = nullptr;
  std::vector<std::vector<std::string>> rows_;
};

Status AppendBody(const HtmlTree& tree, const Outline& outline, const ConvertInput& input, std::string* markdown) {
  return Writer(outline, markdown).Run(outline.main != nullptr ? outline.main : tree.root(), input);
}

}  // namespace

Result<Converted> ConvertHtml(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(const HtmlTree tree, HtmlTree::Parse(input.bytes, input));
  const Outline outline = Survey(tree.root());
  Converted converted;
  AppendFrontMatter({{"title", outline.title},
                     {"description", outline.description},
                     {"author", outline.author},
                     {"keywords", outline.keywords},
                     {"lang", outline.language}},
                    &converted.markdown);
  QUIRE_RETURN_IF_ERROR(AppendBody(tree, outline, input, &converted.markdown));
  return converted;
}

Status AppendHtml(std::string_view html, const ConvertInput& input, std::string* markdown) {
  QUIRE_ASSIGN_OR_RETURN(const HtmlTree tree, HtmlTree::Parse(html, input));
  return AppendBody(tree, Survey(tree.root()), input, markdown);
}

}  // namespace quire::ingest
