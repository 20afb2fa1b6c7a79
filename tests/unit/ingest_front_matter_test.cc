#include "extensions/ingest/front_matter.h"

#include "tests/unit/ingest_support.h"

namespace quire::ingest {
namespace {

std::string AttributeText(const FrontMatter& matter, std::string_view name) {
  for (const Attribute& attribute : matter.attributes) {
    if (attribute.name == name) return attribute.value.ToString();
  }
  return "(none)";
}

TEST_CASE("front matter gives title and attributes", "[ingest]") {
  const std::string_view source =
      "---\ntitle:  The \"best\"   page \ntier: all\norder: 151\ntags: [a, 'b c']\nlist:\n  - x\n  - y\nempty:\nno: ~\n"
      "quoted: \"~\"\nlong: >\n  folded\n  text\n---\nBody\n";
  const FrontMatter matter = ReadFrontMatter(source);
  CHECK(source.substr(matter.end) == "Body\n");
  CHECK(matter.title == "The \"best\" page");
  CHECK(AttributeText(matter, "tier") == "all");
  CHECK(AttributeText(matter, "order") == "151");
  CHECK(AttributeText(matter, "tags") == "[a, b c]");
  CHECK(AttributeText(matter, "list") == "[x, y]");
  CHECK(AttributeText(matter, "quoted") == "~");
  CHECK(AttributeText(matter, "long") == "folded text\n");
  CHECK(matter.attributes.size() == 6);
  CHECK(matter.notices.empty());
}

TEST_CASE("front matter takes CRLF, blanks after the dashes, dots at the end and comments", "[ingest]") {
  for (const std::string_view source : {"---\r\ntitle: T\r\n---\r\nBody", "---  \ntitle: T\n--- \t\nBody",
                                        "---\n# c\ntitle: T # d\n...\nBody", "---\rtitle: T\r---\rBody"}) {
    INFO(Printable(source));
    const FrontMatter matter = ReadFrontMatter(source);
    CHECK(matter.title == "T");
    CHECK(source.substr(matter.end) == "Body");
    CHECK(matter.notices.empty());
  }
}

TEST_CASE("front matter that cannot be read is kept as text, with a notice", "[ingest]") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"---\ntitle: T\n\nBody without an end\n", "not closed"}, {"---\ntitle: [a\n---\nBody\n", "not valid YAML"},
      {"---\na: b: c\n---\nBody\n", "not valid YAML"},          {"---\n\tx: y\n---\nBody\n", "not valid YAML"},
      {"---\n- a\n- b\n---\nBody\n", "not a list of"},          {"---\njust words\n---\nBody\n", "not a list of"}};
  for (const auto& [source, notice] : cases) {
    INFO(source);
    const FrontMatter matter = ReadFrontMatter(source);
    CHECK(matter.end == 0);
    CHECK(matter.attributes.empty());
    REQUIRE(matter.notices.size() == 1);
    CHECK(matter.notices[0].find(notice) != std::string::npos);
    const std::vector<Chunk> chunks = CheckedChunks(source);
    REQUIRE(!chunks.empty());
    CHECK(chunks[0].start == 0);
  }
}

TEST_CASE("no front matter is no notice", "[ingest]") {
  for (const std::string_view source : {"", "Text", "# H\n---\na: b\n---\n", "----\na: b\n----\n", " ---\na: b\n---\n",
                                        "---\n\nA thematic break first.\n", "---"}) {
    INFO(source);
    const FrontMatter matter = ReadFrontMatter(source);
    CHECK(matter.end == 0);
    CHECK(matter.notices.empty());
  }
}

TEST_CASE("empty front matter is taken off", "[ingest]") {
  CHECK(ReadFrontMatter("---\n---\nBody").end == 8);
  CHECK(ReadFrontMatter("---\n# nothing\n---\nBody").end == 18);
}

TEST_CASE("front matter keys that are built-in columns get a prefix", "[ingest]") {
  const FrontMatter matter = ReadFrontMatter("---\nsection: S\nid: 1\nText: t\nscore: 2\nMeta-Name: m\n2nd: x\n---\n");
  CHECK(AttributeText(matter, "front_section") == "S");
  CHECK(AttributeText(matter, "front_id") == "1");
  CHECK(AttributeText(matter, "front_text") == "t");
  CHECK(AttributeText(matter, "front_score") == "2");
  CHECK(AttributeText(matter, "meta_name") == "m");
  CHECK(AttributeText(matter, "front_2nd") == "x");
}

TEST_CASE("front matter deeper than a list, or the same name twice, is left out with a notice", "[ingest]") {
  const FrontMatter matter = ReadFrontMatter("---\na: {b: c}\nd: [[e]]\nf-g: 1\nf_g: 2\n'': 3\n---\n");
  REQUIRE(matter.attributes.size() == 1);
  CHECK(AttributeText(matter, "f_g") == "1");
  CHECK(matter.notices.size() == 4);
}

TEST_CASE("hostile front matter ends", "[ingest]") {
  const std::string bomb = "---\na: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c]\n---\nBody";
  CHECK(ReadFrontMatter(bomb).attributes.size() == 1);
  CHECK(ReadFrontMatter("---\na: &a [*a]\n---\nBody").attributes.empty());
  for (const char* part : {"[", "{", "- ", "? ", "a: ", "&a ", "\"", "- [", "!!a "}) {
    INFO(part);
    std::string deep = "---\na:\n  ";
    while (deep.size() < 60'000) deep += part;
    CHECK(ReadFrontMatter(deep + "\n---\nBody").attributes.empty());
  }
  std::string many = "---\n";
  for (int i = 0; i < 3000; ++i) many += "key" + std::to_string(i) + ": v\n";
  const FrontMatter matter = ReadFrontMatter(many + "---\nBody");
  CHECK(matter.attributes.size() == 128);
  CHECK(matter.notices.size() == 1);
  CHECK(ReadFrontMatter(std::string("---\na: \"\\xff\0\"\n---\n", 17)).end == 0);
}

TEST_CASE("front matter after a byte order mark", "[ingest]") {
  const std::string source = "\xEF\xBB\xBF---\ntitle: T\n---\nBody";
  const ParsedDocument document = ParseAs("markdown", source);
  CHECK(document.title == "T");
  CHECK(document.body_start == source.size() - 4);
}

}  // namespace
}  // namespace quire::ingest
