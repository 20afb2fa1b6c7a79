// Includes and tier blocks, from tags to what is stored.
#include "extensions/ingest/include_syntax.h"

#include <sys/stat.h>

#include <iterator>
#include <map>
#include <random>

#include "extensions/ingest/borders.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::string Long(std::string_view word) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += std::string(word) + " ";
  return text + ".\n";
}

std::vector<std::string> Targets(std::string_view text, IncludeStyle style = IncludeStyle::kMarkdown) {
  std::vector<std::string> targets;
  for (const IncludeTag& tag : FindIncludes(text, style)) {
    if (tag.alone) targets.push_back(tag.target);
  }
  return targets;
}

bool HasIssue(const LoadReport& report, std::string_view path, std::string_view words) {
  return std::any_of(report.issues.begin(), report.issues.end(), [&](const Issue& issue) {
    return issue.path == path && issue.reason.find(words) != std::string::npos && !issue.failed;
  });
}

// REQUIREs that every chunk is literally in the file it names.
void CheckBytes(const World& world) {
  for (const Chunk& chunk : world.Chunks()) {
    const Value from = world.AttributeOf(chunk, "included_from");
    const bool own = from.is_null() || from.text() == "(no column)";
    const std::string bytes = ReadWholeFile(world.folder.At(own ? chunk.uri : from.text()));
    INFO(chunk.uri << " " << from.ToString() << " " << chunk.start);
    REQUIRE(bytes.substr(chunk.start, chunk.end - chunk.start) == chunk.text);
  }
}

TEST_CASE("the tags of the site generators are known", "[ingest]") {
  using Expected = std::vector<std::string>;
  CHECK(Targets("{% insertmd includes/x.md %}\n") == Expected{"includes/x.md"});
  CHECK(Targets("text\r\n  {%- include x.md a=\"b\" -%}  \r\n{% include_relative y.md %}") == Expected{"x.md", "y.md"});
  CHECK(Targets("{{< include file=\"a b.md\" >}}\n{{% readfile 'c.md' %}}") == Expected{"a b.md", "c.md"});
  CHECK(Targets("{{#include d.md:3:5}}\n--8<-- \"e.md\"\n{!f.md!}\n{% include-markdown \"g.md\" %}") ==
        Expected{"d.md", "e.md", "f.md", "g.md"});
  CHECK(Targets("import Note from './_note.mdx';\n\n<Note />\n<Other />\n") == Expected{"./_note.mdx"});
  CHECK(Targets("```{include} h.md\n:start-line: 2\n```\nafter\n") == Expected{"h.md"});
  CHECK(Targets("Text\n\n.. include:: ../i.rst\n", IncludeStyle::kSphinx) == Expected{"../i.rst"});
  CHECK(Targets("include::j.adoc[leveloffset=+1]\n", IncludeStyle::kAsciidoc) == Expected{"j.adoc"});
}

TEST_CASE("a tag may ask for some lines", "[ingest]") {
  const auto lines = [](std::string_view text, IncludeStyle style = IncludeStyle::kMarkdown) {
    const std::vector<IncludeTag> tags = FindIncludes(text, style);
    REQUIRE(tags.size() == 1);
    CHECK(tags[0].target == "x.md");
    CHECK(tags[0].end == text.size());
    const auto shown = [](size_t line) { return line == SIZE_MAX ? std::string("end") : std::to_string(line); };
    return shown(tags[0].lines.first) + " " + shown(tags[0].lines.last);
  };
  constexpr IncludeStyle kSphinx = IncludeStyle::kSphinx, kAsciidoc = IncludeStyle::kAsciidoc;
  CHECK(lines("{{#include x.md:3:5}}\n") == "3 5");
  CHECK(lines("{{#include x.md:3}}\n") == "3 3");
  CHECK(lines("{{#include x.md:3:}}\n") == "3 end");
  CHECK(lines("{{#include x.md::5}}\n") == "1 5");
  CHECK(lines("{{#include x.md:anchor}}\n") == "1 end");
  CHECK(lines("--8<-- \"x.md:3\"\n") == "3 end");
  CHECK(lines("--8<-- \"x.md::5\"\n") == "1 5");
  CHECK(lines("```{include} x.md\n:start-line: 2\n:end-line: 5\n```\n") == "3 5");
  CHECK(lines(".. literalinclude:: x.md\n   :language: c\n   :lines: 3-5\n", kSphinx) == "3 5");
  CHECK(lines(".. literalinclude:: x.md\n   :lines: 3-\n", kSphinx) == "3 end");
  CHECK(lines(".. literalinclude:: x.md\n   :lines: 1,3-5\n", kSphinx) == "1 end");
  CHECK(lines("include::x.md[leveloffset=1,lines=3..5]\n", kAsciidoc) == "3 5");
  CHECK(lines("include::x.md[lines=\"3..-1\"]\n", kAsciidoc) == "3 end");
  CHECK(lines("include::x.md[lines=1;3..5]\n", kAsciidoc) == "1 end");
}

