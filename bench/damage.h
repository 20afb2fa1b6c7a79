// quire-bench damage: what a database answers after its files were damaged on disk, beside SQLite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quire/status.h"

namespace quire::bench {

struct DamageBenchOptions {
  uint64_t rows = 2'000;
  uint64_t rounds = 200;  // of each kind of damage, for each system
  uint64_t seed = 1;
};

// Measures and prints a table. Gives the program's exit code.
int RunDamage(const DamageBenchOptions& options);

struct DamageRow {
  int64_t id = 0;
  int64_t number = 0;  // has an index
  std::string text{};  // has a word index
};
inline constexpr int kDamageNumbers = 20;  // `number` is below, and text holds a word "w<number>x"

// A system under test: a database in a folder.
class DamagedSystem {
 public:
  virtual ~DamagedSystem() = default;
  virtual std::string name() const = 0;
  virtual Status Fill(const std::string& folder, const std::vector<DamageRow>& rows) const = 0;
  // A hash of all it answers: every row, what each number and each word finds. Errors: whatever it says is wrong.
  virtual Result<uint64_t> Answers(const std::string& folder) const = 0;
  // Whether its own check finds anything.
  virtual bool CheckFinds(const std::string& folder) const = 0;
};

// Null where SQLite is not compiled in.
const DamagedSystem* DamagedSqlite();

}  // namespace quire::bench
