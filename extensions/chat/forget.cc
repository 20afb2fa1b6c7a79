#include "extensions/chat/forget.h"

#include <nlohmann/json.hpp>
#include <set>

#include "extensions/chat/system_collections.h"

namespace quire::chat {
namespace {

using Json = nlohmann::json;

// What a scan gives, in memory: it is changed afterwards.
Result<std::vector<Chunk>> ReadAll(const Reader& reader, std::string_view collection, const Filter& filter) {
  std::vector<Chunk> chunks;
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(collection, filter, {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return chunks;
    chunks.push_back(chunk);
  }
}

void Set(const CollectionSchema& schema, std::string_view column, Value value, Chunk* chunk) {
  chunk->attributes.resize(schema.attributes.size());
  for (size_t i = 0; i < schema.attributes.size(); ++i) {
    if (schema.attributes[i].name == column) chunk->attributes[i] = std::move(value);
  }
}

class Forgetting {
 public:
  Forgetting(Transaction& transaction, std::string_view collection, const std::string& uri)
      : transaction_(transaction), reader_(transaction.reader()), collection_(collection), uri_(uri) {}

  Result<sql::AnswerProvider::Forgotten> Run() {
    if (!reader_->GetCollection(kAnswersCollection).ok()) return std::move(forgotten_);
    QUIRE_RETURN_IF_ERROR(Answers());
    QUIRE_RETURN_IF_ERROR(Quotes());
    QUIRE_RETURN_IF_ERROR(FeedbackOnThem());
    return std::move(forgotten_);
  }

 private:
  Status Put(std::string_view collection, Chunk chunk) {
    Note(collection);
    return transaction_.Put(collection, WithoutMeaning(std::move(chunk)));
  }
  void Note(std::string_view collection) {
    auto& names = forgotten_.collections;
    if (names.empty() || names.back() != collection) names.emplace_back(collection);
  }

  Status Answers() {
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader_->GetCollection(kAnswersCollection));
    const Filter of_collection = Filter::Compare(Filter::Op::kEqual, "collection", Value::Text(collection_));
    QUIRE_ASSIGN_OR_RETURN(std::vector<Chunk> answers, ReadAll(*reader_, kAnswersCollection, of_collection));
    for (Chunk& answer : answers) {
      of_collection_.insert(answer.id);
      bool given = answer.text.find(uri_) != std::string::npos, named = given;
      QUIRE_ASSIGN_OR_RETURN(const Value sources, ColumnValue(info.schema, answer, "sources"));
      Json left = Json::array(), all = Json::parse(sources.ToString(), nullptr, false);
      if (!all.is_array()) all = Json::array();
      for (const Json& source : all) {
        if (!source.is_object() || source.value("uri", Json()) != uri_) {
          left.push_back(source);
          continue;
        }
        named = true;
        given = given || source.value("n", Json()) != 0;
      }
      if (!named) continue;
      Set(info.schema, "sources", Value::Json(left.dump(-1, ' ', false, Json::error_handler_t::replace)), &answer);
      if (given) Blank(info.schema, &answer);
      QUIRE_RETURN_IF_ERROR(Put(kAnswersCollection, std::move(answer)));
    }
    return {};
  }

  void Blank(const CollectionSchema& schema, Chunk* answer) {
    ++forgotten_.answers;
    blanked_.insert(answer->id);
    answer->text.clear();
    Set(schema, "status", Value::Text("forgotten"), answer);
    Set(schema, "sentences", Value::Json("[]"), answer);
    for (const char* column : {"query", "note", "cache_key"}) Set(schema, column, Value::Null(), answer);
  }

  // Those of other collections' answers stay: a document of the same name is another one.
  Status Quotes() {
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader_->GetCollection(kCitationsCollection));
    const Filter of_document = Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri_));
    QUIRE_ASSIGN_OR_RETURN(const std::vector<Chunk> quotes, ReadAll(*reader_, kCitationsCollection, of_document));
    for (const Chunk& quote : quotes) {
      QUIRE_ASSIGN_OR_RETURN(const Value answer, ColumnValue(info.schema, quote, "answer_id"));
      QUIRE_ASSIGN_OR_RETURN(const auto kept, reader_->Find(kAnswersCollection, answer.ToString()));
      if (kept && of_collection_.count(answer.ToString()) == 0) continue;
      Note(kCitationsCollection);
      ++forgotten_.quotes;
      QUIRE_RETURN_IF_ERROR(transaction_.Delete(kCitationsCollection, quote.id).status());
    }
    return {};
  }

  Status FeedbackOnThem() {
    if (!reader_->GetCollection(kFeedbackCollection).ok()) return {};
    QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader_->GetCollection(kFeedbackCollection));
    QUIRE_ASSIGN_OR_RETURN(std::vector<Chunk> all, ReadAll(*reader_, kFeedbackCollection, {}));
    for (Chunk& feedback : all) {
      QUIRE_ASSIGN_OR_RETURN(const Value answer, ColumnValue(info.schema, feedback, "answer_id"));
      if (blanked_.count(answer.ToString()) == 0) continue;
      for (const char* column : {"correction", "reason"}) Set(info.schema, column, Value::Null(), &feedback);
      QUIRE_RETURN_IF_ERROR(Put(kFeedbackCollection, std::move(feedback)));
    }
    return {};
  }

  Transaction& transaction_;
  const std::shared_ptr<const Reader> reader_;
  const std::string collection_;
  const std::string& uri_;
  std::set<std::string> of_collection_, blanked_;  // ids of answers
  sql::AnswerProvider::Forgotten forgotten_;
};

}  // namespace

Result<sql::AnswerProvider::Forgotten> ForgetKept(Transaction& transaction, std::string_view collection, const std::string& uri) {
  return Forgetting(transaction, collection, uri).Run();
}

}  // namespace quire::chat
