// Excel workbooks: each sheet a section with one table, numbers as they are stored, dates as dates.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "engine/base/calendar.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"
#include "extensions/ingest/xml.h"

namespace quire::ingest {
namespace {

constexpr size_t kColumnsMax = 16'384;   // as the format has it
constexpr size_t kCellsMax = 4'000'000;  // of a workbook
constexpr int64_t kDaysTo1970 = 25'569;  // from day 0 of Excel's calendar, for days after February 1900

// The text of <si> and <is>: runs joined, phonetic hints left out.
std::string StringOf(pugi::xml_node item) {
  std::string text;
  for (const pugi::xml_node child : item.children()) {
    if (Is(child, "t")) text += TextBelow(child);
    if (Is(child, "r")) text += TextBelow(ChildOf(child, "t"));
  }
  return text;
}

// Whether a number format shows days or hours: one of their letters outside of quotes and brackets.
bool IsDateFormat(std::string_view code) {
  char inside = 0;
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '\\') {
      ++i;
    } else if (inside != 0) {
      if (c == inside) inside = 0;
    } else if (c == '"') {
      inside = '"';
    } else if (c == '[') {
      inside = ']';
    } else if (std::string_view("ymdhYMDH").find(c) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

class Workbook {
 public:
  Workbook(ZipArchive* archive, const ConvertInput& input, Converted* converted)
      : archive_(*archive), input_(input), converted_(*converted) {}

  Status Run() {
    const std::string main = "xl/workbook.xml";
    QUIRE_ASSIGN_OR_RETURN(const XmlDocument workbook, ReadXml(&archive_, main));
    QUIRE_RETURN_IF_ERROR(ReadStrings());
    ReadFormats();
    const std::map<std::string, std::string> targets = ReadRelationships(&archive_, main);
    for (const pugi::xml_node sheet : ChildOf(workbook->document_element(), "sheets").children()) {
      const auto target = targets.find(sheet.attribute("r:id").value());
      if (target == targets.end()) continue;
      QUIRE_RETURN_IF_ERROR(Sheet(std::string(AttributeOf(sheet, "name")), target->second));
    }
    return {};
  }

 private:
  Status ReadStrings() {
    if (!archive_.Has("xl/sharedStrings.xml")) return {};
    QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(&archive_, "xl/sharedStrings.xml"));
    for (const pugi::xml_node item : document->document_element().children()) {
      if (Is(item, "si")) strings_.push_back(StringOf(item));
    }
    return {};
  }

  void ReadFormats() {
    const Result<XmlDocument> document = ReadXml(&archive_, "xl/styles.xml");
    if (!document.ok()) return;
    const pugi::xml_node root = (*document)->document_element();
    std::set<int> dates = {14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47};
    for (const pugi::xml_node format : ChildOf(root, "numFmts").children()) {
      if (IsDateFormat(format.attribute("formatCode").value())) dates.insert(format.attribute("numFmtId").as_int());
    }
    for (const pugi::xml_node style : ChildOf(root, "cellXfs").children()) {
      if (Is(style, "xf")) is_date_.push_back(dates.contains(style.attribute("numFmtId").as_int()));
    }
  }

  Status Sheet(const std::string& name, const std::string& member) {
    QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(&archive_, member));
    std::vector<std::vector<std::string>> rows;
    for (const pugi::xml_node row : ChildOf(document->document_element(), "sheetData").children()) {
      QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      std::vector<std::string> cells;
      for (const pugi::xml_node cell : row.children()) {
        const size_t column = std::max(cells.size(), ColumnOf(cell.attribute("r").value()));
        std::string text = CellText(cell);
        if (text.empty() || column >= kColumnsMax) continue;
        cells_ += column + 1 - cells.size();
        cells.resize(column);
        cells.push_back(std::move(text));
      }
      if (cells_ > kCellsMax) {
        return Status(Code::kResourceExhausted, "has more than " + std::to_string(kCellsMax) + " cells");
      }
      if (!cells.empty()) rows.push_back(std::move(cells));
    }
    if (rows.empty()) return {};
    converted_.markdown += "## ";
    AppendEscaped(OneLine(name), &converted_.markdown);
    converted_.markdown += "\n\n";
    AppendTable(std::move(rows), &converted_.markdown);
    return {};
  }

  // 27 of "AB12"; 0 if there is none: the next one.
  static size_t ColumnOf(std::string_view reference) {
    size_t column = 0;
    for (const char c : reference) {
      if (!IsAlpha(c) || column > kColumnsMax) break;
      column = column * 26 + static_cast<size_t>(LowerAscii(c) - 'a' + 1);
    }
    return column == 0 ? 0 : column - 1;
  }

  std::string CellText(pugi::xml_node cell) const {
    const std::string_view type = cell.attribute("t").value();
    if (type == "inlineStr") return StringOf(ChildOf(cell, "is"));
    std::string value = TextBelow(ChildOf(cell, "v"));
    if (type == "s") {
      size_t index = strings_.size();
      std::from_chars(value.data(), value.data() + value.size(), index);
      return index < strings_.size() ? strings_[index] : std::string();
    }
    if (type == "b") return value == "1" ? "true" : "false";
    const auto style = static_cast<size_t>(cell.attribute("s").as_uint());
    const bool date = type.empty() && style < is_date_.size() && is_date_[style];
    return date && !value.empty() ? DateOf(value) : value;
  }

  static std::string DateOf(const std::string& serial) {
    const double days = std::strtod(serial.c_str(), nullptr);
    if (!(days >= 1 && days < 2'958'466)) return serial;  // to the end of 9999
    const auto microseconds = static_cast<int64_t>(std::llround((days - kDaysTo1970) * 86'400)) * 1'000'000;
    std::string text = FormatTimestamp(microseconds);
    return text.substr(0, days == std::floor(days) ? 10 : 19);
  }

  ZipArchive& archive_;
  const ConvertInput& input_;
  Converted& converted_;
  std::vector<std::string> strings_;
  std::vector<bool> is_date_;  // by style
  size_t cells_ = 0;
};

}  // namespace

Result<Converted> ConvertXlsx(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(input));
  Converted converted;
  AppendCoreProperties(&archive, &converted.markdown);
  QUIRE_RETURN_IF_ERROR(Workbook(&archive, input, &converted).Run());
  return converted;
}

}  // namespace quire::ingest
