// WordEmbedder: embedders that see nothing of a text but its words.
#pragma once

#include <memory>
#include <span>

#include "engine/text/word_list.h"
#include "quire/embedder.h"

namespace quire::embed {

// Who has listed the words of a text already, with the same analyzer, need not have it cut into words again.
class WordEmbedder : public Embedder {
 public:
  WordEmbedder(Identity identity, std::shared_ptr<const text::Analyzer> analyzer);

  const Identity& identity() const final { return identity_; }
  const text::Analyzer& analyzer() const { return *analyzer_; }

  Status Embed(std::span<const std::string_view> texts, Role role, std::span<float> out) const final;
  // As Embed: for what analyzer() lists of a text it gives the vector of that text.
  Status EmbedWords(std::span<const text::WordList* const> texts, std::span<float> out) const;

 protected:
  // REQUIRES: out.size() == texts.size() * identity().dim.
  virtual void EmbedLists(std::span<const text::WordList* const> texts, std::span<float> out) const = 0;

 private:
  Status CheckRoom(size_t texts, size_t room) const;
  const Identity identity_;
  const std::shared_ptr<const text::Analyzer> analyzer_;
};

}  // namespace quire::embed
