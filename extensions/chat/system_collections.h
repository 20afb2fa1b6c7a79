// The collections in which the chat extension keeps things: ordinary ones, that SELECT reads and that live in every copy of a database.
#pragma once

#include <string_view>

#include "quire/database.h"

namespace quire::chat {

inline constexpr std::string_view kAnswersCollection = "quire_answers";
inline constexpr std::string_view kCitationsCollection = "quire_citations";
inline constexpr std::string_view kFeedbackCollection = "quire_feedback";

CollectionSchema ModelsSchema();
CollectionSchema AnswersSchema();
CollectionSchema CitationsSchema();
CollectionSchema FeedbackSchema();

// `chunk` with a vector that says nothing: such collections have no embedder, and every chunk needs one. Not the same for all, as links
// between equal ones would lead nowhere.
Chunk WithoutMeaning(Chunk chunk);

// Makes a collection that is not there. Errors: those of Database::CreateCollection, but kAlreadyExists.
Status EnsureCollection(Database& database, CollectionSchema schema);

}  // namespace quire::chat
