// Every call of every kind fails once: the statement says so, readers go on, nothing that was acknowledged is lost, and the
// database is sound when it is opened again. QUIRE_FAULT_ALL=1: all calls, not a sample; QUIRE_FAULT_CALL=write: of
// that kind. QUIRE_SEED.
#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <random>

#include "tests/fault/disk.h"
#include "tests/fault/session.h"
#include "tests/fault/world.h"

namespace quire::fault {
namespace {

constexpr Call kKinds[] = {Call::kOpen, Call::kRead,     Call::kWrite,    Call::kSync, Call::kSyncDirectory, Call::kRename,
                           Call::kLink, Call::kDelete,   Call::kTruncate, Call::kAllocate, Call::kMakeDirectory};

std::string Replaced(std::string text, const std::string& root) {
  for (size_t at = text.find(root); at != std::string::npos; at = text.find(root)) text.replace(at, root.size(), "ROOT");
  return text;
}

// The first failure says that the operating system failed; what depends on that statement does not find what it would have made.
// (ASK gives its answer also where it cannot be kept.)
bool IsClear(const Outcome& failure, bool is_first) {
  const bool depends = !is_first || failure.statement.starts_with("FEEDBACK");
  return failure.status.code() == Code::kIoError || (depends && failure.status.code() == Code::kNotFound);
}

TEST_CASE("faults: each call fails once") {
  const Extent extent;
  std::mt19937_64 random(extent.seed);
  World world;
  std::map<Call, uint64_t> counts;
  {
    Session session(world.root, world.files);
    session.Run(AllSteps());
    for (const Outcome& failure : session.failures()) FAIL(failure.statement << ": " << failure.status.ToString());
    for (const Call call : kKinds) counts[call] = world.disk.count(call);
    world.Verify(session, extent.seed);
  }
  std::map<std::string, int> messages;
  for (const Call call : kKinds) {
    const uint64_t count = counts[call];
    if (const char* only = std::getenv("QUIRE_FAULT_CALL"); only != nullptr && only != NameOf(call)) continue;
    for (const uint64_t at : extent.Places(count, 3, &random)) {
      const int error = call == Call::kWrite && random() % 2 == 0 ? ENOSPC : EIO;
      CAPTURE(NameOf(call), at, count, error);
      world.Begin();
      world.disk.Fail({.call = call, .at = at, .error = error});
      Session session(world.root, world.files);
      session.Run(AllSteps());
      session.Close();
      for (const Outcome& failure : session.failures()) {
        CAPTURE(failure.statement, failure.status.ToString());
        CHECK(IsClear(failure, &failure == session.failures().data()));
        ++messages[std::string(NameOf(call)) + " | " + failure.statement.substr(0,20) + " | " + Replaced(failure.status.ToString(), world.root)];
      }
      world.Verify(session, random());
    }
  }
  if (std::getenv("QUIRE_FAULT_SHOW")) for (const auto& [message, times] : messages) std::fprintf(stderr, "%4d %s\n", times, message.c_str());
}

}  // namespace
}  // namespace quire::fault
