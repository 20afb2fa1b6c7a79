// The reference in the manual is what the tables of the language give.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "sql/exec/reference.h"

namespace quire::sql {

TEST_CASE("exec: sql/doc/reference.md is what the tables give", "[exec]") {
  const std::string path = std::string(QUIRE_SOURCE_DIR) + "/sql/doc/reference.md";
  const std::string page = ReferencePage(Registry());
  if (std::getenv("QUIRE_SQL_UPDATE") != nullptr) std::ofstream(path) << page;
  std::ifstream file(path);
  const std::string committed((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  INFO("to write it anew: QUIRE_SQL_UPDATE=1 quire_exec_test");
  CHECK((committed == page));
}

}  // namespace quire::sql
