#include "sql/shell/shell.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sql/shell/highlight.h"
#include "sql/shell/interrupt.h"
#include "sql/shell/line_editor.h"
#include "sql/shell/pager.h"
#include "sql/shell/render.h"

namespace quire::sql {
namespace {

constexpr size_t kFlushBytes = 1 << 16;

size_t SkipWhitespace(std::string_view text, size_t at) {
  const size_t next = text.find_first_not_of(" \t\r\n\f\v", at);
  return next == std::string_view::npos ? text.size() : next;
}

size_t CountLines(std::string_view text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

// Results in these modes are kept apart by an empty line.
bool IsForPeople(OutputMode mode) { return mode != OutputMode::kJson && mode != OutputMode::kCsv; }

// A statement of several lines as one line of history, unless a comment would swallow the rest.
std::string HistoryEntry(std::string_view text) {
  std::string entry(text);
  while (!entry.empty() && entry.back() == '\n') entry.pop_back();
  if (entry.find("--") == std::string::npos) std::replace(entry.begin(), entry.end(), '\n', ' ');
  return entry;
}

std::string Count(uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

Result<std::string> ReadWhole(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Status(Code::kInvalidArgument, "'" + path + "' is a directory, expected a file of statements");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, "cannot read file '" + path + "'");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return Status(Code::kIoError, "cannot read file '" + path + "' to its end");
  return text;
}

}  // namespace

// The database of a shell that was given none.
struct Shell::TemporaryDirectory {
  std::string path;

