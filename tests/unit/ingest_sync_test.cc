// What keeps a collection and a folder in step: names that change, failures that are kept and tried again, checkouts, watching.
#include <sys/stat.h>

#include <future>
#include <thread>

#include "extensions/ingest/folder_watch.h"
#include "extensions/ingest/git_checkout.h"
#include "extensions/ingest/load_errors.h"
#include "extensions/ingest/load_source.h"
#include "extensions/ingest/register.h"
#include "tests/unit/ingest_world.h"

namespace quire::ingest {
namespace {

std::vector<std::string> FailedUris(const World& world) {
  std::vector<std::string> uris;
  if (!world.database->reader()->GetCollection(kLoadErrorsCollection).ok()) return uris;
  auto cursor = world.database->reader()->Scan(kLoadErrorsCollection, {}, {});
  REQUIRE(cursor.ok());
  for (Chunk chunk; (*cursor)->Next(&chunk).value();) uris.push_back(chunk.uri);
  std::sort(uris.begin(), uris.end());
  return uris;
}

TEST_CASE("a file under another name is the document it was", "[ingest]") {
  World world;
  const std::string text =
      "# T\n\n" + std::string(3000, 'a') + " words\n\n## S\n\n" + std::string(3000, 'b') + " more\n";
  world.folder.Write("old.md", text);
  world.folder.Write("same.md", "other\n");
  LoadOptions options = world.Options();
  options.sync = true;
  CHECK(world.LoadOrFail(options).added == 2);
  std::filesystem::create_directory(world.folder.At("sub"));
  std::filesystem::rename(world.folder.At("old.md"), world.folder.At("sub/new.md"));
  const LoadReport report = world.LoadOrFail(options);
  CHECK(report.renamed == 1);
  CHECK(report.added == 0);
  CHECK(report.deleted == 0);
  CHECK(report.embedded == 0);
  CHECK(report.documents == 2);
  CHECK(world.ChunksOfPage("old.md").empty());
  CHECK(world.ChunksOfPage("sub/new.md").size() > 1);
  CHECK(Summary(report).find("1 renamed") != std::string::npos);
  CHECK(world.database->Check().value().empty());
  // A copy is no new name.
  world.folder.Write("copy.md", "other\n");
  CHECK(world.LoadOrFail(options).added == 1);
  // Two new names for one old one: one of them is it.
  world.folder.Remove("copy.md");
  world.folder.Remove("same.md");
  world.folder.Write("x.md", "other\n");
  world.folder.Write("y.md", "other\n");
  const LoadReport two = world.LoadOrFail(options);
  CHECK(two.renamed == 1);
  CHECK(two.added + two.renamed == 2);
  CHECK(world.Chunks().size() == world.ChunksOfPage("sub/new.md").size() + 2);
}

TEST_CASE("failures are kept in the database until they are gone", "[ingest]") {
  World world;
  world.folder.Write("good.md", "text\n");
  CHECK(world.LoadOrFail().added == 1);
  CHECK(FailedUris(world).empty());
  CHECK_FALSE(world.database->reader()->GetCollection(kLoadErrorsCollection).ok());  // nothing is made for nothing
  world.folder.Write("a.ipynb", "{");
  world.folder.Write("b.ipynb", "{");
  CHECK(world.LoadOrFail().failed == 2);
  CHECK(FailedUris(world) == std::vector<std::string>{"a.ipynb", "b.ipynb"});
  CHECK(world.LoadOrFail().failed == 2);
  CHECK(FailedUris(world).size() == 2);
  world.folder.Write("a.ipynb", R"({"cells":[{"cell_type":"markdown","source":"mended"}]})", 30);
  const Result<LoadReport> again = RetryFailed(*world.database, "docs", nullptr, {});
  REQUIRE(again.ok());
  CHECK(again->added == 1);
  CHECK(again->failed == 1);
  CHECK(FailedUris(world) == std::vector<std::string>{"b.ipynb"});
  world.folder.Remove("b.ipynb");
  CHECK(world.LoadOrFail().failed == 0);
  CHECK(FailedUris(world).empty());
  CHECK(RetryFailed(*world.database, "docs", nullptr, {}).status().code() == Code::kNotFound);
}

TEST_CASE("SYNC and RETRY are COPY's", "[ingest]") {
  World world;
  sql::Registry registry;
  REQUIRE(RegisterIngest(&registry).ok());
  REQUIRE(world.database->CreateCollection({.name = "docs"}).ok());
  world.folder.Write("a.md", "text\n");
  world.folder.Write("b.ipynb", "{");
  const std::atomic<bool> cancelled{false};
  const std::function<void(const Progress&)> progress;
  const auto run = [&](sql::CopyRequest::Kind kind, const std::string& source) {
    const auto reader = world.database->reader();
    return registry.document_source()->Copy({.kind = kind, .collection = "docs", .source = source},
                                            {*world.database, *reader, cancelled, progress});
  };
  using Kind = sql::CopyRequest::Kind;
  CHECK(run(Kind::kRetry, "").status().code() == Code::kNotFound);
  CHECK(run(Kind::kSync, world.folder.path()).value().failed == 1);
  world.folder.Remove("a.md");
  CHECK(run(Kind::kCopy, world.folder.path()).value().documents == 0);
  CHECK(world.Chunks().size() == 1);
  CHECK(run(Kind::kSync, world.folder.path()).ok());
  CHECK(world.Chunks().empty());
  world.folder.Write("b.ipynb", R"({"cells":[{"cell_type":"markdown","source":"mended"}]})", 30);
  CHECK(run(Kind::kRetry, "").value().documents == 1);
  CHECK(run(Kind::kSync, world.folder.At("rows.jsonl")).status().code() == Code::kUnsupported);
}

TEST_CASE("what was loaded from where is known, and synced again without its name", "[ingest]") {
  World world;
  const auto sources = [&] {
    std::vector<Chunk> chunks;
    auto cursor = world.database->reader()->Scan(kSourcesCollection, {}, {});
    REQUIRE(cursor.ok());
    for (Chunk chunk; (*cursor)->Next(&chunk).value();) chunks.push_back(chunk);
    return chunks;
  };
  const auto counts = [](const Chunk& chunk) {  // documents, added, changed, deleted, failed
    return std::vector<Value>(chunk.attributes.begin() + 3, chunk.attributes.end());
  };
  const auto integers = [](std::initializer_list<int64_t> numbers) {
    std::vector<Value> values;
    for (const int64_t number : numbers) values.push_back(Value::Integer(number));
    return values;
  };
  CHECK(AllSources(*world.database, "docs").status().code() == Code::kNotFound);
  const quire::testing::TemporaryDirectory other;
  world.folder.Write("a.md", "text\n");
  world.folder.Write("b.ipynb", "{");
  std::ofstream(other / "c.md") << "third\n";
  world.LoadOrFail();
  LoadOptions second = world.Options();
  second.paths = {other / ""};
  world.LoadOrFail(second);
  REQUIRE(sources().size() == 2);
  CHECK(sources()[0].attributes[0] == Value::Text("docs"));
  CHECK(counts(sources()[0]) == integers({1, 1, 0, 0, 1}));
  CHECK(counts(sources()[1]) == integers({1, 1, 0, 0, 0}));
  const Value loaded_at = sources()[0].attributes[2];
  world.LoadOrFail();
  CHECK(sources()[0].attributes[2] == loaded_at);  // nothing came or went

  // As one load: what the other folder holds has not vanished.
  world.folder.Remove("a.md");
  world.folder.Write("d.md", "fourth\n");
  world.folder.Write("b.ipynb", R"({"cells":[{"cell_type":"markdown","source":"mended"}]})", 30);
  sql::Registry registry;
  REQUIRE(RegisterIngest(&registry).ok());
  const std::atomic<bool> cancelled{false};
  const std::function<void(const Progress&)> progress;
  const auto sync = [&](sql::StatementOptions options) {
    const auto reader = world.database->reader();
    return registry.document_source()->Copy(
        {.kind = sql::CopyRequest::Kind::kSync, .collection = "docs", .options = std::move(options)},
        {*world.database, *reader, cancelled, progress});
  };
  CHECK(sync({}).value().documents == 2);
  CHECK(world.ChunksOfPage("a.md").empty());
  CHECK(world.ChunksOfPage("c.md").size() == 1);
  CHECK(world.ChunksOfPage("d.md").size() == 1);
  CHECK(sync({{"format", Value::Text("text")}}).status().code() == Code::kInvalidArgument);

  second.limits.bytes_max = 1000;
  world.LoadOrFail(second);
  std::ofstream(other / "e.md") << "fifth\n";
  world.LoadOrFail(second);
  CHECK(sync({}).status().code() == Code::kUnsupported);
}

TEST_CASE("a load that is run again has the options it had", "[ingest]") {
  LoadOptions options;
  options.collection = "docs";
  options.paths = {"/pages", "/more pages"};
  options.walk.include = {"*.md"};
  options.walk.exclude = {"old/**"};
  options.walk.git_commit = true;
  options.walk.git_ignore = false;
  options.encoding = "shift_jis";
  options.limits.bytes_max = 1234;
  options.limits.timeout = std::chrono::milliseconds(1500);
  const LoadOptions again = OptionsOf("docs", SourceOf(options));
  CHECK(again.paths == options.paths);
  CHECK(again.walk.include == options.walk.include);
  CHECK(again.walk.exclude == options.walk.exclude);
  CHECK(again.walk.git_commit);
  CHECK_FALSE(again.walk.git_ignore);
  CHECK(again.encoding == options.encoding);
  CHECK(again.limits.bytes_max == 1234);
  CHECK(again.limits.timeout == options.limits.timeout);
  CHECK(SourceOf(again) == SourceOf(options));
  CHECK(OptionsOf("docs", "{\"max_size\": -5, \"timeout_ms\": \"x\"").limits.bytes_max == kFileBytesMax);
}

TEST_CASE("a checkout leaves out what git ignores, and knows its commit", "[ingest]") {
  World world;
  const std::string commit(40, 'a');
  world.folder.Write(".git/HEAD", "ref: refs/heads/main\n");
  world.folder.Write(".git/refs/heads/main", commit + "\n");
  world.folder.Write(".git/info/exclude", "secret.md\n");
  world.folder.Write(".gitignore",
                     "# a comment\n*.log\nbuild/\n/only_here.md\n!keep.log\ndoc/**/draft.md\n\\#odd.md\n");
  world.folder.Write("doc/.gitignore", "local.md\n!secret.md\n");
  for (const char* name :
       {"a.md", "a.log", "keep.log", "build/x.md", "sub/build/x.md", "only_here.md", "sub/only_here.md", "secret.md",
        "doc/secret.md", "doc/local.md", "local.md", "doc/x/y/draft.md", "doc/x/final.md", "#odd.md"}) {
    world.folder.Write(name, "text\n");
  }
  const auto uris = [](const std::string& path, const WalkOptions& options = {}) {
    const Result<FileList> list = ListFiles({path}, options);
    REQUIRE(list.ok());
    std::string all;
    for (const SourceFile& file : list->files) all += file.uri + " ";
    return all;
  };
  CHECK(uris(world.folder.path()) == "a.md doc/secret.md doc/x/final.md keep.log local.md sub/only_here.md ");
  CHECK(uris(world.folder.At("doc")) == "secret.md x/final.md ");  // the rules above it hold
  CHECK(uris(world.folder.path(), {.git_ignore = false}).find("build/x.md") != std::string::npos);
  CHECK(GitCheckout(world.folder.path()).Commit() == commit);
  world.folder.Remove(".git/refs/heads/main");
  world.folder.Write(".git/packed-refs", "# pack-refs\n" + std::string(40, 'b') + " refs/heads/main\n");
  CHECK(GitCheckout(world.folder.path()).Commit() == std::string(40, 'b'));
  LoadOptions options = world.Options();
  options.walk.git_commit = true;
  world.LoadOrFail(options);
  CHECK(world.AttributeOf(world.ChunksOfPage("a.md")[0], "git_commit") == Value::Text(std::string(40, 'b')));
  world.folder.Write(".git/HEAD", "ref: ../../../etc/passwd\n");
  CHECK(GitCheckout(world.folder.path()).Commit().empty());
}

TEST_CASE("a path gives attributes", "[ingest]") {
  const auto match = [](const std::string& pattern, const std::string& uri) {
    const Result<PathPattern> parsed = PathPattern::Parse(pattern);
    REQUIRE(parsed.ok());
    std::vector<std::string> notices;
    std::string all;
    for (const Attribute& one : parsed->Match(uri, &notices)) all += one.name + "=" + one.value.ToString() + " ";
    return all + (notices.empty() ? "" : "!");
  };
  CHECK(match("{product}/v{year:integer}/**", "cloud/v2024/a/b.md") == "product=cloud year=2024 ");
  CHECK(match("{product}/v{year:integer}/**", "cloud/2024/a.md").empty());
  CHECK(match("{product}/v{year:integer}/**", "cloud/vnext/a.md") == "product=cloud !");
  CHECK(match("docs/*/{page}.md", "docs/x/y.md") == "page=y ");
  CHECK(match("docs/*/{page}.md", "docs/x/z/y.md").empty());
  CHECK(match("**", "a.md").empty());
  for (const char* wrong : {"", "a//b", "**/a", "{a", "a}", "{a}{b}", "{}", "{a b}", "{a:colour}"}) {
    CHECK_FALSE(PathPattern::Parse(wrong).ok());
  }
  World world;
  world.folder.Write("cloud/a.md", "text\n");
  world.folder.Write("edge/b.md", "---\nproduct: own\n---\ntext\n");
  LoadOptions options = world.Options();
  options.path_pattern = PathPattern::Parse("{product}/**").value();
  world.LoadOrFail(options);
  CHECK(world.AttributeOf(world.ChunksOfPage("cloud/a.md")[0], "product") == Value::Text("cloud"));
  CHECK(world.AttributeOf(world.ChunksOfPage("edge/b.md")[0], "product") == Value::Text("own"));
}

TEST_CASE("a watch sees files that come, change, move and go, in new folders as well", "[ingest]") {
  const SourceFolder folder;
  folder.Write("a.md", "x");
  folder.Write("sub/b.md", "x");
  FolderWatch watch;
  std::atomic<bool> cancelled{false};
  REQUIRE(watch.Watch({folder.path()}).ok());
  const auto seen_after = [&](const std::function<void()>& change) {
    std::thread changer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      change();
    });
    std::future<Result<bool>> waiting =
        std::async(std::launch::async, [&] { return watch.Wait(cancelled, std::chrono::milliseconds(50)); });
    const bool ended = waiting.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
    changer.join();
    if (!ended) cancelled = true;
    REQUIRE(waiting.get().ok());
    return ended;
  };
  CHECK(seen_after([&] { std::ofstream(folder.At("a.md")) << "changed"; }));
  CHECK(seen_after([&] { std::filesystem::rename(folder.At("a.md"), folder.At("sub/c.md")); }));
  CHECK(seen_after([&] { folder.Remove("sub/b.md"); }));
  CHECK(seen_after([&] { folder.Write("new/deep/d.md", "x"); }));
  REQUIRE(watch.Watch({folder.path()}).ok());
  CHECK(seen_after([&] { folder.Write("new/deep/d.md", "y"); }));
  cancelled = true;
  CHECK_FALSE(watch.Wait(cancelled, std::chrono::milliseconds(50)).value());
}

}  // namespace
}  // namespace quire::ingest
