#include "extensions/ingest/sections.h"

#include <algorithm>
#include <unordered_map>

#include "engine/base/utf8.h"
#include "extensions/ingest/borders.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kNameBytesMax = 400;  // of a heading in a path: every chunk under it holds that
constexpr std::string_view kPathSeparator = " > ";
constexpr std::string_view kSiblingSeparator = "; ";
constexpr std::string_view kAnchorSeparators = "~`!@#$%^&*()-_+=[]{}|\\;:\"'<>,.?/";

struct Section {
  std::vector<std::string> path;  // texts of the headings around it, its own the last; empty before the first heading
  std::string anchor;
  size_t first_block = 0, last_block = 0;
  size_t start = 0;  // in the source
  size_t bytes = 0;
  bool bare = false;  // no text but its heading
};

// Hexo makes anchors of HTML, in which these characters are written as entities: "Q&A" -> "Q-amp-A".
std::string_view EntityName(char c) {
  switch (c) {
    case '&': return "amp";
    case '<': return "lt";
    case '>': return "gt";
    case '"': return "quot";
    case '\'': return "39";
    default: return {};
  }
}

std::string HeadingText(const ParsedDocument& document, const Block& block) {
  std::string text;
  AppendCollapsed(&text,
                  std::string_view(document.plain).substr(block.plain_start, block.plain_end - block.plain_start));
  return text;
}

// Numbers repeated anchors as Hexo does: "Setup", "Setup-1", "Setup-2".
class Anchors {
 public:
  std::string Next(std::string_view heading) {
    std::string anchor = AnchorOf(heading);
    const size_t seen = counts_[anchor]++;
    return seen == 0 ? anchor : anchor + "-" + std::to_string(seen);
  }

 private:
  std::unordered_map<std::string, size_t> counts_;
};

void FinishSection(const ParsedDocument& document, size_t last_block, Section* section) {
  section->last_block = last_block;
  const std::vector<Block>& blocks = document.blocks;
  size_t last_top = section->first_block;
  while (last_top + blocks[last_top].extent < last_block) last_top += blocks[last_top].extent;
  section->start = blocks[section->first_block].start;
  section->bytes = blocks[last_top].end - section->start;
  if (section->path.empty()) return;
  const size_t text_start = blocks[section->first_block].plain_end;
  const size_t text_end = blocks[last_top].plain_end;
  section->bare = Trim(std::string_view(document.plain).substr(text_start, text_end - text_start)).empty();
}

std::vector<Section> FindSections(const ParsedDocument& document) {
  std::vector<Section> sections;
  std::vector<std::pair<uint8_t, std::string>> open;  // level and text of the headings around
  Anchors anchors;
  const std::vector<Block>& blocks = document.blocks;
  for (size_t i = 0; i < blocks.size(); i += blocks[i].extent) {
    const bool heading = blocks[i].kind == Block::Kind::kHeading;
    if (!heading && !sections.empty()) continue;
    if (!sections.empty()) FinishSection(document, i, &sections.back());
    Section& section = sections.emplace_back();
    section.first_block = i;
    if (!heading) continue;
    while (!open.empty() && open.back().first >= blocks[i].level) open.pop_back();
    const std::string heading_text = HeadingText(document, blocks[i]);
    open.emplace_back(blocks[i].level, Utf8Prefix(heading_text, kNameBytesMax));
    for (const auto& [level, text] : open) section.path.push_back(text);
    if (heading_text.size() <= kNameBytesMax) section.anchor = anchors.Next(heading_text);
  }
  if (!sections.empty()) FinishSection(document, blocks.size(), &sections.back());
  return sections;
}

size_t CommonPrefix(const std::vector<std::string>& a, size_t a_size, const std::vector<std::string>& b) {
  const size_t size = std::min(a_size, b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size), b.begin()).first -
                             a.begin());
}

// Sections [first, last) on their way to be a group.
struct Run {
  size_t first = 0, last = 0;
  size_t bytes = 0;
  const Section* lead = nullptr;  // the first with text of its own; null: none so far
};

bool Joins(const Run& run, const Section& next, size_t min_bytes, const std::vector<Border>& borders) {
  if (run.lead == nullptr || next.bare) return run.lead == nullptr;
  if (HasBorder(borders, run.lead->start, next.start + 1)) return false;
  if (run.bytes >= min_bytes || next.bytes >= min_bytes || run.lead->path.empty()) return false;
  const size_t parent = run.lead->path.size() - 1;
  return next.path.size() > parent && CommonPrefix(run.lead->path, parent, next.path) == parent;
}

std::string JoinPath(const std::vector<std::string>& path, size_t size) {
  std::string joined;
  for (size_t i = 0; i < size; ++i) {
    if (i > 0) joined += kPathSeparator;
    joined += path[i];
  }
  return joined;
}

// The path that is true of everything in the run.
std::string PathOf(const std::vector<Section>& sections, const Run& run) {
  const std::vector<std::string>& lead = run.lead->path;
  size_t common = lead.size();
  for (size_t i = run.first; i < run.last; ++i) {
    if (!sections[i].bare) common = CommonPrefix(lead, common, sections[i].path);
  }
  std::string path = JoinPath(lead, common);
  std::string names;
  const std::string* last_name = nullptr;
  for (size_t i = run.first; i < run.last; ++i) {
    if (sections[i].bare) continue;
    if (sections[i].path.size() <= common) return path;
    const std::string& name = sections[i].path[common];
    if (last_name != nullptr && *last_name == name) continue;
    if (last_name != nullptr) names += kSiblingSeparator;
    names += name;
    last_name = &name;
  }
  if (!path.empty()) path += kPathSeparator;
  return path + names;
}

SectionGroup ToGroup(const std::vector<Section>& sections, Run run) {
  if (run.lead == nullptr) run.lead = &sections[run.first];
  SectionGroup group;
  group.first_block = sections[run.first].first_block;
  group.last_block = sections[run.last - 1].last_block;
  group.anchor = run.lead->anchor;
  group.path = run.lead->bare ? JoinPath(run.lead->path, run.lead->path.size()) : PathOf(sections, run);
  return group;
}

}  // namespace

std::string AnchorOf(std::string_view heading) {
  std::string anchor;
  bool separator = false;
  const auto append = [&](char c) {
    if (separator && !anchor.empty()) anchor.push_back('-');
    separator = false;
    anchor.push_back(c);
  };
  for (const char c : heading) {
    if (IsBlank(c) || kAnchorSeparators.find(c) != std::string_view::npos) {
      separator = true;
      for (const char letter : EntityName(c)) append(letter);
      separator = true;
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      append(c);
    }
  }
  return anchor;
}

std::vector<SectionGroup> GroupSections(const ParsedDocument& document, size_t min_bytes) {
  const std::vector<Section> sections = FindSections(document);
  std::vector<SectionGroup> groups;
  for (size_t i = 0; i < sections.size();) {
    Run run{.first = i, .last = i};
    while (run.last < sections.size() &&
           (run.last == i || Joins(run, sections[run.last], min_bytes, document.borders))) {
      const Section& section = sections[run.last++];
      run.bytes += section.bytes;
      if (run.lead == nullptr && !section.bare) run.lead = &section;
    }
    i = run.last;
    if (run.lead == nullptr && !groups.empty()) {
      groups.back().last_block = sections[run.last - 1].last_block;
    } else {
      groups.push_back(ToGroup(sections, run));
    }
  }
  return groups;
}

}  // namespace quire::ingest
