#include "extensions/ingest/converters.h"

#include "extensions/ingest/time_limit.h"

namespace quire::ingest {

Status TimeLimit::Check() const {
  if (cancelled != nullptr && cancelled->load()) return Status(Code::kCancelled, "was stopped");
  if (std::chrono::steady_clock::now() < deadline) return {};
  return Status(Code::kResourceExhausted, "took longer than it may", "--timeout gives it more");
}

Status ConvertInput::CheckTime() const { return TimeLimit{.deadline = deadline, .cancelled = cancelled}.Check(); }

}  // namespace quire::ingest
