// Requests over a real socket: what they send, how long they wait, and when they try again.
#include <catch2/catch.hpp>
#include <thread>

#include "extensions/providers/http.h"
#include "tests/unit/support/scripted_server.h"

namespace quire::providers {
namespace {

using quire::testing::ScriptedServer;
using std::chrono::milliseconds;

const RetryPolicy kQuick = {.retries = 2, .first = milliseconds(1), .most = milliseconds(4), .asked_most = milliseconds(500)};

TEST_CASE("http: a request and its answer", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request& request, size_t) {
    return ScriptedServer::Reply{.status = 201, .body = "got " + request.body, .headers = "X-Some: thing \r\n"};
  });
  HttpClient client;
  const auto response = client.Send({.url = server.url("/v1/x?y=1"), .headers = {"X-Key: k"}, .body = "hello"});
  REQUIRE(response.ok());
  CHECK(response->status == 201);
  CHECK(response->body == "got hello");
  CHECK(response->headers.at("x-some") == "thing");
  CHECK(server.requests()[0].head.rfind("POST /v1/x?y=1 HTTP/1.1", 0) == 0);
  CHECK(server.requests()[0].head.find("X-Key: k") != std::string::npos);
}

TEST_CASE("http: what fails is tried again, and what the client did wrong is not", "[providers]") {
  for (const int status : {408, 409, 429, 500, 503, 400, 401, 404}) {
    const ScriptedServer server([&](const ScriptedServer::Request&, size_t number) {
      return ScriptedServer::Reply{.status = number < 2 ? status : 200, .body = "x"};
    });
    HttpClient client;
    const auto response = client.SendAgain({.url = server.url(), .body = "q"}, kQuick);
    REQUIRE(response.ok());
    const bool again = status == 408 || status == 409 || status == 429 || status >= 500;
    CHECK(response->status == (again ? 200 : status));
    CHECK(server.requests().size() == (again ? 3 : 1));
  }
  const ScriptedServer always([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.status = 503}; });
  HttpClient client;
  CHECK(client.SendAgain({.url = always.url(), .body = "q"}, kQuick)->status == 503);
  CHECK(always.requests().size() == 3);
}

TEST_CASE("http: half a body is tried again and then an error", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t number) {
    return ScriptedServer::Reply{.body = std::string(1000, 'x'), .half = number == 0};
  });
  HttpClient client;
  CHECK(client.SendAgain({.url = server.url(), .body = "q"}, kQuick)->body.size() == 1000);
  const ScriptedServer broken([](const ScriptedServer::Request&, size_t) {
    return ScriptedServer::Reply{.body = std::string(1000, 'x'), .half = true};
  });
  CHECK(client.SendAgain({.url = broken.url(), .body = "q"}, kQuick).status().code() == Code::kUnavailable);
  CHECK(broken.requests().size() == 3);
}

TEST_CASE("http: a server that hangs is left at the deadline, or when cancelled", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.hangs = true}; });
  HttpClient client;
  const auto begin = std::chrono::steady_clock::now();
  const auto late = client.Send({.url = server.url(), .body = "q", .timeout = milliseconds(150)});
  CHECK(late.status().code() == Code::kUnavailable);
  CHECK(late.status().message().find("within 150 ms") != std::string_view::npos);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  std::atomic<bool> cancelled{false};
  std::thread canceller([&] {
    std::this_thread::sleep_for(milliseconds(100));
    cancelled = true;
  });
  CHECK(client.SendAgain({.url = server.url(), .body = "q", .cancelled = &cancelled}, kQuick).status().code() == Code::kCancelled);
  canceller.join();
}

TEST_CASE("http: a stream is given as it comes, and not begun again", "[providers]") {
  const ScriptedServer server([](const ScriptedServer::Request&, size_t number) {
    return ScriptedServer::Reply{.status = number == 0 ? 500 : 200, .body = std::string(100'000, 'x'), .half = number > 1};
  });
  HttpClient client;
  size_t bytes = 0;
  HttpRequest request{.url = server.url(), .body = "q"};
  request.on_data = [&](std::string_view data) { return bytes += data.size(), true; };
  CHECK(client.SendAgain(request, kQuick)->status == 200);
  CHECK(bytes == 100'000);
  CHECK(client.SendAgain(request, kQuick).status().code() == Code::kIoError);  // broken off in the middle
  CHECK(server.requests().size() == 3);
  request.on_data = [](std::string_view) { return false; };
  CHECK(client.Send(request).status().code() == Code::kCancelled);
}

TEST_CASE("http: what cannot be reached, and what is no address", "[providers]") {
  std::string gone;
  {
    const ScriptedServer server([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{}; });
    gone = server.url();
  }
  HttpClient client;
  CHECK(client.SendAgain({.url = gone, .body = "q"}, kQuick).status().code() == Code::kUnavailable);
  CHECK(client.Send({.url = "file:///etc/passwd"}).status().code() == Code::kInvalidArgument);
  const auto secret = client.Send({.url = "http://user:word@127.0.0.1:1/x"});
  CHECK(secret.status().message().find("word") == std::string_view::npos);
  const ScriptedServer large([](const ScriptedServer::Request&, size_t) { return ScriptedServer::Reply{.body = std::string(100, 'x')}; });
  CHECK(client.Send({.url = large.url(), .body_max = 50}).status().code() == Code::kResourceExhausted);
}

TEST_CASE("http: how long a server asks to wait", "[providers]") {
  const auto asked = [](const char* name, const char* value) { return AskedWait({.headers = {{name, value}}}, 1'000'000'000).count(); };
  CHECK(asked("retry-after-ms", "250") == 250);
  CHECK(asked("retry-after", "2") == 2'000);
  CHECK(asked("retry-after", "0.5") == 500);
  CHECK(asked("retry-after", "Sun, 09 Sep 2001 01:46:45 GMT") == 5'000);
  CHECK(asked("retry-after", "Sun, 09 Sep 2001 01:46:30 GMT") == 0);
  CHECK(asked("retry-after", "soon") == -1);
  CHECK(asked("retry-after", "-3") == -1);
  CHECK(asked("other", "3") == -1);
  const ScriptedServer server([](const ScriptedServer::Request&, size_t number) {
    return ScriptedServer::Reply{.status = number == 0 ? 429 : 200, .headers = number == 0 ? "Retry-After: 0.05\r\n" : ""};
  });
  HttpClient client;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(client.SendAgain({.url = server.url(), .body = "q"}, kQuick)->status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(50));
  const ScriptedServer slow([](const ScriptedServer::Request&, size_t) {
    return ScriptedServer::Reply{.status = 429, .headers = "Retry-After: 3600\r\n"};
  });
  CHECK(client.SendAgain({.url = slow.url(), .body = "q"}, kQuick)->status == 429);  // too long: not waited for
  CHECK(slow.requests().size() == 1);
}

}  // namespace
}  // namespace quire::providers
