// A load that is killed at any moment and run again ends as one that was not; and folders that were made to hurt.
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "engine/base/hash.h"
#include "extensions/ingest/load_source.h"
#include "tests/unit/ingest_world.h"
#include "tests/unit/support/child_process.h"

namespace quire::ingest {
namespace {

using testing::ChildArgument;
using testing::ChildProcess;
using testing::TellParent;

// QUIRE_SEED, or another one every time.
unsigned Seed() {
  const char* given = std::getenv("QUIRE_SEED");
  return given == nullptr ? std::random_device()() : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

Result<LoadReport> LoadOnce(const std::string& database_path, const std::string& folder) {
  QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(database_path, {.sync = Sync::kOff}));
  LoadOptions options;
  options.collection = "docs";
  options.paths = {folder};
  options.sync = true;
  options.jobs = 2;
  return Load(*database, options);
}

// Everything a reader can see: chunks with place and attributes in the order of their ids, documents, what failed.
std::string DigestOf(const std::string& database_path) {
  const auto database = Database::Open(database_path, {.create_if_missing = false});
  REQUIRE(database.ok());
  CHECK((*database)->Check().value().empty());
  std::vector<std::string> lines;
  for (const CollectionInfo& info : (*database)->reader()->ListCollections()) {
    auto cursor = (*database)->reader()->Scan(info.schema.name, {}, {.text = true, .embedding = true});
    REQUIRE(cursor.ok());
    for (const ColumnSchema& column : info.schema.attributes) {
      lines.push_back(info.schema.name + " " + column.name + " " + std::string(TypeName(column.type)));
    }
    // When it was loaded, and how much was new then, is another matter.
    const size_t attributes = info.schema.name == kSourcesCollection ? 2 : SIZE_MAX;
    for (Chunk chunk; (*cursor)->Next(&chunk).value();) {
      std::string line =
          info.schema.name + chunk.id + chunk.uri + chunk.title + chunk.section + chunk.text + chunk.anchor;
      for (const uint64_t number : {uint64_t{chunk.ordinal}, chunk.start, chunk.end})
        line += " " + std::to_string(number);
      for (size_t i = 0; i < std::min(attributes, chunk.attributes.size()); ++i) {
        if (!chunk.attributes[i].is_null()) line += info.schema.attributes[i].name + chunk.attributes[i].ToString();
      }
      for (const float component : chunk.embedding) line += std::to_string(component);
      lines.push_back(std::move(line));
    }
    const Result<std::vector<Document>> documents = (*database)->reader()->ListDocuments(info.schema.name);
    REQUIRE(documents.ok());
    for (const Document& document : *documents) {
      lines.push_back(document.uri + document.title + ToHex(document.content_hash) + std::to_string(document.size) +
                      std::to_string(document.modified_at));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return ToHex(HashOf128(all));
}

TEST_CASE("ingest child: loads a folder", "[.]") {
  REQUIRE(TellParent("+"));
  const Result<LoadReport> report = LoadOnce(ChildArgument("QUIRE_CHILD_PATH"), ChildArgument("QUIRE_CHILD_FOLDER"));
  REQUIRE(report.ok());
  REQUIRE(TellParent("."));
}

TEST_CASE("a load killed at 20 random moments and run again ends as one that was not", "[ingest]") {
  const unsigned seed = Seed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const SourceFolder folder;
  for (int i = 0; i < 120; ++i) {
    const std::string odd = i == 110 ? "last" : std::to_string(i);
    std::string page = "---\nkind: k" + std::to_string(i % 5) + "\norder: " + std::to_string(i) + "\nodd: " + odd +
                       "\nextra" + std::to_string(i % 40) + ": x\n---\n# Page " + std::to_string(i) + "\n\n";
    for (int section = 0; section < 8; ++section) {
      page += "## Section " + std::to_string(section) + "\n\n";
      for (int word = 0; word < 200; ++word) page += "word" + std::to_string(random() % 3000) + " ";
      page += "\n\n";
    }
    folder.Write("p" + std::to_string(i % 7) + "/" + std::to_string(i) + ".md", page);
  }
  folder.Write("broken.ipynb", "{");
  const testing::TemporaryDirectory directory;
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(LoadOnce(directory / "clean", folder.path()).ok());
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  const std::string expected = DigestOf(directory / "clean");
  size_t stopped = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string path = directory / ("killed" + std::to_string(round));
    ChildProcess child("ingest child: loads a folder",
                       {{"QUIRE_CHILD_PATH", path}, {"QUIRE_CHILD_FOLDER", folder.path()}});
    REQUIRE(child.Read(60'000).substr(0, 1) == "+");
    std::this_thread::sleep_for(std::chrono::microseconds(random() % static_cast<uint64_t>(took.count())));
    child.Kill();
    stopped += child.ReadToEnd().find('.') == std::string::npos ? 1 : 0;
    INFO("round " << round);
    REQUIRE(LoadOnce(path, folder.path()).ok());
    REQUIRE(DigestOf(path) == expected);
    std::filesystem::remove_all(path);
  }
  CHECK(stopped > 5);
}

TEST_CASE("a folder of things that are no documents is walked to its end", "[ingest]") {
  World world;
  world.folder.Write("good.md", "text\n");
  world.folder.Write("locked.md", "text\n");
  REQUIRE(::mkfifo(world.folder.At("pipe.md").c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", world.folder.At("zero.md"));
  std::filesystem::create_symlink(world.folder.At("a.md"), world.folder.At("b.md"));
  std::filesystem::create_symlink(world.folder.At("b.md"), world.folder.At("a.md"));
  std::filesystem::create_directory_symlink("..", world.folder.At("up"));
  { std::ofstream(world.folder.At("sparse.md")) << "x"; }
  std::filesystem::resize_file(world.folder.At("sparse.md"), uintmax_t{5} << 30);
  { std::ofstream(world.folder.At("sparse.pdf")) << "x"; }
  std::filesystem::resize_file(world.folder.At("sparse.pdf"), uintmax_t{5} << 30);
  std::string deep = world.folder.path();
  for (int i = 0; i < 100; ++i) deep += "/d";
  std::filesystem::create_directories(deep);
  std::ofstream(deep + "/deep.md") << "text\n";
  std::filesystem::permissions(world.folder.At("locked.md"), std::filesystem::perms::none);
  const LoadReport report = world.LoadOrFail();
  const uint64_t readable = ::access(world.folder.At("locked.md").c_str(), R_OK) == 0 ? 1 : 0;  // to root everything is
  CHECK(report.added == 2 + readable);
  CHECK(report.failed == 3 - readable);
  CHECK(report.chunks == 2 + readable);
  for (const Issue& issue : report.issues) CHECK_FALSE(issue.reason.empty());
}

}  // namespace
}  // namespace quire::ingest
