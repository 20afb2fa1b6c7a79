// Programs run as children: their limits, PDF, --via.
#include <unistd.h>

#include "extensions/ingest/child_process.h"
#include "extensions/ingest/pdf_layout.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

using Words = std::vector<std::string>;

Result<std::string> Run(const Words& arguments, std::string_view bytes = "", int milliseconds = 20'000,
                        const ProgramLimits& limits = {}) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  return RunProgram(arguments, {.bytes = bytes, .path = "", .command = "", .deadline = deadline}, limits);
}

TEST_CASE("a program reads its input and gives its output", "[ingest]") {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += std::to_string(i) + "\n";
  CHECK(Run({"cat"}, bytes).value() == bytes);
  CHECK(Run({"true"}, bytes).value().empty());  // does not want it
  CHECK(Run({"echo", "a b", "$HOME;x"}).value() == "a b $HOME;x\n");
}

TEST_CASE("a program that fails says why", "[ingest]") {
  CHECK(Run({"no-such-program-at-all"}).status().code() == Code::kUnavailable);
  const Status failed = Run({"sh", "-c", "echo 'broken: here' >&2; exit 3"}).status();
  CHECK(failed.code() == Code::kInvalidArgument);
  CHECK(failed.message() == "'sh' ended with code 3: broken: here");
  CHECK(Run({"sh", "-c", "kill -SEGV $$"}).status().message() == "'sh' was ended by signal 11");
}

TEST_CASE("a program gets no more than its limits", "[ingest]") {
  CHECK(Run({"sleep", "100"}, "", 200).status().code() == Code::kResourceExhausted);
  CHECK(Run({"sh", "-c", "trap '' TERM; sleep 100 & wait"}, "", 200).status().code() == Code::kResourceExhausted);
  CHECK(Run({"yes"}, "", 20'000, {.output_bytes = 1'000'000}).status().code() == Code::kResourceExhausted);
  CHECK(Run({"sh", "-c", "exec >&- 2>&-; sleep 100"}, "", 200).status().code() == Code::kResourceExhausted);
  testing::TemporaryDirectory directory;
  CHECK_FALSE(Run({"dd", "if=/dev/zero", "of=" + directory.path() + "/x", "count=1"}).ok());
  CHECK_FALSE(Run({"dd", "if=/dev/zero", "of=/dev/null", "bs=3G", "count=1"}).ok());  // memory
  std::atomic<bool> cancelled{true};
  CHECK(RunProgram({"sleep", "100"},
                   {.bytes = "",
                    .path = "",
                    .command = "",
                    .deadline = std::chrono::steady_clock::now() + std::chrono::hours(1),
                    .cancelled = &cancelled},
                   {})
            .status()
            .code() == Code::kCancelled);
}

TEST_CASE("a layout becomes pages, headings and paragraphs", "[ingest]") {
  const auto line = [](double size, const std::string& words) {
    std::string text = "<line xMin=\"0\">\n";
    std::istringstream in(words);
    for (std::string word; in >> word;) {
      text += "<word xMin=\"0\" yMin=\"0\" xMax=\"9\" yMax=\"" + std::to_string(size) + "\">" + word + "</word>\n";
    }
    return text + "</line>\n";
  };
  const auto block = [](double top, const std::string& lines) {
    return "<block xMin=\"0\" yMin=\"" + std::to_string(top) + "\" yMax=\"" + std::to_string(top + 10) + "\">\n" +
           lines + "</block>\n";
  };
  std::string layout = "<title>A &amp; B</title>\n";
  for (int page = 1; page <= 4; ++page) {
    layout += "<page width=\"600\" height=\"800\">\n" + block(5, line(8, "Running head " + std::to_string(page)));
    if (page == 1) layout += block(100, line(20, "Big words")) + block(150, line(13, "Smaller ones"));
    if (page != 3)
      layout +=
          block(200, line(10, "The text of a para-") + line(10, "graph &lt;here&gt; of page " + std::to_string(page)));
    layout += "</page>\n";
  }
  const Converted converted = LayoutToMarkdown(layout);
  CHECK(
      converted.markdown ==
      "---\ntitle: \"A & B\"\n---\n\n## Big words\n\n### Smaller ones\n\nThe text of a paragraph \\<here> of page 1\n\n"
      "The text of a paragraph \\<here> of page 2\n\nThe text of a paragraph \\<here> of page 4\n\n");
  REQUIRE(converted.pages.size() == 4);
  CHECK(converted.pages[3].number == 4);
  CHECK(converted.notices.back() == "4 running heads and page numbers left out");
  for (const std::string hostile :
       {"<word>", "<page height=\"0\">\n<block yMin=\"x\">\n<line >\n<word >x</word>", "</word><word ", "<title>"}) {
    static_cast<void>(LayoutToMarkdown(hostile));
  }
  CHECK(PlainPagesToMarkdown("one\n\ntwo\f\fthree").notices.at(0) == "needs_ocr: no text on 1 page: 2");
}

TEST_CASE("--via converts what has no reader of its own", "[ingest]") {
  World world;
  world.folder.Write("a.odd", "# Head\n\nwords\n");
  world.folder.Write("b.md", "text\n");
  world.folder.Write("it's 1.odd", "more words\n");
  LoadOptions options = world.Options();
  options.walk.otherwise = FindFormat("via");
  options.via = "cat '{}'";
  CHECK(world.LoadOrFail(options).added == 3);
  CHECK(world.ChunksOfPage("a.odd")[0].text == "# Head\n\nwords");
  CHECK(world.ChunksOfPage("it's 1.odd")[0].text == "more words");
  options.via = "sort";  // by its standard input
  world.folder.Write("a.odd", "b\na\n", 30);
  CHECK(world.LoadOrFail(options).changed == 1);
  CHECK(world.ChunksOfPage("a.odd")[0].text == "a\nb");
  options.via = "false {}";
  world.folder.Write("a.odd", "c\n", 20);
  CHECK(world.LoadOrFail(options).failed == 1);
  CHECK(world.ChunksOfPage("a.odd")[0].text == "a\nb");  // the old version stays
  // What a database says is never run, whoever wrote it there.
  CHECK(RetryFailed(*world.database, "docs", nullptr, {}).status().code() == quire::Code::kUnsupported);
}

TEST_CASE("PDF files of the corpora: text by page, scans and locks reported", "[ingest]") {
  const std::filesystem::path folder = CorporaFolder() / "formats";
  if (CorporaFolder().empty() || Run({"pdftotext", "-v"}).status().code() == Code::kUnavailable) return;
  const auto convert = [&](const std::string& name) {
    const std::string bytes = ReadWholeFile(folder / name);
    REQUIRE(!bytes.empty());
    return ConvertPdf({.bytes = bytes,
                       .path = "",
                       .command = "",
                       .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60)});
  };
  const Result<Converted> two_columns = convert("unstructured/pdf/multi-column-2p.pdf");
  REQUIRE(two_columns.ok());
  CHECK(two_columns->pages.size() == 2);
  CHECK(two_columns->markdown.size() > 4000);
  CHECK(convert("unstructured/pdf/password.pdf").status().code() == Code::kUnsupported);
  CHECK_FALSE(ConvertPdf({.bytes = "%PDF-1.4 nothing",
                          .path = "",
                          .command = "",
                          .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60)})
                  .ok());
}

}  // namespace
}  // namespace quire::ingest
