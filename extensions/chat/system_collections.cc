#include "extensions/chat/system_collections.h"

#include <cmath>

#include "engine/base/hash.h"
#include "extensions/chat/models.h"

namespace quire::chat {
namespace {

constexpr Type kT = Type::kText, kI = Type::kInteger, kR = Type::kReal, kJ = Type::kJson;

// Found by columns and words alone.
CollectionSchema Schema(std::string_view name, std::vector<ColumnSchema> attributes) {
  CollectionSchema schema;
  schema.name = name;
  schema.attributes = std::move(attributes);
  schema.embedder = "none";
  schema.dim = 2;
  return schema;
}

}  // namespace

CollectionSchema ModelsSchema() {
  return Schema(kModelsCollection, {{"name", kT}, {"version", kI}, {"state", kT}, {"provider", kT}, {"turn", kI}, {"options", kJ}});
}

CollectionSchema AnswersSchema() {
  return Schema(kAnswersCollection,
                {{"answer_id", kI}, {"question", kT}, {"query", kT}, {"collection", kT}, {"conversation", kT}, {"status", kT},
                 {"reason", kT}, {"confidence", kR}, {"model", kT}, {"version", kI}, {"prompt", kT}, {"tokens_in", kI},
                 {"tokens_out", kI}, {"ms", kR}, {"cost", kR}, {"note", kT}, {"cache_key", kT}, {"sources", kJ}, {"sentences", kJ}});
}

CollectionSchema CitationsSchema() {
  return Schema(kCitationsCollection, {{"answer_id", kI}, {"n", kI}, {"chunk", kT}, {"hash", kT}, {"quote", kT}, {"verdict", kT}});
}

CollectionSchema FeedbackSchema() {
  return Schema(kFeedbackCollection, {{"answer_id", kI}, {"rating", kT}, {"correction", kT}, {"reason", kT}, {"model", kT}, {"version", kI}});
}

Chunk WithoutMeaning(Chunk chunk) {
  const auto angle = static_cast<float>(Hash64(chunk.id + chunk.text) >> 40);
  chunk.embedding = {std::cos(angle), std::sin(angle)};
  return chunk;
}

Status EnsureCollection(Database& database, CollectionSchema schema) {
  if (database.reader()->GetCollection(schema.name).ok()) return {};
  Status status = database.CreateCollection(std::move(schema));
  return status.code() == Code::kAlreadyExists ? Status() : status;
}

}  // namespace quire::chat
