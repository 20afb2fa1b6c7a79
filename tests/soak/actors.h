// Actors: who works on a database at the same time, and what each of them checks.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "quire/database.h"

namespace quire::soak {

// What was seen that must not be. Safe for concurrent use.
class Findings {
 public:
  void Add(std::string finding);
  // False, with the status noted, if it is an error.
  bool Ok(const Status& status, const char* what);
  std::vector<std::string> Take();

 private:
  std::mutex mutex_;
  std::vector<std::string> found_;
};

// Documents d0.md ... of the collection "docs": all chunks of one hold the same version as a word, and their number follows from it.
inline constexpr uint32_t kDocuments = 300;
Status CreateDocuments(Database& database);

// One look through one reader: a random document of "docs" is whole, its words find just its chunks; a page of "pages" is whole.
void CheckDocument(const Reader& reader, std::mt19937_64* random, Findings* findings);

// Searches and checks in turn, until it is stopped. Gives how long each search took, in microseconds.
std::vector<double> ReadAlong(const Database& database, uint64_t seed, const std::atomic<bool>& stop, Findings* findings);

// Replaces and deletes documents, a few a transaction. Gives the number of commits.
uint64_t WriteAlong(Database& database, uint64_t seed, const std::atomic<bool>& stop, Findings* findings);

// Changes pages of a folder and loads it into "pages" again. Gives the number of loads.
uint64_t LoadAlong(Database& database, const std::string& folder, uint64_t seed, const std::atomic<bool>& stop, Findings* findings);

// Builds generations and switches to them, backs up, flushes. Gives the number of turns.
uint64_t MaintainAlong(Database& database, const std::string& backups, const std::atomic<bool>& stop, Findings* findings);

// Follows the database from a second opening. Gives the number of refreshes.
uint64_t FollowAlong(const std::string& path, uint64_t seed, const std::atomic<bool>& stop, Findings* findings);

}  // namespace quire::soak
