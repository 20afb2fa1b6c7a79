#include "extensions/ingest/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "engine/base/utf8.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kLastWordsMax = 300;
constexpr int kPollMs = 50;  // how late a cancellation may be seen

Status SystemFailure(const char* what) {
  return Status(Code::kIoError, std::string(what) + ": " + ToLower(std::generic_category().message(errno)));
}

// Where a program lies, by PATH; empty: nowhere.
std::string FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : "";
  const char* path = std::getenv("PATH");
  for (std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path; !rest.empty();) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    std::string place = std::string(rest.substr(0, colon)) + "/" + name;
    if (::access(place.c_str(), X_OK) == 0) return place;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return {};
}

// The two ends of a pipe, closed when they go.
class Pipe {
 public:
  Pipe() : made_(::pipe2(ends_.data(), O_CLOEXEC) == 0) {}
  ~Pipe() {
    Close(0);
    Close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool made() const { return made_; }
  int end(size_t which) const { return ends_[which]; }
  void Close(size_t which) {
    if (ends_[which] >= 0) ::close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
  const bool made_;
};

void Limit(__rlimit_resource resource, uint64_t value) {
  const rlimit limit{value, value};
  static_cast<void>(::setrlimit(resource, &limit));
}

// In the child. Nothing here may allocate or lock: other threads of the parent are gone with their locks held.
[[noreturn]] void Exec(const char* program, char* const* arguments, const ProgramLimits& limits, uint64_t seconds,
                       const Pipe& in, const Pipe& out, const Pipe& errors) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  Limit(RLIMIT_AS, limits.memory_bytes);
  Limit(RLIMIT_CPU, seconds);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_FSIZE, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (::dup2(in.end(0), 0) == 0 && ::dup2(out.end(1), 1) == 1 && ::dup2(errors.end(1), 2) == 2) {
    ::execv(program, arguments);
  }
  while (true) ::kill(::getpid(), SIGKILL);
}

class Running {
 public:
  Running(pid_t child, const ConvertInput& input, const ProgramLimits& limits)
      : child_(child), input_(input), limits_(limits) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (child_ > 0) static_cast<void>(End());
  }

  // Feeds and empties the pipes until the program closes its ends.
  Status Talk(Pipe* in, Pipe* out, Pipe* errors) {
    for (const int end : {in->end(1), out->end(0), errors->end(0)}) ::fcntl(end, F_SETFL, O_NONBLOCK);
    std::string_view rest = input_.bytes;
    if (rest.empty()) in->Close(1);
    while (out->end(0) >= 0 || errors->end(0) >= 0) {
      QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      pollfd waits[] = {{in->end(1), POLLOUT, 0}, {out->end(0), POLLIN, 0}, {errors->end(0), POLLIN, 0}};
      if (::poll(waits, 3, kPollMs) < 0 && errno != EINTR) return SystemFailure("poll");
      if (waits[0].revents != 0 && !Feed(in->end(1), &rest)) in->Close(1);
      if (waits[1].revents != 0 && !Drain(out->end(0), &output_)) out->Close(0);
      if (waits[2].revents != 0 && !Drain(errors->end(0), &words_)) errors->Close(0);
      if (words_.size() > kLastWordsMax) words_.erase(0, words_.size() - kLastWordsMax);
      if (output_.size() > limits_.output_bytes)
        return Status(Code::kResourceExhausted, "gives more than it may: a bomb?");
    }
    return {};
  }

  // Waits for its end, until the deadline. Gives its wait status.
  Result<int> Wait() {
    int status = 0;
    while (true) {
      const pid_t ended = ::waitpid(child_, &status, WNOHANG);
      if (ended == child_) break;
      if (ended < 0 && errno != EINTR) return SystemFailure("waitpid");
      QUIRE_RETURN_IF_ERROR(input_.CheckTime());
      ::usleep(500);
    }
    ::kill(-child_, SIGKILL);  // what it may have started
    child_ = -1;
    return status;
  }

  std::string TakeOutput() { return std::move(output_); }
  std::string LastWords() const { return OneLine(Printable(words_)); }

 private:
  static bool Feed(int fd, std::string_view* rest) {
    const ssize_t wrote = ::write(fd, rest->data(), rest->size());
    if (wrote < 0) return errno == EAGAIN || errno == EINTR;  // else it does not want more
    rest->remove_prefix(static_cast<size_t>(wrote));
    return !rest->empty();
  }

  static bool Drain(int fd, std::string* into) {
    std::array<char, 65'536> buffer;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    into->append(buffer.data(), static_cast<size_t>(got));
    return got > 0;
  }

  Status End() {
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    return {};
  }

  pid_t child_;
  const ConvertInput& input_;
  const ProgramLimits& limits_;
  std::string output_, words_;
};

// A pipe that nobody reads any more must not end the process.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    if (sigismember(&before_, SIGPIPE) == 0) {
      while (::sigtimedwait(&pipe_, nullptr, &now) > 0) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_, before_;
};

}  // namespace

Result<std::string> RunProgram(const std::vector<std::string>& arguments, const ConvertInput& input,
                               const ProgramLimits& limits) {
  const std::string program = FindProgram(arguments[0]);
  if (program.empty()) {
    return Status(Code::kUnavailable, "program '" + arguments[0] + "' is not there", "install it, or set PATH");
  }
  Pipe in, out, errors;
  if (!in.made() || !out.made() || !errors.made()) return SystemFailure("pipe");
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(input.deadline - std::chrono::steady_clock::now());
  const uint64_t seconds = static_cast<uint64_t>(std::max<int64_t>(1, left.count() + 1));
  const WithoutSigpipe blocked;
  const pid_t child = ::fork();
  if (child < 0) return SystemFailure("fork");
  if (child == 0) Exec(program.c_str(), pointers.data(), limits, seconds, in, out, errors);
  ::setpgid(child, child);  // whoever of the two comes first
  Running running(child, input, limits);
  in.Close(0);
  out.Close(1);
  errors.Close(1);
  QUIRE_RETURN_IF_ERROR(running.Talk(&in, &out, &errors));
  QUIRE_ASSIGN_OR_RETURN(const int status, running.Wait());
  const std::string name = "'" + arguments[0] + "' ";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return running.TakeOutput();
  std::string reason = WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                           : "ended with code " + std::to_string(WEXITSTATUS(status));
  if (!running.LastWords().empty()) reason += ": " + running.LastWords();
  return Status(Code::kInvalidArgument, name + reason);
}

}  // namespace quire::ingest
