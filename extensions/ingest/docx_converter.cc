// Word documents: paragraphs, headings by style, lists, tables, notes. Headers, footers, comments and what was deleted are left out.
#include <algorithm>
#include <cstdlib>

#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"
#include "extensions/ingest/xml.h"

namespace quire::ingest {
namespace {

constexpr size_t kSpanMax = 50;  // columns that one cell may take

// Level of the headings by the id of their style.
using Styles = std::map<std::string, int, std::less<>>;

int NumberOf(std::string_view text) { return std::atoi(std::string(text).c_str()); }

Styles ReadStyles(ZipArchive* archive) {
  Styles styles;
  const Result<XmlDocument> document = ReadXml(archive, "word/styles.xml");
  if (!document.ok()) return styles;
  for (const pugi::xml_node style : (*document)->document_element().children()) {
    const std::string name = ToLower(AttributeOf(ChildOf(style, "name"), "val"));
    const pugi::xml_node outline = ChildOf(ChildOf(style, "pPr"), "outlineLvl");
    int level = name == "title" ? 1 : 0;
    if (name.rfind("heading ", 0) == 0) level = NumberOf(name.substr(8));
    if (level == 0 && outline) level = NumberOf(AttributeOf(outline, "val")) + 1;
    if (level >= 1 && level <= 9) styles[std::string(AttributeOf(style, "styleId"))] = std::min(level, 6);
  }
  return styles;
}

class Writer {
 public:
  Writer(const Styles& styles, const ConvertInput& input, std::string* out)
      : styles_(styles), input_(input), out_(*out) {}

  Status Body(pugi::xml_node body, int depth = 0) {
    for (const pugi::xml_node node : body.children()) {
      if (++nodes_ % 256 == 0) QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      if (Is(node, "p")) {
        Paragraph(node);
      } else if (Is(node, "tbl")) {
        Table(node, depth);
      } else if (depth < kXmlDepthMax && !Is(node, "sectPr") && node.first_child()) {
        QUIRE_RETURN_IF_ERROR(Body(node, depth + 1));  // content controls, insertions
      }
    }
    return {};
  }

 private:
  void Paragraph(pugi::xml_node node) {
    const pugi::xml_node properties = ChildOf(node, "pPr");
    std::string text;
    Inline(node, 0, &text);
    if (Trim(text).empty()) return;
    const auto style = styles_.find(AttributeOf(ChildOf(properties, "pStyle"), "val"));
    if (style != styles_.end()) {
      out_.append(static_cast<size_t>(style->second), '#').append(" ");
      AppendEscaped(OneLine(text), &out_);
      out_ += "\n\n";
    } else if (const pugi::xml_node list = ChildOf(properties, "numPr")) {
      const int level = std::clamp(NumberOf(AttributeOf(ChildOf(list, "ilvl"), "val")), 0, 8);
      out_.append(static_cast<size_t>(2 * level), ' ').append("- ");
      AppendEscaped(OneLine(text), &out_);
      out_ += "\n\n";
    } else {
      AppendParagraph(text, &out_);
    }
  }

  // The text of runs, with what surrounds them.
  void Inline(pugi::xml_node node, int depth, std::string* text) {
    for (const pugi::xml_node child : node.children()) {
      const std::string_view name = LocalName(child.name());
      if (name == "t") {
        *text += TextBelow(child);
      } else if (name == "tab") {
        text->push_back(' ');
      } else if (name == "br" || name == "cr") {
        text->push_back('\n');
      } else if (name == "noBreakHyphen") {
        text->push_back('-');
      } else if (name == "footnoteReference" || name == "endnoteReference") {
        text->append("[").append(AttributeOf(child, "id")).append("]");
      } else if (name == "AlternateContent") {
        const pugi::xml_node choice = ChildOf(child, "Choice");
        if (depth < kXmlDepthMax) Inline(choice ? choice : ChildOf(child, "Fallback"), depth + 1, text);
      } else if (name != "pPr" && name != "rPr" && name != "del" && name != "instrText" && depth < kXmlDepthMax) {
        Inline(child, depth + 1, text);
        if (name == "p") text->push_back('\n');  // of a text box
      }
    }
  }

  void Table(pugi::xml_node table, int depth) {
    std::vector<std::vector<std::string>> rows;
    for (const pugi::xml_node row : table.children()) {
      if (!Is(row, "tr")) continue;
      std::vector<std::string>& cells = rows.emplace_back();
      for (const pugi::xml_node cell : row.children()) {
        if (!Is(cell, "tc")) continue;
        std::string text;
        CellText(cell, depth, &text);
        cells.push_back(std::move(text));
        const int span = NumberOf(AttributeOf(ChildOf(ChildOf(cell, "tcPr"), "gridSpan"), "val"));
        for (int i = 1; i < std::min<int>(span, kSpanMax); ++i) cells.emplace_back();
      }
    }
    AppendTable(std::move(rows), &out_);
  }

  void CellText(pugi::xml_node cell, int depth, std::string* text) {
    for (const pugi::xml_node child : cell.children()) {
      if (Is(child, "p")) {
        Inline(child, 0, text);
        text->push_back(' ');
      } else if (depth < kXmlDepthMax && !Is(child, "tcPr")) {
        CellText(child, depth + 1, text);  // rows and cells of a table inside
      }
    }
  }

  const Styles& styles_;
  const ConvertInput& input_;
  std::string& out_;
  size_t nodes_ = 0;
};

// Footnotes or endnotes, each with the number that the text has for it.
Status AppendNotes(ZipArchive* archive, const std::string& member, const Styles& styles, const ConvertInput& input,
                   std::string* out) {
  if (!archive->Has(member)) return {};
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(archive, member));
  for (const pugi::xml_node note : document->document_element().children()) {
    if (!AttributeOf(note, "type").empty()) continue;  // separators
    std::string text;
    QUIRE_RETURN_IF_ERROR(Writer(styles, input, &text).Body(note));
    if (!Trim(text).empty()) out->append("[").append(AttributeOf(note, "id")).append("] ").append(text);
  }
  return {};
}

}  // namespace

Result<Converted> ConvertDocx(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(input));
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(&archive, "word/document.xml"));
  const Styles styles = ReadStyles(&archive);
  Converted converted;
  AppendCoreProperties(&archive, &converted.markdown);
  Writer writer(styles, input, &converted.markdown);
  QUIRE_RETURN_IF_ERROR(writer.Body(ChildOf(document->document_element(), "body")));
  for (const char* notes : {"word/footnotes.xml", "word/endnotes.xml"}) {
    QUIRE_RETURN_IF_ERROR(AppendNotes(&archive, notes, styles, input, &converted.markdown));
  }
  return converted;
}

}  // namespace quire::ingest
