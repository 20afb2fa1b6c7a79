#include "tests/crash/doer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/hash.h"
#include "extensions/chat/register.h"
#include "extensions/ingest/register.h"
#include "extensions/providers/register.h"
#include "sql/registry/registry.h"
#include "tests/crash/pairs.h"

namespace quire::crash {
namespace {

using Json = nlohmann::json;

std::shared_ptr<const sql::Registry> MakeRegistry() {
  auto registry = std::make_shared<sql::Registry>();
  const bool made = chat::RegisterChat(registry.get()).ok() && ingest::RegisterIngest(registry.get()).ok() &&
                    providers::RegisterProviders(registry.get()).ok();
  return made ? registry : nullptr;
}

// An answer as it is told and compared.
std::string ShownAnswer(const std::string& status, const std::string& text) { return status + " " + std::to_string(Hash64(text)); }

// Chunks of a collection with their attributes by name; none where it is not there.
struct Read {
  Chunk chunk;
  std::map<std::string, Value> columns;
  std::string Text(const std::string& column) const {
    const auto found = columns.find(column);
    return found == columns.end() || found->second.is_null() ? "" : found->second.ToString();
  }
};
Result<std::vector<Read>> ReadAll(const Reader& reader, const std::string& collection) {
  std::vector<Read> all;
  const auto info = reader.GetCollection(collection);
  if (!info.ok()) return all;
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(collection, Filter(), {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return all;
    Read& read = all.emplace_back();
    read.chunk = chunk;
    for (size_t i = 0; i < chunk.attributes.size(); ++i) read.columns[info->schema.attributes[i].name] = chunk.attributes[i];
  }
}

}  // namespace

Options OptionsOfSteps() {
  Options options;
  options.memory_limit_bytes = 16 << 20;  // so that there are flushes and compactions
  options.embedders = {std::make_shared<Pairs>("a", 96, 7), std::make_shared<Pairs>("b", 160, 11)};
  return options;
}

Doer::Doer(std::string root, std::shared_ptr<Database> database)
    : root_(std::move(root)), database_(std::move(database)), connection_(database_, MakeRegistry()) {}

Result<std::unique_ptr<Doer>> Doer::Open(const std::string& root, const Options& options) {
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<Database> database, Database::Open(root + "/db", options));
  for (const CollectionSchema& schema : Schemas()) {
    if (!database->reader()->GetCollection(schema.name).ok()) QUIRE_RETURN_IF_ERROR(database->CreateCollection(schema));
  }
  std::unique_ptr<Doer> doer(new Doer(root, std::move(database)));
  QUIRE_RETURN_IF_ERROR(doer->Run({"CREATE COLLECTION IF NOT EXISTS notes (serial INTEGER, kind TEXT)"}).status());
  QUIRE_RETURN_IF_ERROR(doer->Run({"CREATE COLLECTION IF NOT EXISTS rows (n INTEGER) WITH (embedder = 'hashed')"}).status());
  return doer;
}

// The last row.
Result<std::map<std::string, Value>> Doer::Run(const Step::Sql& statement) {
  std::string text = statement.text;
  if (const size_t at = text.find("{root}"); at != std::string::npos) text.replace(at, 6, root_);
  QUIRE_ASSIGN_OR_RETURN(const auto rows, connection_.Execute(text, {.positional = statement.parameters}));
  std::map<std::string, Value> last;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
    if (!more) return last;
    for (size_t i = 0; i < rows->columns().size(); ++i) last[rows->columns()[i].name] = rows->value(i);
  }
}

Result<std::string> Doer::Do(const Step& step) {
  if (!step.changes.empty()) {
    QUIRE_RETURN_IF_ERROR(Execute(*database_, step.changes));
    return std::string();
  }
  if (!step.file.empty()) std::ofstream(root_ + "/rows.jsonl") << step.file;
  const bool together = step.statements.size() > 1;
  if (together) QUIRE_RETURN_IF_ERROR(Run({"BEGIN"}).status());
  std::map<std::string, Value> row;
  for (const Step::Sql& statement : step.statements) {
    auto ran = Run(statement);
    if (!ran.ok() && step.may_be_refused) {
      for (const Code refusal : {Code::kInvalidArgument, Code::kNotFound, Code::kBusy, Code::kAlreadyExists}) {
        if (ran.status().code() == refusal) return std::string("refused");
      }
    }
    if (!ran.ok()) return std::move(ran).status().Within(statement.text);
    row = *std::move(ran);
  }
  if (together) QUIRE_RETURN_IF_ERROR(Run({"COMMIT"}).status());
  if (step.kind == "FORGET") return row.at("found").ToString();
  if (step.kind != "ASK") return std::string();
  if (row.at("answer_id").ToString() == "0") return Status(Code::kInternal, "an answer is not kept: " + row.at("note").ToString());
  return row.at("answer_id").ToString() + " " + ShownAnswer(row.at("status").ToString(), row.at("answer").ToString());
}

