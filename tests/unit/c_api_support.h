// A database through the C ABI, for tests of it.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "quire/quire.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::testing {

inline constexpr int64_t kToNul = -1;

class CApiFixture {
 public:
  CApiFixture() {
    quire_options options;
    quire_options_init(&options);
    options.sync = QUIRE_SYNC_OFF;
    options.background_threads = 0;
    REQUIRE(quire_open(path().c_str(), &options, &connection_) == QUIRE_OK);
    REQUIRE(connection_ != nullptr);
  }
  ~CApiFixture() { quire_close(connection_); }
  CApiFixture(const CApiFixture&) = delete;
  CApiFixture& operator=(const CApiFixture&) = delete;

  quire_connection* connection() { return connection_; }
  std::string path() const { return directory_ / "db"; }
  std::string message() const { return quire_error_message(connection_); }

  void Exec(const char* sql) {
    const quire_code code = quire_exec(connection_, sql, kToNul);
    INFO(sql << ": " << message());
    REQUIRE(code == QUIRE_OK);
  }

  quire_statement* Prepare(const char* sql) {
    quire_statement* statement = nullptr;
    const quire_code code = quire_prepare(connection_, sql, kToNul, &statement, nullptr);
    INFO(sql << ": " << message());
    REQUIRE(code == QUIRE_OK);
    REQUIRE(statement != nullptr);
    return statement;
  }

  // All rows, columns as text with a bar between.
  std::vector<std::string> Rows(quire_statement* statement) {
    std::vector<std::string> rows;
    quire_code code = quire_step(statement);
    for (; code == QUIRE_ROW; code = quire_step(statement)) {
      std::string row;
      for (int i = 0; i < quire_column_count(statement); ++i) {
        const char* text = quire_column_text(statement, i, nullptr);
        row += (i == 0 ? "" : "|") + std::string(text == nullptr ? "NULL" : text);
      }
      rows.push_back(row);
    }
    INFO(message());
    REQUIRE(code == QUIRE_DONE);
    return rows;
  }
  std::vector<std::string> Rows(const char* sql) {
    quire_statement* statement = Prepare(sql);
    std::vector<std::string> rows = Rows(statement);
    quire_finalize(statement);
    return rows;
  }

 private:
  TemporaryDirectory directory_;
  quire_connection* connection_ = nullptr;
};

}  // namespace quire::testing
