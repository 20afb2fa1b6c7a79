// The dot-commands: what the shell itself can do.
#include <algorithm>

#include "sql/bind/aggregates.h"
#include "sql/bind/system_tables.h"
#include "sql/parse/nearest.h"
#include "sql/parse/print.h"
#include "sql/parse/statements.h"
#include "sql/parse/text_width.h"
#include "sql/shell/shell.h"

namespace quire::sql {
namespace {

constexpr size_t kMaxReadDepth = 20;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n;";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string_view Unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string HelpLine(std::string_view what, std::string_view description) {
  constexpr size_t kColumn = 30;
  const size_t width = DisplayWidth(what);
  const std::string gap = width < kColumn ? std::string(kColumn - width, ' ') : "\n" + std::string(kColumn + 2, ' ');
  return "  " + std::string(what) + gap + std::string(description) + "\n";
}

Option MakeOption(std::string_view name, Value value) {
  Option option;
  option.name.text = std::string(name);
  option.value = std::make_unique<Expression>();
  option.value->node = LiteralExpression{std::move(value)};
  return option;
}

}  // namespace

struct Shell::DotCommand {
  std::string_view name;
  std::string_view arguments;
  std::string_view description;
  Step (Shell::*run)(std::string_view argument);
  bool is_safe = true;  // false: it uses a file or another program
};

const std::vector<Shell::DotCommand>& Shell::DotCommands() {
  static const std::vector<DotCommand> kCommands = {
      {".help", "[statements|functions]", "show this, the statements, or the functions", &Shell::Help},
      {".open", "DIRECTORY", "close this database and open another", &Shell::OpenOther, false},
      {".tables", "", "list the collections", &Shell::Tables},
      {".schema", "[NAME]", "show the statements that make the collections", &Shell::Schema},
      {".mode", "[table|json|csv|markdown|line]", "show or change how results are written", &Shell::Mode},
      {".timer", "on|off", "show how long each statement takes", &Shell::Timer},
      {".read", "FILE", "run the statements of a file", &Shell::Read, false},
      {".import", "FILE COLLECTION", "load rows (.csv, .tsv, .jsonl) or documents", &Shell::Import, false},
      {".dump", "[--embeddings] [NAME]", "show the statements that make everything again", &Shell::Dump},
      {".output", "[FILE]", "write results to a file, or to the screen again", &Shell::OutputTo, false},
      {".backup", "DIRECTORY", "copy the database", &Shell::Backup, false},
      {".pager", "on|off", "show results that are wider than the terminal in a pager", &Shell::Pager, false},
      {".quit", "", "end the shell", &Shell::Quit},
      {".exit", "", "end the shell", &Shell::Quit},
  };
  return kCommands;
}

Shell::Step Shell::RunDotCommand(std::string_view line) {
  line = Trimmed(line);
  const size_t space = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view name = line.substr(0, space);
  std::vector<std::string_view> names;
  for (const DotCommand& command : DotCommands()) {
    if (command.name == name && options_.safe && !command.is_safe) {
      return Fail(Status(Code::kInvalidArgument, std::string(name) + " is not for a --safe shell: it uses files or other programs"));
    }
    if (command.name == name) return (this->*command.run)(Unquoted(Trimmed(line.substr(space))));
    names.push_back(command.name);
  }
  const std::string_view near = Nearest(name, names);
  return Fail(Status(Code::kNotFound, "there is no dot-command '" + std::string(name) + "'",
                     near.empty() ? ".help lists those there are" : "did you mean " + std::string(near) + "?"));
}

Shell::Step Shell::Help(std::string_view argument) {
  std::string text;
  if (argument == "statements") {
    for (const StatementInfo& info : Statements()) {
      if (!info.needs.empty() || !info.notice.empty()) continue;
      text += "  " + std::string(info.words) + " " + std::string(info.syntax) + "\n";
      text += "      " + std::string(info.description) + "\n";
    }
  } else if (argument == "functions") {
    text = "Searches\n";
    for (const SearchInfo& info : SearchForms()) text += HelpLine(info.form, info.description);
    text += "Aggregates, each with FILTER (WHERE condition)\n";
    for (const AggregateInfo& info : Aggregates()) text += HelpLine(info.signature, info.description);
    text += "Functions\n";
    for (const ScalarFunction* function : registry_->functions()) {
      text += HelpLine(function->signature, function->description);
    }
  } else if (argument.empty()) {
    text = "Statements end with a semicolon and may take several lines.\n";
    for (const DotCommand& command : DotCommands()) {
      const std::string arguments = command.arguments.empty() ? "" : " " + std::string(command.arguments);
      text += HelpLine(std::string(command.name) + arguments, command.description);
    }
  } else {
    return Fail(Status(Code::kNotFound, "there is no help on '" + std::string(argument) + "'",
                       "there is .help, .help statements and .help functions"));
  }
  output_.Result(text);
  return Step::kDone;
}

