#include "extensions/ingest/sections.h"
#include "tests/unit/ingest_support.h"

namespace quire::ingest {
namespace {

std::string PlainOf(std::string_view source) { return ParseAs("markdown", source).plain; }

std::string_view BytesOf(std::string_view source, const Block& block) {
  return source.substr(block.start, block.end - block.start);
}

// The blocks as "kind+extent" words, for comparison.
std::string Shape(std::string_view source) {
  static constexpr std::string_view kNames[] = {"heading", "paragraph", "container", "code", "table", "row", "html"};
  std::string shape;
  for (const Block& block : ParseAs("markdown", source).blocks) {
    if (!shape.empty()) shape += ' ';
    shape += kNames[static_cast<size_t>(block.kind)];
    if (block.extent > 1) shape += std::to_string(block.extent);
  }
  return shape;
}

TEST_CASE("markdown blocks have their kinds", "[ingest]") {
  CHECK(Shape("# A\n\ntext\n\n```\ncode\n```\n") == "heading paragraph code");
  CHECK(Shape("- a\n- b\n\n  - c\n") ==
        "container8 container2 paragraph container5 paragraph container3 container2 paragraph");
  CHECK(Shape("> q\n") == "container2 paragraph");
  CHECK(Shape("| a | b |\n|---|---|\n| 1 | 2 |\n") == "table3 row row");
  CHECK(Shape("<div>\nx\n</div>\n") == "html");
  CHECK(Shape("Set\next\n===\n\nTwo\n---\n") == "heading heading");
}

TEST_CASE("markdown blocks tile the body", "[ingest]") {
  const std::string source =
      "\n\n[ref]: /u\n\n# A\ntext\n| a |\n|---|\n| 1 |\n\n- x\n  - y\n\n    z\n> q\n\n[s]: /v\n\nend [ref]\n";
  const ParsedDocument document = ParseAs("markdown", source);
  size_t at = 0;
  for (size_t i = 0; i < document.blocks.size(); i += document.blocks[i].extent) {
    CHECK(document.blocks[i].start == at);
    at = document.blocks[i].end;
  }
  CHECK(at == source.size());
}

TEST_CASE("a paragraph right above a table has bytes of its own", "[ingest]") {
  const std::string source = "para one\nmore\n| a | b |\n|---|---|\n| 1 | 2 |\n";
  const ParsedDocument document = ParseAs("markdown", source);
  REQUIRE(document.blocks.size() == 4);
  CHECK(BytesOf(source, document.blocks[0]) == "para one\nmore\n");
  CHECK(BytesOf(source, document.blocks[2]) == "| a | b |\n|---|---|\n");
  CHECK(BytesOf(source, document.blocks[3]) == "| 1 | 2 |\n");
  const std::string header_only = "text\n| a | b |\n|---|---|\n";
  CHECK(BytesOf(header_only, ParseAs("markdown", header_only).blocks[0]) == "text\n");
}

TEST_CASE("plain text is without markup", "[ingest]") {
  CHECK(PlainOf("Some *em*, **strong**, `co_de` and [a link](http://x.y/z \"t\") &amp; more\n") ==
        "Some em, strong, co_de and a link & more\n");
  CHECK(PlainOf("![alt](i.png) <b>bold</b><br>next <http://a.b>\n") == "alt bold next http://a.b\n");
  CHECK(PlainOf("| a | b |\n|---|---|\n| 1 | x \\| y |\n") == "a | b\n1 | x | y\n");
  CHECK(PlainOf("[r][x]\n\n[x]: http://never.seen\n") == "r\n");
  CHECK(PlainOf("a\\\nb\nc\n") == "a\nb c\n");
  CHECK(PlainOf("```python\nx = [1](2)\n```\n") == "x = [1](2)\n");
}

TEST_CASE("pipes in the code of a table cell split it only if they are not escaped", "[ingest]") {
  CHECK(PlainOf("| a | b |\n|---|---|\n| `x \\| y` | 2 |\n") == "a | b\nx | y | 2\n");
  const std::string source = "| a | b |\n|---|---|\n| `x \\| y` | 2 |\n\nafter\n";
  CHECK(CheckedChunks(source).size() == 1);
}

TEST_CASE("template tags and comments are in the text but not in the index", "[ingest]") {
  const std::string source =
      "{% insertmd includes/some_file.md %}\n\n<!-- hidden\n\nword -->\n\n{% details <b>Shown words</b> %}\n\nbody "
      "<!-- x -->\n";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].text.find("insertmd") != std::string::npos);
  CHECK(chunks[0].indexed_text == "Shown words\nbody");
}

TEST_CASE("what is between Hexo's code tags is code", "[ingest]") {
  const std::string source =
      "# A\n\n{% codeblock lang:python %}\n# not a heading\nx = *y*\n{% endcodeblock %}\n\nend\n";
  CHECK(Shape(source) == "heading code paragraph");
  CHECK(PlainOf(source) == "A\n# not a heading\nx = *y*\nend\n");
  CHECK(CheckedChunks(source).size() == 1);
}

