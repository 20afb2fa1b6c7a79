#include <catch2/catch.hpp>

#include "extensions/chat/ask.h"
#include "extensions/chat/calibrations.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::chat {
namespace {

// Manuals of made-up machines in a database of their own.
class Manuals {
 public:
  Manuals() {
    auto opened = Database::Open(directory / "db", {.sync = Sync::kOff, .background_threads = 0});
    REQUIRE(opened.ok());
    database = std::move(opened).value();
    REQUIRE(database->CreateCollection({.name = "docs", .embedder = "hashed"}).ok());
    REQUIRE(database->CreateCollection({.name = "small", .embedder = "hashed"}).ok());
    const auto transaction = database->Begin();
    static const char* const kParts[] = {"valve", "pump", "boiler", "turbine", "gasket", "piston", "nozzle", "flange"};
    for (int i = 0; i < 80; ++i) {
      const std::string part = kParts[i % 8], other = kParts[(i / 8) % 8], number = std::to_string(100 + i);
      Chunk chunk;
      chunk.uri = part + ".md";
      chunk.section = "Maintenance > Replace the " + part + " of model " + number;
      chunk.text = "Before the " + part + " of model " + number + " is replaced, close the " + other + " and wait for " + number +
                   " seconds. Then loosen the four bolts that hold the " + part + " to its " + other + " plate.";
      chunk.ordinal = static_cast<uint32_t>(i);
      REQUIRE(transaction->Insert("docs", std::move(chunk)).ok());
    }
    Chunk chunk;
    chunk.text = "One sentence that says hardly anything at all.";
    REQUIRE(transaction->Insert("small", std::move(chunk)).ok());
    REQUIRE(transaction->Commit().ok());
  }

  template <typename Call>
  auto With(Call call) {
    const auto reader = database->reader();
    return call(sql::Session{*database, *reader, cancelled, progress_});
  }

  const testing::TemporaryDirectory directory;  // goes last
  std::unique_ptr<Database> database;
  std::atomic<bool> cancelled{false};

 private:
  std::function<void(const Progress&)> progress_;
};

}  // namespace

TEST_CASE("a calibration tells questions on topic from others", "[chat]") {
  Manuals manuals;
  const auto fitted = FitCalibration(*manuals.database->reader(), "DOCS", 0.9, manuals.cancelled);
  REQUIRE(fitted.ok());
  CHECK(fitted->collection == "docs");
  CHECK(fitted->chunks == 80);
  CHECK(fitted->on_topic >= kCalibrationQuestionsMin);
  CHECK(fitted->off_topic >= 80);
  CHECK(fitted->refused >= 0.9);
  CHECK(fitted->answered > 0.8);
  CHECK(fitted->warning >= fitted->threshold);
  REQUIRE(fitted->curve.size() > 3);
  for (size_t i = 1; i < fitted->curve.size(); ++i) {
    CHECK(fitted->curve[i].refused >= fitted->curve[i - 1].refused);
    CHECK(fitted->curve[i].answered <= fitted->curve[i - 1].answered);
  }
  const auto careful = FitCalibration(*manuals.database->reader(), "docs", 0.999, manuals.cancelled);
  CHECK(careful->refused == 1);
  CHECK(careful->threshold >= fitted->threshold);
}

TEST_CASE("what cannot be calibrated is an error", "[chat]") {
  Manuals manuals;
  const auto reader = manuals.database->reader();
  for (const double target : {0.0, 1.0, -1.0, 2.0}) {
    CHECK(FitCalibration(*reader, "docs", target, manuals.cancelled).status().code() == Code::kInvalidArgument);
  }
  CHECK(FitCalibration(*reader, "small", 0.9, manuals.cancelled).status().code() == Code::kInvalidArgument);
  CHECK(FitCalibration(*reader, "none", 0.9, manuals.cancelled).status().code() == Code::kNotFound);
  manuals.cancelled = true;
  CHECK(FitCalibration(*reader, "docs", 0.9, manuals.cancelled).status().code() == Code::kCancelled);
}

TEST_CASE("a calibration is kept, shown, and used by ASK", "[chat]") {
  Manuals manuals;
  const auto shown = [&] { return manuals.With([](const sql::Session& s) { return ShowCalibrations("docs", s); }); };
  CHECK(shown()->rows.empty());
  const auto prepare = [&] {
    return manuals.With([](const sql::Session& session) {
      sql::AskRequest request;
      request.question = "How do I replace the gasket of model 104?";
      request.collection = "docs";
      return Prepare(request, session);
    });
  };
  CHECK(prepare()->gate.threshold == kGateThreshold);
  const auto made = manuals.With([](const sql::Session& session) {
    return CalibrateCollection("docs", {{"refusal", Value::Real(0.8)}}, session);
  });
  REQUIRE(made.ok());
  REQUIRE(made->rows.size() == 1);
  CHECK(made->columns[0].name == "collection");
  CHECK(made->rows[0][1].text().find("expected: refuses ") == 0);
  REQUIRE(shown()->rows.size() == 1);
  CHECK(shown()->rows[0][1].text() == made->rows[0][1].text());
  const auto found = FindCalibration(*manuals.database->reader(), "docs");
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->target == 0.8);
  CHECK_FALSE((*found)->curve.empty());
  CHECK(prepare()->gate.threshold == (*found)->threshold);
  const auto all = manuals.With([](const sql::Session& session) { return ShowCalibrations("", session); });
  CHECK(all->rows.size() == 1);
  const auto wrong = [&](const char* name, Value value) {
    return manuals.With([&](const sql::Session& session) { return CalibrateCollection("docs", {{name, value}}, session); }).status().code();
  };
  CHECK(wrong("accuracy", Value::Real(0.5)) == Code::kInvalidArgument);
  CHECK(wrong("refusal", Value::Text("much")) == Code::kTypeMismatch);
}

TEST_CASE("a damaged calibration is told", "[chat]") {
  Manuals manuals;
  Calibration calibration{.collection = "docs", .threshold = 0.5, .warning = 0.2};
  REQUIRE(KeepCalibration(*manuals.database, calibration).ok());
  CHECK(FindCalibration(*manuals.database->reader(), "docs").status().code() == Code::kCorruption);
}

}  // namespace quire::chat
