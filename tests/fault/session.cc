#include "tests/fault/session.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "extensions/chat/register.h"
#include "extensions/ingest/register.h"
#include "sql/registry/registry.h"

namespace quire::fault {
namespace {

using Rows = std::vector<std::vector<Value>>;

std::shared_ptr<const sql::Registry> MakeRegistry() {
  auto registry = std::make_shared<sql::Registry>();
  const bool made = chat::RegisterChat(registry.get()).ok() && ingest::RegisterIngest(registry.get()).ok();
  return made ? registry : nullptr;
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

Options SmallOptions() {
  Options options;
  options.memory_limit_bytes = 8 << 20;
  options.background_threads = 0;  // the k-th call is the same one every time
  return options;
}

Result<Rows> RowsOf(Connection& connection, const std::string& statement) {
  QUIRE_ASSIGN_OR_RETURN(const auto rows, connection.Execute(statement));
  Rows all;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
    if (!more) return all;
    std::vector<Value>& row = all.emplace_back();
    for (size_t i = 0; i < rows->columns().size(); ++i) row.push_back(rows->value(i));
  }
}

// Reads what AllSteps writes; by scan, and by words.
Result<Contents> Read(Connection& connection) {
  Contents contents;
  for (const std::string name : {"docs", "notes"}) {
    Result<Rows> rows = RowsOf(connection, "SELECT id, text FROM " + name);
    if (rows.status().code() == Code::kNotFound) continue;
    QUIRE_RETURN_IF_ERROR(rows.status());
    for (const auto& row : *rows) contents[name == "docs" ? row[0].ToString() : name + "/" + row[0].ToString()] = row[1].ToString();
    // Through the indexes, too: every text has this word, and a nearest one.
    QUIRE_ASSIGN_OR_RETURN(const Rows found, RowsOf(connection, "SELECT id FROM " + name + " WHERE text MATCH 'harbour' LIMIT 1000"));
    if (found.size() != rows->size()) {
      return Status(Code::kInternal, name + ": " + std::to_string(found.size()) + " of " + std::to_string(rows->size()) + " found by a word");
    }
    if (rows->empty()) continue;
    QUIRE_ASSIGN_OR_RETURN(const Rows near, RowsOf(connection, "SELECT id FROM " + name + " WHERE text SIMILAR 'boats in the harbour' LIMIT 3"));
    if (near.size() != std::min<size_t>(3, rows->size())) return Status(Code::kInternal, name + ": a search gives too few");
  }
  return contents;
}

std::string TextOf(int number) {
  return "harbour " + std::to_string(number) + " has " + std::to_string(number * 7) + " boats and a crane of " + std::to_string(number % 13) + " tons";
}

// One statement with many rows: all of them or none.
Step Insert(const std::string& collection, int begin, int end) {
  std::string values;
  for (int i = begin; i < end; ++i) {
    values += (i == begin ? "" : ", ") + ("('c" + std::to_string(i) + "', '" + TextOf(i) + "', " + std::to_string(i) + ")");
  }
  const std::string prefix = collection == "docs" ? "" : collection + "/";
  return {"INSERT INTO " + collection + " (id, text, n) VALUES " + values,
          [=](Contents* contents) {
            for (int i = begin; i < end; ++i) (*contents)[prefix + "c" + std::to_string(i)] = TextOf(i);
          }};
}

constexpr int kRows = 3;  // of one file, so that they come in one commit
std::string RowText(int number) { return "The harbour of row " + std::to_string(number) + " is closed at night."; }

}  // namespace

void WriteFiles(const std::string& directory) {
  std::filesystem::create_directories(directory);
  std::ofstream file(directory + "/rows.jsonl");
  for (int i = 0; i < kRows; ++i) {
    file << "{\"id\": \"f" << i << "\", \"text\": \"" << RowText(i) << "\", \"n\": " << 1000 + i << "}\n";
  }
}

std::vector<Step> AllSteps() {
  const auto load = [](Contents* contents) {
    for (int i = 0; i < kRows; ++i) (*contents)["f" + std::to_string(i)] = RowText(i);
  };
  const auto update = [](Contents* contents) {
    for (int i = 4; i < 8; ++i) {
      if (const auto found = contents->find("c" + std::to_string(i)); found != contents->end()) found->second = "harbour without a crane";
    }
  };
  const auto erase = [](Contents* contents) {
    for (int i = 0; i < 3; ++i) contents->erase("c" + std::to_string(i));
  };
  const auto drop = [](Contents* contents) { std::erase_if(*contents, [](const auto& item) { return item.first.starts_with("notes/"); }); };
  return {{"OPEN"},
          {"CREATE COLLECTION docs (n INTEGER) WITH (embedder = 'hashed')"},
          Insert("docs", 0, 20),
          {"COPY docs FROM '{files}/*.jsonl'", load},
          {"UPDATE docs SET text = 'harbour without a crane' WHERE n BETWEEN 4 AND 7", update},
          {"DELETE FROM docs WHERE n < 3", erase},
          {"CREATE COLLECTION notes (n INTEGER)"},
          Insert("notes", 0, 5),
          {"CHECKPOINT"},
          {"REINDEX docs"},
          Insert("docs", 20, 30),
          {"VACUUM docs"},
          {"BACKUP TO '{root}/backups'"},
          {"RESTORE FROM '{root}/backups' TO '{root}/copy'"},
          {"ALTER COLLECTION docs ADD COLUMN place TEXT"},
          {"ALTER COLLECTION docs DROP GENERATION"},
          {"VACUUM docs"},
          {"ASK 'How many boats has harbour 12?' FROM docs"},
          {"FEEDBACK ON ANSWER 1 GOOD"},
          {"DROP COLLECTION notes", drop},
          {"CLOSE"},
          {"OPEN"},
          Insert("docs", 30, 35),
          {"VACUUM"},
          {"COPY docs TO '{root}/docs.csv'"},
          {"BACKUP TO '{root}/backups'"},
          Insert("docs", 35, 40),
          {"CLOSE"}};
}

Result<Rows> Session::Ask(const std::string& statement) { return RowsOf(*connection_, statement); }

Status Session::RunStep(const Step& step) {
  if (step.statement == "CLOSE") return Close(), Status();
  if (database_ == nullptr || step.statement == "OPEN") {
    Close();
    Options options = SmallOptions();
    options.sync = sync_;
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(root_ + "/db", options));
    connection_ = std::make_unique<Connection>(database_, MakeRegistry());
    if (step.statement == "OPEN") return {};
  }
  return Ask(Replaced(Replaced(step.statement, "{root}", root_), "{files}", files_)).status();
}

