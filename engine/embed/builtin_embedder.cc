#include <memory>
#include <string>
#include <utility>

#include "engine/embed/text_hasher.h"
#include "engine/embed/word_embedder.h"
#include "engine/text/scratch_pool.h"
#include "quire/embedder.h"

namespace quire {
namespace {

constexpr uint32_t kVersion = 1;  // goes up whenever a text gets another vector than before

class BuiltinEmbedder final : public embed::WordEmbedder {
 public:
  BuiltinEmbedder(std::shared_ptr<const text::Analyzer> analyzer, uint32_t dim)
      : WordEmbedder({.name = "hashed", .version = kVersion, .dim = dim}, analyzer),
        importance_(std::make_shared<embed::WordImportance>(*analyzer, embed::HashWeights())),
        hashers_([this] { return std::make_unique<embed::TextHasher>(importance_, embed::HashWeights(), identity().dim); }) {}

 private:
  void EmbedLists(std::span<const text::WordList* const> texts, std::span<float> out) const override {
    auto hasher = hashers_.Take();
    const size_t dim = identity().dim;
    for (size_t i = 0; i < texts.size(); ++i) hasher->Hash(*texts[i], out.subspan(i * dim, dim));
  }

  const std::shared_ptr<const embed::WordImportance> importance_;
  mutable text::ScratchPool<embed::TextHasher> hashers_;
};

}  // namespace

Result<std::shared_ptr<const Embedder>> MakeBuiltinEmbedder(uint32_t dim) {
  if (dim != 512 && dim != 1024) {
    return Status(Code::kInvalidArgument, "embedder 'hashed' has 512 or 1024 dimensions, not " + std::to_string(dim));
  }
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<const text::Analyzer> analyzer, text::Analyzer::Make("english"));
  return std::shared_ptr<const Embedder>(std::make_shared<BuiltinEmbedder>(std::move(analyzer), dim));
}

}  // namespace quire
