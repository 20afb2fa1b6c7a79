#include "tests/sql/runner/run.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "quire/connection.h"
#include "sql/registry/registry.h"

namespace quire::sql_test {
namespace {

// Says what it was asked: one row of the request's parts beside the scripted answer.
class MockAnswerProvider : public sql::AnswerProvider {
 public:
  explicit MockAnswerProvider(std::string answer) : answer_(std::move(answer)) {}

  Result<sql::RowSet> Ask(const sql::AskRequest& request, const sql::Session& session) const override {
    QUIRE_ASSIGN_OR_RETURN(const uint64_t chunks, session.reader.Count(request.collection, request.filter));
    std::string options;
    for (const auto& [name, value] : request.options) {
      options.append(options.empty() ? "" : ", ").append(name).append(" = ").append(value.ToString());
    }
    sql::RowSet set;
    for (const char* name : {"status", "answer", "question", "collection", "model", "options"}) {
      set.columns.push_back({name, Type::kText});
    }
    set.columns.push_back({"chunks", Type::kInteger});
    set.rows.push_back({Value::Text(request.explain ? "explained" : "answered"), Value::Text(answer_),
                        Value::Text(request.question), Value::Text(request.collection), Value::Text(request.model),
                        Value::Text(options), Value::Integer(static_cast<int64_t>(chunks))});
    return set;
  }

 private:
  std::string answer_;
};

std::string Shown(const Value& value, char type) {
  if (value.is_null()) return "NULL";
  if (type == 'R' && value.is_number()) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3f", value.AsDouble());
    return text;
  }
  std::string out;
  for (const char c : value.ToString()) out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  return out.empty() ? "(empty)" : out;
}

// Whether a value is of the kind the types of a query say: T anything as text, I whole numbers, R numbers.
bool IsOfKind(const Value& value, char type) {
  if (value.is_null() || type == 'T') return true;
  return type == 'I' ? value.type() == Type::kInteger : value.type() == Type::kReal;
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  size_t start = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  lines.push_back(text.substr(start));
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append("\n    ").append(line);
  return text.empty() ? " nothing" : text;
}

class Runner {
 public:
  Runner(std::string directory, const RunOptions& options) : directory_(std::move(directory)), options_(options) {}

  Status Open() {
    connection_.reset();
    QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<Database> database, Database::Open(directory_, {.sync = Sync::kOff}));
    auto registry = std::make_shared<sql::Registry>();
    if (!answer_.empty()) {
      QUIRE_RETURN_IF_ERROR(registry->SetAnswerProvider(std::make_unique<MockAnswerProvider>(answer_)));
    }
    connection_ = std::make_unique<Connection>(std::move(database), std::move(registry));
    return options_.no_index ? connection_->Execute("SET use_indexes = off").status() : Status();
  }

  // What is wrong with what the record gives; empty: nothing.
  std::string Run(const Record& record, std::vector<std::string>* actual) {
    if (record.kind == Record::Kind::kMockAnswer) answer_ = record.text;
    const bool reopens = record.kind == Record::Kind::kMockAnswer || record.kind == Record::Kind::kRestart;
    if (reopens) return Reopen();
    const Status status = Execute(record, actual);
    std::string wrong = Judge(record, status, *actual);
    if (!wrong.empty() || connection_->in_transaction()) return wrong;
    if (options_.vacuum_each) return Vacuum();
    return options_.restart_each ? Reopen() : "";
  }

 private:
  std::string Reopen() {
    const Status status = Open();
    return status.ok() ? "" : "reopening failed: " + status.ToString();
  }

  std::string Vacuum() {
    const Status status = connection_->Execute("VACUUM").status();
    return status.ok() ? "" : "vacuuming failed: " + status.ToString();
  }

