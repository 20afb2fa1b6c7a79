#include <catch2/catch.hpp>

#include "extensions/chat/history.h"

namespace quire::chat {

TEST_CASE("a conversation is read as chat clients send it", "[chat]") {
  const auto turns = ReadHistory(
      R"([{"role":"system","content":"x"},{"role":"assistant","content":"hello"},{"role":"user","content":"a?"},)"
      R"({"role":"assistant","content":"b"},{"role":"user","content":"c?"}])");
  REQUIRE(turns.ok());
  REQUIRE(turns->size() == 2);
  CHECK((*turns)[0].question == "a?");
  CHECK((*turns)[0].answer == "b");
  CHECK((*turns)[1].question == "c?");
  CHECK((*turns)[1].answer.empty());
  CHECK(ReadHistory("[]")->empty());
  for (const char* bad : {"", "{", "{}", "[1]", R"([{"role":"user"}])", R"([{"role":"user","content":5}])"}) {
    CHECK(ReadHistory(bad).status().code() == Code::kInvalidArgument);
  }
  CHECK(ReadHistory(std::string(kHistoryBytesMax + 1, ' ')).status().code() == Code::kResourceExhausted);
}

}  // namespace quire::chat
