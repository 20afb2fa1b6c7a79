#include <catch2/catch.hpp>

#include "extensions/chat/history.h"
#include "tests/unit/chat_fake_reader.h"

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

TEST_CASE("a new topic is told by its words", "[chat]") {
  CHECK(AfterShift("ok. Different thing: somebody forgot their password") == ": somebody forgot their password");
  CHECK(AfterShift("Thanks! Now something else, how are spaces kept?") == ", how are spaces kept?");
  CHECK(AfterShift("and on Windows?").empty());
  CHECK(AfterShift("can it be something else?").empty());
  CHECK(AfterShift("Where is it said that a project that I copied by hand is about something else than before?").empty());
  CHECK(AfterShift("").empty());
}

TEST_CASE("words of earlier questions count half", "[chat]") {
  std::vector<Chunk> chunks;
  for (int i = 0; i < 40; ++i) chunks.push_back({.id = std::to_string(i), .text = "plain words"});
  chunks.push_back({.id = "docker", .text = "docker port"});
  const FakeReader reader(std::move(chunks));
  const WordCutter cutter("english");
  const CollectionInfo collection = *reader.GetCollection("docs");
  const Question question = *ReadQuestion("and the port?", reader, collection, cutter);
  const std::vector<Turn> turns = {{"What is docker, in plain words?", "unseen"}, {"Where is zebra?", ""}};
  const Question expanded = *ExpandQuestion(question, turns, reader, collection, cutter);
  REQUIRE(expanded.terms.size() == 2);  // neither "plain" and "words", which say little, nor "zebra", which is nowhere
  CHECK(expanded.content == "port");
  CHECK(expanded.context == "docker");
  CHECK(expanded.terms[1].earlier);
  CHECK(expanded.terms[1].weight == Approx(0.5 * expanded.terms[0].weight));
  CHECK(expanded.weight == Approx(1.5 * question.weight));
  CHECK(ExpandQuestion(question, {}, reader, collection, cutter)->terms.size() == 1);
}

}  // namespace quire::chat
