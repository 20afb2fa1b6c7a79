// Encodings of text files, and the formats that are read as they stand: JSON, CSV, TSV.
#include "extensions/ingest/encoding.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

using namespace std::string_literals;

DecodedText Decoded(std::string bytes, std::string_view declared = "", std::string_view forced = "") {
  Result<DecodedText> decoded = DecodeText(std::move(bytes), declared, forced);
  INFO(decoded.status().ToString());
  REQUIRE(decoded.ok());
  return std::move(decoded).value();
}

TEST_CASE("UTF-8 stays as it is, byte order mark and all", "[ingest]") {
  CHECK(Decoded("caf\xC3\xA9").text == "caf\xC3\xA9");
  CHECK(Decoded("\xEF\xBB\xBFx").text == "\xEF\xBB\xBFx");
  CHECK(Decoded("").encoding.empty());
  CHECK(Decoded("a\0b"s).encoding.empty());
}

TEST_CASE("UTF-16 and UTF-32, by mark and by their NUL bytes", "[ingest]") {
  CHECK(Decoded("\xFF\xFEh\0\xE9\0"s).text == "h\xC3\xA9");
  CHECK(Decoded("\xFE\xFF\0h\0\xE9"s).text == "h\xC3\xA9");
  CHECK(Decoded("\xFF\xFE\0\0h\0\0\0"s).text == "h");
  CHECK(Decoded("\0\0\xFE\xFF\0\0\0h"s).text == "h");
  const DecodedText wide = Decoded("w\0o\0r\0d\0s\0 \0\xE9\0.\0"s);
  CHECK(wide.text == "words \xC3\xA9.");
  CHECK(wide.notice == "read as UTF-16LE, by its NUL bytes");
  CHECK(Decoded("\0w\0o\0r\0d"s).encoding == "UTF-16BE");
  const DecodedText broken = Decoded("\xFF\xFE\0\xD8h\0"s);  // half a pair
  CHECK(broken.text == "\xEF\xBF\xBDh");
  CHECK(broken.notice == "1 place with no meaning in UTF-16LE became U+FFFD");
}

TEST_CASE("what is no UTF-8 is what it says, or windows-1252 with a notice", "[ingest]") {
  const DecodedText guessed = Decoded("caf\xE9 \x93quoted\x94 \x81");
  CHECK(guessed.text == "caf\xC3\xA9 \xE2\x80\x9Cquoted\xE2\x80\x9D \xEF\xBF\xBD");
  CHECK(guessed.notice ==
        "is not UTF-8 at byte 3: read as windows-1252; 1 place with no meaning in windows-1252 became U+FFFD");
  CHECK(Decoded("\xC3\xA9t\xC3\xA9 \xFF").text == "\xC3\xA9t\xC3\xA9 \xEF\xBF\xBD");
  size_t replaced = 0;
  CHECK(ToUtf8("a\xF4\x90\x80\x80z", "UTF-8", &replaced).value() ==
        "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");  // above U+10FFFF
  CHECK(replaced == 4);
  CHECK(Decoded("\xC1\xC2", "iso-8859-7").text == "\xCE\x91\xCE\x92");
  CHECK(Decoded("caf\xE9", "no-such-thing").encoding == "windows-1252");
  CHECK(Decoded("\x83\x65", "", "shift_jis").text == "\xE3\x83\x86");
  CHECK(DecodeText("x", "", "no-such-thing").status().code() == Code::kInvalidArgument);
  CHECK(DecodeText("\x7F"s + "ELF\0\x01\xFF"s).status().code() == Code::kInvalidArgument);
  CHECK(DeclaredEncoding("<meta charset='Shift_JIS'>") == "shift_jis");
  CHECK(DeclaredEncoding("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>") == "iso-8859-1");
  CHECK(DeclaredEncoding("<p>text</p>").empty());
}

