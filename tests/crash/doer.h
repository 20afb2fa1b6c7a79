// Doer: carries steps out through a connection, and reads what they left.
#pragma once

#include <memory>
#include <string>

#include "quire/connection.h"
#include "tests/crash/steps.h"

namespace quire::crash {

// Small, with two more embedders.
Options OptionsOfSteps();

class Doer {
 public:
  // `root`: the directory in which the database is `db`. Opens it, and makes the collections that are not there.
  static Result<std::unique_ptr<Doer>> Open(const std::string& root, const Options& options);

  // Gives what is worth telling: of an answer its number, status and hash; of FORGET how many places still hold something.
  // Errors: those of the statements, but for refusals where they may be.
  Result<std::string> Do(const Step& step);
  Database& database() { return *database_; }

 private:
  Doer(std::string root, std::shared_ptr<Database> database);
  Result<std::map<std::string, Value>> Run(const Step::Sql& statement);

  const std::string root_;
  const std::shared_ptr<Database> database_;
  Connection connection_;
};

Result<Facts> ReadFacts(const Reader& reader);

// What is wrong with kept answers, their quotes and the feedback on them, one line each. `told`: what Do gave for each answer of which
// it is known. `forgotten`: words that may be in none of them.
std::vector<std::string> FaultsOfAnswers(const Reader& reader, const std::map<int64_t, std::string>& told, const std::set<std::string>& forgotten);

// In which files below `directory` any of these words stands, one line each.
std::vector<std::string> FilesWith(const std::string& directory, const std::set<std::string>& words);

}  // namespace quire::crash
