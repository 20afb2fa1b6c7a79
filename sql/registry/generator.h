// Generator: a language model that writes an answer. The door through which model providers come in.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quire/status.h"

namespace quire::sql {

// How a model is reached: what CREATE MODEL says, kept in the database. Never holds a secret: a key is named, by the variable of the
// environment that holds it.
struct ModelDefinition {
  std::string name{};
  int64_t version = 1;
  std::string provider{};                                      // which factory makes its generator; lower-case
  std::vector<std::pair<std::string, std::string>> options{};  // in order; names lower-case
  // The value of an option; empty if it is not there.
  std::string_view Find(std::string_view option) const {
    for (const auto& [key, value] : options) {
      if (key == option) return value;
    }
    return {};
  }
};

struct GeneratorMessage {
  enum class Role : uint8_t { kUser, kAssistant } role = Role::kUser;
  std::string text{};
};

// A numbered source, for a generator that is given them apart from the messages.
struct GeneratorSource {
  std::string place{};  // what names it: URI and anchor
  std::string title{};
  std::vector<std::string> parts{};  // its text, cut where one may cite it
};

struct GeneratorRequest {
  std::string system{};
  std::vector<GeneratorMessage> messages{};  // in order; the last one is the user's
  std::vector<GeneratorSource> sources{};    // number n is the n-th, from 1; none where the generator takes none
  int64_t answer_tokens = 1024;              // it may write
  int64_t context_tokens = 8192;             // it may read and write together
  const std::atomic<bool>* cancelled = nullptr;
  // Each piece of the answer as it arrives, valid UTF-8; false ends the answer. May be empty.
  std::function<bool(std::string_view)> on_text{};
};

// What was written.
struct Generation {
  enum class End : uint8_t { kWhole, kLength, kFiltered, kStopped } end = End::kWhole;  // kStopped: by on_text
  std::string text{};       // all pieces
  int64_t tokens_in = -1;   // as the provider counts; -1: it does not say
  int64_t tokens_out = -1;
  Status failure{};         // not ok: it broke off behind `text`, which is not empty
};

// Implementations are immutable, safe to call from several threads, and bound what they take from a server.
class Generator {
 public:
  virtual ~Generator() = default;

  // Whether sources are given apart from the messages, and cited natively: the text then holds their numbers, "[1]".
  virtual bool takes_sources() const { return false; }

  // Writes one answer. Never asks again once on_text was called.
  // Errors, when nothing was written: kUnavailable (no answer, or one that is refused), kCancelled, kInvalidArgument,
  //   kResourceExhausted. Messages hold no key.
  virtual Result<Generation> Generate(const GeneratorRequest& request) const = 0;
};

// Makes the generator of a definition. Must not use the network.
// Errors: kInvalidArgument for options it does not know or take.
using GeneratorFactory = std::function<Result<std::shared_ptr<const Generator>>(const ModelDefinition&)>;

}  // namespace quire::sql