TEST_CASE("chunks of decoded text have no place in the file", "[ingest]") {
  World world;
  world.folder.Write("wide.txt", "\xFF\xFEw\0o\0r\0d\0"s);
  world.folder.Write("old.md", "# T\n\ncaf\xE9\n");
  world.folder.Write("page.html", "<meta charset=iso-8859-7><title>T</title><p>\xC1\xC2");
  const LoadReport report = world.LoadOrFail();
  CHECK(report.added == 3);
  CHECK(Messages(report).size() == 1);
  CHECK(world.ChunksOfPage("wide.txt")[0].text == "word");
  CHECK(world.ChunksOfPage("old.md")[0].text == "# T\n\ncaf\xC3\xA9");
  CHECK(world.ChunksOfPage("old.md")[0].end == 0);
  CHECK(world.ChunksOfPage("page.html")[0].text == "\xCE\x91\xCE\x92");
  CHECK(world.LoadOrFail().unchanged == 3);
}

TEST_CASE("JSON is cut between members and elements, its words are in the index", "[ingest]") {
  std::string json = "\xEF\xBB\xBF[";
  for (int i = 0; i < 200; ++i) {
    json += (i == 0 ? "" : ",\n ") + R"({"id": )"s + std::to_string(i) +
            R"(, "name": "caf\u00e9 \ud83d\ude00 \"x\"", "tags": [1, 2]})";
  }
  json += "]";
  const std::vector<Chunk> chunks = ChunksOf(json, 350, "json", "a.json");
  REQUIRE(FaultOf(json, 3, chunks) == "");
  CHECK(chunks.size() > 5);
  for (size_t i = 1; i < chunks.size(); ++i) CHECK(chunks[i].text.substr(0, 6) == "{\"id\":");
  CHECK(chunks[1].indexed_text.find("name: caf\xC3\xA9 \xF0\x9F\x98\x80 \"x\"") != std::string::npos);
  CHECK(ChunksOf("{\"a\":1}\n{\"b\":2}\n", 350, "jsonl").size() == 1);
}

TEST_CASE("JSON that is damaged, deep or dense loses nothing and ends", "[ingest]") {
  const auto repeat = [](const std::string& part, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += part;
    return text;
  };
  for (const std::string& json :
       {"{"s, "]]]"s, "{\"a\""s, "\"open"s, "{\"a\":\"\\"s, "{\"a\":\"\\ud83d"s, "\\u"s, "nonsense, all of it"s,
        repeat("[", 200'000), repeat("{\"a\":", 100'000), "[" + repeat("1,", 500'000), repeat("[],", 300'000),
        repeat("}", 100'000), "\"" + repeat("long text. ", 100'000) + "\"", repeat("\"", 99'999),
        "{\"a\": [" + repeat("{\"b\": \"" + repeat("x", 50) + "\"},", 10'000) + "]}"}) {
    INFO(json.substr(0, 40));
    CHECK(FaultOf(json, 0, ChunksOf(json, 350, "json")) == "");
  }
}

TEST_CASE("CSV in a folder is one document, its rows at their bytes", "[ingest]") {
  std::string csv = "name;note\r\n";
  for (int i = 0; i < 300; ++i) csv += "row " + std::to_string(i) + ";\"two\nlines; and \"\"quotes\"\"\"\r\n";
  const std::vector<Chunk> chunks = ChunksOf(csv, 350, "csv", "a.csv");
  REQUIRE(FaultOf(csv, 0, chunks) == "");
  REQUIRE(chunks.size() > 3);
  CHECK(chunks[1].text.substr(0, 4) == "row ");
  CHECK(chunks[1].indexed_text.find("name, note") == 0);
  for (const std::string& hostile : {"\""s, "a,b\n\"open\n1,2\n"s, ""s, "\n\n"s, std::string(100'000, ','),
                                     std::string(100'000, '"'), "a\0b,c\n"s}) {
    CHECK(FaultOf(hostile, 0, ChunksOf(hostile, 350, "csv")) == "");
  }
  std::string open = "a,b\n";
  for (int i = 0; i < 200'000; ++i) open += "it's 5\" wide,x\n";
  CHECK(FaultOf(open, 0, ChunksOf(open, 350, "csv")) == "");
}

TEST_CASE("files over the limit are reported", "[ingest]") {
  World world;
  world.folder.Write("a.md", std::string(2000, 'x'));
  world.folder.Write("b.md", "small");
  LoadOptions options = world.Options();
  options.limits.bytes_max = 1000;
  const LoadReport report = world.LoadOrFail(options);
  CHECK(report.added == 1);
  REQUIRE(report.issues.size() == 1);
  CHECK(report.issues[0].reason == "has 2000 bytes, expected at most 1000");
}

}  // namespace
}  // namespace quire::ingest
