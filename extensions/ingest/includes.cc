#include "extensions/ingest/includes.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/utf8.h"
#include "extensions/ingest/front_matter.h"
#include "extensions/ingest/source_bytes.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether `path` lies in `folder`, and no part of it below that is hidden.
bool IsVisibleInside(const fs::path& path, const fs::path& folder) {
  auto [in_folder, in_path] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  if (in_folder != folder.end()) return false;
  return std::none_of(in_path, path.end(), [](const fs::path& part) { return part.string().front() == '.'; });
}

// Where the body of an included file begins: byte order mark and front matter are not included.
size_t BodyStart(std::string_view bytes, IncludeStyle style) {
  const size_t mark = bytes.substr(0, 3) == kByteOrderMark ? 3 : 0;
  return style == IncludeStyle::kMarkdown ? mark + ReadFrontMatter(bytes.substr(mark)).end : mark;
}

std::string FolderOf(const std::string& path) { return fs::path(path).parent_path().string(); }

IncludeStyle StyleOf(std::string_view path, IncludeStyle otherwise) {
  const Format* format = FormatOfPath(path);
  return format == nullptr ? otherwise : format->includes;
}

struct Included {
  std::string path, uri, bytes;
  size_t begin = 0, end = 0;  // what is asked for
};

// Where `line` of `text` begins, from 1; its end if there are fewer.
size_t StartOfLine(std::string_view text, size_t line) {
  size_t at = 0;
  for (size_t i = 1; i < line && at < text.size(); ++i) at = NextLine(text, at);
  return at;
}

class Composer {
 public:
  Composer(const IncludeFinder& finder, ComposedSource* composed) : finder_(finder), composed_(*composed) {}

  // Appends `source`, which has these tags, from byte `begin` on. `uri` names it in parts and notices; empty: the document itself.
  void Append(std::string_view source, const std::vector<IncludeTag>& tags, size_t begin, const std::string& uri,
              const std::string& path, IncludeStyle style) {
    open_.push_back(path);
    size_t at = begin;
    AddPart(at, uri);
    for (const IncludeTag& tag : tags) {
      if (tag.start < begin) continue;
      if (!tag.alone) {
        composed_.notices.push_back((uri.empty() ? "" : uri + ", ") + "line " + std::to_string(tag.line) +
                                    ": include '" + Printable(tag.target) +
                                    "' is not followed: it does not stand alone on its line");
        continue;
      }
      composed_.has_tags = true;
      const Result<Included> included = Read(tag, path);
      if (!included.ok()) {
        composed_.notices.push_back((uri.empty() ? "" : uri + ", ") + "line " + std::to_string(tag.line) +
                                    ": include '" + Printable(tag.target) +
                                    "' is left out: " + std::string(included.status().message()));
        continue;  // the tag stays as it is written
      }
      composed_.text.append(source, at, tag.start - at);
      const IncludeStyle inner = StyleOf(included->path, style);
      const std::string_view asked_for = std::string_view(included->bytes).substr(0, included->end);
      Append(asked_for, FindIncludes(asked_for, inner), std::max(included->begin, BodyStart(included->bytes, inner)),
             included->uri, included->path, inner);
      if (!composed_.text.empty() && composed_.text.back() != '\n') composed_.text.push_back('\n');
      at = tag.end;
      AddPart(at, uri);
    }
    composed_.text.append(source, at);
    open_.pop_back();
  }

 private:
  void AddPart(size_t source_start, const std::string& uri) {
    composed_.parts.push_back({composed_.text.size(), source_start, uri});
  }

