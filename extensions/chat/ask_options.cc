#include "extensions/chat/ask_options.h"

#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

Result<int64_t> WholeNumber(std::string_view name, const Value& value, int64_t max) {
  const std::string subject = "option '" + std::string(name) + "': ";
  if (value.type() != Type::kInteger) {
    return Status(Code::kTypeMismatch, subject + "expected an integer, found " + std::string(TypeName(value.type())));
  }
  if (value.integer() < 1 || value.integer() > max) {
    return Status(Code::kInvalidArgument,
                  subject + "expected 1 to " + std::to_string(max) + ", found " + std::to_string(value.integer()));
  }
  return value.integer();
}

Status CheckMode(const Value& value) {
  if (value.type() != Type::kText) {
    return Status(Code::kTypeMismatch, "option 'mode': expected text, found " + std::string(TypeName(value.type())));
  }
  if (FoldCase(value.text()) == "strict") return {};
  return Status(Code::kInvalidArgument, "option 'mode': expected 'strict', found '" + value.text() + "'");
}

Result<std::vector<Turn>> History(const Value& value) {
  if (value.type() == Type::kText || value.type() == Type::kJson) return ReadHistory(value.text());
  return Status(Code::kTypeMismatch, "option 'history': expected JSON, found " + std::string(TypeName(value.type())));
}

}  // namespace

Result<AskOptions> ReadAskOptions(const sql::AskRequest& request) {
  if (!request.model.empty() && FoldCase(request.model) != "extractive") {
    return Status(Code::kUnavailable,
                  "model '" + request.model + "': no language model is configured, the only model is 'extractive'",
                  "leave out USING MODEL");
  }
  AskOptions options;
  for (const auto& [name, value] : request.options) {
    if (name == "k") {
      QUIRE_ASSIGN_OR_RETURN(const int64_t k, WholeNumber(name, value, 100));
      options.k = static_cast<uint32_t>(k);
    } else if (name == "max_tokens") {
      QUIRE_ASSIGN_OR_RETURN(options.max_tokens, WholeNumber(name, value, 1'000'000));
    } else if (name == "mode") {
      QUIRE_RETURN_IF_ERROR(CheckMode(value));
    } else if (name == "history") {
      QUIRE_ASSIGN_OR_RETURN(options.history, History(value));
    } else {
      return Status(Code::kInvalidArgument, "ASK has no option '" + name + "'; there are: history, k, max_tokens, mode");
    }
  }
  return options;
}

}  // namespace quire::chat
