// Office files, books and mail: what of them becomes text, and archives that were made to hurt.
#include <zip.h>

#include "extensions/ingest/zip_archive.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

// XML as some programs write it: with blanks between tags.
std::string Airy(const std::string& xml) {
  std::string airy;
  for (const char c : xml) {
    if (c == '<' && !airy.empty() && airy.back() == '>') airy += "\n  ";
    airy.push_back(c);
  }
  return airy;
}

using Members = std::vector<std::pair<std::string, std::string>>;

// A ZIP file in memory.
std::string Zip(const Members& members, bool airy = false) {
  Members kept = members;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  REQUIRE(archive != nullptr);
  zip_source_keep(target);
  for (auto& [name, bytes] : kept) {
    if (airy) bytes = Airy(bytes);
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    REQUIRE(zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) >= 0);
  }
  REQUIRE(zip_close(archive) == 0);
  REQUIRE(zip_source_open(target) == 0);
  zip_stat_t info;
  zip_source_stat(target, &info);
  std::string bytes(info.size, '\0');
  REQUIRE(zip_source_read(target, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()));
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

Result<Converted> Convert(std::string_view format, std::string_view bytes) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  return FindFormat(format)->convert({.bytes = bytes, .path = "", .command = "", .deadline = deadline});
}

std::string MarkdownOf(std::string_view format, std::string_view bytes) {
  const Result<Converted> converted = Convert(format, bytes);
  INFO(converted.status().ToString());
  REQUIRE(converted.ok());
  return converted->markdown;
}

const std::string kCore =
    "<cp:coreProperties xmlns:cp='c' xmlns:dc='d'><dc:title>The &amp; title</dc:title>"
    "<dc:creator>A. Author</dc:creator></cp:coreProperties>";

std::string Docx(const std::string& body) {
  return Zip({{"word/document.xml", "<w:document xmlns:w='w'><w:body>" + body + "</w:body></w:document>"},
              {"word/styles.xml",
               "<w:styles><w:style w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style></w:styles>"},
              {"word/footnotes.xml",
               "<w:footnotes><w:footnote w:type='separator' w:id='0'/><w:footnote w:id='2'>"
               "<w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote></w:footnotes>"},
              {"docProps/core.xml", kCore}});
}

TEST_CASE("docx: styles, runs, lists, tables, notes; deleted text is gone", "[ingest]") {
  CHECK(
      MarkdownOf(
          "docx",
          Docx("<w:p><w:pPr><w:pStyle w:val='berschrift1'/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>"
               "<w:p><w:r><w:t xml:space='preserve'>One </w:t></w:r><w:ins><w:r><w:t>two</w:t></w:r></w:ins>"
               "<w:del><w:r><w:delText>three</w:delText></w:r></w:del><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
               "<w:p><w:pPr><w:numPr><w:ilvl w:val='1'/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>"
               "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p>"
               "</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>c</w:t></w:r></w:p>"
               "</w:tc></w:tr></w:tbl>")) ==
      "---\ntitle: \"The & title\"\nauthor: \"A. Author\"\n---\n\n# Head\n\nOne two[2]\n\n  - item\n\n| a | b "
      "|\n|---|---|\n| c |  |\n\n"
      "[2] A note.\n\n");
}

TEST_CASE("odt and ods: headings, lists, spaces, repeated cells", "[ingest]") {
  const bool airy = GENERATE(false, true);
  const auto content = [airy](const std::string& body) {
    return Zip({{"content.xml", "<office:document-content xmlns:o='o'><office:body>" + body +
                                    "</office:body></office:document-content>"},
                {"meta.xml",
                 "<office:document-meta><office:meta><dc:title>T</dc:title></office:meta></office:document-meta>"}},
               airy);
  };
  CHECK(MarkdownOf("odt",
                   content("<office:text><text:h text:outline-level='2'>Head</text:h><text:p>a<text:s/>b<text:note>"
                           "<text:note-body><text:p>n</text:p></text:note-body></text:note></text:p><text:list>"
                           "<text:list-item><text:p>item</text:p></text:list-item></text:list></office:text>")) ==
        "---\ntitle: \"T\"\n---\n\n## Head\n\na b (n)\n\n- item\n\n");
  CHECK(MarkdownOf("ods",
                   content("<office:spreadsheet><table:table table:name='S'><table:table-row><table:table-cell "
                           "table:number-columns-repeated='2'><text:p>x</text:p></table:table-cell><table:table-cell "
                           "table:number-columns-repeated='16000'/></table:table-row><table:table-row "
                           "table:number-rows-repeated='1000000'><table:table-cell/></table:table-row></table:table>"
                           "</office:spreadsheet>")) == "---\ntitle: \"T\"\n---\n\n## S\n\n| x | x |\n|---|---|\n\n");
}

