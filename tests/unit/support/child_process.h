// ChildProcess: this test program once more, running one hidden test case, to be killed.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

extern char** environ;

namespace quire::testing {

// A forked copy of a process that has used RocksDB lacks RocksDB's threads, so the child is a new program: the same
// executable, told to run the one test case `test_case` (which is tagged [.], so that it never runs by itself). It
// finds its arguments in the environment and writes to the descriptor kChildOutput what its parent reads.
inline constexpr int kChildOutput = 3;

class ChildProcess {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  ChildProcess(const std::string& test_case, const Environment& arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    output_ = ends[0];
    std::vector<std::string> settings;
    for (const auto& [name, value] : arguments) settings.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& setting : settings) environment.push_back(setting.data());
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe", name = test_case;
    char* const argv[] = {program.data(), name.data(), nullptr};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], kChildOutput);
    if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environment.data()) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  ~ChildProcess() {
    Kill();
    if (output_ >= 0) ::close(output_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  bool started() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  // What the child has written since the last call: waits up to `timeout_ms` for the first byte; empty at the end of
  // its output or when there was none in time.
  std::string Read(int timeout_ms) {
    pollfd waiting{output_, POLLIN, 0};
    if (::poll(&waiting, 1, timeout_ms) <= 0) return {};
    std::string bytes(1 << 16, '\0');
    const ssize_t count = ::read(output_, bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return bytes;
  }
  // Everything up to the end of the child's output.
  std::string ReadToEnd() {
    std::string all;
    for (std::string part = Read(-1); !part.empty(); part = Read(-1)) all += part;
    return all;
  }
  // The exit code, or -1 if it was killed.
  int Wait() {
    if (pid_ <= 0) return exit_code_;
    int status = 0;
    if (::waitpid(std::exchange(pid_, -1), &status, 0) > 0 && WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
    return exit_code_;
  }
  // SIGKILL, and waits until it is gone. What it had written can still be read.
  void Kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    Wait();
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  int exit_code_ = -1;
};

// In the child: an argument, or "".
inline std::string ChildArgument(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// In the child: tells the parent.
inline bool TellParent(const std::string& bytes) {
  return ::write(kChildOutput, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace quire::testing
