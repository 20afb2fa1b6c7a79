#include "extensions/chat/register.h"

#include <chrono>

#include "extensions/chat/generate.h"

namespace quire::chat {
namespace {

// The answer as events, as a model that writes it word by word gives them: a piece ends with a blank line.
Status Tell(const Answer& answer, const sql::Session& session) {
  if (session.answer == nullptr || !*session.answer) return {};
  const auto& tell = *session.answer;
  tell({AnswerEvent::Kind::kSources, CitationsJson(answer.citations)});
  constexpr std::string_view kEnd = "\n\n";
  for (std::string_view rest = answer.text; !rest.empty();) {
    if (session.cancelled.load(std::memory_order_relaxed)) return Status(Code::kCancelled, "ASK was cancelled");
    const size_t end = rest.find(kEnd);
    const size_t size = end == std::string_view::npos ? rest.size() : end + kEnd.size();
    tell({AnswerEvent::Kind::kText, rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  if (session.cancelled.load(std::memory_order_relaxed)) return Status(Code::kCancelled, "ASK was cancelled");
  tell({AnswerEvent::Kind::kDone, answer.status});
  return {};
}

class ExtractiveProvider : public sql::AnswerProvider {
 public:
  Result<sql::RowSet> Ask(const sql::AskRequest& request, const sql::Session& session) const override {
    const auto begun = std::chrono::steady_clock::now();
    QUIRE_ASSIGN_OR_RETURN(const Preparation preparation, Prepare(request, session));
    if (request.explain) return ExplainRows(preparation);
    QUIRE_ASSIGN_OR_RETURN(Answer answer, WriteAnswer(preparation, session.reader));
    QUIRE_RETURN_IF_ERROR(Tell(answer, session));
    answer.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    return AnswerRow(answer);
  }
};

}  // namespace

Status RegisterChat(sql::Registry* registry) {
  return registry->SetAnswerProvider(std::make_unique<ExtractiveProvider>());
}

}  // namespace quire::chat
