// HTML: what of a page becomes text, and pages that were made to hurt.
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::string Repeat(std::string_view part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

Result<Converted> Convert(std::string_view html, std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  return ConvertHtml(
      {.bytes = html, .path = "", .command = "", .deadline = std::chrono::steady_clock::now() + timeout});
}

std::string MarkdownOf(std::string_view html) {
  const Result<Converted> converted = Convert(html);
  INFO(converted.status().ToString());
  REQUIRE(converted.ok());
  return converted->markdown;
}

TEST_CASE("HTML: headings, paragraphs, lists, code", "[ingest]") {
  CHECK(MarkdownOf("<h1>Top  of <b>it</b></h1><p>One<br>two &lt;x&gt; <a href=/u>link</a> <code>c</code></p>tail") ==
        "# Top of it\n\nOne\ntwo \\<x> link `c`\n\ntail\n\n");
  CHECK(MarkdownOf("<ul><li>a<li>b<ol><li>c</ol><li><p>d</p><p>e</p></ul>") == "- a\n- b\n  1. c\n- d\n\n  e\n");
  CHECK(MarkdownOf("<pre><code>if (a &lt; b)\n  x();</code></pre>") == "```\nif (a < b)\n  x();\n```\n\n");
  CHECK(MarkdownOf("<p># no heading</p><p>- no item</p><img alt='a picture'>") ==
        "\\# no heading\n\n- no item\n\na picture\n\n");
}

TEST_CASE("HTML: what is no text is left out, the main part is taken where there is one", "[ingest]") {
  CHECK(MarkdownOf("<script>x</script><style>y</style><nav>menu</nav><p>z<!-- c --></p><template>t</template>") ==
        "z\n\n");
  CHECK(MarkdownOf("<div>around</div><main><p>inside</p></main><footer>below</footer>") == "inside\n\n");
  CHECK(MarkdownOf("<html lang=de><head><title>A \"T\"</title><meta name=description content='D d'></head>x") ==
        "---\ntitle: \"A \\\"T\\\"\"\ndescription: \"D d\"\nlang: \"de\"\n---\n\nx\n\n");
}

TEST_CASE("HTML: tables of data are tables, tables of layout are not", "[ingest]") {
  CHECK(MarkdownOf("<table><caption>Sizes</caption><tr><th>a<th>b<tr><td>1 | 2<td><p>x</p><p>y</p></table>") ==
        "Sizes\n\n| a | b |\n|---|---|\n| 1 \\| 2 | x y |\n\n");
  CHECK(MarkdownOf("<table><tr><td><h2>H</h2>text<td><table><tr><td>i</table></table>") ==
        "## H\n\ntext\n\n| i |\n|---|\n\n");
  CHECK(MarkdownOf("<table><tr><td colspan=2>a<tr><td>b<td>c</table>") == "| a |  |\n|---|---|\n| b | c |\n\n");
  const std::string ragged = "<table><tr>" + Repeat("<td>x", 5000) + Repeat("<tr><td>y", 5000) + "</table>";
  CHECK(MarkdownOf(ragged).size() < 100'000);
}

TEST_CASE("HTML that was made to hurt ends", "[ingest]") {
  for (const std::string& html :
       {Repeat("<div>", 300'000), Repeat("<b>", 50'000) + "x", Repeat("<table><tr><td>", 20'000),
        Repeat("<ul><li>", 50'000) + "x", Repeat("<p><a>", 30'000), Repeat("</x>", 100'000), Repeat("<", 100'000),
        Repeat("&", 100'000), Repeat("<pre>", 50'000), Repeat("<svg><math>", 20'000),
        Repeat("<select><option>", 20'000), std::string("<p>a\0b</p>", 10), "<!--" + Repeat("-", 100'000),
        "<p " + Repeat("a=1 ", 2'000) + ">", Repeat("<h1>", 20'000) + "t"}) {
    INFO(html.substr(0, 20));
    const Result<Converted> converted = Convert(html, std::chrono::seconds(5));
    CHECK((converted.ok() || converted.status().code() == Code::kResourceExhausted));
  }
  // Formatting elements that are opened again in every paragraph: quadratic as a tree.
  std::string html;
  for (int i = 0; i < 20'000; ++i) html += "<b id=" + std::to_string(i) + "><p>";
  const Result<Converted> blown = Convert(html, std::chrono::seconds(5));
  REQUIRE_FALSE(blown.ok());
  CHECK(blown.status().code() == Code::kResourceExhausted);
  CHECK(Convert(Repeat("<p>words", 100'000), std::chrono::milliseconds(1)).status().code() == Code::kResourceExhausted);
}

TEST_CASE("damaged HTML of html5lib's tests is read", "[ingest]") {
  const std::filesystem::path folder = CorporaFolder() / "formats/html5lib";
  if (CorporaFolder().empty()) return;
  size_t pages = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".dat") continue;
    std::istringstream lines(ReadWholeFile(entry.path()));
    std::string line, html;
    bool data = false;
    while (std::getline(lines, line)) {
      if (line == "#data") {
        data = true;
        html.clear();
      } else if (data && line == "#errors") {
        data = false;
        ++pages;
        CHECK(Convert(html).ok());
      } else if (data) {
        html += line + "\n";
      }
    }
  }
  CHECK(pages > 1000);
}

}  // namespace
}  // namespace quire::ingest
