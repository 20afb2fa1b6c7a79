// What can be asked of kept answers: how one came about, and whether it was right.
#pragma once

#include "sql/registry/answer_provider.h"

namespace quire::chat {

// The rows of EXPLAIN ANSWER: step and detail. Says of each source whether it is as it was then. Errors: kNotFound.
Result<sql::RowSet> ExplainAnswer(const Reader& reader, int64_t id);

// Adds a row to quire_feedback. Errors: kNotFound (the answer), those of a commit.
Status GiveFeedback(const sql::Feedback& feedback, Database& database);

}  // namespace quire::chat