TEST_CASE("some lines of a file are included, and the file stays a page", "[ingest]") {
  World world;
  world.folder.Write("part.md", "first line\nsecond line\nthird line\nfourth line\n");
  world.folder.Write("page.md", "# A\n\n{{#include part.md:2:3}}\n\nend\n");
  world.folder.Write("beyond.md", "# B\n\n{{#include part.md:9:12}}\n\nend\n");
  const LoadReport report = world.LoadOrFail();
  CheckBytes(world);
  std::string texts;
  for (const Chunk& chunk : world.ChunksOfPage("page.md")) texts += chunk.text;
  CHECK(texts.find("second line\nthird line") != std::string::npos);
  CHECK(texts.find("first") == std::string::npos);
  CHECK(texts.find("fourth") == std::string::npos);
  CHECK(world.ChunksOfPage("part.md").size() == 1);  // its other lines are nowhere else
  CHECK(HasIssue(report, "beyond.md", "line 3: include 'part.md' is left out: the file has no such lines"));
}

TEST_CASE("tags in code, in raw blocks and within text are not includes", "[ingest]") {
  CHECK(Targets("```\n{% insertmd x.md %}\n```\n~~~~\n{% insertmd x.md %}\n~~~\n~~~~\n").empty());
  CHECK(Targets("{% raw %}\n{% include x.md %}\n{% endraw %}\n").empty());
  CHECK(Targets("see {% insertmd x.md %} there\n{% insertmd %}\n{% insertmd\n%}\n{{#include }}\n{%%}\n{!!}\n").empty());
  CHECK(Targets("{% insertmd x.md %}", IncludeStyle::kSphinx).empty());
  const std::vector<IncludeTag> tags = FindIncludes("a\n\n {% insertmd x.md %} \nb\n", IncludeStyle::kMarkdown);
  REQUIRE(tags.size() == 1);
  CHECK(tags[0].start == 3);
  CHECK(tags[0].end == 25);
  CHECK(tags[0].line == 3);
}

TEST_CASE("included text is found in its page, at the bytes of its own file", "[ingest]") {
  World world;
  world.folder.Write("includes/limits.md", "---\nignored: yes\n---\n## Limits\n\n" + Long("gamma"));
  world.folder.Write("includes/deep.md", Long("delta") + "{% insertmd includes/deeper.md %}\n" + Long("omega"));
  world.folder.Write("includes/deeper.md", "* epsilon without an end of line");
  world.folder.Write("guide/page.md", "---\ntitle: Page\ntype: guide\n---\n# Top\n\n" + Long("alpha") +
                                          "\n{% insertmd includes/limits.md %}\n\n" + Long("beta") +
                                          "{% insertmd includes/deep.md %}\nlast words\n");
  const LoadReport report = world.LoadOrFail();
  CHECK(report.added == 4);
  CHECK(report.failed == 0);
  CheckBytes(world);
  std::map<std::string, std::string> texts;  // by file
  for (const Chunk& chunk : world.ChunksOfPage("guide/page.md")) {
    CHECK(chunk.title == "Page");
    CHECK(world.AttributeOf(chunk, "type") == Value::Text("guide"));
    texts[world.AttributeOf(chunk, "included_from").ToString()] += chunk.text;
    if (chunk.text.find("gamma") != std::string::npos) CHECK(chunk.section == "Top > Limits");
  }
  CHECK(texts.size() == 4);
  CHECK(texts["includes/deeper.md"] == "* epsilon without an end of line");
  CHECK(texts["includes/limits.md"].find("ignored") == std::string::npos);
  CHECK(texts["includes/deep.md"].find("insertmd") == std::string::npos);
  CHECK(texts["NULL"].find("last words") != std::string::npos);
  // A file with front matter is a page as well, one without is a part only.
  CHECK(!world.ChunksOfPage("includes/limits.md").empty());
  CHECK(world.ChunksOfPage("includes/deep.md").empty());
  CHECK(world.ChunksOfPage("includes/deeper.md").empty());
  CHECK(HasIssue(report, "includes/deep.md", "documents that include it"));
}

