// COPY (SELECT ...) TO 'file': rows into a file as they are pulled.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "sql/bind/shown.h"
#include "sql/exec/executor.h"
#include "sql/exec/row_writer.h"

namespace quire::sql {
namespace {

struct FormatName {
  std::string_view name;  // as option, and as the end of a file's name
  RowFormat format;
};
constexpr FormatName kFormats[] = {{"csv", RowFormat::kCsv},          {"tsv", RowFormat::kTsv},
                                   {"jsonl", RowFormat::kJsonLines},  {"ndjson", RowFormat::kJsonLines},
                                   {"json", RowFormat::kJson},        {"md", RowFormat::kMarkdown},
                                   {"markdown", RowFormat::kMarkdown}};

Result<RowFormat> FindFormat(std::string_view name) {
  for (const FormatName& one : kFormats) {
    if (SameName(one.name, name)) return one.format;
  }
  return Status(Code::kInvalidArgument, "'" + Shortened(name) + "' is no format of a file",
                "say (FORMAT csv), tsv, jsonl, json or markdown");
}

struct CopyOptions {
  RowFormat format = RowFormat::kCsv;
  bool header = true;
};

Result<CopyOptions> ReadOptions(const StatementOptions& given, const std::string& path) {
  CopyOptions options;
  bool has_format = false;
  for (const auto& [name, value] : given) {
    if (name == "format") {
      QUIRE_ASSIGN_OR_RETURN(options.format, FindFormat(value.ToString()));
      has_format = true;
    } else if (name == "header" && value.type() == Type::kBoolean) {
      options.header = value.boolean();
    } else {
      return Status(Code::kInvalidArgument,
                    "COPY ... TO takes no option '" + Shortened(name) + "' with " + Shown(value),
                    "options are FORMAT and HEADER (true or false)");
    }
  }
  if (has_format) return options;
  const std::string extension = std::filesystem::path(path).extension().string();
  QUIRE_ASSIGN_OR_RETURN(options.format, FindFormat(extension.empty() ? "" : extension.substr(1)));
  return options;
}

Status FileError(std::string_view what, const std::string& path) {
  return Status(Code::kIoError, std::string(what) + " '" + path + "': " + std::strerror(errno));
}

// A file that is there under its name once it is whole, and not at all before: it is written beside, then renamed. One that
// was there is replaced.
class WholeFile {
 public:
  explicit WholeFile(std::string path) : path_(std::move(path)) {}
  ~WholeFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  Status Open() {
    struct stat there {};
    if (::stat(path_.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
      return Status(Code::kInvalidArgument, "'" + path_ + "' is not a file");
    }
    std::error_code error;
    const auto target = std::filesystem::weakly_canonical(path_, error);  // a link stays a link
    if (!error) path_ = target.string();
    std::string name = path_ + "." + std::to_string(::getpid()) + ".unfinished";
    fd_ = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) return FileError("cannot write", name);
    unfinished_ = std::move(name);
    return {};
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError("cannot write", unfinished_);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

  Status Finish() {
    if (::fsync(fd_) != 0) return FileError("cannot write", unfinished_);
    if (::close(std::exchange(fd_, -1)) != 0) return FileError("cannot write", unfinished_);
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0) return FileError("cannot write", path_);
    unfinished_.clear();
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    const int entries = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = entries >= 0 && ::fsync(entries) == 0;
    const Status status = durable ? Status() : FileError("cannot write", path_);
    if (entries >= 0) ::close(entries);
    return status;
  }

 private:
  std::string path_, unfinished_;
  int fd_ = -1;
};

Result<uint64_t> WriteRows(Rows& rows, RowWriter& writer, WholeFile& file) {
  constexpr size_t kBuffer = 1 << 18;
  std::string out;
  writer.Begin(rows.columns(), &out);
  std::vector<const Value*> values(rows.columns().size());
  uint64_t count = 0;
  for (;; ++count) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows.Next());
    if (!more) break;
    for (size_t i = 0; i < values.size(); ++i) values[i] = &rows.value(i);
    writer.Row(values, &out);
    if (out.size() < kBuffer) continue;
    QUIRE_RETURN_IF_ERROR(file.Write(out));
    out.clear();
  }
  writer.End(&out);
  QUIRE_RETURN_IF_ERROR(file.Write(out));
  return count;
}

}  // namespace

RowsResult Executor::operator()(const CopyToStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const std::string path, PathValue(*statement.target, "the path of a file"));
  QUIRE_ASSIGN_OR_RETURN(const StatementOptions given, BindOptions(statement.options));
  Result<CopyOptions> options = ReadOptions(given, path);
  if (!options.ok()) return std::move(options).status().At(statement.target->span.start);
  // Binds, and with a search reads, before a file is touched.
  QUIRE_ASSIGN_OR_RETURN(const std::unique_ptr<Rows> rows, (*this)(*statement.query));
  WholeFile file(path);
  Status opened = file.Open();
  if (!opened.ok()) return std::move(opened).At(statement.target->span.start);
  const std::unique_ptr<RowWriter> writer = MakeRowWriter(options->format, options->header);
  QUIRE_ASSIGN_OR_RETURN(const uint64_t count, WriteRows(*rows, *writer, file));
  QUIRE_RETURN_IF_ERROR(file.Finish());
  RowSet set;
  set.columns = {{"rows", Type::kInteger}};
  set.rows.push_back({Value::Integer(static_cast<int64_t>(count))});
  return MakeStoredRows(std::move(set), {0, rows->notices()});
}

}  // namespace quire::sql
