#include "extensions/chat/kept.h"

#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "extensions/chat/answer_log.h"
#include "extensions/chat/system_collections.h"

namespace quire::chat {
namespace {

using Json = nlohmann::json;

std::string TextOf(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

class Explanation {
 public:
  Explanation(const Reader& reader, const CollectionInfo& info, const Chunk& answer) : reader_(reader), info_(info), answer_(answer) {
    rows_.columns = {{"step", Type::kText}, {"detail", Type::kText}};
  }

  void Add(std::string_view step, std::string detail) {
    if (!detail.empty()) rows_.rows.push_back({Value::Text(std::string(step)), Value::Text(Printable(detail))});
  }
  std::string Text(const char* column) const {
    const Result<Value> value = ColumnValue(info_.schema, answer_, column);
    return !value.ok() || value->is_null() ? std::string() : value->ToString();
  }
  void AddSources() {
    const Json sources = Json::parse(Text("sources"), nullptr, false);
    if (!sources.is_array()) return;
    const std::string collection = Text("collection");
    for (const Json& source : sources) {
      const std::string number = source.contains("n") ? source["n"].dump() : "0";
      std::string detail = number == "0" ? "not given" : "[" + number + "]";
      detail += " " + TextOf(source, "uri") + (TextOf(source, "section").empty() ? "" : " # " + TextOf(source, "section")) + " [" +
                TextOf(source, "chunk") + "]: " + Fate(collection, source);
      if (source.contains("score") && source["score"].is_number()) detail += ", score " + source["score"].dump().substr(0, 5);
      Add("source", std::move(detail));
    }
  }
  Status AddQuotes(int64_t id) {
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo citations, reader_.GetCollection(kCitationsCollection));
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_.Scan(kCitationsCollection, Filter::Compare(Filter::Op::kEqual, "answer_id", Value::Integer(id)), {}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      QUIRE_ASSIGN_OR_RETURN(const Value number, ColumnValue(citations.schema, chunk, "n"));
      QUIRE_ASSIGN_OR_RETURN(const Value quote, ColumnValue(citations.schema, chunk, "quote"));
      QUIRE_ASSIGN_OR_RETURN(const Value verdict, ColumnValue(citations.schema, chunk, "verdict"));
      Add("quote", "[" + number.ToString() + "] " + chunk.uri + " bytes " + std::to_string(chunk.start) + " to " +
                       std::to_string(chunk.end) + ", " + verdict.ToString() + ": " + quote.ToString());
    }
  }
  Status AddFeedback(int64_t id) {
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo feedback, reader_.GetCollection(kFeedbackCollection));
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader_.Scan(kFeedbackCollection, Filter::Compare(Filter::Op::kEqual, "answer_id", Value::Integer(id)), {}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      std::string detail;
      for (const char* column : {"rating", "correction", "reason"}) {
        QUIRE_ASSIGN_OR_RETURN(const Value value, ColumnValue(feedback.schema, chunk, column));
        if (!value.is_null()) detail += (detail.empty() ? "" : ", ") + std::string(column) + ": " + value.ToString();
      }
      Add("feedback", std::move(detail));
    }
  }
  sql::RowSet Take() { return std::move(rows_); }

 private:
  // What became of a chunk. A loaded chunk's id is made of its content: one that changed has another.
  std::string Fate(const std::string& collection, const Json& source) const {
    const auto number = reader_.Find(collection, TextOf(source, "chunk"));
    if (number.ok() && *number) {
      const Result<Chunk> now = reader_.Get(collection, **number, {});
      if (now.ok()) return ToHex(HashOf128(now->text)) == TextOf(source, "hash") ? "as it was" : "changed since";
    }
    if (!number.ok()) return "gone, with its collection";
    const std::string uri = TextOf(source, "uri");
    const auto document = reader_.GetDocument(collection, uri);
    return !uri.empty() && document.ok() && *document ? "changed since: its document holds it no more" : "gone since";
  }

  const Reader& reader_;
  const CollectionInfo& info_;
  const Chunk& answer_;
  sql::RowSet rows_;
};

}  // namespace

Result<sql::RowSet> ExplainAnswer(const Reader& reader, int64_t id) {
  QUIRE_ASSIGN_OR_RETURN(const Chunk answer, FindAnswer(reader, id));
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader.GetCollection(kAnswersCollection));
  Explanation explanation(reader, info, answer);
  explanation.Add("question", explanation.Text("question"));
  explanation.Add("searched for", explanation.Text("query"));
  explanation.Add("collection", explanation.Text("collection"));
  explanation.Add("conversation", explanation.Text("conversation"));
  const std::string reason = explanation.Text("reason"), prompt = explanation.Text("prompt");
  explanation.Add("status", explanation.Text("status") + (reason.empty() ? "" : ", " + reason) + ", confidence " + explanation.Text("confidence"));
  explanation.Add("model", explanation.Text("model") + " version " + explanation.Text("version") + (prompt.empty() ? "" : ", prompt " + prompt) +
                               ", tokens " + explanation.Text("tokens_in") + " in " + explanation.Text("tokens_out") + " out, cost " +
                               explanation.Text("cost") + ", " + explanation.Text("ms") + " ms");
  explanation.Add("note", explanation.Text("note"));
  explanation.AddSources();
  explanation.Add("answer", answer.text);
  const Json sentences = Json::parse(explanation.Text("sentences"), nullptr, false);
  if (sentences.is_array()) {
    for (const Json& sentence : sentences) {
      const std::string why = TextOf(sentence, "difference") + TextOf(sentence, "check");  // never both
      explanation.Add("sentence", TextOf(sentence, "verdict") + (why.empty() ? "" : " (" + why + ")") + ": " + TextOf(sentence, "text"));
    }
  }
  QUIRE_RETURN_IF_ERROR(explanation.AddQuotes(id));
  QUIRE_RETURN_IF_ERROR(explanation.AddFeedback(id));
  return explanation.Take();
}

Status GiveFeedback(const sql::Feedback& feedback, Database& database) {
  const auto transaction = database.Begin();
  const auto reader = database.reader();
  QUIRE_ASSIGN_OR_RETURN(const Chunk answer, FindAnswer(*reader, feedback.answer_id));
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader->GetCollection(kAnswersCollection));
  QUIRE_ASSIGN_OR_RETURN(const Value model, ColumnValue(info.schema, answer, "model"));
  QUIRE_ASSIGN_OR_RETURN(const Value version, ColumnValue(info.schema, answer, "version"));
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Value::Null() : Value::Text(text); };
  Chunk chunk;
  chunk.attributes = {Value::Integer(feedback.answer_id), Value::Text(feedback.good ? "good" : "bad"), text_or_null(feedback.correction),
                      text_or_null(feedback.reason), model, version};
  QUIRE_RETURN_IF_ERROR(transaction->Insert(kFeedbackCollection, WithoutMeaning(std::move(chunk))));
  return transaction->Commit();
}

}  // namespace quire::chat
