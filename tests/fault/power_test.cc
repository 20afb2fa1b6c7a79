// Power is lost at each call that changes something: what was acknowledged is there afterwards, and what is there is sound.
// QUIRE_FAULT_ALL=1: every call, not a sample. QUIRE_SEED.
#include <catch2/catch.hpp>

#include "tests/fault/session.h"
#include "tests/fault/world.h"

namespace quire::fault {
namespace {

// Runs the steps until power is lost, in a sample of all places; `verify` is given what is left.
template <typename Verify>
void LosePower(Sync sync, uint64_t sample, const Verify& verify) {
  const Extent extent;
  std::mt19937_64 random(extent.seed);
  World world;
  Session undisturbed(world.root, world.files, sync);
  undisturbed.Run(AllSteps());
  const uint64_t count = world.disk.changes();
  REQUIRE(count > 500);
  for (const uint64_t at : extent.Places(count, sample, &random)) {
    world.Begin();
    world.disk.LosePowerAt(at);
    Session session(world.root, world.files, sync);
    session.Run(AllSteps());
    session.Close();
    world.disk.Stop();
    for (const std::string& line : session.faults()) FAIL_CHECK(line);
    for (const Loss loss : {Loss::kAll, Loss::kData, Loss::kSome}) {
      CAPTURE(at, count, static_cast<int>(loss));
      verify(session, world.Left(loss, random()));
    }
  }
}

TEST_CASE("power: what was acknowledged survives a loss of power, whole") {
  LosePower(Sync::kFull, 24, [](const Session& session, const std::string& left) {
    for (const std::string& line : session.Differences(left + "/db")) FAIL_CHECK(line);
    for (const std::string& line : session.DifferencesOfCopies(left)) FAIL_CHECK(line);
  });
}

TEST_CASE("power: without fsync, only commits from the end are missing, whole") {
  LosePower(Sync::kOff, 12, [](const Session& session, const std::string& left) {
    for (const std::string& line : session.DifferencesFromAnyStep(left + "/db")) FAIL_CHECK(line);
  });
}

}  // namespace
}  // namespace quire::fault
