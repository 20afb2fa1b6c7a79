#include "extensions/ingest/git_checkout.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "extensions/ingest/glob.h"
#include "extensions/ingest/source_bytes.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kRuleFileBytesMax = uint64_t{1} << 20;
constexpr size_t kRulesMax = 20'000;

std::string ReadLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return std::string(Trim(line));
}

bool IsCommit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// .git itself, or the folder that a file of this name leads to; empty: there is none.
std::string GitFolderOf(const fs::path& folder) {
  std::error_code error;
  const fs::path git = folder / ".git";
  if (fs::is_directory(git, error)) return git.string();
  if (!fs::is_regular_file(git, error)) return {};
  const std::string line = ReadLine(git.string());
  if (line.rfind("gitdir: ", 0) != 0) return {};
  const fs::path target = folder / line.substr(8);
  return fs::is_directory(target, error) ? target.string() : std::string();
}

}  // namespace

GitCheckout::GitCheckout(const std::string& root) {
  for (fs::path folder = root; !folder.empty(); folder = folder.parent_path()) {
    git_folder_ = GitFolderOf(folder);
    if (!git_folder_.empty()) top_ = folder.string();
    if (!git_folder_.empty() || folder == folder.parent_path()) break;
  }
  if (!found()) return;
  if (root != top_) prefix_ = fs::path(root).lexically_relative(top_).generic_string() + "/";
  ReadRules(git_folder_ + "/info/exclude", "");
  for (size_t slash = 0; slash < prefix_.size(); slash = prefix_.find('/', slash) + 1) {  // folders above the root
    ReadRules(top_ + "/" + prefix_.substr(0, slash) + ".gitignore", prefix_.substr(0, slash));
  }
}

std::string GitCheckout::Commit() const {
  if (!found()) return {};
  const std::string head = ReadLine(git_folder_ + "/HEAD");
  if (head.rfind("ref: ", 0) != 0) return IsCommit(head) ? head : std::string();
  const std::string name = head.substr(5);
  if (name.find("..") != std::string::npos) return {};
  const std::string common = ReadLine(git_folder_ + "/commondir");  // of a second checkout
  const std::string shared = common.empty() ? git_folder_ : (fs::path(git_folder_) / common).string();
  for (const std::string& folder : {git_folder_, shared}) {
    const std::string commit = ReadLine(folder + "/" + name);
    if (IsCommit(commit)) return commit;
  }
  std::ifstream packed(shared + "/packed-refs");
  for (std::string line; std::getline(packed, line);) {
    const size_t space = line.find(' ');
    if (space != std::string::npos && Trim(std::string_view(line).substr(space + 1)) == name) {
      return IsCommit(line.substr(0, space)) ? line.substr(0, space) : std::string();
    }
  }
  return {};
}

void GitCheckout::Enter(const std::string& path, const std::string& uri) {
  if (found()) ReadRules(path + "/.gitignore", prefix_ + (uri.empty() ? "" : uri + "/"));
}

void GitCheckout::ReadRules(const std::string& file, const std::string& base) {
  const Result<std::string> bytes = ReadFileBytes(file, kRuleFileBytesMax);
  if (!bytes.ok()) return;
  for (size_t at = 0; at < bytes->size() && rules_.size() < kRulesMax;) {
    const size_t next = NextLine(*bytes, at);
    std::string_view line = std::string_view(*bytes).substr(at, next - at);
    at = next;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    Rule rule;
    rule.base = base;
    rule.negated = line[0] == '!';
    if (rule.negated || line[0] == '\\') line.remove_prefix(1);
    if (!line.empty() && line.back() == '/') {
      rule.folders_only = true;
      line.remove_suffix(1);
    }
    rule.anchored = line.find('/') != std::string_view::npos;
    if (!line.empty() && line[0] == '/') line.remove_prefix(1);
    if (line.empty()) continue;
    rule.pattern = line;
    rules_.push_back(std::move(rule));
  }
}

bool GitCheckout::Ignores(std::string_view uri, bool is_folder) const {
  if (rules_.empty()) return false;
  const std::string full = prefix_ + std::string(uri);
  const std::string_view name = std::string_view(full).substr(full.rfind('/') + 1);
  // The last rule that fits decides; folders that are left out are not walked, so that nothing inside needs asking.
  const auto fits = [&](const Rule& rule) {
    if ((rule.folders_only && !is_folder) || full.rfind(rule.base, 0) != 0) return false;
    return rule.anchored ? GlobMatches(rule.pattern, std::string_view(full).substr(rule.base.size()))
                         : GlobMatches(rule.pattern, name);
  };
  const auto last = std::find_if(rules_.rbegin(), rules_.rend(), fits);
  return last != rules_.rend() && !last->negated;
}

}  // namespace quire::ingest