TEST_CASE("a change of an included file is a change of its pages", "[ingest]") {
  World world;
  world.folder.Write("part.md", Long("old"));
  world.folder.Write("page.md", "# A\n\n" + Long("alpha") + "\n{% insertmd part.md %}\n");
  world.folder.Write("other.md", "# B\n\n" + Long("beta"));
  world.LoadOrFail();
  CHECK(world.LoadOrFail().unchanged == 3);
  world.folder.Write("part.md", Long("new"), 30);
  const LoadReport changed = world.LoadOrFail();
  CHECK(changed.changed == 2);  // the page, and the record of the part
  CHECK(changed.embedded == 1);
  CHECK(world.ChunksOfPage("page.md")[1].text.substr(0, 3) == "new");
  CHECK(world.LoadOrFail().unchanged == 3);

  world.folder.Remove("part.md");
  const LoadReport missing = world.LoadOrFail();
  CHECK(HasIssue(missing, "page.md", "line 5: include 'part.md' is left out: there is no such file"));
  CHECK(world.LoadOrFail().unchanged == 2);
  world.folder.Write("part.md", Long("back"));
  CHECK(world.LoadOrFail().changed == 2);  // the page, and the part whose record had stayed
  CHECK(world.ChunksOfPage("page.md")[1].text.substr(0, 4) == "back");
}

TEST_CASE("a file that becomes a part loses its chunks, and gets them back", "[ingest]") {
  World world;
  world.folder.Write("part.md", Long("part"));
  world.folder.Write("page.md", Long("alpha"));
  world.LoadOrFail();
  CHECK(world.ChunksOfPage("part.md").size() == 1);
  world.folder.Write("page.md", Long("alpha") + "{% insertmd part.md %}\n", 30);
  world.LoadOrFail();
  CHECK(world.ChunksOfPage("part.md").empty());
  CHECK(world.ChunksOfPage("page.md").size() == 2);
  world.folder.Write("page.md", Long("alpha"), 20);
  world.LoadOrFail();
  CHECK(world.ChunksOfPage("part.md").size() == 1);
  CHECK(world.ChunksOfPage("page.md").size() == 1);
}