  static Result<std::unique_ptr<TemporaryDirectory>> Make() {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
    std::string path = (error ? std::filesystem::path("/tmp") : parent) / "quire-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return Status(Code::kIoError, "cannot make a temporary database at '" + path + "'",
                    "name a database: quire docs.quire");
    }
    auto directory = std::make_unique<TemporaryDirectory>();
    directory->path = path;
    return directory;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

Shell::Shell(ShellOptions options, std::shared_ptr<const Registry> registry, std::FILE* in, std::FILE* out,
             std::FILE* err)
    : options_(std::move(options)), registry_(std::move(registry)), in_(in), output_(out, err) {}

// The connection goes before the directory its database is in.
Shell::~Shell() { connection_.reset(); }

Status Shell::Open(const std::string& path) {
  Options options;
  options.read_only = options_.read_only;
  options.create_if_missing = !options_.read_only;
  options.embedder_providers = registry_->embedder_providers();
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<Database> database, Database::Open(path, options));
  connection_ = std::make_unique<Connection>(std::move(database), registry_);
  if (options_.safe) QUIRE_RETURN_IF_ERROR(connection_->Execute("SET allowed_directories = ''").status());
  connection_->OnProgress([this](const Progress& progress) { output_.ShowProgress(progress); });
  connection_->OnAnswer([this](const AnswerEvent& event) { live_.Take(event); });
  return {};
}

int Shell::Run() {
  std::string path = options_.database;
  if (path.empty()) {
    auto directory = TemporaryDirectory::Make();
    if (!directory.ok()) return Fail(directory.status()), kExitFailed;
    temporary_ = std::move(directory).value();
    path = temporary_->path;
  }
  if (const Status status = Open(path); !status.ok()) return Fail(status), kExitFailed;
  Step step = Step::kDone;
  if (!options_.scripts.empty()) {
    step = RunScripts();
  } else if (isatty(fileno(in_)) != 0) {
    step = RunTerminal();
  } else {
    step = RunPipe();
  }
  if (const Status status = output_.Flush(); !status.ok() && step != Step::kFailed) step = Fail(status);
  return step == Step::kFailed ? kExitFailed : kExitOk;
}

Shell::Step Shell::Fail(const Status& status, const Input& input, size_t start) {
  if (status.code() == Code::kIoError && output_.reader_gone()) return Step::kFailed;  // whoever left knows
  Status placed(status.code(), std::string(status.message()), std::string(status.hint()));
  if (status.position() != Status::kNoPosition) placed = std::move(placed).At(start + status.position());
  output_.Error(placed, input.text, input.lines_before);
  return Step::kFailed;
}

Shell::Step Shell::RunScripts() {
  for (const ShellOptions::Script& script : options_.scripts) {
    const Step step = !script.is_file ? RunText({script.text}) : script.text == "-" ? RunPipe() : RunFile(script.text);
    if (step != Step::kDone) return step;
  }
  return Step::kDone;
}

Shell::Step Shell::RunFile(const std::string& path) {
  const Result<std::string> text = ReadWhole(path);
  return text.ok() ? RunText({*text}) : Fail(text.status());
}

Shell::Step Shell::RunText(const Input& input) {
  size_t taken = 0;
  return RunWhole(input, /*at_end=*/true, &taken);
}

// Statements are run as soon as they are whole, so that a program at the other end can wait for each result.
Shell::Step Shell::RunPipe() {
  std::string pending;
  size_t lines_before = 0;  // of pending
  char* line = nullptr;
  size_t capacity = 0;
  Step step = Step::kDone;
  ssize_t length = 0;
  while (step == Step::kDone && (length = getline(&line, &capacity, in_)) >= 0) {
    const std::string_view bytes(line, static_cast<size_t>(length));
    pending += bytes;
    // Only these can make a statement whole: a long INSERT is not looked through again for each of its lines.
    if (bytes.find(';') == std::string_view::npos && bytes.front() != '.') continue;
    size_t taken = 0;
    step = RunWhole({pending, lines_before}, /*at_end=*/false, &taken);
    lines_before += CountLines(std::string_view(pending).substr(0, taken));
    pending.erase(0, taken);
    if (const Status status = output_.Flush(); !status.ok() && step == Step::kDone) step = Fail(status);
  }
  std::free(line);
  return step == Step::kDone ? RunText({pending, lines_before}) : step;
}

Shell::Step Shell::RunTerminal() {
  if (output_.err().interactive) {
    output_.Message("quire " + std::string(Version()) + (temporary_ ? ", temporary database" : "") +
                    ". .help shows what there is, .quit or Ctrl-D ends.");
  }
  RunStartFile();
  LineEditor editor(in_, output_.screen(), output_.screen(), HistoryPath(),
                    [this](std::string_view before) { return Complete(before, WordsToComplete()); });
  std::string pending;
  while (true) {
    const std::string ready = connection_->in_transaction() ? "quire*> " : "quire> ";
    std::string line;
    const std::string prompt = pending.empty() ? ready : "   ...> ";
    const auto outcome = editor.Read(prompt, &line);
    if (outcome == LineEditor::Outcome::kEnd) break;
    if (outcome == LineEditor::Outcome::kInterrupted) {
      output_.Message("");
      pending.clear();
      continue;
    }
    const bool command = pending.empty() && !line.empty() && line.front() == '.';
    if (!command) output_.Draw(Redrawn(prompt, pending, line, output_.screen_columns()));
    pending += line + "\n";
    size_t taken = 0;
    const Step step = RunWhole({pending}, /*at_end=*/false, &taken);
    if (taken > 0) editor.Remember(HistoryEntry(pending));
    pending.erase(0, taken);
    if (Connection::IsBlank(pending)) pending.clear();
    if (step == Step::kQuit || !output_.Flush().ok()) return Step::kQuit;
  }
  output_.Message("");
  return Step::kQuit;
}

// Settings of whoever sits there. What fails in it is told, and the shell goes on.
void Shell::RunStartFile() {
  const char* path = std::getenv("QUIRERC");
  const char* home = std::getenv("HOME");
  const std::string file = path != nullptr ? path : home != nullptr ? std::string(home) + "/.quirerc" : std::string();
  std::error_code error;
  if (!file.empty() && std::filesystem::exists(file, error)) RunFile(file);
}

Shell::Step Shell::RunWhole(const Input& input, bool at_end, size_t* taken) {
  const std::string_view text = input.text;
  size_t at = 0;
  Step step = Step::kDone;
  while (step == Step::kDone) {
    *taken = at;
    at = SkipWhitespace(text, at);
    if (at >= text.size()) break;
    size_t length = 0;
    if (text[at] == '.') {
      length = std::min(text.find('\n', at), text.size()) - at;
      *taken = at + length;
      step = RunDotCommand(text.substr(at, length));
    } else {
      length = Connection::FirstStatement(text.substr(at));
      if (length == 0 && !at_end) break;
      if (length == 0) length = text.size() - at;
      *taken = at + length;
      if (!Connection::IsBlank(text.substr(at, length))) step = RunStatement(input, at, length);
    }
    at += length;
  }
  return step;
}

Shell::Step Shell::RunStatement(const Input& input, size_t start, size_t length) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const InterruptScope scope(connection_.get());
  live_.Begin(output_.out().interactive && options_.mode == OutputMode::kTable);
  Result<std::unique_ptr<Rows>> rows = connection_->Execute(input.text.substr(start, length));
  if (!rows.ok()) {
    if (live_.shown()) output_.Result("\n");
    return Fail(rows.status(), input, start);
  }
  const Status status = ShowRows(rows->get());
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  for (const std::string& notice : (*rows)->notices()) output_.Message("notice: " + notice);
  if (!status.ok()) return Fail(status, input, start);
  if (timer_) {
    char line[64];
    std::snprintf(line, sizeof line, "time: %.2f ms", ms);
    output_.Message(line);
  }
  return Step::kDone;
}

