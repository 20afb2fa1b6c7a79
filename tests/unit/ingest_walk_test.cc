#include "extensions/ingest/glob.h"
#include "extensions/ingest/walk.h"
#include "tests/unit/ingest_support.h"

namespace quire::ingest {
namespace {

std::string UrisOf(const Result<FileList>& list) {
  INFO(list.status().ToString());
  REQUIRE(list.ok());
  std::string uris;
  for (const SourceFile& file : list->files) uris += file.uri + " ";
  return uris;
}

TEST_CASE("globs match as shells do", "[ingest]") {
  CHECK(GlobMatches("*.md", "a.md"));
  CHECK_FALSE(GlobMatches("*.md", "a/b.md"));
  CHECK(GlobMatches("**/*.md", "a.md"));
  CHECK(GlobMatches("**/*.md", "a/b/c.md"));
  CHECK(GlobMatches("a/**", "a/b/c"));
  CHECK(GlobMatches("a/**/c", "a/c"));
  CHECK(GlobMatches("a/**/b/**/c", "a/x/b/y/z/c"));
  CHECK_FALSE(GlobMatches("a/**/c", "b/c"));
  CHECK(GlobMatches("v?.[0-9]*", "v2.4x"));
  CHECK_FALSE(GlobMatches("[!a-c]x", "bx"));
  CHECK(GlobMatches("[!a-c]x", "dx"));
  CHECK(GlobMatches("[]]", "]"));
  CHECK(GlobMatches("[", "["));
  CHECK(GlobMatches("", ""));
  CHECK(GlobMatches("*", "anything"));
  CHECK_FALSE(GlobMatches("a", ""));
  CHECK(GlobSelects("*.md", "a/b/c.md"));
  CHECK_FALSE(GlobSelects("b/*.md", "a/b/c.md"));
}

TEST_CASE("globs of many stars end", "[ingest]") {
  std::string pattern, path;
  for (int i = 0; i < 200; ++i) pattern += "*a", path += "a";
  CHECK_FALSE(GlobMatches(pattern + "b", path + path));
  std::string folders;
  for (int i = 0; i < 200; ++i) folders += "a/";
  CHECK_FALSE(GlobMatches("**/a/**/a/**/a/**/b", folders + "c"));
}

TEST_CASE("globs split before the first wildcard", "[ingest]") {
  CHECK(SplitGlob("docs/**/*.md").folder == "docs");
  CHECK(SplitGlob("docs/**/*.md").pattern == "**/*.md");
  CHECK(SplitGlob("*.md").folder == ".");
  CHECK(SplitGlob("/x/y*/z").folder == "/x");
  CHECK(SplitGlob("/y*").folder == "/");
  CHECK(SplitGlob("plain").pattern == "");
}

TEST_CASE("a walk lists documents by URI and counts what it leaves out", "[ingest]") {
  const SourceFolder folder, outside;
  for (const char* name : {"b.md", "a/x.md", "a/y.TXT", "a/z.png", "none", ".git/c.md", ".hidden.md"})
    folder.Write(name, "x");
  outside.Write("secret.md", "x");
  std::filesystem::create_symlink(outside.At("secret.md"), folder.At("out.md"));
  std::filesystem::create_symlink(folder.At("b.md"), folder.At("in.md"));
  std::filesystem::create_directory_symlink(folder.path(), folder.At("loop"));
  std::filesystem::create_symlink("nowhere", folder.At("dangling.md"));
  const Result<FileList> list = ListFiles({folder.path()}, {});
  CHECK(UrisOf(list) == "a/x.md a/y.TXT b.md in.md ");
  CHECK(list->hidden == 2);
  CHECK(list->links == 3);
  CHECK(list->unknown == std::map<std::string, uint64_t>{{"no extension", 1}, {"png", 1}});
  CHECK(list->issues.empty());
}

TEST_CASE("a walk takes files, globs, and what is selected", "[ingest]") {
  const SourceFolder folder;
  for (const char* name : {"a.md", "b/c.md", "b/d.txt", "b/e/f.md"}) folder.Write(name, "x");
  CHECK(UrisOf(ListFiles({folder.At("b/c.md")}, {})) == "c.md ");
  CHECK(UrisOf(ListFiles({folder.At("b/**/*.md")}, {})) == "c.md e/f.md ");
  CHECK(UrisOf(ListFiles({folder.At("*.md")}, {})) == "a.md ");
  CHECK(UrisOf(ListFiles({folder.path()}, {.include = {"*.md"}, .exclude = {"b/e/**"}})) == "a.md b/c.md ");
  CHECK(UrisOf(ListFiles({folder.path(), folder.path()}, {})) == "a.md b/c.md b/d.txt b/e/f.md ");
}

TEST_CASE("a walk says what it cannot walk", "[ingest]") {
  const SourceFolder folder;
  folder.Write("picture.png", "x");
  const auto failure = [](const std::string& path) {
    const Result<FileList> list = ListFiles({path}, {});
    REQUIRE_FALSE(list.ok());
    return list.status();
  };
  CHECK(failure(folder.At("missing")).code() == Code::kNotFound);
  CHECK(failure(folder.At("missing/*.md")).code() == Code::kNotFound);
  CHECK(failure(folder.At("picture.png")).code() == Code::kUnsupported);
  CHECK(failure("/dev/null").code() == Code::kInvalidArgument);
}

TEST_CASE("two files of one URI: the second is reported", "[ingest]") {
  const SourceFolder one, two;
  one.Write("same.md", "x");
  two.Write("same.md", "y");
  const Result<FileList> list = ListFiles({one.path(), two.path()}, {});
  CHECK(UrisOf(list) == "same.md ");
  REQUIRE(list->issues.size() == 1);
  CHECK(list->issues[0].reason.find("same uri") != std::string::npos);
}

TEST_CASE("a name that is not UTF-8 is reported", "[ingest]") {
  const SourceFolder folder;
  folder.Write("bad\xFF.md", "x");
  const Result<FileList> list = ListFiles({folder.path()}, {});
  CHECK(UrisOf(list) == "");
  REQUIRE(list->issues.size() == 1);
  CHECK(list->issues[0].failed);
}

}  // namespace
}  // namespace quire::ingest
