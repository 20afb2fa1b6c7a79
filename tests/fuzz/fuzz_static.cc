// Any bytes as a table of token vectors and as a tokenizer: read, or refused. What was read is used.
#include <cstdint>

#include "engine/embed/static_embedder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace quire::embed;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t half = size == 0 ? 0 : size_t{data[0]} * size / 256;
  const auto file = Safetensors::Parse(std::string(bytes.substr(0, half)));
  const auto tokenizer = Tokenizer::Parse(bytes.substr(half));
  if (!tokenizer.ok()) return 0;
  std::vector<uint32_t> tokens;
  (*tokenizer)->Tokenize(bytes, 100, &tokens);
  if (!file.ok()) return 0;
  if (const auto embedder = MakeStaticEmbedder("e", *file, *tokenizer, true, 0); embedder.ok()) {
    std::vector<float> vector((*embedder)->identity().dim);
    if (!(*embedder)->Embed({&bytes, 1}, quire::Embedder::Role::kQuery, vector).ok()) return 0;
  }
  return 0;
}
