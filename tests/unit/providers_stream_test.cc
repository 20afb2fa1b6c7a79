// Streams of events and lines, in whatever pieces they arrive.
#include <catch2/catch.hpp>
#include <random>

#include "extensions/providers/sse.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

// The events of a stream that comes in the given pieces.
Result<Events> Read(const std::vector<std::string>& pieces) {
  SseParser parser;
  Events events;
  const auto take = [&](const SseEvent& event) {
    events.emplace_back(event.name, event.data);
    return Status();
  };
  for (const std::string& piece : pieces) QUIRE_RETURN_IF_ERROR(parser.Feed(piece, take));
  QUIRE_RETURN_IF_ERROR(parser.End(take));
  return events;
}

TEST_CASE("sse: events as the standard has them", "[providers]") {
  CHECK(*Read({"data: a\n\n"}) == Events{{"message", "a"}});
  CHECK(*Read({"data:a\r\n\r\ndata: b\r\rdata:  c\n\n"}) == Events{{"message", "a"}, {"message", "b"}, {"message", " c"}});
  CHECK(*Read({": a comment\nevent: ping\ndata: one\ndata: two\nid: 7\nretry: 10\nnonsense\n\n"}) == Events{{"ping", "one\ntwo"}});
  CHECK(*Read({"\xEF\xBB\xBF" "data: marked\n\n"}) == Events{{"message", "marked"}});
  CHECK(*Read({"event: ping\n\n\n\n:\n\n"}) == Events{});
  CHECK(*Read({"data\n\n"}) == Events{{"message", ""}});
  CHECK(*Read({"data: a:b: c\n\n"}) == Events{{"message", "a:b: c"}});
  CHECK(*Read({"data: no end"}) == Events{{"message", "no end"}});
  CHECK(*Read({"data: no end\n"}) == Events{{"message", "no end"}});
  CHECK(*Read({}) == Events{});
}

TEST_CASE("sse: however the bytes are cut, the events are the same", "[providers]") {
  const std::string stream = "event: x\r\ndata: Gr\xC3\xB6\xC3\x9F" "e \xF0\x9F\x98\x80\r\n\r\n: c\rdata: 1\rdata: 2\r\rdata: last\n";
  const Events whole = *Read({stream});
  REQUIRE(whole.size() == 3);
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> pieces;
    for (size_t at = 0; at < stream.size();) {
      const size_t size = 1 + random() % (round % 7 + 1);
      pieces.push_back(stream.substr(at, size));
      at += size;
    }
    REQUIRE(*Read(pieces) == whole);
  }
}

TEST_CASE("sse: nothing grows without bound", "[providers]") {
  CHECK(Read({std::string(kLineBytesMax + 1, 'x')}).status().code() == Code::kResourceExhausted);
  std::vector<std::string> lines(9, "data: " + std::string(kLineBytesMax / 8, 'x') + "\n");
  CHECK(Read(lines).status().code() == Code::kResourceExhausted);
}

TEST_CASE("lines: of any end", "[providers]") {
  LineCutter cutter;
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) {
    lines.emplace_back(line);
    return Status();
  };
  for (const char* piece : {"a\r", "\nb", "c\n\nd\re", "f"}) CHECK(cutter.Feed(piece, take).ok());
  CHECK(cutter.End(take).ok());
  CHECK(lines == std::vector<std::string>{"a", "bc", "", "d", "ef"});
}

TEST_CASE("wire: what servers say went wrong, without the key", "[providers]") {
  CHECK(MessageOf(R"({"error":{"message":"no such model","code":404}})", "") == "no such model");
  CHECK(MessageOf(R"({"error":"out of memory"})", "") == "out of memory");
  CHECK(MessageOf(R"({"message":"busy","error":null})", "") == "busy");
  CHECK(MessageOf(R"({"detail":"Not Found"})", "") == "Not Found");
  CHECK(MessageOf("<html>bad gateway\x01\xFF</html>", "") == "<html>bad gateway\\x01\xEF\xBF\xBD</html>");
  CHECK(MessageOf(std::string(10'000, 'x'), "").size() == 300);
  const std::string key = "sk-canary-0123456789abcdef";
  const std::string shown = MessageOf(R"({"error":{"message":"Incorrect key sk-canary-0123456789abcdef, sk-canar****, ****89abcdef."}})", key);
  CHECK(shown == "Incorrect key ***, *******, *******.");
}

TEST_CASE("wire: text is made valid", "[providers]") {
  CHECK(ValidUtf8("Gr\xC3\xB6\xC3\x9F" "e") == "Gr\xC3\xB6\xC3\x9F" "e");
  CHECK(ValidUtf8("a\xC3") == "a\xEF\xBF\xBD");
  CHECK(ValidUtf8("\xFF\xFEz") == "\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(ValidUtf8("") == "");
}

}  // namespace
}  // namespace quire::providers
