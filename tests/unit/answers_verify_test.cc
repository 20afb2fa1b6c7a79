// WITH (verify = 'model'): what words cannot decide is put to the model, and never counts as what the bytes say.
#include "extensions/chat/model_check.h"
#include "tests/unit/answers_support.h"

namespace quire::chat {
namespace {

using quire::testing::ScriptedServer;

const std::string kAsk = "'Which port does the server listen on?' FROM docs USING MODEL m WITH (verify = 'model')";
const std::string kParaphrase = "Unless told otherwise, connections are taken at 8080 [1].";

bool IsCheck(const ScriptedServer::Request& request) { return request.body.find("You compare a statement with a source") != std::string::npos; }

// A server that writes `answer`, and replies to the n-th check, from 0, with `reply(n)`.
class CheckedServer {
 public:
  CheckedServer(std::string answer, std::function<Reply(size_t)> reply)
      : server([this, answer = std::move(answer), reply = std::move(reply)](const ScriptedServer::Request& request, size_t) {
          return IsCheck(request) ? reply(checks++) : Says(answer);
        }) {}
  std::atomic<size_t> checks{0};
  const ScriptedServer server;
};

TEST_CASE("verify: a paraphrase that the model finds in its source has a verdict of its own", "[answers]") {
  const CheckedServer scripted(kParaphrase + " The server listens on port 8080 by default [1].", [](size_t) { return Says("**Yes**."); });
  World world;
  world.Serve(scripted.server, "retries = 0, price_in = 1000, price_out = 1000");
  const Row row = world.Ask(kAsk);
  const Json sentences = Parsed(row, "sentences");
  CHECK(sentences.at(0)["verdict"] == "supported by model");
  CHECK(sentences.at(1)["verdict"] == "supported");  // nobody was asked about that
  CHECK(scripted.checks == 1);
  CHECK(Text(row, "note") == "verified by model: 1 of 1");
  CHECK(Text(row, "tokens_in") == "800");
  CHECK(Text(row, "tokens_out") == "40");
  CHECK(row.at("cost").real() == Approx(0.84));
  const Json body = Json::parse(scripted.server.requests().at(1).body);
  const std::string system = body["messages"][0]["content"], user = body["messages"][1]["content"];
  const std::string nonce = user.substr(8, 16);
  CHECK(user.find("<source-" + nonce + ">\nThe server listens on port 8080") == 0);
  CHECK(user.find("<statement-" + nonce + ">\nUnless told otherwise, connections are taken at 8080") != std::string::npos);
  CHECK(system.find("</statement-" + nonce + ">") != std::string::npos);
  CHECK(user.find("Backups") == std::string::npos);  // only what it cites
  CHECK(world.Run("SELECT quote FROM quire_citations WHERE verdict = 'supported by model'").size() == 1);
  // Given again, with what was said of it.
  const Row again = world.Ask(kAsk);
  CHECK(Text(again, "note") == "as answer 1");
  CHECK(Parsed(again, "sentences") == sentences);
  CHECK(scripted.checks == 1);
  CHECK(Parsed(world.Ask("'Which port does the server listen on?' FROM docs USING MODEL m"), "sentences").at(0)["verdict"] == "unverified");
}

TEST_CASE("verify: no, and what is neither yes nor no, leave a sentence unverified", "[answers]") {
  const std::pair<std::string, std::string> replies[] = {{"NO", "the model says no"},
                                                         {"No, the source does not say so.", "the model says no"},
                                                         {"Perhaps.", "the model's reply is neither yes nor no"},
                                                         {"Yes and no", "the model's reply is neither yes nor no"},
                                                         {"\xF0\x9F\x91\x8D", "the model's reply is neither yes nor no"}};
  for (const auto& [reply, check] : replies) {
    const CheckedServer scripted(kParaphrase, [&r = reply](size_t) { return Says(r); });
    World world;
    world.Serve(scripted.server);
    const Row row = world.Ask(kAsk);
    const Json sentence = Parsed(row, "sentences").at(0);
    INFO(reply);
    CHECK(sentence["verdict"] == "unverified");
    CHECK(sentence["check"] == check);
    CHECK(Text(row, "status") == "answered");
    CHECK(Text(row, "note") == "verified by model: 0 of 1");
    std::string explained;
    for (const Row& step : world.Run("EXPLAIN ANSWER 1")) explained += Text(step, "detail") + "\n";
    CHECK(explained.find("unverified (" + check + "): Unless told otherwise") != std::string::npos);
  }
}

TEST_CASE("verify: a model that fails leaves them unverified, says so, and is asked no more", "[answers]") {
  const CheckedServer scripted("One copy is taken nightly [2]. " + kParaphrase, [](size_t) { return Reply{.status = 503, .body = R"({"error":"out of memory"})"}; });
  World world;
  world.Serve(scripted.server);
  const Row row = world.Ask(kAsk);
  const Json sentences = Parsed(row, "sentences");
  CHECK(sentences.at(0)["verdict"] == "unverified");
  CHECK(sentences.at(0)["check"] == "not asked: the endpoint answered 503: out of memory");
  CHECK(sentences.at(1)["check"] == "not asked");
  CHECK(Text(row, "status") == "answered");
  CHECK(Text(row, "model") == "m");
  CHECK(Text(row, "note") == "verified by model: 0 of 2, then the endpoint answered 503: out of memory");
  CHECK(scripted.checks == 1);
  world.Ask(kAsk);  // what was left open is not given again
  CHECK(scripted.checks == 2);
}

TEST_CASE("verify: a model that hangs is given up at its deadline, or with the statement", "[answers]") {
  const CheckedServer scripted(kParaphrase, [](size_t) { return Reply{.hangs = true}; });
  World world;
  world.Serve(scripted.server, "retries = 0, timeout_ms = 300");
  const Row row = world.Ask(kAsk);
  CHECK(Parsed(row, "sentences").at(0)["verdict"] == "unverified");
  CHECK(Text(row, "answer") == kParaphrase);
  world.Run("ALTER MODEL m SET (timeout_ms = 60000)");
  world.Run("SET statement_timeout = '500ms'");
  CHECK(world.Try("ASK " + kAsk).status().code() == Code::kCancelled);
}

TEST_CASE("verify: what it may cost, and how often", "[answers]") {
  const CheckedServer scripted(kParaphrase, [](size_t) { return Says("yes"); });
  World world;
  world.Serve(scripted.server, "retries = 0, price_in = 1000, price_out = 10000, max_tokens = 40");
  Row row = world.Ask("'Which port does the server listen on?' FROM docs USING MODEL m WITH (verify = 'model', max_cost = 1)");
  CHECK(Parsed(row, "sentences").at(0)["check"] == "not asked: max_cost is used up");
  CHECK(scripted.checks == 0);
  CHECK(row.at("cost").real() < 1);
  world.Run("ALTER MODEL m SET (rate = 1)");
  row = world.Ask(kAsk);
  CHECK(Parsed(row, "sentences").at(0)["check"] == "not asked: its rate of 1 answers a minute is used up");
  CHECK(Text(row, "status") == "answered");
  CHECK(scripted.checks == 0);
}

TEST_CASE("verify: a sentence that cites nothing, one that is altered, and too many", "[answers]") {
  std::string answer = "Cats are wonderful animals that purr all day. The server listens on port 9090 by default [1].";
  for (int i = 0; i < 20; ++i) answer += " Thing number " + std::to_string(i) + " is a novelty beyond all measure [1].";
  const CheckedServer scripted(answer, [](size_t) { return Says("yes"); });
  World world;
  world.Serve(scripted.server);
  const Json sentences = Parsed(world.Ask(kAsk), "sentences");
  CHECK(sentences.at(0)["verdict"] == "unverified");
  CHECK(!sentences.at(0).contains("check"));
  CHECK(sentences.at(1)["verdict"] == "altered");  // that is certain: nobody is asked
  CHECK(scripted.checks == kModelChecksMax);
  CHECK(sentences.back()["check"] == "not asked");
}

TEST_CASE("verify: where it has nothing to do it is an error", "[answers]") {
  const CheckedServer scripted(kParaphrase, [](size_t) { return Says("yes"); });
  World world;
  world.Serve(scripted.server);
  const std::string ask = "ASK 'Which port does the server listen on?' FROM docs";
  CHECK(world.Try(ask + " WITH (verify = 'model')").status().message() == "option 'verify' needs a model");
  CHECK(world.Try(ask + " USING MODEL m WITH (verify = 'me')").status().code() == Code::kInvalidArgument);
  CHECK(world.Try(ask + " USING MODEL m WITH (verify = 'model', mode = 'strict')").status().code() == Code::kInvalidArgument);
  std::string steps;
  for (const Row& row : world.Run("EXPLAIN ASK " + kAsk)) steps += Text(row, "step") + "\n";
  CHECK(steps.find("verify\n") != std::string::npos);
  CHECK(scripted.server.requests().empty());
}

TEST_CASE("verify: yes and no are read loosely", "[answers]") {
  for (const char* yes : {"YES", "yes.", " **Yes**, it does.", "Answer: yes", "<think>no, wait</think>\nYes"}) CHECK(ReadYesNo(yes) == YesNo::kYes);
  for (const char* no : {"NO", "no!", "It does not.", "**No**", "The answer is: no"}) CHECK(ReadYesNo(no) == YesNo::kNo);
  for (const char* unclear : {"", "maybe", "yesterday, notably", "yes no", "\xFF\xFE"}) CHECK(ReadYesNo(unclear) == YesNo::kUnclear);
}

}  // namespace
}  // namespace quire::chat
