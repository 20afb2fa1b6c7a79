#include <catch2/catch.hpp>

#include "extensions/chat/claims.h"
#include "extensions/chat/facts.h"
#include "extensions/chat/guards.h"
#include "extensions/chat/verify.h"

namespace quire::chat {
namespace {

constexpr std::string_view kWebhooks =
    "Webhook connections time out after 1 second. You can adjust the timeout by setting an environment variable, "
    "`WEBHOOK_TIMEOUT`. Label Studio does not retry webhook connections that fail.\n\n"
    "1. Open the project settings.\n2. Click **Webhooks**, then **Add Webhook**.\n";
constexpr std::string_view kInstall =
    "To install with Docker, run:\n\n```bash\ndocker run -p 8080:8080 \\\n  --env LOG_LEVEL=DEBUG quire\n```\n\n"
    "The default port is 8080. Uploads are limited to 250 MB, i.e. 262,144,000 bytes.";

std::vector<Source> Sources() { return {{1, "Webhooks > Troubleshoot", kWebhooks}, {2, "Install > Docker", kInstall}}; }

std::vector<CheckedSentence> Verify(std::string_view answer) {
  const WordCutter cutter("english");
  const auto weight = [](std::string_view word) { return word.size() > 4 ? 4.0 : 2.0; };
  return VerifyAnswer(answer, Sources(), weight, cutter);
}

CheckedSentence VerifyOne(std::string_view answer) {
  const auto checked = Verify(answer);
  INFO(answer);
  REQUIRE(checked.size() == 1);
  return checked[0];
}

std::string_view TextOf(const CheckedSentence& sentence) {
  const std::string_view text = sentence.found == 1 ? kWebhooks : kInstall;
  return text.substr(sentence.source_start, sentence.source_end - sentence.source_start);
}

}  // namespace

TEST_CASE("what stands in a source is supported", "[chat]") {
  for (const char* said :
       {"Webhook connections time out after 1 second. [1]", "The default port is 8080 [2].", "The default port is 8080[2]",
        "Label Studio does not retry webhook connections that fail. (source 1)", "- Open the project settings. [1]",
        "1. Click Webhooks, then **Add Webhook**.[1]", "```bash\ndocker run -p 8080:8080 \\\n  --env LOG_LEVEL=DEBUG quire\n```\n[2]",
        "Set the environment variable `WEBHOOK_TIMEOUT` to adjust the timeout [1]."}) {
    const auto sentence = VerifyOne(said);
    CHECK(sentence.verdict == Verdict::kSupported);
    CHECK(sentence.cited == std::vector<uint32_t>{sentence.found});
    CHECK_FALSE(sentence.repaired);
    CHECK_FALSE(TextOf(sentence).empty());
  }
  const auto exact = VerifyOne("the page says: The default port is 8080.");
  CHECK(TextOf(VerifyOne("The default port is 8080. [2]")) == "The default port is 8080");
  CHECK(exact.verdict != Verdict::kAltered);
}

TEST_CASE("what differs is named", "[chat]") {
  const auto difference = [](std::string_view answer) {
    const auto sentence = VerifyOne(answer);
    CHECK(sentence.verdict == Verdict::kAltered);
    return sentence.difference;
  };
  CHECK(difference("The default port is 9090. [2]") == "number: answer has '9090', source has '8080'");
  CHECK(difference("Webhook connections time out after 1 minute. [1]") == "number: answer has '1 minute', source has '1 second'");
  CHECK(difference("Uploads are limited to 250 GB.") == "number: answer has '250 GB', source has '250 MB'");
  CHECK(difference("Label Studio does retry webhook connections that fail. [1]").find("negation") == 0);
  CHECK(difference("The default port is not 8080. [2]").find("negation") == 0);
  CHECK(difference("You can adjust the timeout by setting an environment variable, `WEBHOOK_TIMEOUT_SECONDS`.").find("code") == 0);
  CHECK(difference("```\ndocker run -p 9090:8080 \\\n  --env LOG_LEVEL=DEBUG quire\n```").find("code") == 0);
}

TEST_CASE("a sentence that has lost its negation is not literally there", "[chat]") {
  CHECK(VerifyOne("retry webhook connections that fail [1]").verdict != Verdict::kSupported);
}

TEST_CASE("what is nowhere is unverified", "[chat]") {
  for (const char* said : {"Kubernetes clusters need three replicas of the operator. [1]", "Yes.", "Uploads! [2]", "\u4f60\u597d\u3002", "\xff\xfe"}) {
    CHECK(VerifyOne(said).verdict == Verdict::kUnverified);
  }
  CHECK(Verify("").empty());
  CHECK(Verify("# Only a heading").empty());
}

TEST_CASE("a wrong citation is repaired", "[chat]") {
  const auto sentence = VerifyOne("The default port is 8080. [1]");
  CHECK(sentence.verdict == Verdict::kSupported);
  CHECK(sentence.cited == std::vector<uint32_t>{1});
  CHECK(sentence.found == 2);
  CHECK(sentence.repaired);
  const auto invented = VerifyOne("The default port is 8080. [99]");
  CHECK(invented.cited == std::vector<uint32_t>{99});
  CHECK(invented.found == 2);
  CHECK(invented.repaired);
}

TEST_CASE("citation marks are read and blanked", "[chat]") {
  const auto read = ReadCitedAnswer("One.[1] Two [2, 3]. Three\u30104\u2020L1\u3011 and `a[5]` or [6](x.md) (Source 7).");
  REQUIRE(read.claims.size() == 3);
  CHECK(read.claims[0].cited == std::vector<uint32_t>{1});
  CHECK(read.claims[1].cited == std::vector<uint32_t>{2, 3});
  CHECK(read.claims[2].cited == std::vector<uint32_t>{4, 7});
  CHECK(ReadCitedAnswer("A [1-3] b [99999999] c [3-1].").claims[0].cited == std::vector<uint32_t>{1, 2, 3});
  const std::string_view answer = "Use it, e.g. v1.2. [1]\n\n```\nx[2]\n```\n[3]";
  const auto code = ReadCitedAnswer(answer);
  REQUIRE(code.claims.size() == 2);
  CHECK(code.claims[1].code);
  CHECK(answer.substr(code.claims[1].start, code.claims[1].end - code.claims[1].start) == "x[2]");
  CHECK(code.claims[1].cited == std::vector<uint32_t>{3});
  CHECK(code.text.size() == answer.size());
}

TEST_CASE("facts are what must be copied exactly", "[chat]") {
  const auto facts = [](std::string_view text) {
    std::vector<std::string> found;
    for (const Fact& fact : ReadFacts(text)) found.push_back(std::string(FactKindName(fact.kind)) + " " + fact.text);
    return found;
  };
  using Strings = std::vector<std::string>;
  CHECK(facts("Wait two days, then 1,000.5 ms or 30-day terms.") ==
        Strings{"number two", "number 1,000.5 ms", "number 30-day"});
  CHECK(facts("Run `quire --port 80` with task_id, S3, v1.2.3, a/b.md at 02:30 (JSON).") ==
        Strings{"code quire", "code --port", "code 80", "code task_id", "code S3", "code v1.2.3", "code a/b.md", "code 02:30", "code JSON"});
  CHECK(facts("On Linux. Then stop. see https://x.example/y?z=1.") == Strings{"name Linux", "code https://x.example/y?z=1"});
  CHECK(facts("plain words, well-known ones").empty());
  CHECK(SameFact(ReadFacts("1,000 ms")[0], ReadFacts("1000 milliseconds")[0]));
  CHECK(SameFact(ReadFacts("two")[0], ReadFacts("2")[0]));
  CHECK_FALSE(SameFact(ReadFacts("5 MB")[0], ReadFacts("5 GB")[0]));
  CHECK(HoldsToken("use --user-name x", "--user-name"));
  CHECK_FALSE(HoldsToken("use --user-name x", "--user"));
  CHECK_FALSE(HoldsToken("since 1.2.3", "1.2"));
}

TEST_CASE("guards see what plain overlap does not", "[chat]") {
  const auto difference = [](std::string_view claim, std::string_view window) {
    return FindDifference({claim, window, "Storage > S3", window}).what;
  };
  CHECK(difference("You can delete it.", "You cannot delete it.").find("negation") == 0);
  CHECK(difference("You can't delete it.", "You cannot delete it.").empty());
  CHECK(difference("Delete it; do not move it.", "Do not delete it; move it.").find("negation") == 0);
  CHECK(difference("This enables the cache.", "This disables the cache.") ==
        "opposite: answer has 'enables', source has 'disables'");
  CHECK(difference("Writes go to Redis first.", "Reads go to Redis, writes go to Postgres first.") ==
        "name: answer has 'Redis', source has 'postgres'");
  CHECK(difference("It is stored on S3.", "It is stored there.").empty());  // the heading says so
  CHECK(difference("", "").empty());
}

TEST_CASE("how much of an answer its sources hold", "[chat]") {
  const auto all = Verify("The default port is 8080. [2]");
  CHECK(GroundedShare(all) == 1);
  const auto half = Verify("The default port is 8080. [2] Penguins swim around antarctic icebergs.");
  CHECK(GroundedShare(half) < 0.6);
  CHECK(GroundedShare({}) == 1);
}

}  // namespace quire::chat