TEST_CASE("the text of a raw HTML table is kept", "[ingest]") {
  const std::string plain = PlainOf(
      "<table class=\"x\">\n<tr><td>First&nbsp;cell</td><td title='a > b'>2 &lt; 3 &#x41;&#66;</td></tr>\n</table>\n");
  CHECK(plain.find("First cell 2 < 3 AB") != std::string::npos);
  CHECK(plain.find("class") == std::string::npos);
  CHECK(plain.find("title") == std::string::npos);
  CHECK(PlainOf("<style>\n.a { b: c }\n</style>\n\nx\n").find("b: c") == std::string::npos);
}

TEST_CASE("headings make paths: ATX, setext, code, links, emoji, closing marks", "[ingest]") {
  const std::string filler = "\n\n" + std::string(300, 'x') + "\n\n";
  const std::string source = "# Top ##" + filler + "Setext *two*\n---" + filler + "### `code` and [link](/u)" + filler +
                             "## \xF0\x9F\x93\x88 Export & Go" + filler + "##### Deep" + filler + "## Last\n";
  const std::vector<Chunk> chunks = CheckedChunks(source + filler);
  REQUIRE(chunks.size() == 6);
  CHECK(chunks[0].section == "Top");
  CHECK(chunks[1].section == "Top > Setext two");
  CHECK(chunks[2].section == "Top > Setext two > code and link");
  CHECK(chunks[3].section == "Top > \xF0\x9F\x93\x88 Export & Go");
  CHECK(chunks[4].section == "Top > \xF0\x9F\x93\x88 Export & Go > Deep");
  CHECK(chunks[5].section == "Top > Last");
  CHECK(chunks[2].anchor == "code-and-link");
  CHECK(chunks[2].text.substr(0, 4) == "### ");
}

TEST_CASE("headings inside lists and quotes make no sections", "[ingest]") {
  const std::vector<Chunk> chunks = CheckedChunks("# A\n\n> # B\n\n- # C\n  text\n");
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].section == "A");
}

TEST_CASE("anchors are Hexo's", "[ingest]") {
  CHECK(AnchorOf("Amazon S3") == "Amazon-S3");
  CHECK(AnchorOf("Pre-signed URLs vs. Storage proxies") == "Pre-signed-URLs-vs-Storage-proxies");
  CHECK(AnchorOf("ellipse & keypoint") == "ellipse-amp-keypoint");
  CHECK(AnchorOf("What's \"new\"?") == "What-39-s-quot-new-quot");
  CHECK(AnchorOf("  (a) ") == "a");
  CHECK(AnchorOf("\xC3\x9C"
                 "ber uns") ==
        "\xC3\x9C"
        "ber-uns");
  CHECK(AnchorOf("!?") == "");
  const std::string filler = "\n\n" + std::string(300, 'x') + "\n\n";
  const std::vector<Chunk> chunks = CheckedChunks("# Same" + filler + "# Same" + filler + "# Same" + filler);
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[0].anchor == "Same");
  CHECK(chunks[1].anchor == "Same-1");
  CHECK(chunks[2].anchor == "Same-2");
}

TEST_CASE("title: front matter, else the first H1, else none", "[ingest]") {
  CHECK(ParseAs("markdown", "---\ntitle: F\n---\n# H\n").title == "F");
  CHECK(ParseAs("markdown", "## two\n\n#  One `x`\n\n# Other\n").title == "One x");
  CHECK(ParseAs("markdown", "## two\n").title == "");
}

TEST_CASE("fences: tildes, longer ones, unclosed", "[ingest]") {
  CHECK(Shape("~~~ruby\n```\n# no\n~~~\n# yes\n") == "code heading");
  CHECK(Shape("````\n```\n# no\n```\n````\n\nx\n") == "code paragraph");
  CHECK(Shape("```\n# no\n\nnever closed\n") == "code");
}

TEST_CASE("carriage returns end lines as CommonMark has it", "[ingest]") {
  for (const std::string end : {"\r", "\r\n", "\n"}) {
    const std::string source = "# A" + end + "text" + end + end + "## B" + end + std::string(300, 'y') + end;
    const std::vector<Chunk> chunks = CheckedChunks(source);
    REQUIRE(chunks.size() == 2);
    CHECK(chunks[1].text.substr(0, 4) == "## B");
    CHECK(chunks[1].section == "A > B");
  }
}

TEST_CASE("byte order mark and NUL bytes keep the offsets", "[ingest]") {
  std::string source = "\xEF\xBB\xBF# A\n\nx";
  source += '\0';
  source += "y\n\n## B\n\nlast words\n";
  const std::vector<Chunk> chunks = CheckedChunks(source);
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].start == 3);
  CHECK(chunks[0].text.find('\0') != std::string::npos);
}

TEST_CASE("plain text files are paragraphs", "[ingest]") {
  const std::string source = "\xEF\xBB\xBF\n\nOne\ntwo\n \nThree *kept*\r\n\r\nfour";
  const ParsedDocument document = ParseAs("text", source);
  CHECK(document.blocks.size() == 3);
  const std::vector<Chunk> chunks = ChunksOf(source, 350, "text");
  CHECK(FaultOf(source, 3, chunks) == "");
  REQUIRE(chunks.size() == 1);
  CHECK(chunks[0].indexed_text.find("*kept*") != std::string::npos);
  CHECK(chunks[0].section == "");
}

}  // namespace
}  // namespace quire::ingest
