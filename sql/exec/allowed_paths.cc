#include "sql/exec/allowed_paths.h"

#include <algorithm>
#include <filesystem>

#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

namespace fs = std::filesystem;

// Absolute, without links or dots. The part that does not exist is taken as it is written.
std::optional<fs::path> Resolve(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return std::nullopt;
  fs::path resolved = fs::weakly_canonical(absolute, error);
  if (error) return std::nullopt;
  if (!resolved.has_filename()) resolved = resolved.parent_path();  // "/a/" is "/a"
  return resolved;
}

// The folder of a glob that its first wildcard stands in; another path as it is.
std::string_view BeforeWildcard(std::string_view path) {
  const size_t wildcard = path.find_first_of("*?[{");
  if (wildcard == std::string_view::npos) return path;
  const size_t slash = path.rfind('/', wildcard);
  if (slash == std::string_view::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

bool IsWithin(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace

Status AllowedPaths::Restrict(std::string_view folders) {
  if (folders_) {
    return Status(Code::kInvalidArgument, "allowed_directories is set already, and stays as it is in this session");
  }
  std::vector<std::string> resolved;
  while (!folders.empty()) {
    const size_t colon = std::min(folders.find(':'), folders.size());
    const std::string_view folder = folders.substr(0, colon);
    folders.remove_prefix(std::min(colon + 1, folders.size()));
    if (folder.empty()) continue;
    const auto path = Resolve(folder);
    std::error_code error;
    if (!path || !fs::is_directory(*path, error)) {
      return Status(Code::kInvalidArgument, "allowed_directories: '" + Shortened(folder) + "' is not a folder",
                    "give folders that are there, separated by ':', or '' for none");
    }
    resolved.push_back(path->string());
  }
  folders_ = std::move(resolved);
  return {};
}

std::string AllowedPaths::ToString() const {
  std::string text;
  if (!folders_) return text;
  for (const std::string& folder : *folders_) text.append(text.empty() ? "" : ":").append(folder);
  return text;
}

Status AllowedPaths::Check(std::string_view path) const {
  if (!folders_) return {};
  const auto resolved = Resolve(BeforeWildcard(path));
  const auto allows = [&](const std::string& folder) { return IsWithin(*resolved, folder); };
  // A glob's wildcards could stand for "..": none may follow the first.
  const bool climbs = BeforeWildcard(path).size() < path.size() && path.find("..") != std::string_view::npos;
  if (resolved && !climbs && std::any_of(folders_->begin(), folders_->end(), allows)) return {};
  return Status(Code::kInvalidArgument, "'" + Shortened(path) + "' is outside of allowed_directories",
                folders_->empty() ? "this session may use no files" : "files may be in " + ToString());
}

}  // namespace quire::sql
