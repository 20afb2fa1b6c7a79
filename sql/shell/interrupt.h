// Ctrl-C: stops the running statement, not the shell.
#pragma once

#include "quire/connection.h"

namespace quire::sql {

// From now on SIGINT does what the innermost InterruptScope says, and without one nothing but to end a blocking read
// with EINTR. SIGPIPE is ignored: a write to a closed pipe fails instead. Call once, from main.
void InstallSignalHandlers();

// While this lives, SIGINT interrupts `connection`. One at a time.
class InterruptScope {
 public:
  explicit InterruptScope(Connection* connection);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;
};

// Whether SIGINT came since the last call.
bool TakeInterrupt();

}  // namespace quire::sql
