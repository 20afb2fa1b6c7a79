// quire-load: loads folders of documents into a database.
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "engine/base/utf8.h"
#include "extensions/ingest/folder_watch.h"
#include "extensions/ingest/formats.h"
#include "extensions/ingest/loader.h"
#include "extensions/ingest/progress.h"
#include "extensions/ingest/rows.h"
#include "extensions/providers/openai_embedder.h"
#include "quire/database.h"

namespace quire::ingest {
namespace {

enum ExitCode { kAllLoaded = 0, kFatal = 2, kSomeFailed = 3, kInterrupted = 130 };

constexpr size_t kShownMessagesMax = 20;

// A signal handler can reach nothing but what is global.
std::atomic<bool> interrupted{false};

struct Arguments {
  std::string database;
  std::vector<std::string> paths;
  std::string collection;
  std::vector<std::string> include, exclude, include_roots;
  std::string format, report, progress, encoding, path_pattern, via, name = "stdin";
  std::vector<std::string> columns;
  uint64_t max_size = kFileBytesMax;
  double timeout_seconds = 60;
  uint64_t memory_limit = 0;
  bool retry = false, watch = false, git_commit = false, no_gitignore = false;
  bool sync = false, dry_run = false, fail_fast = false, quiet = false;
  size_t jobs = 0;
  uint32_t chunk_tokens = 0;
};

void AddOptions(CLI::App* app, Arguments* arguments) {
  app->add_option("DB", arguments->database, "the database, a directory; made if missing")->required();
  app->add_option("PATH", arguments->paths,
                  "folders, files or globs; a .jsonl, .csv, .tsv or vector file holds rows; -: the standard input");
  app->add_option("--into", arguments->collection, "the collection; made if missing")->required();
  app->add_flag("--sync", arguments->sync, "delete documents that are no longer there");
  app->add_flag("--watch", arguments->watch, "go on: load again whenever something changes, until interrupted");
  app->add_flag("--retry", arguments->retry, "in place of paths: load again whatever failed (see quire_load_errors)");
  app->add_flag("--git-commit", arguments->git_commit,
                "of files in a git checkout: its commit as attribute git_commit");
  app->add_flag("--no-gitignore", arguments->no_gitignore, "load what .gitignore files of a git checkout leave out");
  app->add_option("--memory-limit", arguments->memory_limit, "of the database (default: a quarter of the machine's)")
      ->transform(CLI::AsSizeValue(false));
  app->add_option("--jobs", arguments->jobs, "threads that parse (default: one a processor)")
      ->check(CLI::Range(1, 256));
  app->add_option("--include", arguments->include, "load only what matches this glob; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--exclude", arguments->exclude, "leave out what matches this glob; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--include-root", arguments->include_roots,
                  "a folder that include tags may read from, besides those loaded; may be repeated")
      ->expected(1)
      ->check(CLI::ExistingDirectory)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--format", arguments->format, "of every file: " + FormatNames() + " (default: by the extension)");
  app->add_option("--path-attributes", arguments->path_pattern,
                  "attributes from where a file lies: '{product}/v{year:integer}/**'");
  app->add_option("--via", arguments->via,
                  "COMMAND that makes Markdown of files of unknown kind: 'pandoc -t gfm {}' ({}: the path; without it, "
                  "standard input). With --format via, of every file");
  app->add_option("--name", arguments->name, "of what comes from the standard input (default: stdin)");
  app->add_option("--encoding", arguments->encoding,
                  "of text without a byte order mark, as iconv names it (default: UTF-8, else found out)");
  app->add_option("--column", arguments->columns,
                  "NAME=PATH: where in a row a column is found (text=data.prompt); may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("--max-size", arguments->max_size, "of a file; larger ones are reported (default: 64M)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(uint64_t{1}, uint64_t{2'000'000'000}));
  app->add_option("--timeout", arguments->timeout_seconds, "seconds that one file may take (default: 60)")
      ->check(CLI::Range(0.001, 86'400.0));
  app->add_option("--chunk-tokens", arguments->chunk_tokens, "size of the chunks of a new collection (default: 350)");
  app->add_option("--report", arguments->report,
                  "write every failure, notice and duplicate to this file, as lines of JSON");
  app->add_option("--progress", arguments->progress, "bar, json or none (default: bar on a terminal)")
      ->check(CLI::IsMember({"bar", "json", "none"}));
  app->add_flag("--dry-run", arguments->dry_run, "show the chunks, write nothing");
  app->add_flag("--fail-fast", arguments->fail_fast, "stop at the first file that fails");
  app->add_flag("--quiet", arguments->quiet, "say nothing but errors");
  app->footer("Exit code: 0 all loaded, 3 some files or rows failed, 2 nothing could be done, 130 interrupted.");
}

size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// Shows progress on the error output, as the arguments say.
class Display {
 public:
  explicit Display(const Arguments& arguments) : kind_(arguments.progress) {
    if (kind_.empty()) kind_ = !arguments.quiet && isatty(STDERR_FILENO) != 0 ? "bar" : "none";
  }

  void Show(const LoadProgress& progress) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    if (kind_ == "json") std::cerr << ProgressJson(progress, seconds) << std::endl;
    if (kind_ == "bar") std::cerr << "\r\033[K" << ProgressBar(progress, seconds, TerminalColumns() - 1) << std::flush;
  }
  void Clear() const {
    if (kind_ == "bar") std::cerr << "\r\033[K" << std::flush;
  }

 private:
  std::string kind_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

int Fail(const Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  if (!status.hint().empty()) std::cerr << "hint: " << status.hint() << "\n";
  return kFatal;
}

void PrintChunks(const ParsedFile& file) {
  if (file.state == ParsedFile::State::kFailed) return;
  std::cout << file.document.uri << ": " << Printable(file.document.title) << "\n";
  for (const Attribute& attribute : file.attributes) {
    std::cout << "  " << attribute.name << " = " << Printable(attribute.value.ToString()) << "\n";
  }
  for (size_t i = 0; i < file.chunks.size(); ++i) {
    const Chunk& chunk = file.chunks[i];
    std::cout << "-- chunk " << chunk.ordinal << ", bytes " << chunk.start << " to " << chunk.end << ", "
              << Printable(chunk.section) << (chunk.anchor.empty() ? "" : " #") << Printable(chunk.anchor);
    for (const Attribute& own : file.chunk_attributes[i]) {
      std::cout << ", " << own.name << " = " << Printable(own.value.ToString());
    }
    std::cout << "\n" << Printable(chunk.text) << "\n";
  }
}

// Loads the row files among the paths, and adds what that did to `report`.
Status LoadRowFiles(Database& database, const Arguments& arguments, const std::vector<std::string>& paths,
                    LoadReport* report) {
  RowSourceOptions source{.format = RowFormatOf(arguments.format), .encoding = arguments.encoding};
  for (const std::string& column : arguments.columns) {
    QUIRE_ASSIGN_OR_RETURN(ColumnPath path, ParseColumnPath(column));
    source.columns.push_back(std::move(path));
  }
  for (const std::string& path : paths) {
    QUIRE_ASSIGN_OR_RETURN(
        const LoadReport rows,
        LoadRows(database,
                 {.collection = arguments.collection, .path = path, .source = source, .cancelled = &interrupted}));
    report->rows += rows.rows;
    report->rows_failed += rows.rows_failed;
    report->seconds += rows.seconds;
    report->cancelled = report->cancelled || rows.cancelled;
    report->issues.insert(report->issues.end(), rows.issues.begin(), rows.issues.end());
    report->notices.insert(report->notices.end(), rows.notices.begin(), rows.notices.end());
  }
  return {};
}

Status EnsureCollection(Database& database, const Arguments& arguments) {
  if (database.reader()->GetCollection(arguments.collection).ok()) return {};
  CollectionSchema schema;
  schema.name = arguments.collection;
  if (arguments.chunk_tokens != 0) schema.chunk_tokens = arguments.chunk_tokens;
  return database.CreateCollection(std::move(schema));
}

// Rows are files named by themselves: of a kind that holds them, or in which columns were said to be.
bool HoldsRows(const Arguments& arguments, const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return false;
  if (!arguments.columns.empty()) return true;
  return arguments.format.empty() ? IsRowFile(path) : !RowFormatOf(arguments.format).empty();
}

// Loads what the paths name, once.
Result<LoadReport> LoadOnce(Database& database, const Arguments& arguments, const LoadOptions& options,
                            const std::vector<std::string>& rows) {
  if (arguments.retry) return RetryFailed(database, options.collection, &interrupted, options.on_progress);
  LoadReport report;
  if (!options.paths.empty()) {
    QUIRE_ASSIGN_OR_RETURN(report, Load(database, options));
  }
  if (!rows.empty()) {
    QUIRE_RETURN_IF_ERROR(EnsureCollection(database, arguments));
    QUIRE_RETURN_IF_ERROR(LoadRowFiles(database, arguments, rows, &report));
  }
  return report;
}

void PrintMessages(const LoadReport& report, bool quiet);

// Loads again after every change. Files are watched before the load that would miss what changes meanwhile.
Result<LoadReport> LoadAndWatch(Database& database, const Arguments& arguments, const LoadOptions& options) {
  FolderWatch watch;
  LoadReport all;
  for (bool more = true; more;) {
    QUIRE_RETURN_IF_ERROR(watch.Watch(options.paths));
    QUIRE_ASSIGN_OR_RETURN(const LoadReport report, Load(database, options));
    const bool changed = report.added + report.changed + report.renamed + report.deleted + report.failed > 0;
    if (!arguments.quiet && (changed || all.documents == 0)) {
      PrintMessages(report, false);
      std::cout << Summary(report) << std::endl;
    }
    Merge(report, &all);
    QUIRE_ASSIGN_OR_RETURN(more, watch.Wait(interrupted, std::chrono::milliseconds(200)));
  }
  all.cancelled = false;  // to be interrupted is how it ends
  return all;
}

Result<LoadReport> LoadAll(const Arguments& arguments, LoadOptions options) {
  QUIRE_RETURN_IF_ERROR(CheckPaths(options.paths));  // before a database is made for nothing
  if (arguments.dry_run) return Preview(options, PrintChunks);
  const auto first_rows = std::stable_partition(options.paths.begin(), options.paths.end(),
                                                [&](const std::string& path) { return !HoldsRows(arguments, path); });
  const std::vector<std::string> rows(first_rows, options.paths.end());
  options.paths.erase(first_rows, options.paths.end());
  if (arguments.watch && !rows.empty()) {
    return Status(Code::kUnsupported, "'" + rows[0] + "' holds rows: only documents are watched");
  }
  // Bulk load: nothing is synced until the end, and a load that was killed is simply run again.
  Options database_options{.sync = Sync::kOff, .memory_limit_bytes = arguments.memory_limit};
  database_options.embedder_providers["openai"] = providers::MakeOpenAiEmbedder;
  QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(arguments.database, database_options));
  return arguments.watch ? LoadAndWatch(*database, arguments, options) : LoadOnce(*database, arguments, options, rows);
}

void PrintMessages(const LoadReport& report, bool quiet) {
  const std::vector<std::string> messages = Messages(report);
  size_t shown = 0;
  for (const std::string& message : messages) {
    if (quiet && shown >= report.failed + report.rows_failed) break;  // failures come first
    if (shown++ == kShownMessagesMax) {
      std::cerr << "... and " << messages.size() - kShownMessagesMax << " more: see --report\n";
      break;
    }
    std::cerr << message << "\n";
  }
}

Result<LoadOptions> ToLoadOptions(const Arguments& arguments) {
  LoadOptions options;
  options.collection = arguments.collection;
  options.paths = arguments.paths;
  options.walk.include = arguments.include;
  options.walk.exclude = arguments.exclude;
  options.include_roots = arguments.include_roots;
  options.walk.git_ignore = !arguments.no_gitignore;
  options.walk.git_commit = arguments.git_commit;
  options.sync = arguments.sync;
  options.fail_fast = arguments.fail_fast;
  options.jobs = arguments.jobs;
  options.chunk_tokens = arguments.chunk_tokens;
  options.encoding = arguments.encoding;
  if (!arguments.path_pattern.empty()) {
    QUIRE_ASSIGN_OR_RETURN(options.path_pattern, PathPattern::Parse(arguments.path_pattern));
  }
  options.via = arguments.via;
  if (!arguments.via.empty()) options.walk.otherwise = FindFormat("via");
  options.limits.bytes_max = arguments.max_size;
  options.limits.timeout = std::chrono::milliseconds(static_cast<int64_t>(arguments.timeout_seconds * 1000));
  options.cancelled = &interrupted;
  if (arguments.format.empty()) return options;
  options.walk.format = FindFormat(arguments.format);
  if (options.walk.format != nullptr) return options;
  return Status(Code::kInvalidArgument, "format '" + arguments.format + "' does not exist",
                "formats are " + FormatNames());
}

// Where the standard input is kept while it is loaded; deleted with it.
class Spool {
 public:
  Spool() = default;
  ~Spool() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Writes all of it to a file of this name. Errors: kIoError, kInvalidArgument (the name).
  Result<std::string> Take(const std::string& name) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
      return Status(Code::kInvalidArgument, "'" + Printable(name) + "' is no name for a document");
    }
    std::string folder = (std::filesystem::temp_directory_path() / "quire-load-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return Status(Code::kIoError, "no folder '" + folder + "' can be made");
    folder_ = folder;
    std::ofstream file(folder_ + "/" + name, std::ios::binary);
    if (std::cin.peek() != std::char_traits<char>::eof()) file << std::cin.rdbuf();
    if (file.flush()) return folder_ + "/" + name;
    return Status(Code::kIoError, "the standard input cannot be kept in " + folder_);
  }

 private:
  std::string folder_;
};

int Run(Arguments arguments) {
  if (arguments.paths.empty() != arguments.retry) {
    return Fail(Status(Code::kInvalidArgument, arguments.retry ? "--retry takes no paths" : "nothing to load",
                       "quire-load DB PATH... --into NAME, or quire-load DB --into NAME --retry"));
  }
  Spool spool;
  for (std::string& path : arguments.paths) {
    if (path != "-") continue;
    Result<std::string> kept = spool.Take(arguments.name);
    if (!kept.ok()) return Fail(kept.status());
    path = *std::move(kept);
  }
  Result<LoadOptions> options = ToLoadOptions(arguments);
  if (!options.ok()) return Fail(options.status());
  const Status unwritable(Code::kIoError, "report '" + arguments.report + "' cannot be written");
  std::ofstream report_file;
  if (!arguments.report.empty()) {  // better known before the work than after it
    report_file.open(arguments.report, std::ios::binary | std::ios::trunc);
    if (!report_file) return Fail(unwritable);
  }
  Display display(arguments);
  options->on_progress = [&display](const LoadProgress& progress) { display.Show(progress); };
  const Result<LoadReport> report = LoadAll(arguments, *options);
  display.Clear();
  if (!report.ok()) return Fail(report.status());
  if (!arguments.watch) PrintMessages(*report, arguments.quiet);
  if (!arguments.quiet && !arguments.watch) std::cout << Summary(*report) << std::endl;
  if (report_file.is_open() && !(report_file << IssuesAsJsonLines(*report)).flush()) return Fail(unwritable);
  if (report->cancelled) return kInterrupted;
  return report->failed + report->rows_failed > 0 ? kSomeFailed : kAllLoaded;
}

}  // namespace
}  // namespace quire::ingest

int main(int argc, char** argv) {
  CLI::App app("Loads folders of documents into a Quire database. Run again, it loads only what has changed.",
               "quire-load");
  quire::ingest::Arguments arguments;
  quire::ingest::AddOptions(&app, &arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? quire::ingest::kAllLoaded : quire::ingest::kFatal;
  }
  std::signal(SIGINT, [](int) { quire::ingest::interrupted.store(true); });
  std::signal(SIGTERM, [](int) { quire::ingest::interrupted.store(true); });
  return quire::ingest::Run(std::move(arguments));
}
