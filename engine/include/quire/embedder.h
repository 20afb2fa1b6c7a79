// Embedder: text to vectors.
#pragma once

#include <functional>
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
    uint64_t config = 0;  // a hash of whatever else decides what vectors come out; 0: nothing does
    bool operator==(const Identity&) const = default;
  };
  // Whether a text is asked or stored; some models treat the two differently.
  enum class Role : uint8_t { kQuery, kDocument };

  virtual ~Embedder() = default;
  virtual const Identity& identity() const = 0;

  // How many texts it likes to be given at once.
  virtual size_t batch() const { return 16; }

  // Writes texts.size() vectors of dim() floats, one after the other, to `out`.
  // REQUIRES: out.size() == texts.size() * identity().dim.
  // Errors: kUnavailable, kCancelled for embedders behind a network; `out` is then unspecified. An empty text is not an
  //   error: its vector is all zeros.
  virtual Status Embed(std::span<const std::string_view> texts, Role role, std::span<float> out) const = 0;
};

// How an embedder is made: what CREATE EMBEDDER says, kept in the database. Never holds a secret: a key is named, by the variable of
// the environment that holds it.
struct EmbedderDefinition {
  std::string name{};
  std::string provider{};                                       // which factory makes it; lower-case
  std::vector<std::pair<std::string, std::string>> options{};  // in order; names lower-case
  // The value of an option; empty if it is not there.
  std::string_view Find(std::string_view option) const {
    for (const auto& [key, value] : options) {
      if (key == option) return value;
    }
    return {};
  }
};

// Makes the embedder of a definition, whose identity().name is the definition's. Must not use the network: what cannot be
// reached yet may be reached when a text is embedded.
// Errors: kInvalidArgument for options it does not know or take, kNotFound, kCorruption, kIoError for files.
using EmbedderFactory = std::function<Result<std::shared_ptr<const Embedder>>(const EmbedderDefinition&)>;

// The embedder that is always there, "hashed": hashed words and character n-grams, no model file, the same bytes on every machine.
// REQUIRES: dim is 512 or 1024. Errors: kInvalidArgument otherwise.
Result<std::shared_ptr<const Embedder>> MakeBuiltinEmbedder(uint32_t dim = 512);

}  // namespace quire