TEST_CASE("circles, depth and numbers end, with a notice and without a loss", "[ingest]") {
  World world;
  world.folder.Write("a.md", Long("alpha") + "{% insertmd b.md %}\n");
  world.folder.Write("b.md", Long("beta") + "{% insertmd a.md %}\n");
  world.folder.Write("self.md", "---\ntitle: S\n---\n" + Long("self") + "{% insertmd self.md %}\n");
  for (int i = 0; i < 20; ++i) {
    world.folder.Write("deep" + std::to_string(i) + ".md",
                       "level" + std::to_string(i) + "\n{% insertmd deep" + std::to_string(i + 1) + ".md %}\n");
  }
  std::string doubled;
  for (int i = 0; i < 10; ++i) doubled += "{% insertmd bomb1.md %}\n";
  for (int i = 0; i < 8; ++i) {
    std::string text = doubled;
    text.replace(text.find('1'), 1, std::to_string(i + 1));
    for (size_t at = text.find("bomb1"); at != std::string::npos; at = text.find("bomb1")) {
      if (i == 0) break;
      text.replace(at, 5, "bomb" + std::to_string(i + 1));
    }
    world.folder.Write("bomb" + std::to_string(i) + ".md", i == 7 ? "lol\n" : text);
  }
  const LoadReport report = world.LoadOrFail();
  CHECK(report.failed == 0);
  CHECK(HasIssue(report, "a.md", "it includes itself"));
  CHECK(HasIssue(report, "self.md", "it includes itself"));
  CHECK(HasIssue(report, "deep0.md", "nested deeper than 16"));
  CHECK(HasIssue(report, "bomb0.md", "more than 10000 includes"));
  std::string all;
  for (const Chunk& chunk : world.Chunks()) all += chunk.text + "\n";
  for (int i = 0; i < 20; ++i) CHECK(all.find("level" + std::to_string(i)) != std::string::npos);
  CHECK(all.find("alpha") != std::string::npos);
  CHECK(all.find("beta") != std::string::npos);
  CheckBytes(world);
}

TEST_CASE("nothing outside the folder is read through an include", "[ingest]") {
  World world;
  SourceFolder outside;
  outside.Write("secret.md", "the secret word");
  world.folder.Write(".hidden/key.md", "the secret word");
  world.folder.Write("inside.md", "inside word");
  std::filesystem::create_symlink(outside.At("secret.md"), world.folder.At("link.md"));
  std::filesystem::create_directory_symlink(outside.path(), world.folder.At("linked"));
  const std::string up = "../../../../../../../../../..";
  for (const std::string& target :
       {outside.At("secret.md"), up + outside.At("secret.md"), std::string("link.md"), std::string("linked/secret.md"),
        std::string(".hidden/key.md"), std::string("/etc/passwd"), up + "/etc/passwd", std::string("/dev/zero")}) {
    world.folder.Write("page.md", Long("alpha") + "{% include \"" + target + "\" %}\n", 30);
    const LoadReport report = world.LoadOrFail();
    INFO(target);
    CHECK(HasIssue(report, "page.md", "is left out"));
    for (const Chunk& chunk : world.Chunks()) {
      CHECK(chunk.text.find("secret word") == std::string::npos);
      CHECK(chunk.text.find("root:") == std::string::npos);
    }
  }
  // An allowed folder may be read; a file named by itself has no folder of its own.
  LoadOptions allowed = world.Options();
  allowed.include_roots = {outside.path()};
  world.folder.Write("page.md", Long("alpha") + "{% include secret.md %}\n", 20);
  CHECK(!HasIssue(world.LoadOrFail(allowed), "page.md", "is left out"));
  CHECK(world.ChunksOfPage("page.md").size() == 2);
  LoadOptions single = world.Options();
  single.paths = {world.folder.At("page.md")};
  world.folder.Write("page.md", Long("alpha") + "{% include inside.md %}\n", 10);
  CHECK(HasIssue(world.LoadOrFail(single), "page.md", "is left out"));
}

TEST_CASE("a folder, a FIFO and bytes that are no text are not included", "[ingest]") {
  World world;
  std::filesystem::create_directory(world.folder.At("dir.md"));
  REQUIRE(::mkfifo(world.folder.At("fifo.md").c_str(), 0600) == 0);
  world.folder.Write("binary.md", "\xFF\xFE\x00x");
  world.folder.Write("page.md", "# P\n\n{% insertmd dir.md %}\n{% insertmd fifo.md %}\n{% insertmd binary.md %}\n");
  const LoadReport report = world.LoadOrFail();
  CHECK(HasIssue(report, "page.md", "line 3"));
  CHECK(HasIssue(report, "page.md", "line 4"));
  CHECK(HasIssue(report, "page.md", "'binary.md' is left out: is not UTF-8"));
}

