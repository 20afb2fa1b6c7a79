#include "extensions/ingest/parse_files.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/calendar.h"
#include "engine/base/hash.h"
#include "engine/base/instructions.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/borders.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/includes.h"
#include "extensions/ingest/source_bytes.h"

namespace quire::ingest {
namespace {

// A file that changed this short a time ago may change again without its time changing: its time is not stored, so
// that the next load compares bytes. (Git calls such entries racily clean.)
constexpr int64_t kSettledMicroseconds = 2'000'000;

constexpr size_t kTitleBytesMax = 400;  // every chunk holds it

using Readers = std::map<const Format*, std::unique_ptr<const DocumentReader>>;

// Of everything that decides what the document is: its bytes, with those of the files it includes and which they are.
Hash128 ContentHash(const ComposedSource& composed, const SourceFile& file, uint32_t chunk_tokens) {
  const Hash128 of_bytes = HashOf128(composed.text);
  std::string parts(of_bytes.begin(), of_bytes.end());
  AppendString(&parts, file.format->name);
  AppendVarint(&parts, chunk_tokens);
  AppendVarint(&parts, file.partial ? 1 : 0);
  for (const SourcePart& part : composed.parts) {
    AppendString(&parts, part.uri);
    AppendVarint(&parts, part.start);
    AppendVarint(&parts, part.source_start);
  }
  Hash128 hash = HashOf128(parts);
  hash.back() = kLoaderVersion;
  return hash;
}

std::string TitleFromName(std::string_view uri) {
  const std::string_view name = uri.substr(uri.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  return std::string(dot == 0 ? name : name.substr(0, dot));
}

class FileParser {
 public:
  FileParser(const SourceFile& file, const ParseOptions& options, const DocumentReader& reader)
      : file_(file),
        options_(options),
        reader_(reader),
        limit_{.deadline = std::chrono::steady_clock::now() + options.limits.timeout, .cancelled = options.cancelled} {}

  ParsedFile Run() {
    parsed_.document.uri = file_.uri;
    const Status status = Parse();
    if (!status.ok()) {
      parsed_.state = ParsedFile::State::kFailed;
      Issue failure = FailureOf(file_.uri, stage_, status);
      if (failure.hint.empty()) {
        failure.hint = stage_ == "read" ? "check that it may be read, or leave it out with --exclude"
                                        : "save it anew, or leave it out with --exclude";
      }
      parsed_.issues = {std::move(failure)};
    }
    return std::move(parsed_);
  }

 private:
  Status Parse() {
    std::optional<Document> stored;
    if (options_.reader != nullptr) {
      QUIRE_ASSIGN_OR_RETURN(stored, options_.reader->GetDocument(options_.collection, file_.uri));
    }
    parsed_.state = stored ? ParsedFile::State::kChanged : ParsedFile::State::kAdded;
    if (stored && !file_.partial && IsSettled(*stored, file_)) {
      parsed_.state = ParsedFile::State::kUnchanged;
      return {};
    }
    QUIRE_ASSIGN_OR_RETURN(KeptSources::Source source, Read());
    read_at_ = source.read_at;
    const size_t size = source.bytes.size();
    if (file_.format->convert != nullptr) return Convert(std::move(source.bytes), stored);
    QUIRE_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(std::move(source.bytes), {}, options_.encoding));
    if (!source.includes || !decoded.encoding.empty())
      source.includes = FindIncludes(decoded.text, file_.format->includes);
    const ComposedSource composed = ComposeIncludes(std::move(decoded.text), *source.includes, file_,
                                                    IncludeFinder(file_.root, options_.include_roots));
    if (IsAsStored(size, composed, stored)) return {};
    QUIRE_RETURN_IF_ERROR(Cut(composed, {}));
    if (!decoded.encoding.empty()) ClearPlaces();
    if (!decoded.notice.empty()) AddNotice(decoded.notice);
    return {};
  }

  Result<KeptSources::Source> Read() const {
    if (options_.kept != nullptr) {
      std::optional<KeptSources::Source> kept = options_.kept->Take(file_.path);
      if (kept) return *std::move(kept);
    }
    KeptSources::Source source{.bytes = {}, .read_at = NowMicroseconds()};
    QUIRE_ASSIGN_OR_RETURN(source.bytes, ReadFileBytes(file_.path, options_.limits.bytes_max));
    return source;
  }

  // A format whose text must be taken out of it first.
  Status Convert(std::string bytes, const std::optional<Document>& stored) {
    ComposedSource source;
    source.text = bytes;
    source.parts.emplace_back();
    if (IsAsStored(bytes.size(), source, stored)) return {};
    if (!file_.format->binary) {
      const std::string declared = DeclaredEncoding(bytes);
      QUIRE_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(std::move(bytes), declared, options_.encoding));
      bytes = std::move(decoded.text);
      if (!decoded.notice.empty()) AddNotice(decoded.notice);
    }
    stage_ = "parse";
    QUIRE_ASSIGN_OR_RETURN(Converted converted, file_.format->convert({.bytes = bytes,
                                                                       .path = file_.path,
                                                                       .command = options_.via,
                                                                       .deadline = limit_.deadline,
                                                                       .cancelled = limit_.cancelled}));
    if (FindInvalidUtf8(converted.markdown) != std::string_view::npos) converted.markdown = Valid(converted.markdown);
    source.text = std::move(converted.markdown);
    QUIRE_RETURN_IF_ERROR(Cut(source, converted.pages));
    ClearPlaces();
    for (std::string& notice : converted.notices) AddNotice(std::move(notice));
    return {};
  }

