// Dot-commands that bring data in and out: .import, .dump, .output, .backup.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "sql/bind/source.h"
#include "sql/parse/print.h"
#include "sql/shell/csv.h"
#include "sql/shell/dump.h"
#include "sql/shell/interrupt.h"
#include "sql/shell/shell.h"

namespace quire::sql {
namespace {

constexpr uint64_t kTransactionRows = 10'000;
constexpr uint64_t kTellRows = 1'000;

// The words of an argument: 'a b' and "a b" are one.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const char quote = text[at] == '\'' || text[at] == '"' ? text[at] : '\0';
    const size_t begin = quote == '\0' ? at : at + 1;
    const size_t end =
        std::min(quote == '\0' ? text.find_first_of(" \t", begin) : text.find(quote, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    at = std::min(end + 1, text.size());
  }
  return words;
}

std::string PrintedName(const std::string& name) { return Print(Expression{{}, ColumnExpression{"", name}}); }

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && SameName(text.substr(text.size() - end.size()), end);
}

// Makes the collection if it is not there: every column that no collection has by itself is TEXT.
Status EnsureCollection(Connection& connection, const std::string& name, const std::vector<std::string>& columns) {
  if (connection.database().reader()->GetCollection(name).ok()) return {};
  const Source builtin = MakeCollectionSource(CollectionInfo());
  std::string list;
  for (const std::string& column : columns) {
    if (!builtin.Find(column)) list += (list.empty() ? " (" : ", ") + PrintedName(column) + " TEXT";
  }
  return connection.Execute("CREATE COLLECTION " + PrintedName(name) + list + (list.empty() ? "" : ")")).status();
}

Status RunOne(Connection& connection, const char* statement) { return connection.Execute(statement).status(); }

// The rows of a file into a collection.
class CsvImport {
 public:
  CsvImport(Connection* connection, std::istream& in, char separator, std::function<void(uint64_t)> tell)
      : connection_(connection), reader_(in, separator), tell_(std::move(tell)) {}

  Status Run(const std::string& collection) {
    CsvReader::Record record;
    QUIRE_ASSIGN_OR_RETURN(const bool has_header, reader_.Next(&record));
    if (!has_header) return Status(Code::kInvalidArgument, "the file is empty, expected a line with names of columns");
    std::string names, marks;
    std::vector<std::string> columns;
    for (const std::optional<std::string>& name : record) {
      if (!name || name->empty()) {
        return Status(Code::kInvalidArgument,
                      "column " + std::to_string(columns.size() + 1) + " of the first line has no name");
      }
      columns.push_back(*name);
      names += (names.empty() ? "" : ", ") + PrintedName(*name);
      marks += marks.empty() ? "?" : ", ?";
    }
    QUIRE_RETURN_IF_ERROR(EnsureCollection(*connection_, collection, columns));
    QUIRE_ASSIGN_OR_RETURN(quire::Statement insert, connection_->Prepare("INSERT INTO " + PrintedName(collection) +
                                                                         " (" + names + ") VALUES (" + marks + ")"));
    const bool own = !connection_->in_transaction();
    Status status = InsertAll(&insert, own);
    if (!own) return status;
    if (status.ok()) return connection_->in_transaction() ? RunOne(*connection_, "COMMIT") : Status();
    if (connection_->in_transaction()) {
      if (const Status ended = RunOne(*connection_, "ROLLBACK"); !ended.ok()) return ended;
    }
    return status;
  }

  uint64_t committed() const { return committed_; }
  uint64_t rows() const { return rows_; }

