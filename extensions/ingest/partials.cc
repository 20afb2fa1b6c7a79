#include "extensions/ingest/partials.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/utf8.h"
#include "extensions/ingest/front_matter.h"
#include "extensions/ingest/includes.h"
#include "extensions/ingest/source_bytes.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

// What must be known of a file.
struct Node {
  std::string path;                   // canonical
  std::vector<std::string> includes;  // canonical paths, each once
  bool page = false;                  // cannot be read, or is included and has front matter: never a partial
};

// Folders are not followed through links, so that within a root only a link to a file differs from its canonical path;
// such a file is read as a page of its own.
std::string PathOf(const SourceFile& file) {
  if (!file.root.empty()) return file.root + "/" + file.uri;
  std::error_code error;
  return fs::canonical(file.path, error).string();
}

Node Look(const SourceFile& file, const std::vector<std::string>& allowed) {
  Node node;
  node.path = PathOf(file);
  const Result<std::string> bytes = ReadFileBytes(file.path);
  if (!bytes.ok() || FindInvalidUtf8(*bytes) != std::string_view::npos) {
    node.page = true;
    return node;
  }
  const std::vector<IncludeTag> tags = FindIncludes(*bytes, file.format->includes);
  if (tags.empty()) return node;
  const IncludeFinder finder(file.root, allowed);
  for (const IncludeTag& tag : tags) {
    if (!tag.alone || !tag.lines.whole()) continue;  // that file, or the rest of it, is nowhere else
    Result<std::string> found = finder.Find(tag.target, fs::path(node.path).parent_path().string());
    if (found.ok()) node.includes.push_back(std::move(found).value());
  }
  std::sort(node.includes.begin(), node.includes.end());
  node.includes.erase(std::unique(node.includes.begin(), node.includes.end()), node.includes.end());
  return node;
}

bool HasFrontMatter(const SourceFile& file) {
  if (file.format->includes != IncludeStyle::kMarkdown) return false;
  const Result<std::string> bytes = ReadFileBytes(file.path);
  return bytes.ok() && ReadFrontMatter(*bytes).end > 0;
}

}  // namespace

void MarkPartials(std::vector<SourceFile>* list, const std::vector<std::string>& allowed,
                  function_ref<bool(const SourceFile&)> is_settled, ThreadPool& pool) {
  std::vector<SourceFile>& files = *list;
  std::vector<Node> nodes(files.size());
  pool.ParallelFor(files.size(), [&](size_t i) {
    if (files[i].format->includes == IncludeStyle::kNone) return;
    if (!is_settled(files[i])) nodes[i] = Look(files[i], allowed);
  });
  std::unordered_set<std::string> targets;
  for (const Node& node : nodes) targets.insert(node.includes.begin(), node.includes.end());
  if (targets.empty()) return;
  std::unordered_map<std::string_view, size_t> by_path;
  std::vector<bool> is_included(files.size(), false);
  for (size_t i = 0; i < files.size(); ++i) {
    if (nodes[i].path.empty() && files[i].format->includes != IncludeStyle::kNone &&
        targets.contains(PathOf(files[i]))) {
      nodes[i] = Look(files[i], allowed);  // it was settled, but something includes it now
    }
    if (!nodes[i].path.empty()) by_path.emplace(nodes[i].path, i);
  }
  const auto for_each_included = [&](size_t i, function_ref<void(size_t)> visit) {
    for (const std::string& path : nodes[i].includes) {
      const auto found = by_path.find(path);
      if (found != by_path.end() && found->second != i) visit(found->second);
    }
  };
  for (size_t i = 0; i < files.size(); ++i) {
    for_each_included(i, [&](size_t included) { is_included[included] = true; });
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (is_included[i] && !nodes[i].page) nodes[i].page = HasFrontMatter(files[i]);
  }
  std::vector<size_t> front;  // files that are loaded by themselves; then what they include
  for (size_t i = 0; i < files.size(); ++i) {
    if (nodes[i].page || !is_included[i]) front.push_back(i);
  }
  for (size_t depth = 0; depth < kIncludeDepthMax && !front.empty(); ++depth) {
    std::vector<size_t> next;
    for (const size_t i : front) {
      for_each_included(i, [&](size_t included) {
        if (nodes[included].page || files[included].partial) return;
        files[included].partial = true;
        next.push_back(included);
      });
    }
    front = std::move(next);
  }
}

}  // namespace quire::ingest
