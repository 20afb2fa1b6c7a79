#include "quire/status.h"

#include <cassert>

namespace quire {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kInvalidArgument: return "invalid_argument";
    case Code::kNotFound: return "not_found";
    case Code::kAlreadyExists: return "already_exists";
    case Code::kCorruption: return "corruption";
    case Code::kIoError: return "io_error";
    case Code::kBusy: return "busy";
    case Code::kConflict: return "conflict";
    case Code::kUnsupported: return "unsupported";
    case Code::kCancelled: return "cancelled";
    case Code::kResourceExhausted: return "resource_exhausted";
    case Code::kSyntaxError: return "syntax_error";
    case Code::kTypeMismatch: return "type_mismatch";
    case Code::kReadOnly: return "read_only";
    case Code::kUnavailable: return "unavailable";
    case Code::kInternal: return "internal";
  }
  return "unknown";
}

Status::Status(Code code, std::string message, std::string hint)
    : rep_(new Rep{code, std::move(message), std::move(hint)}) {
  assert(code != Code::kOk);
}

Status::Status(const Status& other) : rep_(other.rep_ ? new Rep(*other.rep_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) rep_.reset(other.rep_ ? new Rep(*other.rep_) : nullptr);
  return *this;
}

Status Status::At(size_t position) && {
  if (rep_ && rep_->position == kNoPosition) rep_->position = position;
  return std::move(*this);
}

Status Status::Within(std::string_view context) && {
  if (rep_) rep_->message = std::string(context) + ": " + rep_->message;
  return std::move(*this);
}

std::string Status::ToString() const {
  if (ok()) return "ok";
  std::string text(CodeName(code()));
  text += ": ";
  text += message();
  if (!hint().empty()) text.append(" (hint: ").append(hint()).append(")");
  return text;
}

}  // namespace quire
