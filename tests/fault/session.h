// Session: a database and statements over it, run step by step through whatever the disk does, and what must be there afterwards.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "quire/connection.h"

namespace quire::fault {

// Text of each chunk of "docs" by its id, and of "notes", as "notes/id". None where there is no collection.
using Contents = std::map<std::string, std::string>;

struct Step {
  std::string statement;  // in which {root} stands for the directory that is watched, {files} for one beside it; "OPEN", "CLOSE": those
  std::function<void(Contents*)> apply{};  // what it changes, if anything
};

// Makes a collection, loads, inserts, updates, deletes, builds a generation and embeds anew, merges, makes backups and restores one,
// asks and judges, closes and opens: everything that writes.
std::vector<Step> AllSteps();

struct Outcome {
  size_t step = 0;
  std::string statement;
  Status status;
};

class Session {
 public:
  // `root` is the directory that is watched, `files` one with documents to load. `path` of the database: root/db.
  Session(std::string root, std::string files, Sync sync = Sync::kFull)
      : root_(std::move(root)), files_(std::move(files)), sync_(sync) {}

  // Runs the steps; one that fails does not keep the next ones from being tried. After each failure readers are asked.
  void Run(const std::vector<Step>& steps);
  void Close();

  const std::vector<Outcome>& failures() const { return failures_; }
  // What is wrong with how the session went, one line each.
  const std::vector<std::string>& faults() const { return faults_; }
  // What is wrong with what the database `path` holds, one line each: not to be opened, CHECK DATABASE, chunks that were
  // acknowledged and are not there, or others that nobody wrote.
  std::vector<std::string> Differences(const std::string& path) const;
  // As Differences, where the newest commits may be missing: the contents are those after some step.
  std::vector<std::string> DifferencesFromAnyStep(const std::string& path) const;
  // Of what RESTORE and COPY TO made under `root`, and of what the last backup there gives, if these were acknowledged.
  std::vector<std::string> DifferencesOfCopies(const std::string& root) const;

 private:
  Status RunStep(const Step& step);
  Result<std::vector<std::vector<Value>>> Ask(const std::string& statement);
  void CheckReaders(const Step& step);
  void Expect(const Step& step, bool done);
  void NoteCopies(const Step& step, bool done);

  const std::string root_, files_;
  const Sync sync_;
  std::vector<Contents> history_{{}};                      // after each step that was carried out, or may have been
  std::shared_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
  Contents done_;                                          // if none of the failed steps were carried out
  std::map<std::string, std::set<std::string>> possible_;  // by id: other texts that are right too, "" for none
  std::shared_ptr<Session> copy_, backup_;                 // of what RESTORE and the last BACKUP made; null: they did not
  bool exported_ = false;
  bool read_only_ = false;  // a commit failed since the database was opened
  std::vector<Outcome> failures_;
  std::vector<std::string> faults_;
};

// The files that AllSteps loads.
void WriteFiles(const std::string& directory);

}  // namespace quire::fault
