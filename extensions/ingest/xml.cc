#include "extensions/ingest/xml.h"

#include <cstring>

#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

// The node after `node` in document order below `top`, or null.
pugi::xml_node NextBelow(pugi::xml_node node, pugi::xml_node top) {
  if (node.first_child()) return node.first_child();
  while (node != top && !node.next_sibling()) node = node.parent();
  return node == top ? pugi::xml_node() : node.next_sibling();
}

}  // namespace

Result<XmlDocument> ParseXml(std::string_view bytes, std::string_view what) {
  auto document = std::make_unique<pugi::xml_document>();
  const unsigned flags = pugi::parse_default | pugi::parse_ws_pcdata;
  const pugi::xml_parse_result result = document->load_buffer(bytes.data(), bytes.size(), flags);
  if (result) return document;
  return Status(Code::kInvalidArgument, std::string(what) + " is not valid XML at byte " +
                                            std::to_string(result.offset) + ": " + ToLower(result.description()));
}

Result<XmlDocument> ReadXml(ZipArchive* archive, const std::string& name) {
  QUIRE_ASSIGN_OR_RETURN(const std::string bytes, archive->Read(name));
  return ParseXml(bytes, "member '" + name + "'");
}

std::string_view LocalName(const char* name) {
  const char* colon = std::strchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

pugi::xml_node ChildOf(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_node child : node.children()) {
    if (Is(child, name)) return child;
  }
  return {};
}

std::string_view AttributeOf(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_attribute attribute : node.attributes()) {
    if (LocalName(attribute.name()) == name) return attribute.value();
  }
  return {};
}

std::string TextBelow(pugi::xml_node node) {
  std::string text;
  for (pugi::xml_node at = node; at; at = NextBelow(at, node)) {
    if (at.type() == pugi::node_pcdata || at.type() == pugi::node_cdata) text += at.value();
  }
  return text;
}

pugi::xml_node FindBelow(pugi::xml_node node, std::string_view name) {
  for (pugi::xml_node at = NextBelow(node, node); at; at = NextBelow(at, node)) {
    if (Is(at, name)) return at;
  }
  return {};
}

std::map<std::string, std::string> ReadRelationships(ZipArchive* archive, const std::string& of_member) {
  std::map<std::string, std::string> targets;
  const std::string_view folder = FolderOfMember(of_member);
  std::string name(folder);
  name.append(folder.empty() ? "_rels/" : "/_rels/").append(of_member, folder.empty() ? 0 : folder.size() + 1);
  const Result<XmlDocument> document = ReadXml(archive, name + ".rels");
  if (!document.ok()) return targets;
  for (const pugi::xml_node one : (*document)->document_element().children()) {
    if (Is(one, "Relationship"))
      targets[std::string(AttributeOf(one, "Id"))] = ResolveMember(folder, AttributeOf(one, "Target"));
  }
  return targets;
}

void AppendProperties(pugi::xml_node properties, std::string* markdown) {
  const auto text = [&](std::string_view name) { return TextBelow(ChildOf(properties, name)); };
  std::string author = text("creator");
  if (author.empty()) author = text("initial-creator");
  std::string keywords = text("keywords");
  if (keywords.empty()) keywords = text("keyword");
  AppendFrontMatter({{"title", text("title")},
                     {"author", author},
                     {"subject", text("subject")},
                     {"keywords", keywords},
                     {"description", text("description")},
                     {"lang", text("language")}},
                    markdown);
}

void AppendCoreProperties(ZipArchive* archive, std::string* markdown) {
  const Result<XmlDocument> document = ReadXml(archive, "docProps/core.xml");
  if (document.ok()) AppendProperties((*document)->document_element(), markdown);
}

}  // namespace quire::ingest
