#include "extensions/ingest/parse_files.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/chunker.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

// A file that changed this short a time ago may change again without its time changing: its time is not stored, so
// that the next load compares bytes. (Git calls such entries racily clean.)
constexpr int64_t kSettledMicroseconds = 2'000'000;

using Readers = std::map<const Format*, std::unique_ptr<const DocumentReader>>;

int64_t NowMicroseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

Status SystemFailure() { return Status(Code::kIoError, ToLower(std::generic_category().message(errno))); }

Result<std::string> ReadBytes(const SourceFile& file) {
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(file.path.c_str(), "rb"), close);
  if (!stream) return SystemFailure();
  std::string bytes(file.size, '\0');
  size_t size = 0;
  while (true) {  // the file may have grown since it was listed
    const size_t got = std::fread(bytes.data() + size, 1, bytes.size() - size, stream.get());
    size += got;
    if (size < bytes.size() || bytes.size() > kFileBytesMax) break;
    bytes.resize(bytes.size() + 4096);
  }
  if (std::ferror(stream.get()) != 0) return SystemFailure();
  bytes.resize(size);
  return bytes;
}

Hash128 ContentHash(std::string_view bytes, const Format& format, uint32_t chunk_tokens) {
  const Hash128 of_bytes = HashOf128(bytes);
  std::string parts(of_bytes.begin(), of_bytes.end());
  AppendString(&parts, format.name);
  AppendVarint(&parts, chunk_tokens);
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
      : file_(file), options_(options), reader_(reader) {}

  ParsedFile Run() {
    parsed_.document.uri = file_.uri;
    const Status status = Parse();
    if (!status.ok()) {
      parsed_.state = ParsedFile::State::kFailed;
      parsed_.issues = {FailureOf(file_.uri, stage_, status)};
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
    if (stored && stored->modified_at != 0 && stored->modified_at == file_.modified_at && stored->size == file_.size &&
        stored->content_hash.back() == kLoaderVersion) {
      parsed_.state = ParsedFile::State::kUnchanged;
      return {};
    }
    QUIRE_ASSIGN_OR_RETURN(const std::string bytes, ReadChecked());
    FillDocument(bytes);
    if (stored && stored->content_hash == parsed_.document.content_hash) {
      parsed_.state = ParsedFile::State::kUnchanged;
      return {};
    }
    if (const size_t bad = FindInvalidUtf8(bytes); bad != std::string_view::npos) return NotUtf8(bytes, bad);
    Cut(bytes);
    return {};
  }

  Result<std::string> ReadChecked() const {
    if (file_.size > kFileBytesMax) return TooLarge(file_.size);
    QUIRE_ASSIGN_OR_RETURN(std::string bytes, ReadBytes(file_));
    if (bytes.size() > kFileBytesMax) return TooLarge(bytes.size());
    return bytes;
  }

  static Status TooLarge(uint64_t size) {
    return Status(Code::kResourceExhausted,
                  "has " + std::to_string(size) + " bytes, expected at most " + std::to_string(kFileBytesMax),
                  "split it");
  }

  static Status NotUtf8(std::string_view bytes, size_t bad) {
    const std::string_view mark = bytes.substr(0, 2);
    const bool wide = mark == "\xFF\xFE" || mark == "\xFE\xFF";
    return Status(Code::kInvalidArgument, "is not UTF-8 at byte " + std::to_string(bad),
                  wide ? "it is UTF-16: convert it to UTF-8" : "convert it to UTF-8");
  }

  void FillDocument(std::string_view bytes) {
    Document& document = parsed_.document;
    document.size = bytes.size();
    document.modified_at = NowMicroseconds() - file_.modified_at < kSettledMicroseconds ? 0 : file_.modified_at;
    document.content_hash = ContentHash(bytes, *file_.format, options_.chunk_tokens);
  }

  void Cut(std::string_view bytes) {
    stage_ = "parse";
    ParsedDocument parsed = reader_.Parse(bytes);
    parsed_.document.title = parsed.title.empty() ? TitleFromName(file_.uri) : std::move(parsed.title);
    parsed_.attributes = std::move(parsed.attributes);
    parsed_.chunks =
        ChunkDocument(parsed, reader_, bytes,
                      {.uri = file_.uri, .title = parsed_.document.title, .chunk_tokens = options_.chunk_tokens});
    if (bytes.find('\0') != std::string_view::npos) parsed.notices.emplace_back("NUL bytes inside: is it text?");
    if (parsed_.chunks.empty()) {
      parsed.notices.emplace_back(bytes.empty() ? "empty: stored without chunks" : "no text: stored without chunks");
    }
    for (std::string& notice : parsed.notices) {
      parsed_.issues.push_back({file_.uri, stage_, std::move(notice), "", false});
    }
  }

  const SourceFile& file_;
  const ParseOptions& options_;
  const DocumentReader& reader_;
  std::string stage_ = "read";
  ParsedFile parsed_;
};

}  // namespace

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
