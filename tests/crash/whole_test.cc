// A process is killed while it does everything a database can be told: rows change, answers are kept and judged, documents forgotten,
// backups made, generations built, models and collections made and dropped.
//
// The parent knows the steps by their seed. It draws which step of which kind is interrupted, a moment after it began, or kills at any
// moment. A step that was acknowledged is there, one that was not is there as a whole or not at all; the next child goes on with it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>

#include "tests/crash/doer.h"
#include "tests/crash/environment.h"
#include "tests/crash/verify.h"
#include "tests/unit/support/child_process.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::crash {
namespace {

using quire::testing::ChildArgument;
using quire::testing::ChildProcess;
using quire::testing::TellParent;
using quire::testing::TemporaryDirectory;

constexpr const char* kChild = "crash child: does everything until it is killed";
constexpr uint64_t kLookAhead = 60;  // steps, for one of a rare kind
constexpr uint64_t kNever = ~uint64_t{0};

// Does steps until it is killed, and tells what came of each on a line.
Status Work() {
  const auto number = [](const char* name) { return std::stoull(ChildArgument(name)); };
  Options options = OptionsOfSteps();
  options.sync = static_cast<Sync>(number("QUIRE_CHILD_SYNC"));
  options.background_threads = static_cast<uint32_t>(number("QUIRE_CHILD_THREADS"));
  const uint64_t kill_step = number("QUIRE_CHILD_KILL_STEP");
  const std::chrono::microseconds kill_after(number("QUIRE_CHILD_KILL_AFTER"));
  Steps steps(number("QUIRE_CHILD_SEED"));
  steps.SkipTo(number("QUIRE_CHILD_DONE"));
  QUIRE_ASSIGN_OR_RETURN(const auto doer, Doer::Open(ChildArgument("QUIRE_CHILD_ROOT"), options));
  if (const std::string again = ChildArgument("QUIRE_CHILD_AGAIN"); !again.empty()) {
    QUIRE_ASSIGN_OR_RETURN(const std::string told, doer->Do({.kind = "FORGET", .statements = {{again}}}));
    if (!TellParent("=" + told + "\n")) return Status(Code::kIoError, "the parent is gone");
  }
  while (true) {
    const Step step = steps.Next();
    if (steps.done() == kill_step) {
      std::thread([kill_after] {
        std::this_thread::sleep_for(kill_after);
        ::raise(SIGKILL);
      }).detach();
    }
    Result<std::string> told = doer->Do(step);
    if (!told.ok()) return std::move(told).status().Within("step " + std::to_string(steps.done()) + ", " + step.kind);
    if (!TellParent("+" + *told + "\n")) return Status(Code::kIoError, "the parent is gone");
    if (options.background_threads == 0 && steps.done() % 10 == 0) QUIRE_RETURN_IF_ERROR(doer->database().RunJobs());
  }
}

TEST_CASE(kChild, "[.]") { TellParent("!" + Work().ToString()); }

// One database over several rounds: what was told of it.
class History {
 public:
  History(std::string root, uint64_t seed) : root_(std::move(root)), seed_(seed), steps_(seed) { std::filesystem::create_directories(root_); }

