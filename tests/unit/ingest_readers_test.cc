// Readers besides Markdown: what becomes of each format, and of damaged and hostile input.
#include <iterator>
#include <random>
#include <sstream>

#include "extensions/ingest/delimited.h"
#include "extensions/ingest/rows.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::string PlainOf(std::string_view format, std::string_view source) { return ParseAs(format, source).plain; }

// Kinds of the top blocks, headings with their level.
std::string ShapeOf(std::string_view format, std::string_view source) {
  const ParsedDocument document = ParseAs(format, source);
  std::string shape;
  for (size_t i = 0; i < document.blocks.size(); i += document.blocks[i].extent) {
    const Block& block = document.blocks[i];
    shape += block.kind == Block::Kind::kHeading     ? "h" + std::to_string(block.level)
             : block.kind == Block::Kind::kCode      ? "c"
             : block.kind == Block::Kind::kContainer ? "l"
             : block.kind == Block::Kind::kTable     ? "t"
                                                     : "p";
  }
  return shape;
}

TEST_CASE("reStructuredText: headings, code, directives, roles", "[ingest]") {
  const std::string source =
      "=====\nTitle\n=====\n\nA :ref:`link text <target>` and ``code_here`` and `name <https://x.y>`_ <b>.\n\n"
      "Part\n----\n\nLike so::\n\n    # not a heading\n    x = 1\n\n.. note:: Take care.\n\n   Of this.\n\n"
      ".. code-block:: python\n   :linenos:\n\n   import os\n\n.. _label:\n\nSub\n~~~\n\n* one\n* two\n\n.. a "
      "comment\n   of "
      "lines\n\nEnd\n\nPart two\n--------\n\nlast\n";
  CHECK(ShapeOf("rst", source) == "h1ph2pcppch3lph2p");
  const std::string plain = PlainOf("rst", source);
  CHECK(plain.find("A link text and code_here and name <b>.") != std::string::npos);
  CHECK(plain.find("# not a heading\n") != std::string::npos);
  CHECK(plain.find("import os") != std::string::npos);
  CHECK(plain.find("Take care.") != std::string::npos);
  CHECK(plain.find("Of this.") != std::string::npos);
  CHECK(plain.find("comment") == std::string::npos);
  CHECK(ParseAs("rst", source).title == "Title");
  CHECK(FaultOf(source, 0, ChunksOf(source, 350, "rst")) == "");
}

TEST_CASE("AsciiDoc: headings, blocks, lists, links", "[ingest]") {
  const std::string source =
      "= Title\n:toc: left\n\nSee https://x.y[the site], <<part,that part>> and <b>.\n\n== "
      "Part\n\n[source,ruby]\n----\n= "
      "not a heading\n----\n\n.Named\n* one\n** two\n. first\n\n////\nhidden\n////\n\n=== Sub\n\n|===\n|a "
      "|b\n|===\n\nNOTE: "
      "mind it\n";
  CHECK(ShapeOf("adoc", source) == "h1ph2cpllh3pp");
  const std::string plain = PlainOf("adoc", source);
  CHECK(plain.find("See the site, that part and <b>.") != std::string::npos);
  CHECK(plain.find("= not a heading") != std::string::npos);
  CHECK(plain.find("hidden") == std::string::npos);
  CHECK(plain.find("toc") == std::string::npos);
  CHECK(plain.find("|a |b") != std::string::npos);
  CHECK(FaultOf(source, 0, ChunksOf(source, 350, "adoc")) == "");
}

TEST_CASE("source code is cut between definitions", "[ingest]") {
  std::string source = "import os\n\n\n";
  for (int i = 0; i < 40; ++i) {
    source +=
        "def function_" + std::to_string(i) + "():\n    x = 1\n\n    # a comment inside\n    return x + x + x\n\n\n";
  }
  const std::vector<Chunk> chunks = ChunksOf(source, 100, "code");
  CHECK(FaultOf(source, 0, chunks, 100) == "");
  REQUIRE(chunks.size() > 3);
  for (size_t i = 1; i < chunks.size(); ++i) CHECK(chunks[i].text.substr(0, 4) == "def ");
}

TEST_CASE("random rst and AsciiDoc is covered exactly once", "[ingest]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string_view parts[] = {
      "Title\n", "=====\n",   "-----\n",     "~~~~~\n",       "word ",      "\n",     "\n\n",
      "::\n\n",  "   code\n", ".. note::\n", ".. code::\n\n", "   :a: b\n", ".. x\n", "* item\n",
      "....\n",  "////\n",    "[source]\n",  "|===\n",        "|a|b\n",     "== H\n", "`a <b>`_",
      ":r:`x`",  "``",        "<<a,b>>",     "link:x[y]",     "[",          "]",      "<",
      "\r\n",    "\t",        "..",          "\xE6\xBC\xA2"};
  for (int round = 0; round < 400; ++round) {
    std::string source;
    const size_t count = random() % 300;
    for (size_t i = 0; i < count; ++i) {
      for (size_t times = random() % 40 == 0 ? 200 : 1; times > 0; --times)
        source += parts[random() % std::size(parts)];
    }
    INFO("round " << round);
    for (const char* format : {"rst", "asciidoc", "code", "text"}) {
      INFO(format);
      const size_t body = ParseAs(format, source).body_start;
      REQUIRE(FaultOf(source, body, ChunksOf(source, 60, format), 60) == "");
    }
  }
}

