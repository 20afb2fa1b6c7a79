#include "extensions/chat/answer_log.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "extensions/chat/system_collections.h"

namespace quire::chat {
namespace {

constexpr size_t kQuestionBytesMax = 16'384;  // of what is kept of a question
constexpr int kTries = 4;

Value TextOrNull(std::string_view text) { return text.empty() ? Value::Null() : Value::Text(std::string(text)); }

std::string SourcesJson(const std::vector<KeptSource>& sources) {
  std::string json = "[";
  for (const KeptSource& source : sources) {
    json += (json.size() > 1 ? ",{\"n\":" : "{\"n\":") + std::to_string(source.number);
    for (const auto& [name, text] : {std::pair("chunk", &source.chunk), std::pair("hash", &source.hash), std::pair("uri", &source.uri),
                                     std::pair("section", &source.section)}) {
      json.append(",\"").append(name).append("\":");
      AppendJsonString(&json, *text);
    }
    json += ",\"start\":" + std::to_string(source.start) + ",\"end\":" + std::to_string(source.end) + ",\"score\":";
    AppendJsonNumber(&json, source.score);
    json += '}';
  }
  return json + "]";
}

Chunk AnswerChunk(int64_t id, const AnswerRecord& record) {
  const Answer& answer = record.answer;
  Chunk chunk;
  chunk.id = std::to_string(id);
  chunk.text = answer.text;
  chunk.attributes = {Value::Integer(id),
                      Value::Text(std::string(Utf8Prefix(record.question, kQuestionBytesMax))),
                      TextOrNull(answer.query),
                      Value::Text(record.collection),
                      TextOrNull(record.conversation),
                      Value::Text(std::string(answer.status)),
                      TextOrNull(answer.reason),
                      Value::Real(answer.confidence),
                      Value::Text(answer.model),
                      Value::Integer(answer.version),
                      TextOrNull(record.prompt),
                      Value::Integer(answer.tokens_in),
                      Value::Integer(answer.tokens_out),
                      Value::Real(answer.ms),
                      Value::Real(answer.cost),
                      TextOrNull(answer.note),
                      answer.status == "answered" ? TextOrNull(record.cache_key) : Value::Null(),
                      Value::Json(SourcesJson(record.sources)),
                      Value::Json(SentencesJson(answer.sentences))};
  return chunk;
}

Chunk CitationChunk(int64_t id, size_t place, const Citation& citation, const AnswerRecord& record) {
  const auto source = std::find_if(record.sources.begin(), record.sources.end(),
                                   [&](const KeptSource& one) { return one.chunk == citation.chunk; });
  std::string_view verdict = citation.further ? "not quoted" : "supported";
  for (const AnswerSentence& sentence : record.answer.sentences) {
    if (sentence.citation == citation.number && sentence.quote_start == citation.start && sentence.quote_end == citation.end) verdict = sentence.verdict;
  }
  Chunk chunk;
  chunk.id = std::to_string(id) + "." + std::to_string(place);
  chunk.uri = citation.uri;
  chunk.section = citation.section;
  chunk.anchor = citation.anchor;
  chunk.start = citation.start;
  chunk.end = citation.end;
  chunk.ordinal = static_cast<uint32_t>(place - 1);
  chunk.attributes = {Value::Integer(id),
                      Value::Integer(citation.number),
                      Value::Text(citation.chunk),
                      source == record.sources.end() ? Value::Null() : Value::Text(source->hash),
                      Value::Text(citation.quote),
                      Value::Text(std::string(verdict))};
  return chunk;
}

// The largest number that was given; 0: none. Cost: some forty counts in an index.
Result<int64_t> LargestNumber(const Reader& reader) {
  const auto any_from = [&](int64_t number) -> Result<bool> {
    QUIRE_ASSIGN_OR_RETURN(const uint64_t count, reader.Count(kAnswersCollection, Filter::Compare(Filter::Op::kGreaterEqual, "answer_id",
                                                                                                  Value::Integer(number))));
    return count > 0;
  };
  int64_t high = 1;  // the first power of two that no answer reaches
  for (bool more = true;; high *= 2) {
    QUIRE_ASSIGN_OR_RETURN(more, any_from(high));
    if (!more || high > (int64_t{1} << 60)) break;
  }
  int64_t low = high / 2;  // 0, or one that is reached
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    QUIRE_ASSIGN_OR_RETURN(const bool reached, any_from(middle));
    (reached ? low : high) = middle;
  }
  return low;
}

Result<Value> Column(const CollectionInfo& info, const Chunk& chunk, const char* name) { return ColumnValue(info.schema, chunk, name); }

}  // namespace

