// Forget: kept answers without what they hold of a document.
#pragma once

#include <string_view>

#include "quire/database.h"
#include "sql/registry/answer_provider.h"

namespace quire::chat {

// Of the answers over `collection`: one that was made from the document, or names it, loses its text, sentences, query, note and cache key,
// what was said of it loses its words, and its status is "forgotten"; its numbers stay. Of the others the document is taken out of the
// sources. Quotes of the document are removed. A question is what somebody asked: it stays.
// Errors: those of Reader and Transaction. Cost: a scan of the kept answers.
Result<sql::AnswerProvider::Forgotten> ForgetKept(Transaction& transaction, std::string_view collection, const std::string& uri);

}  // namespace quire::chat
