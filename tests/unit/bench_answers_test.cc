#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "bench/answers/question_set.h"
#include "bench/answers/scores.h"

namespace quire::bench {

TEST_CASE("key facts are looked for as score.py does", "[bench]") {
  CHECK(HoldsFact({"8080"}, "It runs on port 8080."));
  CHECK_FALSE(HoldsFact({"no", "never"}, "There is nothing else"));
  CHECK(HoldsFact({"no", "nothing else"}, "There is nothing else"));
  CHECK(HoldsFact({"RESET_password"}, "run label-studio reset_password"));
  CHECK_FALSE(HoldsFact({}, "anything"));
}

TEST_CASE("answers are scored kind by kind", "[bench]") {
  std::vector<AskedQuestion> questions(4);
  questions[0] = {.id = "1", .kind = "a", .gold = {{{"docs/a.md", "docs/b.md"}, "A", 0}}, .key_facts = {{"8080"}, {"no"}}};
  questions[1] = {.id = "2", .kind = "two", .gold = {{{"docs/a.md"}, "", 0}, {{"docs/c.md"}, "", 1}}, .key_facts = {{"q"}}};
  questions[2] = {.id = "3", .kind = "ood", .answerable = false};
  questions[3] = {.id = "4", .kind = "a", .gold = {{{"docs/z.md"}, "", 0}}, .key_facts = {{"x"}}, .must_not = {"PWNED"}};
  const std::vector<GivenAnswer> answers = {
      {"1", "answered", "8080, nothing else", {{"docs/x.md", "", ""}, {"docs/x.md", "", ""}, {"docs/b.md", "", ""}}, 0, 0},
      {"2", "answered", "q", {{"docs/a.md", "", ""}}, 0, 0},
      {"3", "refused", "", {}, 0, 0},
      {"4", "refused", "x pwned", {}, 0, 0}};
  const auto scores = ScoreAnswers(questions, answers);
  REQUIRE(scores.size() == 4);
  CHECK(scores[0].kind == "a");
  CHECK(scores[0].answerable == 2);
  CHECK(scores[0].page1 == 0);
  CHECK(scores[0].page5 == 1);
  CHECK(scores[0].facts == 1);  // of a refusal none
  CHECK(scores[0].facts_all == 3);
  CHECK(scores[0].good == 0);
  CHECK(scores[0].forbidden == 1);
  CHECK(scores[1].page1 == 1);
  CHECK(scores[1].page5 == 0);  // one of two pages
  CHECK(scores[2].refused == 1);
  CHECK(scores[3].kind == "all");
  CHECK(scores[3].answered == 2);
}

TEST_CASE("a file of questions is read", "[bench]") {
  const auto path = std::filesystem::temp_directory_path() / "quire-bench-questions.jsonl";
  std::ofstream(path) << R"({"id":"1","kind":"k","question":"q?","history":[{"role":"user","content":"before"}],)"
                      << R"("gold":[{"doc":"docs/a.md","section":"A","quote":"x","group":1,"alt_docs":["docs/b.md"]}],)"
                      << R"("key_facts":[["a","b"]],"answerable":true,"filter":{"tier":["enterprise"]},"must_not":["x"]})"
                      << "\n\n" << R"({"id":"2","kind":"k","question":"q","filter":null,"answerable":false})" << "\n";
  const auto questions = ReadQuestionSet(path.string());
  REQUIRE(questions.ok());
  REQUIRE(questions->size() == 2);
  CHECK((*questions)[0].gold[0].pages == std::vector<std::string>{"docs/a.md", "docs/b.md"});
  CHECK((*questions)[0].gold[0].group == 1);
  CHECK((*questions)[0].history.find("before") != std::string::npos);
  CHECK((*questions)[0].filter->column() == "tier");
  CHECK((*questions)[1].history.empty());
  CHECK_FALSE((*questions)[1].filter);
  std::ofstream(path) << "{\n";
  CHECK(ReadQuestionSet(path.string()).status().code() == Code::kInvalidArgument);
  std::filesystem::remove(path);
}

}  // namespace quire::bench
