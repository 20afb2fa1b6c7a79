// Rows to text, in every output mode.
#include <cmath>
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include "sql/parse/text_width.h"
#include "sql/shell/highlight.h"
#include "sql/shell/json_text.h"
#include "sql/shell/render.h"

namespace quire::sql {
namespace {

using Table = std::vector<std::vector<Value>>;

std::string Render(OutputMode mode, const RenderStyle& style, const std::vector<ResultColumn>& columns,
                   const Table& table) {
  const auto renderer = MakeRenderer(mode, style);
  std::string out;
  renderer->Begin(columns, &out);
  for (const auto& row : table) {
    std::vector<const Value*> values;
    for (const Value& value : row) values.push_back(&value);
    renderer->Row(values, &out);
  }
  renderer->End(&out);
  return out;
}

std::vector<ResultColumn> Columns(const std::vector<std::string>& names) {
  std::vector<ResultColumn> columns;
  for (const std::string& name : names) columns.push_back({name, Type::kNull});
  return columns;
}

Value Text(std::string text) { return Value::Text(std::move(text)); }

const Table kRows = {{Text("Install"), Value::Integer(7), Value::Real(0.5)},
                     {Text("caf\u00e9 \u65e5\u672c"), Value::Integer(-12), Value::Null()}};
const std::vector<ResultColumn> kColumns = {{"title", Type::kText}, {"year", Type::kInteger}, {"score", Type::kReal}};

size_t WidestLine(const std::string& text) {
  size_t widest = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    widest = std::max(widest, DisplayWidth(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  return widest;
}

}  // namespace

TEST_CASE("a plain table lines up whatever the width of its characters", "[shell]") {
  CHECK(Render(OutputMode::kTable, {}, kColumns, kRows) ==
        " title     | year | score\n"
        "-----------+------+-------\n"
        " Install   |    7 |   0.5\n"
        " caf\u00e9 \u65e5\u672c |  -12 |  NULL\n");
  CHECK(Render(OutputMode::kTable, {}, kColumns, {}) ==
        " title | year | score\n"
        "-------+------+-------\n");
}

TEST_CASE("a table with lines", "[shell]") {
  CHECK(Render(OutputMode::kTable, {.box = true}, Columns({"a", "b"}), {{Text("x\ny\tz"), Value::Integer(1)}}) ==
        "\u250c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u252c\u2500\u2500\u2500\u2510\n"
        "\u2502 a     \u2502 b \u2502\n"
        "\u251c\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u253c\u2500\u2500\u2500\u2524\n"
        "\u2502 x y z \u2502 1 \u2502\n"
        "\u2514\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2534\u2500\u2500\u2500\u2518\n");
}

TEST_CASE("a table is cut to the terminal's width, the widest columns first", "[shell]") {
  const Table rows = {{Text("short"), Text(std::string(200, 'x')), Text(std::string(300, 'y'))}};
  for (const bool box : {false, true}) {
    for (const size_t columns : {40u, 60u, 81u}) {
      const std::string text =
          Render(OutputMode::kTable, {.box = box, .columns = columns}, Columns({"a", "b", "c"}), rows);
      INFO(text);
      CHECK(WidestLine(text) <= columns);
      CHECK(WidestLine(text) + 2 >= columns);
      CHECK(text.find(" short ") != std::string::npos);
      CHECK(text.find(box ? "xx\u2026" : "xx...") != std::string::npos);
    }
  }
  const std::string whole = Render(OutputMode::kTable, {}, Columns({"a", "b", "c"}), rows);
  CHECK(whole.find(std::string(300, 'y')) != std::string::npos);
}

TEST_CASE("a long result is written in part before its end", "[shell]") {
  const auto renderer = MakeTableRenderer({});
  std::string out;
  renderer->Begin(Columns({"n"}), &out);
  const Value value = Value::Integer(5);
  const Value* values[] = {&value};
  for (int i = 0; i < 1500; ++i) renderer->Row(values, &out);
  CHECK(std::count(out.begin(), out.end(), '\n') == 1502);
  renderer->End(&out);
  CHECK(std::count(out.begin(), out.end(), '\n') == 1502);
}

TEST_CASE("JSON is one array on one line, with typed values", "[shell]") {
  const std::vector<ResultColumn> columns = Columns({"t", "i", "r", "b", "n", "a", "v", "j", "d", "bad", "broken"});
  const Table rows = {{Text("a\"b\n\u00e9"), Value::Integer(INT64_MAX), Value::Real(0.1), Value::Boolean(true),
                       Value::Null(), Value::TextArray({"x", "y,z"}), Value::Vector({0.1f, -2, NAN}),
                       Value::Json("{\"k\":\n[1]}"), Value::Date(0), Value::Real(NAN), Value::Json("{broken")},
                      std::vector<Value>(11)};
  const std::string text = Render(OutputMode::kJson, {}, columns, rows);
  CHECK(text.find('\n') == text.size() - 1);
  const auto json = nlohmann::json::parse(text);
  REQUIRE(json.size() == 2);
  CHECK(json[0] ==
        nlohmann::json::parse(R"({"t": "a\"b\n\u00e9", "i": 9223372036854775807, "r": 0.1, "b": true, "n": null,
      "a": ["x", "y,z"], "v": [0.1, -2, null], "j": {"k": [1]}, "d": "1970-01-01", "bad": null, "broken": "{broken"})"));
  for (const auto& value : json[1]) CHECK(value.is_null());
  CHECK(Render(OutputMode::kJson, {}, columns, {}) == "[]\n");
}

TEST_CASE("JSON keeps columns of one name apart", "[shell]") {
  CHECK(Render(OutputMode::kJson, {}, Columns({"a", "a", "b"}),
               {{Value::Integer(1), Value::Integer(2), Value::Integer(3)}}) == "[{\"a\":1,\"a_2\":2,\"b\":3}]\n");
}

TEST_CASE("CSV as of RFC 4180", "[shell]") {
  const Table rows = {{Text("plain"), Text("a,b"), Text("say \"x\"")},
                      {Text("two\nlines"), Value::Null(), Text("")},
                      {Value::TextArray({"x", "y"}), Value::Boolean(false), Value::Real(1.5)}};
  CHECK(Render(OutputMode::kCsv, {}, Columns({"a", "b,c", "d"}), rows) ==
        "a,\"b,c\",d\r\n"
        "plain,\"a,b\",\"say \"\"x\"\"\"\r\n"
        "\"two\nlines\",,\"\"\r\n"
        "\"[\"\"x\"\",\"\"y\"\"]\",false,1.5\r\n");
}

TEST_CASE("Markdown", "[shell]") {
  CHECK(Render(OutputMode::kMarkdown, {}, kColumns, {{Text("a|b\\c\nd"), Value::Integer(1), Value::Null()}}) ==
        "| title | year | score |\n"
        "| --- | ---: | ---: |\n"
        "| a\\|b\\\\c<br>d | 1 | NULL |\n");
}

TEST_CASE("one value a line", "[shell]") {
  CHECK(Render(OutputMode::kLine, {}, kColumns, kRows) ==
        "title = Install\n"
        " year = 7\n"
        "score = 0.5\n"
        "\n"
        "title = caf\u00e9 \u65e5\u672c\n"
        " year = -12\n"
        "score = NULL\n");
}

TEST_CASE("control characters never reach the terminal", "[shell]") {
  CHECK(CellText(Text("a\x1b[31mb\r\n\xff")).find('\x1b') == std::string::npos);
  const std::string line = Render(OutputMode::kLine, {}, Columns({"a"}), {{Text("\x1b]0;x\x07")}});
  CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("an answer for a person", "[shell]") {
  const std::vector<ResultColumn> columns =
      Columns({"answer_id", "status", "reason", "answer", "confidence", "citations", "ms"});
  CHECK(IsAnswer(columns));
  CHECK_FALSE(IsAnswer(kColumns));
  const std::string citations =
      R"([{"n": 1, "uri": "a.md", "section": "Install > Debian", "start": 10, "end": 42, "quote": "Run apt."}, {"n": 2}, 3, )"
      R"({"n": 3, "uri": "b.pdf", "start": 1, "end": 4, "of": "chunk", "page": 3}])";
  const std::vector<Value> row = {Value::Integer(1),  Text("answered"),       Value::Null(),    Text("Run apt. [1]"),
                                  Value::Real(0.914), Value::Json(citations), Value::Real(1.25)};
  std::vector<const Value*> values;
  for (const Value& value : row) values.push_back(&value);
  CHECK(RenderAnswer(columns, values, {}) ==
        "Run apt. [1]\n"
        "\n"
        "Sources\n"
        "  [1] a.md > Install > Debian  bytes 10-42\n"
        "  [2] \n"
        "  [3] b.pdf  page 3, bytes 1-4 of the stored text\n"
        "\n"
        "answer 1, confidence 0.91, 1.25 ms\n");
  CHECK(RenderAnswer(columns, values, {.answer_shown = true}).find("\nSources\n") == 0);

  const std::vector<Value> refused = {Value::Null(), Text("refused"),  Text("no_match"), Text(""),
                                      Value::Null(), Value::Json("{"), Value::Null()};
  for (size_t i = 0; i < refused.size(); ++i) values[i] = &refused[i];
  CHECK(RenderAnswer(columns, values, {}) == "refused (no_match)\n\n");
}

TEST_CASE("an answer's doubts are told", "[shell]") {
  const std::vector<ResultColumn> columns = Columns({"answer_id", "status", "answer", "citations", "sentences", "note"});
  const std::vector<Value> row = {
      Value::Integer(2), Text("answered"), Text("Port 9090 [1]."), Value::Json("[]"),
      Value::Json(R"([{"text":"Port 9090.","citation":1,"verdict":"altered","difference":"number: answer has '9090'"},
                      {"text":"Cats.","citation":0,"verdict":"unverified"},{"text":"Dogs.","citation":1,"verdict":"unverified","check":"the model says no"},
                      {"text":"Birds.","citation":1,"verdict":"supported by model"},{"text":"Fine.","citation":4,"verdict":"supported","cited":[2,99]}, 7])"),
      Text("m: it failed")};
  std::vector<const Value*> values;
  for (const Value& value : row) values.push_back(&value);
  CHECK(RenderAnswer(columns, values, {}) ==
        "Port 9090 [1].\n"
        "\n"
        "Checked\n"
        "  altered (number: answer has '9090'): \"Port 9090.\"\n"
        "  unverified: \"Cats.\"\n"
        "  unverified (the model says no): \"Dogs.\"\n"
        "  supported by model: \"Birds.\"\n"
        "  cited [2][99], found in [4]: \"Fine.\"\n"
        "\n"
        "note: m: it failed\n"
        "\n"
        "answer 2\n");
}

TEST_CASE("citations that are not as expected give no sources", "[shell]") {
  CHECK(ParseCitations("").empty());
  CHECK(ParseCitations("{\"n\": 1}").empty());
  CHECK(ParseCitations("[1, \"x\", null]").empty());
  CHECK(ParseCitations("[{\"n\": \"one\", \"uri\": 2}]").size() == 1);
}

TEST_CASE("an entered line is drawn again in colours", "[shell]") {
  CHECK(Highlight("", "SELECT title, 'it''s' FROM docs -- all") ==
        "\x1b[1;34mSELECT\x1b[0m title, \x1b[32m'it''s'\x1b[0m \x1b[1;34mFROM\x1b[0m docs\x1b[2m -- all\x1b[0m");
  CHECK(Highlight("SELECT 'begun\n", "over' , 42;") == "\x1b[32mover'\x1b[0m , \x1b[36m42\x1b[0m;");
  CHECK(Highlight("", "no words here") == "no words here");
  CHECK(Redrawn("quire> ", "", "SELECT 1", 80) == "\x1b[1A\rquire> \x1b[1;34mSELECT\x1b[0m \x1b[36m1\x1b[0m\x1b[K\n");
  CHECK(Redrawn("quire> ", "", std::string(100, 'x'), 40).rfind("\x1b[3A", 0) == 0);
  CHECK(Redrawn("quire> ", "", std::string(1000, 'x'), 40).empty());  // its begin has scrolled away
  CHECK(Redrawn("quire> ", "", ".help", 80).empty());
  CHECK(Redrawn("quire> ", "", "SELECT\t1", 80).empty());
}

}  // namespace quire::sql