  Result<Included> Read(const IncludeTag& tag, const std::string& path) {
    Included included;
    QUIRE_ASSIGN_OR_RETURN(included.path, finder_.Find(tag.target, FolderOf(path)));
    if (std::find(open_.begin(), open_.end(), included.path) != open_.end()) {
      return Status(Code::kInvalidArgument, "it includes itself");
    }
    if (open_.size() > kIncludeDepthMax) {
      return Status(Code::kResourceExhausted, "nested deeper than " + std::to_string(kIncludeDepthMax));
    }
    if (++count_ > kIncludesMax) {
      return Status(Code::kResourceExhausted, "more than " + std::to_string(kIncludesMax) + " includes");
    }
    QUIRE_ASSIGN_OR_RETURN(included.bytes, ReadFileBytes(included.path));
    if (composed_.text.size() + included.bytes.size() > kFileBytesMax) {
      return Status(Code::kResourceExhausted,
                    "the document would have more than " + std::to_string(kFileBytesMax) + " bytes");
    }
    if (const size_t bad = FindInvalidUtf8(included.bytes); bad != std::string_view::npos) {
      return Status(Code::kInvalidArgument, "is not UTF-8 at byte " + std::to_string(bad));
    }
    included.begin = StartOfLine(included.bytes, tag.lines.first);
    included.end = tag.lines.last == SIZE_MAX ? included.bytes.size() : StartOfLine(included.bytes, tag.lines.last + 1);
    if (!tag.lines.whole() && included.begin >= included.end) {
      return Status(Code::kNotFound, "the file has no such lines");
    }
    included.uri = finder_.UriOf(included.path);
    return included;
  }

  const IncludeFinder& finder_;
  ComposedSource& composed_;
  std::vector<std::string> open_;  // paths of the files around
  size_t count_ = 0;
};

}  // namespace

IncludeFinder::IncludeFinder(std::string root, const std::vector<std::string>& allowed) : root_(std::move(root)) {
  if (!root_.empty()) folders_.push_back(root_);
  for (const std::string& folder : allowed) {
    std::error_code error;
    const fs::path path = fs::canonical(folder, error);
    if (!error) folders_.push_back(path.string());
  }
}

bool IncludeFinder::IsAllowed(const std::string& path) const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [&path](const std::string& folder) { return IsVisibleInside(path, folder); });
}

Result<std::string> IncludeFinder::Find(const std::string& target, const std::string& from_folder) const {
  const bool absolute = target.front() == '/';
  const fs::path relative = absolute ? fs::path(target).relative_path() : fs::path(target);
  std::vector<std::string> folders;
  if (!absolute) {
    for (fs::path folder = from_folder; IsAllowed(folder.string()); folder = folder.parent_path()) {
      folders.push_back(folder.string());
    }
  }
  folders.insert(folders.end(), folders_.begin(), folders_.end());
  bool led_out = false;
  for (const std::string& folder : folders) {
    for (const fs::path& within : {fs::path(folder), fs::path(folder) / "_includes"}) {
      const fs::path candidate = (within / relative).lexically_normal();
      // Before the file system is asked: what lies outside is not even looked for.
      if (!IsAllowed(candidate.string())) {
        led_out = true;
        continue;
      }
      std::error_code error;
      const fs::path path = fs::canonical(candidate, error);
      if (error || !fs::is_regular_file(path, error)) continue;
      if (IsAllowed(path.string())) return path.string();
      led_out = true;
    }
  }
  if (led_out) return Status(Code::kUnsupported, "it is not in the loaded folder, and nothing else may be read");
  return Status(Code::kNotFound, "there is no such file in the loaded folder");
}

std::string IncludeFinder::UriOf(const std::string& path) const {
  const std::string& base = root_.empty() ? folders_.front() : root_;
  return fs::path(path).lexically_relative(base).generic_string();
}

ComposedSource ComposeIncludes(std::string source, const std::vector<IncludeTag>& tags, const SourceFile& file,
                               const IncludeFinder& finder) {
  ComposedSource composed;
  if (tags.empty()) {
    composed.text = std::move(source);
    composed.parts.emplace_back();
    return composed;
  }
  composed.text.reserve(source.size());
  std::error_code error;
  const fs::path path = fs::canonical(file.path, error);
  Composer(finder, &composed).Append(source, tags, 0, "", error ? file.path : path.string(), file.format->includes);
  return composed;
}

const SourcePart& PartAt(const ComposedSource& composed, size_t at) {
  const auto after = std::upper_bound(composed.parts.begin(), composed.parts.end(), at,
                                      [](size_t byte, const SourcePart& part) { return byte < part.start; });
  return *std::prev(after);
}

}  // namespace quire::ingest
