// Embedder: text to vectors.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire {

// Turns texts into vectors of one fixed dimension. Implementations are immutable and safe to call from several threads.
class Embedder {
 public:
  // What a stored vector was made by. Two embedders of equal identity give equal vectors for equal texts.
  struct Identity {
    std::string name{};
    uint32_t version = 1;
    uint32_t dim = 0;
  };
  // Whether a text is asked or stored; some models treat the two differently.
  enum class Role : uint8_t { kQuery, kDocument };

  virtual ~Embedder() = default;
  virtual const Identity& identity() const = 0;

  // Writes texts.size() vectors of dim() floats, one after the other, to `out`.
  // REQUIRES: out.size() == texts.size() * identity().dim.
  // Errors: kUnavailable, kCancelled for embedders behind a network; `out` is then unspecified. An empty text is not an
  //   error: its vector is all zeros.
  virtual Status Embed(std::span<const std::string_view> texts, Role role, std::span<float> out) const = 0;
};

// The embedder that is always there: hashed words and character n-grams, no model file, the same bytes on every machine.
// REQUIRES: dim is 512 or 1024. Errors: kInvalidArgument otherwise.
Result<std::shared_ptr<const Embedder>> MakeBuiltinEmbedder(uint32_t dim = 512);

}  // namespace quire