  // What a converter took from a file may hold anything.
  std::string Valid(std::string_view text) {
    size_t replaced = 0;
    Result<std::string> valid = ToUtf8(text, "UTF-8", &replaced);
    AddNotice(Plural(replaced, "place") + " not UTF-8 became U+FFFD");
    return valid.ok() ? *std::move(valid) : std::string();
  }

  // The chunks are not slices of the file.
  void ClearPlaces() {
    for (Chunk& chunk : parsed_.chunks) chunk.start = chunk.end = 0;
  }

  // Fills the document from its bytes; whether the stored one was made of the same.
  bool IsAsStored(size_t size, const ComposedSource& composed, const std::optional<Document>& stored) {
    FillDocument(size, composed);
    if (!stored || stored->content_hash != parsed_.document.content_hash) return false;
    parsed_.state = ParsedFile::State::kUnchanged;
    return true;
  }

  // Where other files have a say, no time is stored: every load compares bytes.
  void FillDocument(size_t size, const ComposedSource& composed) {
    Document& document = parsed_.document;
    const bool settled = read_at_ - file_.modified_at >= kSettledMicroseconds;
    document.size = size;
    document.modified_at = settled && !composed.has_tags && !file_.partial ? file_.modified_at : 0;
    document.content_hash = ContentHash(composed, file_, options_.chunk_tokens);
  }

  Status Cut(const ComposedSource& composed, const std::vector<PageStart>& pages) {
    stage_ = "parse";
    const std::string_view text = composed.text;
    QUIRE_ASSIGN_OR_RETURN(ParsedDocument parsed, reader_.Parse(text, limit_));
    parsed_.document.title =
        parsed.title.empty() ? TitleFromName(file_.uri) : std::string(Utf8Prefix(parsed.title, kTitleBytesMax));
    parsed_.attributes = std::move(parsed.attributes);
    if (options_.path_pattern != nullptr) AddPathAttributes(&parsed.notices);
    if (!file_.commit.empty()) parsed_.attributes.push_back({std::string(kCommitAttribute), Value::Text(file_.commit)});
    std::vector<size_t> starts;
    for (const SourcePart& part : composed.parts) starts.push_back(part.start);
    if (starts.size() > 1) AddBorders(text, starts, true, &parsed.borders);
    if (!file_.partial) {
      parsed_.chunks =
          ChunkDocument(parsed, reader_, text,
                        {.uri = file_.uri, .title = parsed_.document.title, .chunk_tokens = options_.chunk_tokens});
    }
    for (const Chunk& chunk : parsed_.chunks) parsed_.prints.push_back(PrintOf(chunk.text));
    AddOrigins(composed, parsed.tiers);
    if (!pages.empty()) AddPages(pages);
    Note(composed, &parsed.notices);
    return {};
  }

