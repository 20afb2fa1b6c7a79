// OpenDocument: text, spreadsheets and presentations, by one walk over content.xml.
#include <algorithm>
#include <cstdlib>

#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"
#include "extensions/ingest/xml.h"

namespace quire::ingest {
namespace {

constexpr int kRepeatMax = 50;  // columns that one cell may take; repeated rows are written once

int NumberOf(std::string_view text) { return std::atoi(std::string(text).c_str()); }

class Writer {
 public:
  Writer(const ConvertInput& input, Converted* converted)
      : input_(input), converted_(*converted), out_(converted->markdown) {}

  Status Blocks(pugi::xml_node parent, int depth, int list) {
    for (const pugi::xml_node node : parent.children()) {
      if (++nodes_ % 256 == 0) QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      const std::string_view name = LocalName(node.name());
      if (name == "h") {
        Heading(std::clamp(NumberOf(AttributeOf(node, "outline-level")), 1, 6), TextOf(node));
      } else if (name == "p") {
        Paragraph(node, list);
      } else if (name == "table") {
        if (Is(parent, "spreadsheet")) Heading(2, std::string(AttributeOf(node, "name")));
        QUIRE_RETURN_IF_ERROR(Table(node));
      } else if (name == "page") {
        converted_.pages.push_back({out_.size(), static_cast<uint32_t>(converted_.pages.size() + 1)});
        Heading(2, "Slide " + std::to_string(converted_.pages.size()));
        QUIRE_RETURN_IF_ERROR(Blocks(node, depth + 1, 0));
      } else if (depth < kXmlDepthMax && name != "tracked-changes" && name != "annotation" && node.first_child()) {
        QUIRE_RETURN_IF_ERROR(Blocks(node, depth + 1, name == "list" ? list + 1 : list));
      }
    }
    return {};
  }

 private:
  void Heading(int level, const std::string& text) {
    if (Trim(text).empty()) return;
    out_.append(static_cast<size_t>(level), '#').append(" ");
    AppendEscaped(OneLine(text), &out_);
    out_ += "\n\n";
  }

  void Paragraph(pugi::xml_node node, int list) {
    const std::string text = TextOf(node);
    if (Trim(text).empty()) return;
    if (list == 0) return AppendParagraph(text, &out_);
    out_.append(static_cast<size_t>(2 * std::min(list - 1, 8)), ' ').append("- ");
    AppendEscaped(OneLine(text), &out_);
    out_ += "\n\n";
  }

  std::string TextOf(pugi::xml_node node) {
    std::string text;
    Inline(node, 0, &text);
    return text;
  }

  void Inline(pugi::xml_node node, int depth, std::string* text) {
    for (const pugi::xml_node child : node.children()) {
      const std::string_view name = LocalName(child.name());
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        *text += child.value();
      } else if (name == "s" || name == "tab") {
        text->push_back(' ');
      } else if (name == "line-break") {
        text->push_back('\n');
      } else if (name == "note") {
        *text += " (" + OneLine(TextBelow(ChildOf(child, "note-body"))) + ")";
      } else if (name != "annotation" && depth < kXmlDepthMax) {
        Inline(child, depth + 1, text);
        if (name == "p") text->push_back(' ');
      }
    }
  }

  Status Table(pugi::xml_node table) {
    std::vector<std::vector<std::string>> rows;
    QUIRE_RETURN_IF_ERROR(Rows(table, 0, &rows));
    AppendTable(std::move(rows), &out_);
    return {};
  }

  Status Rows(pugi::xml_node parent, int depth, std::vector<std::vector<std::string>>* rows) {
    for (const pugi::xml_node node : parent.children()) {
      if (++nodes_ % 256 == 0) QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      if (!Is(node, "table-row")) {
        if (depth < kXmlDepthMax) QUIRE_RETURN_IF_ERROR(Rows(node, depth + 1, rows));  // header rows, groups
        continue;
      }
      std::vector<std::string> cells;
      for (const pugi::xml_node cell : node.children()) {
        if (cell.type() != pugi::node_element) continue;
        const std::string text = TextOf(cell);
        const int times = std::clamp(NumberOf(AttributeOf(cell, "number-columns-repeated")), 1, kRepeatMax);
        for (int i = 0; i < times; ++i) cells.push_back(text);
      }
      while (!cells.empty() && Trim(cells.back()).empty()) cells.pop_back();
      if (!cells.empty()) rows->push_back(std::move(cells));
    }
    return {};
  }

  const ConvertInput& input_;
  Converted& converted_;
  std::string& out_;
  size_t nodes_ = 0;
};

}  // namespace

Result<Converted> ConvertOdf(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(input));
  const Result<std::string> manifest = archive.Read("META-INF/manifest.xml");
  if (manifest.ok() && manifest->find("encryption-data") != std::string::npos) {
    return Status(Code::kUnsupported, "is encrypted", "save it without a password");
  }
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(&archive, "content.xml"));
  Converted converted;
  const Result<XmlDocument> meta = ReadXml(&archive, "meta.xml");
  if (meta.ok()) AppendProperties(ChildOf((*meta)->document_element(), "meta"), &converted.markdown);
  Writer writer(input, &converted);
  QUIRE_RETURN_IF_ERROR(writer.Blocks(ChildOf(document->document_element(), "body"), 0, 0));
  return converted;
}

}  // namespace quire::ingest
