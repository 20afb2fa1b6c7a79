#include "extensions/ingest/partials.h"

#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "extensions/ingest/includes.h"

namespace quire::ingest {

std::string Partials::PathOf(const SourceFile& file) {
  if (!file.root.empty()) return file.root + "/" + file.uri;
  std::error_code error;
  return std::filesystem::canonical(file.path, error).string();
}

void Partials::Mark(function_ref<Node(size_t)> look) {
  std::unordered_set<std::string> targets;
  for (const Node& node : nodes_) targets.insert(node.includes.begin(), node.includes.end());
  if (targets.empty()) return;
  std::unordered_map<std::string_view, size_t> by_path;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (nodes_[i].path.empty() && files_[i].format->includes != IncludeStyle::kNone &&
        targets.contains(PathOf(files_[i]))) {
      nodes_[i] = look(i);  // it was settled, but something includes it now
    }
    if (!nodes_[i].path.empty()) by_path.emplace(nodes_[i].path, i);
  }
  const auto for_each_included = [&](size_t i, function_ref<void(size_t)> visit) {
    for (const std::string& path : nodes_[i].includes) {
      const auto found = by_path.find(path);
      if (found != by_path.end() && found->second != i) visit(found->second);
    }
  };
  std::vector<bool> is_included(files_.size(), false);
  for (size_t i = 0; i < files_.size(); ++i) {
    for_each_included(i, [&](size_t included) { is_included[included] = true; });
  }
  std::vector<size_t> front;  // files that are loaded by themselves; then what they include
  for (size_t i = 0; i < files_.size(); ++i) {
    if (nodes_[i].page || !is_included[i]) front.push_back(i);
  }
  for (size_t depth = 0; depth < kIncludeDepthMax && !front.empty(); ++depth) {
    std::vector<size_t> next;
    for (const size_t i : front) {
      for_each_included(i, [&](size_t included) {
        if (nodes_[included].page || files_[included].partial) return;
        files_[included].partial = true;
        next.push_back(included);
      });
    }
    front = std::move(next);
  }
}

}  // namespace quire::ingest
