// SQLite in memory: one table with an index on each column that Quire indexes, too.
#include <algorithm>
#include <memory>

#include "bench/ann/machine.h"
#include "bench/retrieval/sqlite_handles.h"
#include "bench/statements.h"

namespace quire::bench {
namespace {

sqlite3* Rival() {
  static const SqliteDatabase database = [] {
    sqlite3* opened = nullptr;
    sqlite3_open(":memory:", &opened);
    return SqliteDatabase(opened);
  }();
  return database.get();
}

bool Run(const char* text) { return sqlite3_exec(Rival(), text, nullptr, nullptr, nullptr) == SQLITE_OK; }

}  // namespace

std::string SqliteVersion() { return sqlite3_libversion(); }

double SqliteFill(uint64_t rows, SqliteRow (*row)(uint64_t)) {
  const Stopwatch watch;
  bool ok = Run("CREATE TABLE t (id TEXT PRIMARY KEY, text TEXT, number INTEGER, price REAL, product TEXT)") &&
            Run("CREATE INDEX n ON t (number)") && Run("CREATE INDEX p ON t (price)") &&
            Run("CREATE INDEX o ON t (product)") && Run("BEGIN");
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(Rival(), "INSERT INTO t VALUES (?, ?, ?, ?, ?)", -1, &made, nullptr);
  const SqliteStatement insert(made);
  for (uint64_t i = 0; i < rows && ok; ++i) {
    const SqliteRow values = row(i);
    const std::string id = "r" + std::to_string(i);
    sqlite3_bind_text(made, 1, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT);
    sqlite3_bind_text(made, 2, "a small text", -1, SQLITE_STATIC);
    sqlite3_bind_int64(made, 3, values.number);
    sqlite3_bind_double(made, 4, values.price);
    sqlite3_bind_text(made, 5, values.product.data(), static_cast<int>(values.product.size()), SQLITE_TRANSIENT);
    ok = sqlite3_step(made) == SQLITE_DONE && sqlite3_reset(made) == SQLITE_OK;
  }
  return Run("COMMIT") && ok ? watch.seconds() : -1;
}

double SqliteQuery(const char* query) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const Stopwatch watch;
    if (!Run(query)) return -1;
    best = std::min(best, watch.seconds());
  }
  return best;
}

}  // namespace quire::bench
