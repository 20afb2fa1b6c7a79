#include "sql/shell/interrupt.h"

#include <atomic>
#include <csignal>

namespace quire::sql {
namespace {

// A signal handler has no other way to know its object. The connection outlives the scope that stands here.
std::atomic<Connection*> running{nullptr};
std::atomic<bool> interrupted{false};
static_assert(std::atomic<Connection*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

extern "C" void HandleInterrupt(int) {
  interrupted.store(true);
  if (Connection* connection = running.load()) connection->Interrupt();
}

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = HandleInterrupt;  // without SA_RESTART: a read at the prompt ends
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

InterruptScope::InterruptScope(Connection* connection) {
  interrupted.store(false);
  running.store(connection);
}

InterruptScope::~InterruptScope() { running.store(nullptr); }

bool TakeInterrupt() { return interrupted.exchange(false); }

}  // namespace quire::sql