  // Runs a child and kills it.
  void Run(std::mt19937_64* random, std::map<std::string, uint64_t>* kinds) {
    const bool at_step = (*random)() % 4 != 0;
    const uint64_t kill_step = at_step ? DrawStep(random) : kNever;
    const uint64_t after = (*random)() % (uint64_t{1} << (*random)() % 18);  // microseconds, mostly few
    const std::string again = std::exchange(again_, "");
    ChildProcess child(kChild, {{"QUIRE_CHILD_ROOT", root_},
                                {"QUIRE_CHILD_SEED", std::to_string(seed_)},
                                {"QUIRE_CHILD_DONE", std::to_string(steps_.done())},
                                {"QUIRE_CHILD_SYNC", std::to_string((*random)() % 3)},
                                {"QUIRE_CHILD_THREADS", std::to_string((*random)() % 2)},
                                {"QUIRE_CHILD_AGAIN", again},
                                {"QUIRE_CHILD_KILL_STEP", std::to_string(kill_step)},
                                {"QUIRE_CHILD_KILL_AFTER", std::to_string(after)}});
    REQUIRE(child.started());
    std::string output;
    if (!at_step) {
      if ((*random)() % 4 != 0) output = child.Read(60'000);  // else it may be killed while it opens
      std::this_thread::sleep_for(std::chrono::microseconds((*random)() % 200'000));
      child.Kill();
    }
    output += child.ReadToEnd();
    INFO(output);
    REQUIRE(output.find('!') == std::string::npos);
    Hear(output, again);
    ++(*kinds)[Peek().kind];
  }

  // Compares what the child left.
  void Verify(bool read_only, bool restore) {
    Options options = OptionsOfSteps();
    options.read_only = read_only;
    options.background_threads = 0;
    auto opened = Database::Open(root_ + "/db", options);
    if (read_only && !opened.ok() && opened.status().code() == Code::kNotFound) {
      REQUIRE(steps_.done() == 0);  // killed before there was a database
      return;
    }
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    const std::shared_ptr<Database> database = std::move(opened).value();
    FindPresent(*database);
    CheckContents(*database, steps_);
    for (const std::string& line : FaultsOfAnswers(*database->reader(), told_, AllForgotten())) FAIL_CHECK(line);
    for (const std::string& line : FilesWith(root_ + "/db", proven_)) FAIL_CHECK(line);
    if (restore) CheckBackup();
  }
  uint64_t proven() const { return proven_.size(); }

 private:
  Step Peek() const { return Steps(steps_).Next(); }

  // The next step of a kind drawn from those that come soon.
  uint64_t DrawStep(std::mt19937_64* random) const {
    std::map<std::string, uint64_t> next;
    Steps ahead = steps_;
    for (uint64_t i = 0; i < kLookAhead; ++i) {
      const std::string kind = ahead.Next().kind;
      next.try_emplace(kind, ahead.done());
    }
    return std::next(next.begin(), static_cast<std::ptrdiff_t>((*random)() % next.size()))->second;
  }

  // What the child acknowledged; `again`: what it was to do before.
  void Hear(const std::string& output, const std::string& again) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
      const std::string told = line.substr(1);
      if (line[0] == '=') {
        Forgotten(again, told);
        continue;
      }
      const Step step = steps_.Next();
      INFO("step " << steps_.done() << ", " << step.kind << ": " << told);
      if (step.kind == "FORGET") Forgotten(step.statements[0].text, told);
      if (step.kind == "BACKUP") {
        backups_ = {steps_.done()};
        has_backup_ = true;
      }
      if (step.kind != "ASK") continue;
      const size_t space = told.find(' ');
      REQUIRE(told.substr(0, space) == std::to_string(steps_.answers()));
      told_[steps_.answers()] = told.substr(space + 1);
    }
    if (Peek().kind == "BACKUP") backups_.push_back(steps_.done());
  }

  void Forgotten(const std::string& statement, const std::string& found) {
    if (found != "0") return;  // says itself where something is left
    const auto& words = steps_.forgotten().at(statement);
    proven_.insert(words.begin(), words.end());
  }
  std::set<std::string> AllForgotten() const {
    std::set<std::string> all;
    for (const auto& [statement, words] : steps_.forgotten()) all.insert(words.begin(), words.end());
    return all;
  }

  // Whether the step that was not acknowledged is there.
  void FindPresent(const Database& database) {
    const auto facts = ReadFacts(*database.reader());
    INFO(facts.status().ToString());
    REQUIRE(facts.ok());
    if (*facts == steps_.facts()) return;
    Steps next = steps_;
    const Step step = next.Next();
    INFO("step " << next.done() << " is " << step.kind);
    if (*facts != next.facts()) {
      Report("before", steps_.facts(), *facts);
      Report("after", next.facts(), *facts);
      FAIL("neither what was before nor what is after the last step");
    }
    steps_ = next;
    if (step.kind == "FORGET") again_ = step.statements[0].text;
  }
  static void Report(const std::string& when, const Facts& expected, const Facts& found) {
    for (const auto& [name, value] : expected) {
      const auto there = found.find(name);
      if (there == found.end()) UNSCOPED_INFO(when << ": " << name << " is missing");
      if (there != found.end() && there->second != value) UNSCOPED_INFO(when << ": " << name << " is '" << there->second << "', not '" << value << "'");
    }
    for (const auto& [name, value] : found) {
      if (!expected.contains(name)) UNSCOPED_INFO(when << ": " << name << " should not be there");
    }
  }

  static void CheckContents(const Database& database, const Steps& steps) {
    if (steps.done() == 0) return;  // it may have no collections yet
    for (const std::string& line : Differences(database, steps.expected())) FAIL_CHECK(line);
  }

  // The last backup is that of the last step that made one, acknowledged or not.
  void CheckBackup() const {
    if (backups_.empty()) return;
    const std::string path = root_ + "/restored";
    std::filesystem::remove_all(path);
    const Status restored = Database::Restore(root_ + "/backups", path);
    INFO(restored.ToString());
    if (!has_backup_ && restored.code() == Code::kNotFound) return;  // the first one was killed
    REQUIRE(restored.ok());
    const auto database = Database::Open(path, OptionsOfSteps());
    INFO(database.status().ToString());
    REQUIRE(database.ok());
    const auto facts = ReadFacts(*(*database)->reader());
    REQUIRE(facts.ok());
    for (const uint64_t done : backups_) {
      Steps steps(seed_);
      steps.SkipTo(done);
      if (steps.facts() != *facts) continue;
      CheckContents(**database, steps);
      return;
    }
    FAIL("the last backup is none of those that were made");
  }

  const std::string root_;
  const uint64_t seed_;
  Steps steps_;                          // acknowledged, or found to be there
  std::map<int64_t, std::string> told_;  // of answers
  std::set<std::string> proven_;         // words of which FORGET said that nothing is left
  std::string again_;                    // a FORGET that was interrupted after its commit
  bool has_backup_ = false;              // one was acknowledged
  std::vector<uint64_t> backups_;        // after which steps the last one may have been made
};

TEST_CASE("crash: whatever it was told, after SIGKILL it is there as a whole or not at all", "[whole]") {
  const Rounds rounds;
  std::mt19937_64 random(rounds.seed);
  const TemporaryDirectory directory;
  std::unique_ptr<History> history;
  std::map<std::string, uint64_t> kinds;
  uint64_t proven = 0;
  for (uint64_t round = 0; round < rounds.count; ++round) {
    if (round % 10 == 0) {  // one database grows for ten rounds
      if (history != nullptr) proven += history->proven();
      std::filesystem::remove_all(directory / "root");
      history = std::make_unique<History>(directory / "root", rounds.seed + round / 10);
    }
    CAPTURE(round);
    history->Run(&random, &kinds);
    history->Verify(random() % 2 == 0, random() % 4 == 0);
  }
  proven += history->proven();
  std::string killed;
  for (const auto& [kind, times] : kinds) killed += " " + kind + " " + std::to_string(times);
  WARN("killed at or before:" << killed << "; words proven to be forgotten: " << proven);
  CHECK((rounds.count < 10 || (kinds.size() > 3 && proven > 0)));
}

}  // namespace
}  // namespace quire::crash