void Session::Close() {
  connection_.reset();
  database_.reset();
  read_only_ = false;
}

// Contents after a step, or, where it failed, both with it and without.
void Session::Expect(const Step& step, bool done) {
  if (!step.apply) return;
  Contents after = done_;
  step.apply(&after);
  history_.push_back(after);
  std::set<std::string> ids;
  for (const auto& [id, text] : done_) ids.insert(id);
  for (const auto& [id, text] : after) ids.insert(id);
  for (const std::string& id : ids) {
    const auto before = done_.find(id), now = after.find(id);
    const std::string text = now == after.end() ? "" : now->second;
    if (before != done_.end() && now != after.end() && before->second == text) continue;
    if (done) {
      possible_.erase(id);
    } else {
      possible_[id].insert(text);
    }
  }
  if (done) done_ = std::move(after);
}

void Session::NoteCopies(const Step& step, bool done) {
  const auto now = [&] {
    auto copy = std::make_shared<Session>(root_, files_);
    copy->done_ = done_;
    copy->possible_ = possible_;
    return copy;
  };
  if (step.statement.starts_with("RESTORE") && done) copy_ = now();
  if (step.statement.starts_with("COPY docs TO") && done) exported_ = true;
  if (!step.statement.starts_with("BACKUP")) return;
  // One that failed may be there all the same: then either is right.
  const auto last = std::exchange(backup_, done || backup_ != nullptr ? now() : nullptr);
  if (done || last == nullptr) return;
  for (const auto& [id, text] : last->done_) {
    const auto same = backup_->done_.find(id);
    if (same == backup_->done_.end() || same->second != text) backup_->possible_[id].insert(text);
  }
  for (const auto& [id, text] : backup_->done_) {
    if (!last->done_.contains(id)) backup_->possible_[id].insert("");
  }
  for (const auto& [id, texts] : last->possible_) backup_->possible_[id].insert(texts.begin(), texts.end());
}

