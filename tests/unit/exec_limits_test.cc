// What a session may be kept from: statements that take too long, files elsewhere; and what a follower is told.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "quire/connection.h"
#include "sql/registry/registry.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire {
namespace {

using Catch::Contains;

// Loads nothing, and says it did.
class FakeSource : public sql::DocumentSource {
 public:
  Result<sql::CopyReport> Copy(const sql::CopyRequest&, const sql::Session&) const override { return sql::CopyReport{1, 1, 0, {}}; }
};

struct World {
  testing::TemporaryDirectory directory;
  std::shared_ptr<Database> database;
  std::unique_ptr<Connection> connection;

  World() {
    auto registry = std::make_shared<sql::Registry>();
    REQUIRE(registry->SetDocumentSource(std::make_unique<FakeSource>()).ok());
    auto opened = Database::Open(directory / "db", {.sync = Sync::kOff, .background_threads = 0});
    REQUIRE(opened.ok());
    database = *std::move(opened);
    connection = std::make_unique<Connection>(database, std::move(registry));
    REQUIRE(Run("CREATE COLLECTION docs").ok());
  }

  Status Run(const std::string& statement) {
    QUIRE_ASSIGN_OR_RETURN(const auto rows, connection->Execute(statement));
    while (true) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
      if (!more) return {};
    }
  }
};

TEST_CASE("exec: a statement ends at statement_timeout, and the session goes on", "[exec]") {
  World world;
  const auto transaction = world.database->Begin();
  for (int i = 0; i < 600; ++i) REQUIRE(transaction->Insert("docs", {.text = "text " + std::to_string(i)}).ok());
  REQUIRE(transaction->Commit().ok());
  const std::string endless = "SELECT count(*) FROM docs a JOIN docs b ON a.id <> b.id JOIN docs c ON b.id <> c.id";
  REQUIRE(world.Run("SET statement_timeout = '30ms'").ok());
  for (int i = 0; i < 3; ++i) {
    const Status status = world.Run(endless);
    CHECK(status.code() == Code::kCancelled);
    CHECK_THAT(std::string(status.message()), Contains("longer than statement_timeout, 30 ms"));
  }
  REQUIRE(world.Run("SET statement_timeout = '1h'").ok());
  CHECK(world.Run("SELECT count(*) FROM docs").ok());
  CHECK(world.Run("SET statement_timeout = 0").ok());
  for (const char* wrong : {"'soon'", "'5 weeks'", "-1", "1.5", "'99999999999h'", "NULL"}) {
    INFO(wrong);
    CHECK(world.Run(std::string("SET statement_timeout = ") + wrong).code() != Code::kOk);
  }
}

TEST_CASE("exec: statements use files of allowed_directories alone", "[exec]") {
  World world;
  const std::string in = world.directory / "in", out = world.directory / "out";
  std::filesystem::create_directories(in + "/sub");
  std::filesystem::create_directories(out);
  std::filesystem::create_directory_symlink(out, in + "/link");
  std::ofstream(out + "/secret.txt") << "secret";
  CHECK(world.Run("SET allowed_directories = '" + in + "/nothing'").code() == Code::kInvalidArgument);
  REQUIRE(world.Run("SET allowed_directories = '" + in + "/'").ok());

  const auto refused = [&](const std::string& statement) {
    INFO(statement);
    const Status status = world.Run(statement);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), Contains("allowed_directories") || Contains("reads files that the database names"));
  };
  for (const std::string& path : {out + "/secret.txt", in + "/../out/secret.txt", in + "/link/secret.txt", in + "/link/*.txt",
                                  in + "/*/../../out/*", in + "x", std::string("/etc/passwd"), std::string("*"), std::string("/")}) {
    refused("COPY docs FROM '" + path + "'");
    refused("COPY (SELECT id FROM docs) TO '" + path + "'");
    refused("BACKUP TO '" + path + "'");
    refused("RESTORE FROM '" + in + "' TO '" + path + "'");
    refused("CREATE EMBEDDER e USING PROVIDER static WITH (path = '" + path + "')");
  }
  refused("RETRY docs");
  CHECK(std::filesystem::file_size(out + "/secret.txt") == 6);

  CHECK(world.Run("COPY docs FROM '" + in + "/sub'").ok());
  CHECK(world.Run("COPY docs FROM '" + in + "/**/*.md'").ok());
  CHECK(world.Run("COPY (SELECT id FROM docs) TO '" + in + "/new.csv'").ok());
  CHECK(world.Run("BACKUP TO '" + in + "/backups'").ok());
  CHECK(world.Run("SET allowed_directories = '/'").code() == Code::kInvalidArgument);  // for good
}

TEST_CASE("exec: no file at all where allowed_directories is empty", "[exec]") {
  World world;
  REQUIRE(world.Run("SET allowed_directories = ''").ok());
  CHECK(world.Run("COPY (SELECT id FROM docs) TO '" + (world.directory / "a.csv") + "'").code() == Code::kInvalidArgument);
  CHECK(world.Run("SELECT count(*) FROM docs").ok());
}

TEST_CASE("exec: REFRESH shows a follower what was committed since", "[exec]") {
  World world;
  auto opened = Database::Open(world.directory / "db", {.read_only = true, .background_threads = 0});
  REQUIRE(opened.ok());
  Connection follower(std::shared_ptr<Database>(*std::move(opened)));
  const auto first = [&](const char* statement) {
    const auto rows = follower.Execute(statement);
    REQUIRE(rows.ok());
    REQUIRE((*rows)->Next().value());
    return (*rows)->value(0).integer();
  };
  CHECK(first("SELECT count(*) FROM docs") == 0);
  REQUIRE(world.Run("INSERT INTO docs (text) VALUES ('new')").ok());
  CHECK(first("SELECT count(*) FROM docs") == 0);
  CHECK(first("REFRESH") > 0);
  CHECK(first("SELECT count(*) FROM docs") == 1);
  CHECK(first("REFRESH") == 0);
  CHECK(world.Run("REFRESH").code() == Code::kUnsupported);
}

}  // namespace
}  // namespace quire
