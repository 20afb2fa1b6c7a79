#include "extensions/ingest/survey.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/calendar.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/front_matter.h"
#include "extensions/ingest/includes.h"
#include "extensions/ingest/partials.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The canonical paths that tags lead to, each once.
std::vector<std::string> TargetsOf(const std::vector<IncludeTag>& tags, const SourceFile& file, const std::string& path,
                                   const std::vector<std::string>& allowed) {
  std::vector<std::string> targets;
  if (tags.empty()) return targets;
  const IncludeFinder finder(file.root, allowed);
  for (const IncludeTag& tag : tags) {
    if (!tag.alone || !tag.lines.whole()) continue;  // that file, or the rest of it, is nowhere else
    Result<std::string> found = finder.Find(tag.target, fs::path(path).parent_path().string());
    if (found.ok()) targets.push_back(std::move(found).value());
  }
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

class Surveyor {
 public:
  Surveyor(const SurveyOptions& options, KeptSources* kept) : options_(options), kept_(*kept) {}

  // What is known of file number `number` from its bytes. `anew`: it is to be loaded, so that its front matter makes columns.
  Partials::Node Look(size_t number, const SourceFile& file, bool anew) {
    Partials::Node node{.path = Partials::PathOf(file)};
    KeptSources::Source source{.bytes = {}, .read_at = NowMicroseconds()};
    Result<std::string> bytes = ReadFileBytes(file.path, options_.bytes_max);
    if (!bytes.ok()) {
      node.page = true;
      return node;
    }
    source.bytes = *std::move(bytes);
    const bool is_utf8 = FindInvalidUtf8(source.bytes) == std::string_view::npos;
    if (is_utf8) source.includes = FindIncludes(source.bytes, file.format->includes);
    if (is_utf8) node.includes = TargetsOf(*source.includes, file, node.path, options_.include_roots);
    node.page = !is_utf8;
    if (file.format->includes == IncludeStyle::kMarkdown) {
      const FrontMatter matter = FrontMatterOf(source.bytes, is_utf8);
      node.page = node.page || matter.end > 0;
      if (anew) types_.Add(number, file.uri, matter.attributes);
    }
    if (anew) kept_.Keep(file.path, std::move(source));
    return node;
  }

  std::vector<InferredColumn> Columns() const { return types_.Columns(); }

 private:
  FrontMatter FrontMatterOf(const std::string& bytes, bool is_utf8) const {
    if (is_utf8 && options_.encoding.empty() && bytes.find('\0') == std::string::npos) return ReadIt(bytes);
    const Result<DecodedText> decoded = DecodeText(bytes, {}, options_.encoding);
    return decoded.ok() ? ReadIt(decoded->text) : FrontMatter();
  }
  static FrontMatter ReadIt(std::string_view text) {
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
    return ReadFrontMatter(text);
  }

  const SurveyOptions& options_;
  KeptSources& kept_;
  ColumnTypes types_;
};

}  // namespace

void KeptSources::Keep(const std::string& path, Source source) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (source.bytes.size() > bytes_max_ - bytes_) return;
  bytes_ += source.bytes.size();
  sources_.insert_or_assign(path, std::move(source));
}

std::optional<KeptSources::Source> KeptSources::Take(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto taken = sources_.extract(path);
  if (taken.empty()) return std::nullopt;
  return std::move(taken.mapped());
}

std::vector<InferredColumn> SurveyFiles(std::vector<SourceFile>* files, const SurveyOptions& options,
                                        function_ref<bool(const SourceFile&)> is_settled, KeptSources* kept,
                                        ThreadPool& pool) {
  Surveyor surveyor(options, kept);
  Partials partials(files);
  pool.ParallelFor(files->size(), [&](size_t i) {
    const SourceFile& file = (*files)[i];
    if (file.format->includes == IncludeStyle::kNone || is_settled(file)) return;
    partials.Set(i, surveyor.Look(i, file, true));
  });
  partials.Mark([&](size_t i) { return surveyor.Look(i, (*files)[i], false); });
  return surveyor.Columns();
}

}  // namespace quire::ingest
