#include "extensions/ingest/walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "engine/base/utf8.h"
#include "extensions/ingest/git_checkout.h"
#include "extensions/ingest/glob.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

int64_t ModifiedAt(const struct stat& info) {
  return static_cast<int64_t>(info.st_mtim.tv_sec) * 1'000'000 + info.st_mtim.tv_nsec / 1000;
}

std::string ReasonOf(const std::error_code& error) { return ToLower(error.message()); }

bool IsInside(const fs::path& path, const fs::path& root) {
  const auto [in_root, in_path] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return in_root == root.end();
}

// One root on its walk.
class Walker {
 public:
  Walker(const WalkOptions& options, std::string pattern, FileList* list)
      : options_(options), pattern_(std::move(pattern)), list_(*list) {}

  Status WalkFolder(const std::string& folder) {
    std::error_code error;
    root_ = fs::canonical(folder, error);
    if (error) return Status(Code::kIoError, "folder '" + folder + "': " + ReasonOf(error));
    git_.emplace(root_.string());
    if (options_.git_commit) commit_ = git_->Commit();
    folders_.push_back({folder, ""});
    bool first = true;
    while (!folders_.empty()) {
      const auto [path, uri] = std::move(folders_.back());
      folders_.pop_back();
      const std::error_code failure = ListFolder(path, uri);
      if (failure && first) return Status(Code::kIoError, "folder '" + folder + "': " + ReasonOf(failure));
      if (failure) list_.issues.push_back({uri, "walk", ReasonOf(failure), "", true});
      first = false;
    }
    return {};
  }

  Status TakeNamedFile(const std::string& path, const struct stat& info) {
    const std::string name = fs::path(path).filename().string();
    const Format* format = FormatOf(name);
    if (format == nullptr) {
      return Status(Code::kUnsupported, "file '" + path + "' is of an unknown kind",
                    "name its format: one of " + FormatNames());
    }
    AddFile(path, name, info, format);
    return {};
  }

 private:
  std::error_code ListFolder(const std::string& path, const std::string& uri) {
    if (options_.git_ignore) git_->Enter(path, uri);
    std::error_code error;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      Visit(entry->path().string(), entry->path().filename().string(), uri);
    }
    return error;
  }

  void Visit(const std::string& path, const std::string& name, const std::string& folder_uri) {
    if (name.front() == '.') {
      ++list_.hidden;
      return;
    }
    const std::string uri = folder_uri.empty() ? name : folder_uri + "/" + name;
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
      list_.issues.push_back({uri, "walk", ReasonOf({errno, std::generic_category()}), "", true});
    } else if (options_.git_ignore && git_->Ignores(uri, S_ISDIR(info.st_mode))) {
      ++list_.git_ignored;
    } else if (S_ISDIR(info.st_mode)) {
      folders_.emplace_back(path, uri);
    } else if (!S_ISLNK(info.st_mode)) {
      TakeFile(path, uri, info);
    } else if (::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && LeadsInside(path)) {
      TakeFile(path, uri, info);
    } else {
      ++list_.links;
      NoteLeftOut(uri, "a symbolic link that is not followed", "");
    }
  }

  void NoteLeftOut(const std::string& uri, const char* reason, const char* hint) {
    if (list_.left_out.size() < kLeftOutMax) list_.left_out.push_back({Printable(uri), "walk", reason, hint, false});
  }

  bool LeadsInside(const std::string& link) const {
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    return !error && IsInside(target, root_);
  }

  void TakeFile(const std::string& path, const std::string& uri, const struct stat& info) {
    const Format* format = FormatOf(uri);
    if (!S_ISREG(info.st_mode)) {
      ++list_.unknown["not a regular file"];
      NoteLeftOut(uri, "not a regular file: left out", "");
    } else if (!IsSelected(options_, uri) || (!pattern_.empty() && !GlobMatches(pattern_, uri))) {
      ++list_.excluded;
    } else if (format == nullptr) {
      const std::string extension = Printable(ExtensionOf(uri));
      ++list_.unknown[extension.empty() ? "no extension" : extension];
      NoteLeftOut(uri, "of unknown kind: left out", "--format and --via load such files");
    } else {
      AddFile(path, uri, info, format);
    }
  }

  const Format* FormatOf(std::string_view path) const {
    if (options_.format != nullptr) return options_.format;
    const Format* by_extension = FormatOfPath(path);
    return by_extension != nullptr ? by_extension : options_.otherwise;
  }

  void AddFile(const std::string& path, const std::string& uri, const struct stat& info, const Format* format) {
    if (FindInvalidUtf8(uri) != std::string_view::npos) {
      list_.issues.push_back({Printable(uri), "walk", "its name is not UTF-8", "rename it", true});
      return;
    }
    list_.files.push_back({.uri = uri,
                           .path = path,
                           .size = static_cast<uint64_t>(info.st_size),
                           .modified_at = ModifiedAt(info),
                           .format = format,
                           .root = root_.string(),
                           .commit = commit_});
  }

  const WalkOptions& options_;
  const std::string pattern_;  // of the part after the root; empty: everything
  FileList& list_;
  fs::path root_;
  std::optional<GitCheckout> git_;  // around the root
  std::string commit_;
  std::vector<std::pair<std::string, std::string>> folders_;  // path and URI of those still to be listed
};