Shell::Step Shell::OpenOther(std::string_view argument) {
  if (argument.empty()) return Fail(Status(Code::kInvalidArgument, ".open needs a directory", ".open docs.quire"));
  if (connection_->in_transaction()) {
    return Fail(Status(Code::kInvalidArgument, "a transaction is open", "COMMIT or ROLLBACK first"));
  }
  const Status status = Open(std::string(argument));
  return status.ok() ? Step::kDone : Fail(status);
}

Shell::Step Shell::Tables(std::string_view) {
  std::string text;
  for (const CollectionInfo& info : connection_->database().reader()->ListCollections())
    text += info.schema.name + "\n";
  output_.Result(text);
  return Step::kDone;
}

Shell::Step Shell::Schema(std::string_view argument) {
  const std::shared_ptr<const Reader> reader = connection_->database().reader();
  std::string text;
  if (!argument.empty()) {
    const Result<CollectionInfo> info = reader->GetCollection(argument);
    if (!info.ok()) return Fail(info.status());
    text = CreateStatement(info->schema);
  } else {
    for (const CollectionInfo& info : reader->ListCollections()) text += CreateStatement(info.schema);
  }
  output_.Result(text);
  return Step::kDone;
}

Shell::Step Shell::Mode(std::string_view argument) {
  if (argument.empty()) {
    output_.Result(std::string(OutputModeName(options_.mode)) + "\n");
    return Step::kDone;
  }
  const std::optional<OutputMode> mode = ParseOutputMode(argument);
  if (!mode.has_value()) {
    return Fail(Status(Code::kInvalidArgument, "there is no mode '" + std::string(argument) + "'",
                       "there are table, json, csv, markdown and line"));
  }
  options_.mode = *mode;
  return Step::kDone;
}

Shell::Step Shell::Timer(std::string_view argument) {
  if (argument != "on" && argument != "off") {
    return Fail(Status(Code::kInvalidArgument, ".timer takes on or off, found '" + std::string(argument) + "'"));
  }
  timer_ = argument == "on";
  return Step::kDone;
}

Shell::Step Shell::Pager(std::string_view argument) {
  if (argument != "on" && argument != "off") {
    return Fail(Status(Code::kInvalidArgument, ".pager takes on or off, found '" + std::string(argument) + "'"));
  }
  pager_ = argument == "on";
  return Step::kDone;
}

Shell::Step Shell::Read(std::string_view argument) {
  if (argument.empty()) return Fail(Status(Code::kInvalidArgument, ".read needs a file", ".read setup.sql"));
  if (read_depth_ >= kMaxReadDepth) {
    return Fail(
        Status(Code::kResourceExhausted, ".read is nested deeper than " + std::to_string(kMaxReadDepth) + " files"));
  }
  ++read_depth_;
  const Step step = RunFile(std::string(argument));
  --read_depth_;
  return step;
}

CompletionWords Shell::WordsToComplete() const {
  CompletionWords words;
  words.keywords = CompletionKeywords();
  for (const DotCommand& command : DotCommands()) words.commands.emplace_back(command.name);
  for (const ScalarFunction* function : registry_->functions()) words.functions.push_back(function->name);
  for (const SystemTable& table : SystemTables()) words.collections.emplace_back(table.name);
  for (const CollectionInfo& info : connection_->database().reader()->ListCollections()) {
    words.collections.push_back(info.schema.name);
    for (const SourceColumn& column : MakeCollectionSource(info).columns) words.columns.push_back(column.name);
  }
  for (const AggregateInfo& info : Aggregates()) words.functions.emplace_back(info.name);
  for (const char* column : {"score", "distance", "rank"}) words.columns.emplace_back(column);
  return words;
}

Shell::Step Shell::Quit(std::string_view) { return Step::kQuit; }

std::string CreateStatement(const CollectionSchema& schema) {
  const CollectionSchema defaults;
  CreateCollectionStatement create;
  create.name.text = schema.name;
  for (const ColumnSchema& column : schema.attributes) create.columns.push_back({{column.name, {}}, column.type});
  const auto add = [&](bool differs, std::string_view name, Value value) {
    if (differs) create.options.push_back(MakeOption(name, std::move(value)));
  };
  add(true, "metric", Value::Text(std::string(MetricName(schema.metric))));
  add(true, "embedder", Value::Text(schema.embedder));
  add(schema.embedder == "none", "dim", Value::Integer(schema.dim));
  add(schema.chunk_tokens != defaults.chunk_tokens, "chunk_tokens", Value::Integer(schema.chunk_tokens));
  add(schema.language != defaults.language, "language", Value::Text(schema.language));
  add(schema.recall_target != defaults.recall_target, "recall_target", Value::Real(schema.recall_target));
  add(schema.raw != defaults.raw, "raw", Value::Text(schema.raw == RawVectors::kF32 ? "f32" : "f16"));
  Statement statement;
  statement.node = std::move(create);
  return Print(statement) + ";\n";
}

}  // namespace quire::sql
