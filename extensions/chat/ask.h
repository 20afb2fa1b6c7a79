// Ask: the steps from a question to an answer.
#pragma once

#include <span>

#include "extensions/chat/answer.h"
#include "extensions/chat/ask_options.h"
#include "extensions/chat/gate.h"
#include "extensions/chat/history.h"
#include "extensions/chat/join.h"
#include "sql/registry/registry.h"

namespace quire::chat {

// A document that the text of the answer does not quote, with its passage that covers the question best.
struct FurtherSource {
  Chunk chunk;
  Quote quote;  // of `chunk`; its candidate means nothing
};

// Everything ASK knows before it writes: what EXPLAIN ASK shows.
struct Preparation {
  CollectionInfo collection;
  AskOptions options;
  Question question;  // with words of the conversation
  Retrieved retrieved;
  GateDecision gate;
  std::vector<Quote> quotes;  // none if the gate refused or nothing can be quoted
  uint32_t quotes_cut = 0;    // left out because of max_tokens
  std::vector<FurtherSource> further;  // best first
  std::vector<JoinedSource> sources;   // what a model may be given, best first: by JoinNeighbours
};

// Retrieves, decides and chooses. `turns`: the conversation so far, oldest first; the option history takes its place.
// Errors: those of ReadAskOptions, ReadQuestion and Retrieve; kNotFound (collection); kCancelled.
Result<Preparation> Prepare(const sql::AskRequest& request, const sql::Session& session, std::span<const Turn> turns = {});

// The rows of EXPLAIN ASK: step and detail.
sql::RowSet ExplainRows(const Preparation& preparation);

}  // namespace quire::chat