void Session::CheckReaders(const Step& step) {
  if (database_ == nullptr) return;
  const Result<Contents> read = Read(*connection_);
  if (!read.ok()) faults_.push_back("readers after '" + step.statement.substr(0, 40) + "': " + read.status().ToString());
}

void Session::Run(const std::vector<Step>& steps) {
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Status status = RunStep(step);
    Expect(step, status.ok());
    NoteCopies(step, status.ok());
    const bool changes = step.statement.starts_with("INSERT");
    if (status.ok()) {
      // A failed commit is the last one until the database was opened again.
      if (read_only_ && changes) faults_.push_back("committed after a failed commit: " + step.statement.substr(0, 40));
      continue;
    }
    failures_.push_back({i, step.statement.substr(0, 40), status});
    // But after a full disk, where RocksDB goes on by itself once there is room.
    const bool full = status.message().find("No space") != std::string_view::npos;
    if (!full && status.message().find("outcome is unknown") != std::string_view::npos) read_only_ = true;
    CheckReaders(step);
  }
}

namespace {

// What the database holds, checked. Nothing of it need be there if it was not `expected` to be.
Result<Contents> ReadChecked(const std::string& path, bool expected) {
  Options options = SmallOptions();
  options.create_if_missing = !expected;
  auto opened = Database::Open(path, options);
  if (!opened.ok()) return std::move(opened).status().Within("cannot be opened");
  const std::shared_ptr<Database> database = std::move(opened).value();
  QUIRE_ASSIGN_OR_RETURN(const auto faults, database->Check());
  if (!faults.empty()) return Status(Code::kCorruption, "CHECK DATABASE: " + faults[0]);
  Connection connection(database, MakeRegistry());
  return Read(connection);
}

}  // namespace

std::vector<std::string> Session::Differences(const std::string& path) const {
  const Result<Contents> read = ReadChecked(path, !done_.empty());
  if (!read.ok()) return {read.status().ToString()};
  std::vector<std::string> lines;
  std::set<std::string> ids;
  for (const auto& [id, text] : done_) ids.insert(id);
  for (const auto& [id, text] : *read) ids.insert(id);
  for (const std::string& id : ids) {
    const auto found = read->find(id), expected = done_.find(id);
    const std::string text = found == read->end() ? "" : found->second;
    const auto other = possible_.find(id);
    if (other != possible_.end() && other->second.contains(text)) continue;
    const std::string right = expected == done_.end() ? "" : expected->second;
    if (text != right) lines.push_back("chunk '" + id + "' is '" + text + "', expected '" + right + "'");
  }
  return lines;
}

std::vector<std::string> Session::DifferencesFromAnyStep(const std::string& path) const {
  const Result<Contents> read = ReadChecked(path, false);
  if (!read.ok()) return {read.status().ToString()};
  if (std::find(history_.begin(), history_.end(), *read) != history_.end()) return {};
  return {std::to_string(read->size()) + " chunks are there, as after no step"};
}

std::vector<std::string> Session::DifferencesOfCopies(const std::string& root) const {
  std::vector<std::string> all;
  const auto add = [&](const std::string& what, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) all.push_back(what + ": " + line);
  };
  if (copy_ != nullptr) add("what was restored", copy_->Differences(root + "/copy"));
  if (backup_ != nullptr) {
    const std::string path = root + "/of_backup";
    const Status restored = Database::Restore(root + "/backups", path);
    add("the last backup", restored.ok() ? backup_->Differences(path) : std::vector{restored.ToString()});
  }
  if (exported_ && !std::filesystem::exists(root + "/docs.csv")) all.push_back("what was exported is gone");
  return all;
}

}  // namespace quire::fault