Result<int64_t> AnswerLog::NextNumber(Database& database, bool look) {
  {
    std::lock_guard lock(mutex_);
    const auto found = last_.find(database.path());
    if (found != last_.end() && !look) return ++found->second;
  }
  QUIRE_ASSIGN_OR_RETURN(const int64_t largest, LargestNumber(*database.reader()));
  std::lock_guard lock(mutex_);
  int64_t& last = last_[database.path()];
  return last = std::max(last, largest) + 1;
}

Result<int64_t> AnswerLog::Keep(Database& database, const AnswerRecord& record) {
  QUIRE_RETURN_IF_ERROR(EnsureCollection(database, AnswersSchema()));
  QUIRE_RETURN_IF_ERROR(EnsureCollection(database, CitationsSchema()));
  QUIRE_RETURN_IF_ERROR(EnsureCollection(database, FeedbackSchema()));
  Status status;
  for (int tries = 0; tries < kTries; ++tries) {
    QUIRE_ASSIGN_OR_RETURN(const int64_t id, NextNumber(database, tries > 0));
    const auto transaction = database.Begin();
    transaction->SetSync(Sync::kNormal);
    status = transaction->Insert(kAnswersCollection, WithoutMeaning(AnswerChunk(id, record)));
    for (size_t i = 0; status.ok() && i < record.answer.citations.size(); ++i) {
      status = transaction->Insert(kCitationsCollection, WithoutMeaning(CitationChunk(id, i + 1, record.answer.citations[i], record)));
    }
    if (status.ok()) status = transaction->Commit();
    if (status.ok()) return id;
    // Another program wrote here since this one looked.
    if (status.code() != Code::kAlreadyExists && status.code() != Code::kConflict) return status;
  }
  return status;
}

Result<std::vector<Turn>> ReadTurns(const Reader& reader, std::string_view collection, std::string_view conversation) {
  std::vector<Turn> turns;
  const Result<CollectionInfo> info = reader.GetCollection(kAnswersCollection);
  if (!info.ok()) return turns;
  const Filter filter = Filter::And(Filter::Compare(Filter::Op::kEqual, "conversation", Value::Text(std::string(conversation))),
                                    Filter::Compare(Filter::Op::kEqual, "collection", Value::Text(std::string(collection))));
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(kAnswersCollection, filter, {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    QUIRE_ASSIGN_OR_RETURN(const Value question, Column(*info, chunk, "question"));
    QUIRE_ASSIGN_OR_RETURN(const Value status, Column(*info, chunk, "status"));
    if (question.type() != Type::kText || status.type() != Type::kText) continue;
    const bool told = status.text() == "answered" || status.text() == "partial";
    turns.push_back({question.text(), told ? chunk.text : std::string()});
    if (turns.size() > kTurnsMax) turns.erase(turns.begin());
  }
  return turns;
}

Result<std::optional<CachedAnswer>> FindCached(const Reader& reader, const std::string& cache_key) {
  std::optional<CachedAnswer> cached;
  const Result<CollectionInfo> info = reader.GetCollection(kAnswersCollection);
  if (!info.ok()) return cached;
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(kAnswersCollection, Filter::Compare(Filter::Op::kEqual, "cache_key", Value::Text(cache_key)), {}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    QUIRE_ASSIGN_OR_RETURN(const Value id, Column(*info, chunk, "answer_id"));
    QUIRE_ASSIGN_OR_RETURN(const Value sentences, Column(*info, chunk, "sentences"));
    if (id.type() == Type::kInteger) cached = CachedAnswer{id.integer(), chunk.text, sentences.ToString()};
  }
  if (!cached) return cached;
  QUIRE_ASSIGN_OR_RETURN(const uint64_t bad,
                         reader.Count(kFeedbackCollection, Filter::And(Filter::Compare(Filter::Op::kEqual, "answer_id", Value::Integer(cached->id)),
                                                                       Filter::Compare(Filter::Op::kEqual, "rating", Value::Text("bad")))));
  if (bad > 0) cached.reset();
  return cached;
}

Result<Chunk> FindAnswer(const Reader& reader, int64_t id) {
  if (reader.GetCollection(kAnswersCollection).ok()) {
    QUIRE_ASSIGN_OR_RETURN(const auto number, reader.Find(kAnswersCollection, std::to_string(id)));
    if (number) return reader.Get(kAnswersCollection, *number, {});
  }
  return Status(Code::kNotFound, "answer " + std::to_string(id) + " is not kept", "SELECT answer_id, question FROM quire_answers");
}

}  // namespace quire::chat