 private:
  Status InsertAll(quire::Statement* insert, bool own) {
    CsvReader::Record record;
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, reader_.Next(&record));
      if (!more) return {};
      if (TakeInterrupt()) return Status(Code::kCancelled, "import interrupted");
      if (own && rows_ % kTransactionRows == 0) {
        if (rows_ > 0) QUIRE_RETURN_IF_ERROR(RunOne(*connection_, "COMMIT"));
        committed_ = rows_;
        QUIRE_RETURN_IF_ERROR(RunOne(*connection_, "BEGIN"));
      }
      Status status = Insert(insert, &record);
      if (!status.ok()) return std::move(status).Within("line " + std::to_string(reader_.line()));
      if (++rows_ % kTellRows == 0) tell_(rows_);
    }
  }

  static Status Insert(quire::Statement* insert, CsvReader::Record* record) {
    if (record->size() != insert->parameter_count()) {
      return Status(Code::kInvalidArgument, "has " + std::to_string(record->size()) + " fields, expected " +
                                                std::to_string(insert->parameter_count()));
    }
    for (size_t i = 0; i < record->size(); ++i) {
      std::optional<std::string>& field = (*record)[i];
      QUIRE_RETURN_IF_ERROR(insert->Bind(i + 1, field ? Value::Text(*std::move(field)) : Value()));
    }
    const Status status = insert->Execute().status();
    // Without its position: that is in a statement nobody wrote.
    return status.ok() ? status : Status(status.code(), std::string(status.message()), std::string(status.hint()));
  }

  Connection* connection_;
  CsvReader reader_;
  std::function<void(uint64_t)> tell_;
  uint64_t rows_ = 0;
  uint64_t committed_ = 0;
};

}  // namespace

Shell::Step Shell::Import(std::string_view argument) {
  const std::vector<std::string> words = WordsOf(argument);
  if (words.size() != 2) {
    return Fail(Status(Code::kInvalidArgument, ".import needs a file and a collection", ".import rows.csv docs"));
  }
  if (EndsWith(words[0], ".csv")) return ImportCsv(words[0], ',', words[1]);
  if (EndsWith(words[0], ".tsv")) return ImportCsv(words[0], '\t', words[1]);
  const std::string copy = "COPY " + PrintedName(words[1]) + " FROM " + SqlLiteral(Value::Text(words[0]));
  return RunStatement({copy}, 0, copy.size());
}

Shell::Step Shell::ImportCsv(const std::string& path, char separator, const std::string& collection) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || std::filesystem::is_directory(path, error)) {
    return Fail(Status(Code::kNotFound, "cannot read file '" + path + "'"));
  }
  TakeInterrupt();
  CsvImport import(connection_.get(), file, separator, [this](uint64_t rows) {
    output_.ShowProgress({"rows", rows, 0});
  });
  Status status = import.Run(collection);
  output_.ClearProgress();
  if (!status.ok()) {
    const std::string kept = import.committed() == 0 ? "" : " (" + std::to_string(import.committed()) + " rows are in)";
    const Status told(status.code(), "'" + path + "': " + std::string(status.message()) + kept,
                      std::string(status.hint()));
    return Fail(told);
  }
  if (output_.err().interactive) output_.Message(std::to_string(import.rows()) + " rows imported");
  return Step::kDone;
}

Shell::Step Shell::Dump(std::string_view argument) {
  bool embeddings = false;
  std::string name;
  for (const std::string& word : WordsOf(argument)) {
    const bool flag = word == "--embeddings";
    embeddings |= flag;
    if (flag) continue;
    if (!name.empty() || word.front() == '-') {
      return Fail(Status(Code::kInvalidArgument, ".dump takes --embeddings and a collection, found '" + word + "'"));
    }
    name = word;
  }
  const std::shared_ptr<const Reader> reader = connection_->database().reader();
  std::vector<CollectionInfo> collections;
  if (name.empty()) {
    collections = reader->ListCollections();
  } else {
    Result<CollectionInfo> info = reader->GetCollection(name);
    if (!info.ok()) return Fail(info.status());
    collections.push_back(*std::move(info));
  }
  TakeInterrupt();
  for (const CollectionInfo& info : collections) {
    const Status status = DumpCollection(*reader, info, embeddings, [this](std::string_view text) -> Status {
      if (TakeInterrupt()) return Status(Code::kCancelled, "dump interrupted");
      output_.Result(text);
      return output_.reader_gone() ? output_.Flush() : Status();
    });
    if (!status.ok()) return Fail(status);
  }
  const Status flushed = output_.Flush();
  return flushed.ok() ? Step::kDone : Fail(flushed);
}

Shell::Step Shell::OutputTo(std::string_view argument) {
  const Status status = output_.Redirect(argument == "stdout" ? std::string() : std::string(argument));
  return status.ok() ? Step::kDone : Fail(status);
}

Shell::Step Shell::Backup(std::string_view argument) {
  if (argument.empty()) return Fail(Status(Code::kInvalidArgument, ".backup needs a directory", ".backup copy.quire"));
  const std::string backup = "BACKUP TO " + SqlLiteral(Value::Text(std::string(argument)));
  return RunStatement({backup}, 0, backup.size());
}

}  // namespace quire::sql
