// AnswerProvider: the door for ASK and for the statements about models and answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quire/connection.h"
#include "quire/database.h"
#include "sql/registry/generator.h"

namespace quire::sql {

class Registry;

// Options of a statement, WITH (name = value, ...) or (FORMAT markdown, FLAG): names lower-case; a flag is TRUE.
using StatementOptions = std::map<std::string, Value, std::less<>>;

// Rows an extension gives.
struct RowSet {
  std::vector<ResultColumn> columns{};
  std::vector<std::vector<Value>> rows{};
};

// What a call into an extension may use. Borrowed for the call.
struct Session {
  Database& database;
  const Reader& reader;  // of the statement
  const std::atomic<bool>& cancelled;
  const std::function<void(const Progress&)>& progress;  // may be empty
  const std::function<void(const AnswerEvent&)>* answer = nullptr;  // null or empty: nobody listens
  const Registry* registry = nullptr;                               // where model providers are; null: there are none
  std::string_view model{};   // SET model: for an ASK that names none; empty: the default
  bool keep_answers = true;   // SET keep_answers
};

// ASK 'question' FROM collection [WHERE ...] [USING MODEL m] [WITH (...)].
struct AskRequest {
  std::string question{};
  std::string collection{};
  Filter filter{};
  std::string model{};  // empty: the default
  StatementOptions options{};
  bool explain = false;  // EXPLAIN ASK: show what would be done, call no model
};

// CREATE, ALTER and DROP MODEL.
struct ModelChange {
  enum class Kind : uint8_t { kCreate, kAddVersion, kSet, kPromote, kRollBack, kDrop } kind = Kind::kCreate;
  // Its name always; provider and options for kCreate and kAddVersion, options for kSet; the version for kPromote, and for
  // kAddVersion if it is not 0.
  ModelDefinition definition{};
};

// FEEDBACK ON ANSWER 17 GOOD | BAD [CORRECTION '...'] [REASON '...'].
struct Feedback {
  int64_t answer_id = 0;
  bool good = false;
  std::string correction{};  // empty: none
  std::string reason{};
};

class AnswerProvider {
 public:
  virtual ~AnswerProvider() = default;
  // One row of the columns in ANSWERS (or the rows of the explanation).
  virtual Result<RowSet> Ask(const AskRequest& request, const Session& session) const = 0;
  // Errors: kAlreadyExists, kNotFound, kInvalidArgument.
  virtual Status ChangeModel(const ModelChange&, const Session&) const { return NotOffered("CREATE MODEL"); }
  virtual Result<RowSet> ShowModels(const Session&) const { return NotOffered("SHOW MODELS"); }
  // EXPLAIN ANSWER id. Errors: kNotFound.
  virtual Result<RowSet> ExplainAnswer(int64_t, const Session&) const { return NotOffered("EXPLAIN ANSWER"); }
  // Errors: kNotFound.
  virtual Status GiveFeedback(const Feedback&, const Session&) const { return NotOffered("FEEDBACK"); }
  // FORGET DOCUMENT, as part of its transaction: takes what answers hold of a document of a collection out of what is kept.
  struct Forgotten {
    uint64_t answers = 0;                    // that lost their text
    uint64_t quotes = 0;                     // that were removed
    std::vector<std::string> collections{};  // that were changed
  };
  virtual Result<Forgotten> ForgetDocument(Transaction&, const std::string&, const std::string&) const { return Forgotten(); }
  // CALIBRATE collection [TARGET REFUSAL x] [WITH (...)]: `refusal` is an option. Errors: kInvalidArgument.
  virtual Result<RowSet> Calibrate(const std::string&, const StatementOptions&, const Session&) const {
    return NotOffered("CALIBRATE");
  }
  // SHOW CALIBRATION [FROM collection]; empty: of all.
  virtual Result<RowSet> ShowCalibration(const std::string&, const Session&) const { return NotOffered("SHOW CALIBRATION"); }

 private:
  static Status NotOffered(const char* statement) {
    return Status(Code::kUnsupported, std::string(statement) + " is not offered by this extension");
  }
};

}  // namespace quire::sql