TEST_CASE("pptx: slides in order are pages, with tables and notes", "[ingest]") {
  const bool airy = GENERATE(false, true);
  const auto slide = [](const std::string& title, const std::string& text) {
    return "<p:sld><p:cSld><p:spTree><p:sp><p:nvSpPr><p:nvPr><p:ph "
           "type='title'/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>" +
           title + "</a:t></a:r></a:p></p:txBody></p:sp><p:sp><p:nvSpPr><p:nvPr/></p:nvSpPr><p:txBody><a:p><a:r><a:t>" +
           text + "</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>";
  };
  const std::string bytes =
      Zip({{"ppt/presentation.xml",
            "<p:presentation><p:sldIdLst><p:sldId r:id='r2'/><p:sldId r:id='r1'/>"
            "</p:sldIdLst></p:presentation>"},
           {"ppt/_rels/presentation.xml.rels",
            "<Relationships><Relationship Id='r1' Target='slides/slide1.xml'/>"
            "<Relationship Id='r2' Target='/ppt/slides/slide2.xml'/></Relationships>"},
           {"ppt/slides/slide1.xml", slide("Last", "words")},
           {"ppt/slides/slide2.xml", slide("First", "more")},
           {"ppt/slides/_rels/slide1.xml.rels",
            "<Relationships><Relationship Id='n' Target='../notesSlides/notesSlide1.xml'/></Relationships>"},
           {"ppt/notesSlides/notesSlide1.xml", slide("", "said")}},
          airy);
  CHECK(MarkdownOf("pptx", bytes) == "## First\n\nmore\n\n## Last\n\nwords\n\nNotes:\n\nsaid\n\n");
  World world;
  world.folder.Write("a.pptx", bytes);
  CHECK(world.LoadOrFail().added == 1);
  const std::vector<Chunk> chunks = world.ChunksOfPage("a.pptx");
  REQUIRE(!chunks.empty());
  CHECK(world.AttributeOf(chunks[0], "page") == Value::Integer(1));
  CHECK(chunks[0].end == 0);
}

TEST_CASE("xlsx: sheets by name, shared strings, dates, gaps", "[ingest]") {
  const bool airy = GENERATE(false, true);
  const std::string bytes =
      Zip({{"xl/workbook.xml", "<workbook><sheets><sheet name='Sizes &amp; co' r:id='r1'/></sheets></workbook>"},
           {"xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id='r1' Target='worksheets/sheet1.xml'/></Relationships>"},
           {"xl/sharedStrings.xml", "<sst><si><t>name</t></si><si><r><t>ri</t></r><r><t>ch</t></r></si></sst>"},
           {"xl/styles.xml",
            "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='[Red]0.0&quot;d&quot;'/></numFmts><cellXfs>"
            "<xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='170'/></cellXfs></styleSheet>"},
           {"xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' "
            "t='inlineStr'><is><t>when</t></is></c></row>"
            "<row r='3'><c r='A3' t='s'><v>1</v></c><c r='B3' s='2'><v>1.5</v></c><c r='C3' s='1'><v>45000</v></c>"
            "<c r='D3' t='s'><v>99</v></c><c r='E3' s='1'><v>45000.5</v></c></row></sheetData></worksheet>"}},
          airy);
  CHECK(MarkdownOf("xlsx", bytes) ==
        "## Sizes & co\n\n| name |  | when |  |\n|---|---|---|---|\n| rich | 1.5 | 2023-03-15 | 2023-03-15 12:00:00 "
        "|\n\n");
}

TEST_CASE("epub: chapters in the order of the spine", "[ingest]") {
  const bool airy = GENERATE(false, true);
  CHECK(MarkdownOf(
            "epub",
            Zip({{"META-INF/container.xml",
                  "<container><rootfiles><rootfile full-path='O/p.opf'/></rootfiles></container>"},
                 {"O/p.opf",
                  "<package><metadata><dc:title>Book</dc:title></metadata><manifest><item id='a' href='a%20b.html'/>"
                  "<item id='c' href='../../c.html'/><item id='x' href='missing.html'/></manifest><spine>"
                  "<itemref idref='c'/><itemref idref='a'/><itemref idref='x'/></spine></package>"},
                 {"O/a b.html", "<h1>Two</h1>b"},
                 {"c.html", "<h1>One</h1>a"}},
                airy)) == "---\ntitle: \"Book\"\n---\n\n# One\n\na\n\n# Two\n\nb\n\n");
}