// A path as it was given: what is there, and the pattern that is left.
struct Root {
  std::string path;
  std::string pattern;
  struct stat info {};
};

Result<Root> FindRoot(const std::string& path) {
  Root root{.path = path, .pattern = {}};
  if (::stat(path.c_str(), &root.info) != 0) {
    const GlobParts parts = SplitGlob(path);
    root.path = parts.folder;
    root.pattern = parts.pattern;
    if (::stat(root.path.c_str(), &root.info) != 0) {
      const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound : Code::kIoError;
      return Status(code, "'" + root.path + "': " + ReasonOf({errno, std::generic_category()}));
    }
  }
  if (S_ISDIR(root.info.st_mode) || (S_ISREG(root.info.st_mode) && root.pattern.empty())) return root;
  return Status(Code::kInvalidArgument,
                "'" + root.path + "' is " + (root.pattern.empty() ? "neither a folder nor a file" : "not a folder"));
}

Status WalkPath(const std::string& path, const WalkOptions& options, FileList* list) {
  QUIRE_ASSIGN_OR_RETURN(const Root root, FindRoot(path));
  Walker walker(options, root.pattern, list);
  return S_ISDIR(root.info.st_mode) ? walker.WalkFolder(root.path) : walker.TakeNamedFile(root.path, root.info);
}

void SortAndDropTwins(FileList* list) {
  std::vector<SourceFile>& files = list->files;
  std::stable_sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.uri < b.uri; });
  std::vector<SourceFile> kept;
  kept.reserve(files.size());
  for (SourceFile& file : files) {
    if (kept.empty() || kept.back().uri != file.uri) {
      kept.push_back(std::move(file));
    } else if (kept.back().path != file.path) {
      list->issues.push_back({file.path, "walk", "has the same uri '" + file.uri + "' as " + kept.back().path,
                              "load a folder that holds both", true});
    }
  }
  files = std::move(kept);
}

}  // namespace

bool IsSelected(const WalkOptions& options, std::string_view uri) {
  const auto selects = [uri](const std::string& pattern) { return GlobSelects(pattern, uri); };
  if (std::any_of(options.exclude.begin(), options.exclude.end(), selects)) return false;
  return options.include.empty() || std::any_of(options.include.begin(), options.include.end(), selects);
}

Status CheckPaths(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) QUIRE_RETURN_IF_ERROR(FindRoot(path).status());
  return {};
}

Result<FileList> ListFiles(const std::vector<std::string>& paths, const WalkOptions& options) {
  FileList list;
  for (const std::string& path : paths) QUIRE_RETURN_IF_ERROR(WalkPath(path, options, &list));
  SortAndDropTwins(&list);
  return list;
}

}  // namespace quire::ingest
