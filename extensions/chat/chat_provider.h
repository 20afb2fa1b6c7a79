// ChatProvider: ASK and the statements around it, put together.
#pragma once

#include "extensions/chat/answer_log.h"
#include "extensions/chat/ask.h"
#include "extensions/chat/generator_pool.h"
#include "extensions/chat/prompt.h"
#include "extensions/chat/write_options.h"
#include "sql/registry/answer_provider.h"

namespace quire::chat {

class ChatProvider : public sql::AnswerProvider {
 public:
  Result<sql::RowSet> Ask(const sql::AskRequest& request, const sql::Session& session) const override;
  Status ChangeModel(const sql::ModelChange& change, const sql::Session& session) const override;
  Result<sql::RowSet> ShowModels(const sql::Session& session) const override;
  Result<sql::RowSet> ExplainAnswer(int64_t id, const sql::Session& session) const override;
  Status GiveFeedback(const sql::Feedback& feedback, const sql::Session& session) const override;
  Result<Forgotten> ForgetDocument(Transaction& transaction, const std::string& collection, const std::string& uri) const override;
  Result<sql::RowSet> Calibrate(const std::string& collection, const sql::StatementOptions& options, const sql::Session& session) const override;
  Result<sql::RowSet> ShowCalibration(const std::string& collection, const sql::Session& session) const override;

 private:
  // One ASK on its way.
  struct Asked {
    const sql::AskRequest& request;
    const sql::Session& session;
    WriteOptions options{};
    std::vector<Turn> turns{};
    std::string question{};  // as it is searched for: rewritten, or as asked
    Preparation preparation{};
    AnswerRecord record{};
    bool told = false;  // pieces of the answer went to whoever listens
  };

  // Errors: what fails before anything is retrieved.
  Status Begin(Asked* asked) const;
  // The answer of the model, of its fallbacks, and in the end of the extractive generator, each with a note where it failed.
  Status Write(Asked* asked) const;
  // One model's. Errors: what the next one is tried after.
  Status WriteWith(const Model& model, Asked* asked) const;
  Result<Prompt> PromptOf(const Model& model, const sql::Generator& generator, const Asked& asked) const;
  Result<sql::RowSet> Explain(const Asked& asked) const;
  void Keep(Asked* asked) const;

  mutable GeneratorPool pool_;
  mutable AnswerLog log_;
};

}  // namespace quire::chat
