// Steps: everything that a database can be told, drawn from a seed, and what must be there after each.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/crash/workload.h"

namespace quire::crash {

// What is told at once and must be there as a whole or not at all.
struct Step {
  struct Sql {
    std::string text;
    std::vector<Value> parameters{};
  };
  std::string kind{};            // "ASK", "VACUUM", ...
  std::vector<Change> changes{};  // of one transaction; or
  std::vector<Sql> statements{};  // more than one: between BEGIN and COMMIT. {root} stands for the directory around the database
  std::string file{};             // what {root}/rows.jsonl must hold before
  // Jobs change generations, too: what a statement finds is not known, and that it does not apply is no failure.
  bool may_be_refused = false;
};

// What is there, so far as it is quick to look at: one entry for each chunk of "notes" and "rows", answer, feedback, model and
// collection. After two different steps it is the same only where neither changed anything.
using Facts = std::map<std::string, std::string>;

// Collections: "docs" and "points" of Workload; "notes", whose documents have words that are nowhere else; "rows", which are loaded;
// some that are made, renamed and dropped. Equal seeds give equal steps.
class Steps {
 public:
  explicit Steps(uint64_t seed) : random_(seed ^ 0x9e3779b97f4a7c15), workload_(seed) {}

  Step Next();
  void SkipTo(uint64_t done);
  uint64_t done() const { return done_; }

  Facts facts() const;
  // Of "docs", "points" and "notes": every chunk.
  Expected expected() const;
  // The words of all versions of documents that were forgotten, by the statement that did it.
  const std::map<std::string, std::vector<std::string>>& forgotten() const { return forgotten_; }
  int64_t answers() const { return static_cast<int64_t>(questions_.size()); }

 private:
  struct Model {
    std::vector<std::string> states;  // of its versions, from 1
  };

  size_t Draw(size_t below) { return static_cast<size_t>(random_() % below); }
  std::string DrawNoteId();
  Chunk NewNote(const std::string& id, const std::string& uri);
  void RemoveNotes(const std::set<std::string>& ids);
  Step DrawStep();
  Step ChangeNotes(size_t dice);
  Step Insert();
  Step Update();
  Step UpdateMany();
  Step DeleteMany();
  Step Together();
  Step Forget();
  Step Ask();
  Step Feedback();
  Step ChangeModels();
  Step ChangeGenerations();
  Step ChangeCollections();
  Step Load();

  std::mt19937_64 random_;
  Workload workload_;
  ExpectedCollection notes_;
  std::map<std::string, std::string> rows_;
  std::vector<std::string> questions_;                            // of answer 1, 2, ...
  std::map<int64_t, std::multiset<std::string>> ratings_;         // by answer
  std::map<std::string, Model> models_;
  std::map<std::string, uint64_t> others_;                        // chunks of other collections, by name
  std::map<std::string, std::vector<std::string>> words_, forgotten_;  // of all versions, by document; by statement
  uint64_t done_ = 0, next_name_ = 0;
  int64_t serial_ = 0;
  size_t extra_columns_ = 0;
};

}  // namespace quire::crash