  // From the composed text to the bytes of each chunk's own file.
  void AddOrigins(const ComposedSource& composed, const std::vector<TierBlock>& tiers) {
    parsed_.chunk_attributes.resize(parsed_.chunks.size());
    auto block = tiers.begin();
    for (size_t i = 0; i < parsed_.chunks.size(); ++i) {
      Chunk& chunk = parsed_.chunks[i];
      std::vector<Attribute>& own = parsed_.chunk_attributes[i];
      while (block != tiers.end() && block->end <= chunk.start) ++block;
      if (block != tiers.end() && block->start < chunk.end) {
        own.push_back({std::string(kTierBlockAttribute), Value::Text(block->tier)});
      }
      const SourcePart& part = PartAt(composed, chunk.start);
      chunk.start = chunk.start - part.start + part.source_start;
      chunk.end = chunk.start + chunk.text.size();
      if (!part.uri.empty()) own.push_back({std::string(kIncludedFromAttribute), Value::Text(part.uri)});
    }
  }

  void AddPathAttributes(std::vector<std::string>* notices) {
    for (Attribute& attribute : options_.path_pattern->Match(file_.uri, notices)) {
      const bool there = std::any_of(parsed_.attributes.begin(), parsed_.attributes.end(),
                                     [&](const Attribute& one) { return one.name == attribute.name; });
      if (!there) parsed_.attributes.push_back(std::move(attribute));
    }
  }

  void AddPages(const std::vector<PageStart>& pages) {
    for (size_t i = 0; i < parsed_.chunks.size(); ++i) {
      const auto after = std::upper_bound(pages.begin(), pages.end(), parsed_.chunks[i].start,
                                          [](size_t at, const PageStart& page) { return at < page.at; });
      if (after == pages.begin()) continue;
      parsed_.chunk_attributes[i].push_back(
          {std::string(kPageAttribute), Value::Integer(static_cast<int64_t>(std::prev(after)->number))});
    }
  }

  void AddNotice(std::string notice) { parsed_.issues.push_back({file_.uri, stage_, std::move(notice), "", false}); }

  void Note(const ComposedSource& composed, std::vector<std::string>* notices) {
    if (composed.text.find('\0') != std::string::npos) notices->emplace_back("NUL bytes inside: is it text?");
    if (file_.partial) {
      notices->emplace_back("stored without chunks: its text is found in the documents that include it");
    } else if (parsed_.chunks.empty()) {
      notices->emplace_back(composed.text.empty() ? "empty: stored without chunks" : "no text: stored without chunks");
    }
    const auto is_order = [](const Chunk& chunk) { return LooksLikeInstruction(chunk.text); };
    if (std::any_of(parsed_.chunks.begin(), parsed_.chunks.end(), is_order)) {
      notices->emplace_back(
          "holds text that reads like an order to a language model: it is loaded, but ASK does not quote it");
    }
    for (const std::string& notice : composed.notices) {
      parsed_.issues.push_back({file_.uri, "include", notice, "--include-root names more folders to read from", false});
    }
    for (std::string& notice : *notices) AddNotice(std::move(notice));
  }

  const SourceFile& file_;
  const ParseOptions& options_;
  const DocumentReader& reader_;
  const TimeLimit limit_;
  std::string stage_ = "read";
  int64_t read_at_ = 0;  // microseconds since 1970
  ParsedFile parsed_;
};

}  // namespace

bool IsSettled(const Document& stored, const SourceFile& file) {
  return stored.modified_at != 0 && stored.modified_at == file.modified_at && stored.size == file.size &&
         stored.content_hash.back() == kLoaderVersion;
}

std::vector<ParsedFile> ParseFiles(std::span<const SourceFile> files, const ParseOptions& options, ThreadPool& pool) {
  Readers readers;
  for (const SourceFile& file : files) {
    std::unique_ptr<const DocumentReader>& reader = readers[file.format];
    if (!reader) reader = file.format->make();
  }
  std::vector<ParsedFile> parsed(files.size());
  pool.ParallelFor(files.size(), [&](size_t i) {
    if (options.cancelled != nullptr && options.cancelled->load()) return;
    parsed[i] = FileParser(files[i], options, *readers.find(files[i].format)->second).Run();
  });
  return parsed;
}

}  // namespace quire::ingest
