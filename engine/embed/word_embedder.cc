#include "engine/embed/word_embedder.h"

#include <string>
#include <utility>
#include <vector>

namespace quire::embed {

WordEmbedder::WordEmbedder(Identity identity, std::shared_ptr<const text::Analyzer> analyzer)
    : identity_(std::move(identity)), analyzer_(std::move(analyzer)) {}

Status WordEmbedder::CheckRoom(size_t texts, size_t room) const {
  if (room == texts * identity_.dim) return {};
  return Status(Code::kInvalidArgument, "embedder '" + identity_.name + "': room for " + std::to_string(room) +
                                            " components, expected " + std::to_string(texts * identity_.dim));
}

Status WordEmbedder::Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const {
  QUIRE_RETURN_IF_ERROR(CheckRoom(texts.size(), out.size()));
  text::WordLister lister(*analyzer_);
  for (size_t i = 0; i < texts.size(); ++i) {
    const text::WordList words = lister.List(texts[i]);
    const text::WordList* const list = &words;
    EmbedLists({&list, 1}, out.subspan(i * identity_.dim, identity_.dim));
  }
  return {};
}

Status WordEmbedder::EmbedWords(std::span<const text::WordList* const> texts, std::span<float> out) const {
  QUIRE_RETURN_IF_ERROR(CheckRoom(texts.size(), out.size()));
  EmbedLists(texts, out);
  return {};
}

}  // namespace quire::embed
