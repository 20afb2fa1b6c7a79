// EPUB: the chapters in reading order, each converted as HTML.
#include <map>

#include "engine/base/utf8.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/text_scan.h"
#include "extensions/ingest/xml.h"

namespace quire::ingest {
namespace {

// "a%20b" as "a b".
std::string WithoutPercent(std::string_view text) {
  std::string plain;
  const auto digit = [](char c) {
    const size_t value = std::string_view("0123456789abcdef").find(LowerAscii(c));
    return value == std::string_view::npos ? -1 : static_cast<int>(value);
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      plain.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

Status AppendChapter(ZipArchive* archive, const std::string& name, const ConvertInput& input, std::string* markdown) {
  QUIRE_ASSIGN_OR_RETURN(std::string bytes, archive->Read(name));
  const std::string declared = DeclaredEncoding(bytes);
  QUIRE_ASSIGN_OR_RETURN(const DecodedText decoded, DecodeText(std::move(bytes), declared));
  return AppendHtml(decoded.text, input, markdown);
}

}  // namespace

Result<Converted> ConvertEpub(const ConvertInput& input) {
  QUIRE_ASSIGN_OR_RETURN(ZipArchive archive, ZipArchive::Open(input));
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument container, ReadXml(&archive, "META-INF/container.xml"));
  const std::string package(AttributeOf(FindBelow(*container, "rootfile"), "full-path"));
  QUIRE_ASSIGN_OR_RETURN(const XmlDocument document, ReadXml(&archive, package));
  const pugi::xml_node root = document->document_element();
  std::map<std::string_view, std::string> members;
  for (const pugi::xml_node item : ChildOf(root, "manifest").children()) {
    if (!Is(item, "item")) continue;
    members[AttributeOf(item, "id")] =
        ResolveMember(FolderOfMember(package), WithoutPercent(AttributeOf(item, "href")));
  }
  Converted converted;
  AppendProperties(ChildOf(root, "metadata"), &converted.markdown);
  for (const pugi::xml_node item : ChildOf(root, "spine").children()) {
    if (!Is(item, "itemref")) continue;
    const auto member = members.find(AttributeOf(item, "idref"));
    if (member == members.end()) continue;
    const Status status = AppendChapter(&archive, member->second, input, &converted.markdown);
    if (status.code() == Code::kCancelled || status.code() == Code::kResourceExhausted) return status;
    if (!status.ok()) {
      converted.notices.push_back("chapter '" + Printable(member->second) +
                                  "' is left out: " + std::string(status.message()));
    }
  }
  return converted;
}

}  // namespace quire::ingest