  Status Execute(const Record& record, std::vector<std::string>* actual) {
    std::string text = record.kind == Record::Kind::kExplain ? "EXPLAIN " + record.text : record.text;
    constexpr std::string_view kDirectory = "<<dir>>";
    for (size_t at = text.find(kDirectory); at != std::string::npos; at = text.find(kDirectory)) {
      text.replace(at, kDirectory.size(), directory_.substr(0, directory_.rfind('/')));
    }
    QUIRE_ASSIGN_OR_RETURN(const std::unique_ptr<Rows> rows, connection_->Execute(text, record.parameters));
    const std::string types = record.kind == Record::Kind::kQuery ? record.argument : std::string();
    if (record.header) AddHeader(rows->columns(), actual);
    wrong_type_.clear();
    if (!types.empty() && types.size() != rows->columns().size()) {
      wrong_type_ =
          "gives " + std::to_string(rows->columns().size()) + " columns, expected " + std::to_string(types.size());
    }
    std::vector<std::string> lines;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
      if (!more) break;
      std::string line;
      for (size_t i = 0; i < rows->columns().size(); ++i) {
        const char type = i < types.size() ? types[i] : 'T';
        if (!IsOfKind(rows->value(i), type)) {
          wrong_type_ = "column " + std::to_string(i + 1) + " is " + std::string(TypeName(rows->value(i).type()));
        }
        line.append(i == 0 ? "" : "\t").append(Shown(rows->value(i), type));
      }
      lines.push_back(std::move(line));
    }
    if (record.row_sort) std::sort(lines.begin(), lines.end());
    actual->insert(actual->end(), lines.begin(), lines.end());
    changes_ = rows->changes();
    notices_ = rows->notices();
    return {};
  }

  static void AddHeader(const std::vector<ResultColumn>& columns, std::vector<std::string>* actual) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) line.append(i == 0 ? "" : "\t").append(columns[i].name);
    actual->push_back(std::move(line));
  }

  std::string Judge(const Record& record, const Status& status, std::vector<std::string>& actual) const {
    if (record.kind == Record::Kind::kError) return JudgeError(record, status);
    if (record.kind == Record::Kind::kExplain && options_.no_index) return "";
    if (!status.ok()) return "failed:\n" + FormatError(status, record.text.substr(0, 4096));
    if (record.kind == Record::Kind::kStatement) {
      const std::string changes = std::to_string(changes_);
      if (!record.argument.empty() && record.argument != changes) return "changed " + changes + " chunks";
      // A statement expects notices, if anything.
      actual = notices_;
      return record.expected.empty() || record.expected == actual ? "" : "gave the notices" + Joined(actual);
    }
    if (!wrong_type_.empty()) return wrong_type_;
    return record.expected == actual ? "" : "gave" + Joined(actual);
  }

  // Every expected line must be part of a line of the error as a person sees it.
  static std::string JudgeError(const Record& record, const Status& status) {
    if (status.ok()) return "succeeded";
    const std::string shown = FormatError(status, record.text);
    if (CodeName(status.code()) != record.argument) {
      return "failed with " + std::string(CodeName(status.code())) + ":\n" + shown;
    }
    const std::vector<std::string> lines = SplitLines(shown);
    for (const std::string& expected : record.expected) {
      const bool found = std::any_of(lines.begin(), lines.end(),
                                     [&](const std::string& line) { return line.find(expected) != std::string::npos; });
      if (!found) return "the error does not hold '" + expected + "':\n" + shown;
    }
    return "";
  }

  std::string directory_;
  RunOptions options_;
  std::string answer_;  // of ASK; empty: no provider
  std::unique_ptr<Connection> connection_;
  std::string wrong_type_;
  uint64_t changes_ = 0;
  std::vector<std::string> notices_;
};

}  // namespace

std::vector<Failure> RunScript(const std::vector<Record>& records, const std::string& directory,
                               const RunOptions& options, std::vector<std::vector<std::string>>* actual) {
  Runner runner(directory, options);
  const Status opened = runner.Open();
  if (!opened.ok()) return {{1, "opening the database failed: " + opened.ToString()}};
  std::vector<Failure> failures;
  for (const Record& record : records) {
    actual->emplace_back();
    std::string what = runner.Run(record, &actual->back());
    if (!what.empty()) failures.push_back({record.line, std::move(what)});
  }
  return failures;
}

}  // namespace quire::sql_test