TEST_CASE("mail: headers, parts, encodings; mbox is a section a message", "[ingest]") {
  const std::string message =
      "Subject: =?utf-8?Q?caf=C3=A9?= =?iso-8859-1?B?6Q==?= end\r\nFrom: \"A\" <a@x>\r\nTo: b@x,\r\n c@x\r\n"
      "Date: Fri, 16 Dec 2022 17:04:16 -0500\r\nContent-Type: multipart/mixed; "
      "boundary=\"=b=\"\r\n\r\npreamble\r\n--=b=\r\n"
      "Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello =E2=82=AC, a long=\r\n line.\r\n\r\nSecond.\r\n--in\r\n"
      "Content-Type: text/html\r\n\r\n<p>not this</p>\r\n--in--\r\n--=b=\r\nContent-Type: application/pdf; "
      "name=a.pdf\r\n"
      "Content-Disposition: attachment; filename=\"a.pdf\"\r\n\r\nJVBERi0=\r\n--=b=--\r\n";
  CHECK(MarkdownOf("eml", message) ==
        "---\ntitle: \"caf\xC3\xA9\xC3\xA9 end\"\nsender: \"\\\"A\\\" <a@x>\"\nrecipients: \"b@x, c@x\"\n"
        "sent: \"2022-12-16 22:04:16\"\n---\n\nHello \xE2\x82\xAC, a long line.\n\nSecond.\n\nAttachment: a.pdf "
        "(application/pdf)\n\n");
  CHECK(MarkdownOf("mbox",
                   "From a@x Fri 1:2:3 2022\nSubject: One\n\nFrom here\n\n>From there\n\nFrom b@x Sat 1:2:3 "
                   "2022\nSubject: Two\n\ntext\n") ==
        "## One\n\nFrom:\nTo:\nDate:\n\nFrom here\n\nFrom there\n\n## Two\n\nFrom:\nTo:\nDate:\n\ntext\n\n");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "Content-Type: multipart/mixed; boundary=x\n\n--x\n";
  for (const std::string& hostile :
       {deep, std::string("\0\xFF", 2), std::string(100'000, '\n'), std::string("Content-Type: text/html\n\n<b"),
        "Subject: " + std::string(100'000, '=') + "?\n\n", std::string("Content-Type: multipart/mixed\n\nx")}) {
    CHECK(Convert("eml", hostile).ok());
    CHECK(Convert("mbox", hostile).ok());
  }
}

TEST_CASE("bombs, damage and entities are refused or harmless", "[ingest]") {
  const auto code = [](std::string_view format, const std::string& bytes) {
    return Convert(format, bytes).status().code();
  };
  const std::string bomb = Zip({{"word/document.xml", std::string(100'000'000, ' ')}});
  CHECK(bomb.size() < 1'000'000);
  CHECK(code("docx", bomb) == Code::kResourceExhausted);
  CHECK(code("docx", "PK\3\4 no zip") == Code::kInvalidArgument);
  CHECK(code("docx", "") == Code::kNotFound);
  CHECK(code("docx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") == Code::kUnsupported);
  CHECK(code("docx", Zip({{"other.xml", "<a/>"}})) == Code::kNotFound);
  CHECK(code("docx", Zip({{"word/document.xml", "<a><b>"}})) == Code::kInvalidArgument);
  std::string laughs = "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>";
  for (char c = 'b'; c < 'k'; ++c) {
    laughs += std::string("<!ENTITY ") + c + " '";
    for (int i = 0; i < 10; ++i) laughs += std::string("&") + static_cast<char>(c - 1) + ";";
    laughs += "'>";
  }
  laughs +=
      "<!ENTITY x SYSTEM 'file:///etc/passwd'>]><w:document><w:body><w:p><w:r><w:t>&j; "
      "&x;</w:t></w:r></w:p></w:body></w:document>";
  const std::string text = MarkdownOf("docx", Zip({{"word/document.xml", laughs}}));
  CHECK(text == "&j; &x;\n\n");  // as they are written: nothing is expanded or fetched
  std::string deep = "<w:document><w:body>";
  for (int i = 0; i < 100'000; ++i) deep += "<w:tbl><w:tr><w:tc>";
  CHECK(code("docx", Zip({{"word/document.xml", deep}})) == Code::kInvalidArgument);  // not closed
  for (int i = 0; i < 100'000; ++i) deep += "</w:tc></w:tr></w:tbl>";
  CHECK(Convert("docx", Zip({{"word/document.xml", deep + "</w:body></w:document>"}})).ok());
  std::string cells = "<worksheet><sheetData>";
  for (int i = 0; i < 1000; ++i) cells += "<row><c r='XFD1'><v>1</v></c></row>";
  CHECK(code("xlsx", Zip({{"xl/workbook.xml", "<workbook><sheets><sheet name='S' r:id='r'/></sheets></workbook>"},
                          {"xl/_rels/workbook.xml.rels", "<R><Relationship Id='r' Target='s.xml'/></R>"},
                          {"xl/s.xml", cells + "</sheetData></worksheet>"}})) == Code::kResourceExhausted);
  CHECK(ResolveMember("a/b", "../../../etc/passwd") == "etc/passwd");
}

TEST_CASE("any byte of an office file may be wrong", "[ingest]") {
  const std::string good = Docx("<w:p><w:r><w:t>words</w:t></w:r></w:p>");
  uint32_t state = 7;
  const auto random = [&state] { return state = state * 1664525 + 1013904223; };
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() >> 24);
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    static_cast<void>(Convert("docx", bytes));
  }
}

}  // namespace
}  // namespace quire::ingest
