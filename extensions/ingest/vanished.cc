#include "extensions/ingest/vanished.h"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "extensions/ingest/load_steps.h"

namespace quire::ingest {
namespace {

constexpr size_t kDeletedTogether = 64;

// Documents that no loader wrote have no content hash.
Result<std::vector<Document>> ListVanished(const Database& database, const LoadOptions& options, const FileList& list) {
  std::unordered_set<std::string_view> present;
  for (const SourceFile& file : list.files) present.insert(file.uri);
  QUIRE_ASSIGN_OR_RETURN(std::vector<Document> documents, database.reader()->ListDocuments(options.collection));
  std::erase_if(documents, [&](const Document& document) {
    const bool loaded = document.content_hash != Hash128{};
    return !loaded || present.contains(document.uri) || !IsSelected(options.walk, document.uri);
  });
  return documents;
}

}  // namespace

Result<std::map<Hash128, Vanished>> FindVanished(const Database& database, const LoadOptions& options,
                                                 const FileList& list) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Document> documents, ListVanished(database, options, list));
  std::map<Hash128, Vanished> vanished;
  for (const Document& document : documents) vanished.try_emplace(document.content_hash, Vanished{.uri = document.uri});
  return vanished;
}

Status DeleteVanished(Database& database, const LoadOptions& options, const FileList& list, LoadReport* report) {
  if (!list.issues.empty()) {
    report->notices.emplace_back("nothing deleted: not all folders could be looked at");
    return {};
  }
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Document> documents, ListVanished(database, options, list));
  for (size_t i = 0; i < documents.size() && !IsCancelled(options); i += kDeletedTogether) {
    const auto together = std::span(documents).subspan(i, std::min(kDeletedTogether, documents.size() - i));
    const auto transaction = database.Begin();
    for (const Document& document : together) {
      QUIRE_RETURN_IF_ERROR(transaction->DeleteDocument(options.collection, document.uri).status());
    }
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
    report->deleted += together.size();
  }
  return {};
}

}  // namespace quire::ingest
