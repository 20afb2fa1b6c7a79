// Sections: what lies under one heading, and which of them share chunks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/document.h"

namespace quire::ingest {

// Sections next to each other that are cut into chunks as one: usually a single one.
struct SectionGroup {
  size_t first_block = 0, last_block = 0;  // blocks [first, last), all of the document's top level
  std::string path;    // "Install > On Debian"; of several siblings "Install > On Debian; On Fedora"
  std::string anchor;  // of the first section with text
};

// The sections of a document in order; every block is in exactly one group.
//
// Two rules join neighbours. A heading without text of its own goes with what follows it (or, at the end, with what
// comes before). Sections under `min_bytes` are joined while the group stays under it and they share a parent: the
// path then names them all, or the parent if that has text in the group.
std::vector<SectionGroup> GroupSections(const ParsedDocument& document, size_t min_bytes);

// The anchor that Hexo's Markdown renderer gives to a heading ("Amazon S3" -> "Amazon-S3"), without the number that it
// appends to repeated ones.
std::string AnchorOf(std::string_view heading);

}  // namespace quire::ingest
