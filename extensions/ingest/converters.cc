#include "extensions/ingest/converters.h"

namespace quire::ingest {

Status ConvertInput::CheckTime() const {
  if (cancelled != nullptr && cancelled->load()) return Status(Code::kCancelled, "was stopped");
  if (std::chrono::steady_clock::now() < deadline) return {};
  return Status(Code::kResourceExhausted, "took longer than it may", "--timeout gives it more");
}

}  // namespace quire::ingest