TEST_CASE("a tag with something around it is not followed, and that is told", "[ingest]") {
  World world;
  world.folder.Write("v.md", Long("shared"));
  world.folder.Write(
      "a.md",
      "# A\n\nSet {% include v.md %} now.\n\n- {% include_relative v.md %}\n\n| a |\n|---|\n| {{< include \"v.md\" >}} "
      "|\n\n"
      "Write `{% include v.md %}` for that, {% if x %} or {% include\n\n```\nsee {% include v.md %}\n```\n");
  const LoadReport report = world.LoadOrFail();
  std::vector<std::string> reasons;
  for (const Issue& issue : report.issues) reasons.push_back(issue.path + ": " + issue.reason);
  const std::string why = ": include 'v.md' is not followed: it does not stand alone on its line";
  CHECK(reasons == std::vector<std::string>{"a.md: line 3" + why, "a.md: line 5" + why, "a.md: line 9" + why});
  CHECK(!world.ChunksOfPage("v.md").empty());  // nobody else has its text
  CHECK(world.LoadOrFail().issues.empty());
}

TEST_CASE("what stands in a tier block is told apart", "[ingest]") {
  World world;
  const std::string page =
      "---\ntier: all\n---\n# A\n\n" + Long("alpha") + "\n<div class=\"enterprise-only\">\n\n" + Long("paid") +
      "\n<div class=\"x\">\n\nnested\n\n</div>\n\n</div>\n\n<div class='note opensource-only'>\n\n" + Long("free") +
      "\n</div>\n\n" + Long("omega") + "\n```html\n<div class=\"enterprise-only\">\n```\n";
  world.folder.Write("page.md", page);
  world.LoadOrFail();
  const std::vector<Chunk> chunks = world.ChunksOfPage("page.md");
  CHECK(FaultOf(page, page.find("# A"), chunks) == "");
  REQUIRE(chunks.size() == 4);
  CHECK(world.AttributeOf(chunks[0], "tier_block").is_null());
  CHECK(world.AttributeOf(chunks[1], "tier_block") == Value::Text("enterprise"));
  CHECK(chunks[1].text.find("nested") != std::string::npos);
  CHECK(world.AttributeOf(chunks[2], "tier_block") == Value::Text("opensource"));
  CHECK(world.AttributeOf(chunks[3], "tier_block").is_null());
  CHECK(world.AttributeOf(chunks[1], "tier") == Value::Text("all"));
  const Filter paid = Filter::Compare(Filter::Op::kEqual, "tier_block", Value::Text("enterprise"));
  CHECK(world.Chunks(paid).size() == 1);
}

TEST_CASE("random borders lose no byte and are never crossed", "[ingest]") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string_view parts[] = {"# A\n",
                                    "text ",
                                    "\n",
                                    "\n\n",
                                    "- item\n",
                                    "  - inner\n",
                                    "```\n",
                                    "| a | b |\n|---|---|\n",
                                    "<div class=\"enterprise-only\">\n",
                                    "</div>\n",
                                    "<!--\n",
                                    "-->\n",
                                    "[r]: /u\n",
                                    "    code\n",
                                    "a longer line of words. And more.\n",
                                    "> quote\n",
                                    "\xE6\xBC\xA2",
                                    "\r\n"};
  const auto reader = FindFormat("markdown")->make();
  for (int round = 0; round < 400; ++round) {
    std::string source;
    std::vector<size_t> places;
    const size_t count = random() % 200;
    for (size_t i = 0; i < count; ++i) {
      for (size_t times = random() % 30 == 0 ? 100 : 1; times > 0; --times)
        source += parts[random() % std::size(parts)];
      if (random() % 10 != 0) continue;
      if (!source.empty() && source.back() != '\n') source += '\n';
      places.push_back(source.size());
    }
    ParsedDocument document = reader->Parse(source, {}).value();
    AddBorders(source, places, true, &document.borders);
    const std::vector<Chunk> chunks =
        ChunkDocument(document, *reader, source, {.uri = "p.md", .title = "", .chunk_tokens = 60});
    INFO("round " << round << "\n" << source);
    REQUIRE(FaultOf(source, document.body_start, chunks, 60) == "");
    for (const Chunk& chunk : chunks) REQUIRE(!HasBorder(document.borders, chunk.start, chunk.end, true));
  }
}

}  // namespace
}  // namespace quire::ingest
