// XML of office files: parsed by pugixml, which expands no entities of a document's own and does not recurse.
#pragma once

#include <pugixml.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "extensions/ingest/zip_archive.h"
#include "quire/status.h"

namespace quire::ingest {

using XmlDocument = std::unique_ptr<pugi::xml_document>;

// How deep elements may nest where code recurses over them; what lies deeper is left out.
inline constexpr int kXmlDepthMax = 200;

// Errors: kInvalidArgument, naming `what`.
Result<XmlDocument> ParseXml(std::string_view bytes, std::string_view what);
// A member of an archive. Errors: those of ZipArchive::Read, kInvalidArgument.
Result<XmlDocument> ReadXml(ZipArchive* archive, const std::string& name);

// The name of an element or attribute without its prefix: "p" of "w:p".
std::string_view LocalName(const char* name);
inline bool Is(pugi::xml_node node, std::string_view name) { return LocalName(node.name()) == name; }
// The first child with this name, whatever its prefix; and an attribute likewise, "" if there is none.
pugi::xml_node ChildOf(pugi::xml_node node, std::string_view name);
std::string_view AttributeOf(pugi::xml_node node, std::string_view name);
// All text below a node.
std::string TextBelow(pugi::xml_node node);
// The first element with this name below a node, in document order.
pugi::xml_node FindBelow(pugi::xml_node node, std::string_view name);

// Of an office file: the targets of its relationships by their id, as names of members.
std::map<std::string, std::string> ReadRelationships(ZipArchive* archive, const std::string& of_member);

// Front matter from docProps/core.xml, or the element that holds Dublin Core names: title, author, subject, keywords,
// description, lang.
void AppendProperties(pugi::xml_node properties, std::string* markdown);
void AppendCoreProperties(ZipArchive* archive, std::string* markdown);

}  // namespace quire::ingest
