#include "extensions/chat/register.h"

#include <chrono>

#include "extensions/chat/ask.h"

namespace quire::chat {
namespace {

class ExtractiveProvider : public sql::AnswerProvider {
 public:
  Result<sql::RowSet> Ask(const sql::AskRequest& request, const sql::Session& session) const override {
    const auto begun = std::chrono::steady_clock::now();
    QUIRE_ASSIGN_OR_RETURN(const Preparation preparation, Prepare(request, session));
    if (request.explain) return ExplainRows(preparation);
    QUIRE_ASSIGN_OR_RETURN(Answer answer, WriteAnswer(preparation, session.reader));
    answer.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    return AnswerRow(answer);
  }
};

}  // namespace

Status RegisterChat(sql::Registry* registry) {
  return registry->SetAnswerProvider(std::make_unique<ExtractiveProvider>());
}

}  // namespace quire::chat