Result<Facts> ReadFacts(const Reader& reader) {
  Facts facts;
  const auto notes_schema = reader.GetCollection("notes");
  facts["columns of notes"] = std::to_string(notes_schema.ok() ? notes_schema->schema.attributes.size() : 2);
  QUIRE_ASSIGN_OR_RETURN(const auto notes, ReadAll(reader, "notes"));
  for (const Read& note : notes) facts["note " + note.chunk.id] = note.Text("serial");
  QUIRE_ASSIGN_OR_RETURN(const auto rows, ReadAll(reader, "rows"));
  for (const Read& row : rows) facts["row " + row.chunk.id] = row.chunk.text;
  QUIRE_ASSIGN_OR_RETURN(const auto answers, ReadAll(reader, "quire_answers"));
  for (const Read& answer : answers) facts["answer " + answer.Text("answer_id")] = answer.Text("question");
  std::map<std::string, std::multiset<std::string>> ratings;
  QUIRE_ASSIGN_OR_RETURN(const auto feedback, ReadAll(reader, "quire_feedback"));
  for (const Read& one : feedback) ratings[one.Text("answer_id")].insert(one.Text("rating"));
  for (const auto& [answer, all] : ratings) {
    for (const std::string& rating : all) facts["feedback " + answer] += rating + ";";
  }
  QUIRE_ASSIGN_OR_RETURN(const auto models, ReadAll(reader, "quire_models"));
  for (const Read& model : models) facts["model " + model.chunk.id] = model.Text("state");
  for (const CollectionInfo& info : reader.ListCollections()) {
    if (info.schema.name.starts_with("other")) facts["collection " + info.schema.name] = std::to_string(info.chunks);
  }
  if (!reader.GetCollection("docs").ok()) return facts;
  QUIRE_ASSIGN_OR_RETURN(const auto progress, reader.Find("docs", kProgressId));
  if (!progress) return facts;
  QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader.Get("docs", *progress, {.text = false}));
  facts["transactions"] = std::to_string(-chunk.attributes.at(kSerialColumn).integer());
  return facts;
}

namespace {

class AnswerCheck {
 public:
  AnswerCheck(const std::map<int64_t, std::string>& told, const std::set<std::string>& forgotten) : told_(told), forgotten_(forgotten) {}

  Status Run(const Reader& reader) {
    QUIRE_ASSIGN_OR_RETURN(const auto quotes, ReadAll(reader, "quire_citations"));
    for (const Read& quote : quotes) {
      const std::string answer = quote.Text("answer_id");
      quoted_[answer].insert(quote.Text("n"));
      NothingForgotten(quote, "a quote of answer " + answer);
    }
    QUIRE_ASSIGN_OR_RETURN(const auto answers, ReadAll(reader, "quire_answers"));
    std::map<std::string, bool> blanked;
    for (const Read& answer : answers) {
      Check(answer);
      blanked[answer.Text("answer_id")] = answer.Text("status") == "forgotten";
    }
    for (const auto& [answer, numbers] : quoted_) Expect(blanked.contains(answer), "quotes of answer " + answer + ", which is not there");
    QUIRE_ASSIGN_OR_RETURN(const auto feedback, ReadAll(reader, "quire_feedback"));
    for (const Read& one : feedback) {
      const std::string answer = one.Text("answer_id"), correction = one.Text("correction");
      const bool bad = one.Text("rating") == "bad";
      NothingForgotten(one, "feedback on answer " + answer);
      Expect(blanked.contains(answer), "feedback on answer " + answer + ", which is not there");
      const bool whole = correction == (bad ? "correction of " + answer : "") && one.Text("reason") == (bad ? "reason of " + answer : "");
      Expect(whole || (correction.empty() && one.Text("reason").empty() && blanked[answer]), "feedback on answer " + answer + " is not whole");
    }
    return {};
  }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  void Expect(bool holds, std::string line) {
    if (!holds) lines_.push_back(std::move(line));
  }
  void NothingForgotten(const Read& read, const std::string& what) {
    std::string all = read.chunk.text;
    for (const auto& [name, value] : read.columns) all += " " + (value.is_null() ? "" : value.ToString());
    for (const std::string& word : forgotten_) Expect(all.find(word) == std::string::npos, what + " still has '" + word + "'");
  }
  // Its text as it was told, and a quote for each number that its sentences name.
  void Check(const Read& answer) {
    const std::string id = answer.Text("answer_id"), status = answer.Text("status");
    NothingForgotten(answer, "answer " + id);
    if (status == "forgotten") return Expect(answer.chunk.text.empty(), "answer " + id + " is forgotten and has a text");
    const auto told = told_.find(std::stoll(id));
    if (told != told_.end()) Expect(told->second == ShownAnswer(status, answer.chunk.text), "answer " + id + " is not what was told");
    const Json sentences = Json::parse(answer.Text("sentences"), nullptr, false);
    Expect(sentences.is_array(), "answer " + id + " has no sentences");
    for (const Json& sentence : sentences) {
      const int64_t number = sentence.is_object() ? sentence.value("citation", int64_t{0}) : 0;
      if (number > 0) Expect(quoted_[id].contains(std::to_string(number)), "answer " + id + " has no quote " + std::to_string(number));
    }
  }

  const std::map<int64_t, std::string>& told_;
  const std::set<std::string>& forgotten_;
  std::map<std::string, std::set<std::string>> quoted_;  // numbers of quotes by answer
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> FaultsOfAnswers(const Reader& reader, const std::map<int64_t, std::string>& told, const std::set<std::string>& forgotten) {
  AnswerCheck check(told, forgotten);
  const Status status = check.Run(reader);
  std::vector<std::string> lines = check.Take();
  if (!status.ok()) lines.push_back(status.ToString());
  return lines;
}

std::vector<std::string> FilesWith(const std::string& directory, const std::set<std::string>& words) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (const std::string& word : words) {
      if (bytes.find(word) != std::string::npos) lines.push_back(entry.path().filename().string() + " has '" + word + "'");
    }
  }
  return lines;
}

}  // namespace quire::crash