TEST_CASE("long and deep rst and AsciiDoc end", "[ingest]") {
  for (const std::string_view part : {"=", "`", ".. ", "::\n\n ", ":a:`", "<<", "[", "a\n=\n", "link:", "*", "|"}) {
    std::string source;
    while (source.size() < 300'000) source += part;
    INFO(part);
    for (const char* format : {"rst", "asciidoc"}) {
      REQUIRE(FaultOf(source, 0, ChunksOf(source, 350, format)) == "");
    }
  }
}

Result<std::string> Convert(std::string_view format, std::string_view bytes) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  QUIRE_ASSIGN_OR_RETURN(
      Converted converted,
      FindFormat(format)->convert({.bytes = bytes, .path = "page.html", .command = "", .deadline = deadline}));
  return std::move(converted.markdown);
}

TEST_CASE("notebooks: cells in order, output after its code", "[ingest]") {
  const std::string bytes =
      R"json({"metadata":{"kernelspec":{"language":"python"}},"cells":[{"cell_type":"markdown","source":["# Top\n","text"]},)json"
      R"json({"cell_type":"code","source":"print('``` hi')","outputs":[{"text":["hi\n"]},{"data":{"text/plain":"7"}}]}]})json";
  const Result<std::string> markdown = Convert("ipynb", bytes);
  REQUIRE(markdown.ok());
  CHECK(*markdown == "# Top\ntext\n\n````python\nprint('``` hi')\n````\n\n```\nhi\n7\n```\n\n");
  World world;
  world.folder.Write("a.ipynb", bytes);
  CHECK(world.LoadOrFail().added == 1);
  const std::vector<Chunk> chunks = world.ChunksOfPage("a.ipynb");
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].title == "Top");
  CHECK(chunks[0].end == 0);
}

TEST_CASE("damaged notebooks fail by themselves", "[ingest]") {
  World world;
  world.folder.Write("a.md", "words");
  world.folder.Write("b.ipynb", "{");
  world.folder.Write("c.ipynb", "[1,2]");
  world.folder.Write("d.ipynb", std::string(1'000'000, '['));
  world.folder.Write("e.ipynb", R"({"cells":[1,null,{"cell_type":7,"source":{}},{"outputs":[[],{"data":[]}]}]})");
  const LoadReport report = world.LoadOrFail();
  CHECK(report.added == 2);
  CHECK(report.failed == 3);
}

// The records of a file, failed ones as "!reason".
std::vector<std::string> RecordsOf(const std::string& bytes, char delimiter = ',') {
  std::istringstream in(bytes);
  DelimitedReader reader(in, delimiter);
  std::vector<std::string> records;
  for (DelimitedReader::Record record; reader.Next(&record);) {
    records.push_back(record.json.ok() ? *record.json : "!" + std::string(record.json.status().message()));
  }
  return records;
}

TEST_CASE("CSV: quotes, types, missing fields", "[ingest]") {
  using Expected = std::vector<std::string>;
  CHECK(RecordsOf(
            "\xEF\xBB\xBFid,text,n,price,code,ok\r\n1,\"a, \"\"b\"\"\nc\",7,1.5,007,true\r\n\r\n2,d,,2,x,false\n") ==
        Expected{R"({"code":"007","id":1,"n":7,"ok":true,"price":1.5,"text":"a, \"b\"\nc"})",
                 R"({"code":"x","id":2,"n":null,"ok":false,"price":2.0,"text":"d"})"});
  CHECK(RecordsOf("name\tsize\nx\t3\n", '\t') == Expected{R"({"name":"x","size":3,"text":"name: x\nsize: 3"})"});
  CHECK(RecordsOf("a,a,\n1,x,y\n") ==
        Expected{R"({"a":1,"a_2":"x","column_3":"y","text":"a: 1\na_2: x\ncolumn_3: y"})"});
  CHECK(RecordsOf("a,b\n1\n\"open,2\n") == Expected{"!has 1 fields, expected 2", "!has a quote that is not closed"});
  CHECK(RecordsOf("text,embedding\nx,\"[1,2.5]\"\ny,[\n") ==
        Expected{R"({"embedding":[1,2.5],"text":"x"})", "!field 'embedding' is not a list of numbers"});
  CHECK(RecordsOf("").empty());
  CHECK(RecordsOf("a,b\n").empty());
  CHECK(RecordsOf("a\n\xFF\n") == Expected{"!is not UTF-8"});
  std::string open = "a\n\"";
  while (open.size() < 20'000'000) open += "line\n";
  CHECK(RecordsOf(open)[0].substr(0, 13) == "!has more tha");
}

TEST_CASE("rows of a CSV file become chunks with attributes", "[ingest]") {
  World world;
  world.folder.Write("a.csv", "id,title,kind,size\nr1,First,x,3\nr2,Second,y,lots\n");
  REQUIRE(world.database->CreateCollection({.name = "docs"}).ok());
  const Result<LoadReport> report = LoadRows(*world.database, {.collection = "docs", .path = world.folder.At("a.csv")});
  REQUIRE(report.ok());
  CHECK(report->rows == 2);
  CHECK(report->rows_failed == 0);
  const std::vector<Chunk> chunks = world.Chunks();
  REQUIRE(chunks.size() == 2);
  CHECK(world.AttributeOf(chunks[0], "kind") == Value::Text("x"));
  CHECK(world.AttributeOf(chunks[1], "size") == Value::Text("lots"));
}

}  // namespace
}  // namespace quire::ingest
