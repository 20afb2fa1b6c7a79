// What a model says over a socket, as it comes through the C ABI: while it is said, whole in the end, stopped, failed.
#include <chrono>
#include <utility>

#include "tests/unit/c_api_support.h"
#include "tests/unit/support/scripted_server.h"

namespace quire::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string Delta(const std::string& text) { return "data: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}]}\n\n"; }
const std::string kStop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const std::string kAsk = "ASK 'How do I reset my password?' FROM docs USING MODEL m";

struct Heard {
  std::vector<std::pair<int, std::string>> events;
  std::vector<Clock::time_point> times;
  bool stop_at_text = false;

  static int Listen(void* context, int kind, const char* text, size_t size) {
    auto* self = static_cast<Heard*>(context);
    self->events.emplace_back(kind, std::string(text, size));
    self->times.push_back(Clock::now());
    return self->stop_at_text && kind == QUIRE_ANSWER_TEXT ? 1 : 0;
  }
  std::string Text() const {
    std::string all;
    for (const auto& [kind, text] : events) all += kind == QUIRE_ANSWER_TEXT ? text : "";
    return all;
  }
};

class AnswerFixture : public CApiFixture {
 public:
  void Serve(const ScriptedServer& server) {
    Exec("CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES ('a.md', 'To reset your password, open Settings and choose Reset password.')");
    Exec(("CREATE MODEL m USING PROVIDER openai ENDPOINT '" + server.url() + "' NAME 'tiny' WITH (retries = 0, fallback = 'none')").c_str());
    REQUIRE(quire_answer(connection(), Heard::Listen, &heard) == QUIRE_OK);
  }
  // The column `name` of the one row.
  std::string Column(const std::string& sql, const std::string& name) {
    quire_statement* statement = Prepare(sql.c_str());
    REQUIRE(quire_step(statement) == QUIRE_ROW);
    std::string value;
    for (int i = 0; i < quire_column_count(statement); ++i) {
      const char* text = quire_column_text(statement, i, nullptr);
      if (quire_column_name(statement, i) == name && text != nullptr) value = text;
    }
    quire_finalize(statement);
    return value;
  }
  Heard heard;
};

TEST_CASE_METHOD(AnswerFixture, "c api: a model's answer comes while it is written", "[c_api]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) {
    return ScriptedServer::Reply{.pieces = {Delta("To reset your password, "), Delta("open Settings \xC3\xA4"), Delta(" [1]."), kStop}, .pause_ms = 100};
  });
  Serve(server);
  const std::string answer = Column(kAsk, "answer");
  REQUIRE(heard.events.size() >= 4);
  CHECK(heard.events.front().first == QUIRE_ANSWER_SOURCES);
  CHECK(heard.events.front().second.find("\"uri\":\"a.md\"") != std::string::npos);
  CHECK(heard.events.back() == std::pair<int, std::string>(QUIRE_ANSWER_DONE, "answered"));
  CHECK(heard.Text() == answer);
  CHECK(answer == "To reset your password, open Settings \xC3\xA4 [1].");
  CHECK(heard.times.back() - heard.times[1] > std::chrono::milliseconds(100));
}

TEST_CASE_METHOD(AnswerFixture, "c api: a model's answer can be stopped by what is told of it", "[c_api]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.hangs = true, .pieces = {Delta("To reset ")}}; });
  Serve(server);
  heard.stop_at_text = true;
  CHECK(quire_exec(connection(), kAsk.c_str(), kToNul) == QUIRE_CANCELLED);
  CHECK(heard.Text() == "To reset ");
  CHECK(heard.events.back().first == QUIRE_ANSWER_TEXT);  // no end is told
}

TEST_CASE_METHOD(AnswerFixture, "c api: where no model answers the end is an error, and the row says why", "[c_api]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.status = 503, .body = "{\"error\":\"out of memory\"}"}; });
  Serve(server);
  CHECK(Column(kAsk, "note") == "m: the endpoint answered 503: out of memory");
  REQUIRE(!heard.events.empty());
  CHECK(heard.events.back() == std::pair<int, std::string>(QUIRE_ANSWER_DONE, "error"));
}

}  // namespace
}  // namespace quire::testing