Status Shell::ShowRows(Rows* rows) {
  const Terminal& terminal = output_.out();
  const bool person = terminal.interactive && options_.mode == OutputMode::kTable;
  const bool paged = person && pager_ && !options_.safe && HasPager() && !live_.shown();
  const RenderStyle style = {.box = person && terminal.utf8,
                             .colour = terminal.colour,
                             .columns = person && !paged ? output_.columns() : 0,
                             .answer_shown = live_.shown()};
  PagedOutput paged_output(&output_, paged ? output_.columns() : 0);
  const std::vector<ResultColumn>& columns = rows->columns();
  const bool answer = options_.mode == OutputMode::kTable && IsAnswer(columns);
  const std::unique_ptr<Renderer> renderer = MakeRenderer(options_.mode, style);
  std::vector<const Value*> values(columns.size());
  std::string text;
  uint64_t count = 0;
  if (!columns.empty() && results_++ > 0 && !terminal.interactive && IsForPeople(options_.mode)) text = "\n";
  if (!columns.empty() && !answer) renderer->Begin(columns, &text);
  Result<bool> more = rows->Next();
  for (; more.ok() && *more; more = rows->Next()) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = &rows->value(i);
    ++count;
    if (answer) {
      text += RenderAnswer(columns, values, style);
    } else {
      renderer->Row(values, &text);
    }
    if (text.size() < kFlushBytes) continue;
    QUIRE_RETURN_IF_ERROR(paged_output.Write(text));
    text.clear();
    if (paged_output.left()) return {};
  }
  // A result that breaks off is closed all the same: what stands there stays readable.
  if (!columns.empty() && !answer) renderer->End(&text);
  QUIRE_RETURN_IF_ERROR(paged_output.Write(text));
  paged_output.Close();
  if (!more.ok()) return std::move(more).status();
  if (!output_.err().interactive || !person || answer) return {};
  if (!columns.empty()) output_.Message(Count(count, "row"));
  if (columns.empty()) {
    output_.Message(rows->changes() == 0 ? "ok" : "ok, " + Count(rows->changes(), "chunk") + " changed");
  }
  return {};
}

int ShellMain(const std::vector<std::string>& arguments, std::shared_ptr<const Registry> registry) {
  std::setlocale(LC_CTYPE, "");
  CommandLine line = ParseCommandLine(arguments);
  std::fputs(line.output.c_str(), stdout);
  std::fputs(line.error.c_str(), stderr);
  if (line.exit_code.has_value()) return *line.exit_code;
  InstallSignalHandlers();
  return Shell(std::move(line.options), std::move(registry), stdin, stdout, stderr).Run();
}

}  // namespace quire::sql
