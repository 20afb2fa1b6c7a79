#include <memory>
#include <string>
#include <utility>

#include "engine/embed/text_hasher.h"
#include "engine/text/scratch_pool.h"
#include "quire/embedder.h"

namespace quire {
namespace {

constexpr uint32_t kVersion = 1;  // goes up whenever a text gets another vector than before

class BuiltinEmbedder final : public Embedder {
 public:
  BuiltinEmbedder(std::shared_ptr<const text::Analyzer> analyzer, uint32_t dim)
      : identity_{.name = "hashed", .version = kVersion, .dim = dim},
        analyzer_(std::move(analyzer)),
        importance_(std::make_shared<embed::WordImportance>(*analyzer_, embed::HashWeights())),
        hashers_([this] {
          return std::make_unique<embed::TextHasher>(analyzer_, importance_, embed::HashWeights(), identity_.dim);
        }) {}

  const Identity& identity() const override { return identity_; }

  Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    if (out.size() != texts.size() * identity_.dim) {
      return Status(Code::kInvalidArgument, "embedder 'hashed': room for " + std::to_string(out.size()) +
                                                " components, expected " +
                                                std::to_string(texts.size() * identity_.dim));
    }
    auto hasher = hashers_.Take();
    for (size_t i = 0; i < texts.size(); ++i) hasher->Hash(texts[i], out.subspan(i * identity_.dim, identity_.dim));
    return {};
  }

 private:
  const Identity identity_;
  const std::shared_ptr<const text::Analyzer> analyzer_;
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
