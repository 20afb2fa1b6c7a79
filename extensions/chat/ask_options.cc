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

Result<std::vector<Turn>> History(const Value& value) {
  if (value.type() == Type::kText || value.type() == Type::kJson) return ReadHistory(value.text());
  return Status(Code::kTypeMismatch, "option 'history': expected JSON, found " + std::string(TypeName(value.type())));
}

}  // namespace

Result<AskOptions> ReadAskOptions(const sql::AskRequest& request) {
  AskOptions options;
  for (const auto& [name, value] : request.options) {
    if (name == "k") {
      QUIRE_ASSIGN_OR_RETURN(const int64_t k, WholeNumber(name, value, 100));
      options.k = static_cast<uint32_t>(k);
    } else if (name == "max_tokens") {
      QUIRE_ASSIGN_OR_RETURN(options.max_tokens, WholeNumber(name, value, 1'000'000));
    } else if (name == "history") {
      QUIRE_ASSIGN_OR_RETURN(options.history, History(value));
    } else {
      return Status(Code::kInvalidArgument, "ASK has no option '" + name +
                                                "'; there are: cache, conversation, history, k, keep, max_cost, max_tokens, mode, rewrite, verify");
    }
  }
  return options;
}

}  // namespace quire::chat
