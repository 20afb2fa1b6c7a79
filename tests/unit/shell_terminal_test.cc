// The shell at a terminal: a pseudo-terminal with somebody typing.
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "sql/shell/shell.h"
#include "tests/unit/support/temporary_directory.h"

namespace quire::sql {
namespace {

constexpr int kPatienceMs = 60'000;  // far beyond what anything takes
constexpr int kRetryMs = 100;

class TerminalSession {
 public:
  TerminalSession(const std::string& database, const std::string& start_file) {
    winsize size{};
    size.ws_col = 100;
    size.ws_row = 30;
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ == 0) {
      setenv("TERM", "xterm", 1);
      setenv("LC_ALL", "C.UTF-8", 1);
      setenv("NO_COLOR", "1", 1);
      setenv("QUIRERC", start_file.c_str(), 1);
      setenv("QUIRE_HISTORY", "", 1);
      setenv("PAGER", "cat", 1);
      _exit(ShellMain({database}, std::make_shared<const Registry>()));
    }
  }
  ~TerminalSession() {
    if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
    if (terminal_ >= 0) close(terminal_);
  }
  TerminalSession(const TerminalSession&) = delete;
  TerminalSession& operator=(const TerminalSession&) = delete;

  void Type(std::string_view keys) { written_ = write(terminal_, keys.data(), keys.size()); }

  // Reads until `text` has come after what was waited for before.
  void WaitFor(const std::string& text) {
    while (true) {
      const size_t found = screen_.find(text, seen_);
      if (found != std::string::npos) {
        seen_ = found + text.size();
        return;
      }
      INFO("waiting for: " << text << "\nafter: " << screen_.substr(seen_));
      REQUIRE(ReadMore(kPatienceMs));
    }
  }

  // Presses a key until `text` comes.
  void PressUntil(std::string_view key, const std::string& text) {
    for (int waited = 0; waited < kPatienceMs; waited += kRetryMs) {
      Type(key);
      while (ReadMore(kRetryMs)) {
      }
      if (screen_.find(text, seen_) != std::string::npos) break;
    }
    WaitFor(text);
  }

  // Types until the shell is gone, and gives its exit code. A key that comes before the line editor has the terminal is lost
  // to it, as a person's would be; an early Ctrl-D even stays in the line as a zero byte, which Ctrl-U takes away.
  int EndWith(const std::string& keys) {
    for (int waited = 0; waited < kPatienceMs; waited += kRetryMs) {
      Type("\x15" + keys);
      while (ReadMore(kRetryMs)) {
      }
      poll(nullptr, 0, kRetryMs);  // between closing its terminal and ending it closes its database
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) != child_) continue;
      child_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    return -1;
  }

 private:
  bool ReadMore(int patience_ms) {
    pollfd ready{terminal_, POLLIN, 0};
    char buffer[4096];
    if (poll(&ready, 1, patience_ms) <= 0) return false;
    const ssize_t count = read(terminal_, buffer, sizeof buffer);
    if (count <= 0) return false;
    screen_.append(buffer, static_cast<size_t>(count));
    return true;
  }

  int terminal_ = -1;
  ssize_t written_ = 0;  // a shell that is gone takes nothing: what is waited for then says so
  pid_t child_ = -1;
  std::string screen_;
  size_t seen_ = 0;
};

}  // namespace

TEST_CASE("at a terminal: start file, Tab, several lines, Ctrl-C, Ctrl-D", "[shell]") {
  const testing::TemporaryDirectory directory;
  std::ofstream(directory / "rc") << "CREATE COLLECTION documents (product TEXT);\nSELEC;\n";
  TerminalSession session(directory / "db", directory / "rc");
  session.WaitFor("did you mean SELECT?");  // what fails in the start file is told, and the shell is there
  session.WaitFor("quire> ");

  session.Type("INSERT INTO docu\t(id, text, prod\t) VALUES ('a', 'x', '\xe6\x97\xa5');\r");
  session.WaitFor("1 chunk changed");
  session.WaitFor("quire> ");
  session.Type("SELECT product,\r");
  session.WaitFor("...> ");
  session.Type("id FROM documents;\r");
  session.WaitFor("\u2502 \u65e5      \u2502 a  \u2502");  // as wide as it is shown
  session.WaitFor("1 row");
  session.WaitFor("quire> ");

  session.Type("SELECT t\t");
  session.WaitFor("title");  // candidates below the line
  session.WaitFor("SELECT t");
  session.PressUntil("\x03", "quire> ");
  session.Type(".mo\tline\r");
  session.WaitFor("quire> ");
  session.Type("SELECT 41 + 1 AS answer;\r");
  session.WaitFor("answer = 42");
  session.WaitFor("quire> ");
  session.Type("BEGIN;\r");
  session.WaitFor("quire*> ");
  CHECK(session.EndWith("\x04") == kExitOk);
}

TEST_CASE("at a terminal: Ctrl-C stops a statement, not the shell", "[shell]") {
  const testing::TemporaryDirectory directory;
  {
    std::ofstream csv(directory / "rows.csv");
    csv << "id,text\n";
    for (int i = 0; i < 200'000; ++i) csv << i << ",some words of row " << i << "\n";
  }
  TerminalSession session(directory / "db", "");
  session.WaitFor("quire> ");
  session.Type(".import " + (directory / "rows.csv") + " docs\r");
  session.WaitFor("000 rows");  // it runs, and says so
  session.Type("\x03");
  session.WaitFor("import interrupted");
  session.WaitFor("quire> ");
  session.Type("SELECT count(*) FROM docs;\r");
  session.WaitFor("1 row");
  CHECK(session.EndWith(".quit\r") == kExitOk);
}

}  // namespace quire::sql
