// Any bytes as a statement: parsed, or refused with a place inside the text that can be shown.
#include <cstdint>
#include <cstdlib>

#include "quire/connection.h"
#include "sql/parse/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto statement = quire::sql::Parse(text);
  if (!statement.ok()) {
    const size_t position = statement.status().position();
    if (position != quire::Status::kNoPosition && position > size) std::abort();
    if (quire::FormatError(statement.status(), text).empty()) std::abort();
  }
  if (quire::sql::FirstStatement(text) > size) std::abort();
  return 0;
}
