// PowerPoint: each slide a section under its title, with its number as the page, its tables and the speaker's notes.
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"
#include "extensions/ingest/xml.h"

namespace quire::ingest {
namespace {

// The text of a paragraph of DrawingML: its runs, fields and breaks.
std::string ParagraphText(pugi::xml_node paragraph) {
  std::string text;
  for (const pugi::xml_node run : paragraph.children()) {
    if (Is(run, "br")) text.push_back('\n');
    text += TextBelow(ChildOf(run, "t"));
  }
  return text;
}

std::string BodyText(pugi::xml_node body) {
  std::string text;
  for (const pugi::xml_node paragraph : body.children()) {
    if (Is(paragraph, "p")) text += ParagraphText(paragraph) + "\n";
  }
  return text;
}

std::string_view PlaceholderType(pugi::xml_node shape) {
  return AttributeOf(ChildOf(ChildOf(ChildOf(shape, "nvSpPr"), "nvPr"), "ph"), "type");
}

struct Slide {
  std::string title, body;
};

void TakeTable(pugi::xml_node table, std::string* out) {
  std::vector<std::vector<std::string>> rows;
  for (const pugi::xml_node row : table.children()) {
    if (!Is(row, "tr")) continue;
    std::vector<std::string>& cells = rows.emplace_back();
    for (const pugi::xml_node cell : row.children()) {
      if (Is(cell, "tc")) cells.push_back(BodyText(ChildOf(cell, "txBody")));
    }
  }
  AppendTable(std::move(rows), out);
}

// Shapes in the order of the file, groups opened.
void TakeShapes(pugi::xml_node tree, int depth, Slide* slide) {
  for (const pugi::xml_node shape : tree.children()) {
    if (Is(shape, "grpSp") && depth < kXmlDepthMax) {
      TakeShapes(shape, depth + 1, slide);
    } else if (Is(shape, "graphicFrame")) {
      const pugi::xml_node table = FindBelow(shape, "tbl");
      if (table) TakeTable(table, &slide->body);
    } else if (const pugi::xml_node text = ChildOf(shape, "txBody")) {
      const std::string_view type = PlaceholderType(shape);
      if (type == "sldNum" || type == "dt" || type == "ftr") continue;
      if ((type == "title" || type == "ctrTitle") && slide->title.empty()) {
        slide->title = OneLine(BodyText(text));
        continue;
      }
      for (const pugi::xml_node paragraph : text.children()) {
        if (Is(paragraph, "p")) AppendParagraph(ParagraphText(paragraph), &slide->body);
      }
    }
  }
}

Result<Slide> ReadSlide(ZipArchive* archive, const std::string& name) {
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(archive, name));
  Slide slide;
  TakeShapes(ChildOf(ChildOf(document->document_element(), "cSld"), "spTree"), 0, &slide);
  for (const auto& [id, target] : ReadRelationships(archive, name)) {
    if (target.find("notesSlide") == std::string::npos) continue;
    const Result<XmlDocument> notes = ReadXml(archive, target);
    if (!notes.ok()) continue;
    Slide said;
    TakeShapes(ChildOf(ChildOf((*notes)->document_element(), "cSld"), "spTree"), 0, &said);
    if (!Trim(said.body).empty()) slide.body += "Notes:\n\n" + said.body;
  }
  return slide;
}

}  // namespace

Result<Converted> ConvertPptx(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(input));
  const std::string main = "ppt/presentation.xml";
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument presentation, ReadXml(&archive, main));
  const std::map<std::string, std::string> targets = ReadRelationships(&archive, main);
  Converted converted;
  AppendCoreProperties(&archive, &converted.markdown);
  uint32_t number = 0;
  for (const pugi::xml_node one : ChildOf(presentation->document_element(), "sldIdLst").children()) {
    const auto target = targets.find(one.attribute("r:id").value());
    if (target == targets.end()) continue;
    ++number;
    converted.pages.push_back({converted.markdown.size(), number});
    Result<Slide> slide = ReadSlide(&archive, target->second);
    if (!slide.ok() && slide.status().code() != Code::kInvalidArgument) return slide.status();
    if (!slide.ok()) {
      converted.notices.push_back("slide " + std::to_string(number) +
                                  " is left out: " + std::string(slide.status().message()));
      continue;
    }
    converted.markdown += "## ";
    AppendEscaped(slide->title.empty() ? "Slide " + std::to_string(number) : slide->title, &converted.markdown);
    converted.markdown += "\n\n" + slide->body;
  }
  return converted;
}

}  // namespace quire::ingest
