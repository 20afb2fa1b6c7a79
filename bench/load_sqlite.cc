// The tutorial's way: each file cut every 500 characters into a full-text table of SQLite.
#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "bench/ann/machine.h"
#include "bench/load.h"
#include "bench/retrieval/sqlite_handles.h"

namespace quire::bench {
namespace {

constexpr size_t kPiece = 500;

bool Run(sqlite3* database, const char* text) {
  return sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace

double SqliteLoadFolder(const std::string& path, const std::vector<std::string>& files) {
  const Stopwatch watch;
  sqlite3* opened = nullptr;
  if (sqlite3_open(path.c_str(), &opened) != SQLITE_OK) return -1;
  const SqliteDatabase database(opened);
  bool ok = Run(opened, "PRAGMA journal_mode = WAL") && Run(opened, "PRAGMA synchronous = FULL") &&
            Run(opened, "CREATE VIRTUAL TABLE chunks USING fts5(uri UNINDEXED, text)") && Run(opened, "BEGIN");
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(opened, "INSERT INTO chunks VALUES (?, ?)", -1, &made, nullptr);
  const SqliteStatement insert(made);
  for (size_t i = 0; i < files.size() && ok; ++i) {
    std::ostringstream bytes;
    bytes << std::ifstream(files[i], std::ios::binary).rdbuf();
    const std::string text = bytes.str();
    for (size_t at = 0; at < text.size() && ok; at += kPiece) {
      sqlite3_bind_text(made, 1, files[i].data(), static_cast<int>(files[i].size()), SQLITE_TRANSIENT);
      sqlite3_bind_text(made, 2, text.data() + at, static_cast<int>(std::min(kPiece, text.size() - at)),
                        SQLITE_TRANSIENT);
      ok = sqlite3_step(made) == SQLITE_DONE && sqlite3_reset(made) == SQLITE_OK;
    }
  }
  return ok && Run(opened, "COMMIT") && Run(opened, "PRAGMA wal_checkpoint(TRUNCATE)") ? watch.seconds() : -1;
}

}  // namespace quire::bench
