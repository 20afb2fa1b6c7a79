// Any bytes as the stream a model's server sends: an answer of valid characters within its bound, or a failure that does not show the
// key; the same however the bytes are cut on their way.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/base/utf8.h"
#include "extensions/providers/answer_reader.h"
#include "extensions/providers/anthropic_generator.h"
#include "extensions/providers/ollama_generator.h"
#include "extensions/providers/openai_generator.h"

namespace {

using namespace quire::providers;

constexpr std::string_view kKey = "sk-canary-0123456789";
constexpr size_t kSources = 3;

struct Outcome {
  std::string text, told, failure;
  bool whole = false;
};

Outcome ReadInPieces(int provider, std::string_view bytes, size_t piece) {
  Outcome outcome;
  quire::sql::GeneratorRequest request;
  request.answer_tokens = 64;
  request.on_text = [&](std::string_view text) { return outcome.told += text, true; };
  AnswerStream stream(request);
  const Framing framing = provider == 1 ? Framing::kLines : Framing::kEvents;
  AnswerReader reader(framing, provider == 0 ? OpenAiDecoder() : provider == 1 ? OllamaDecoder() : AnthropicDecoder(kSources),
                      std::string(kKey), &stream);
  bool more = true;
  for (size_t at = 0; more && at < bytes.size(); at += piece) more = reader.Feed(bytes.substr(at, piece));
  if (more) reader.Finish();
  outcome.failure = reader.failure().ToString();
  outcome.whole = stream.has_end();
  outcome.text = stream.Take().text;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome at_once = ReadInPieces(data[0] % 3, bytes, std::max<size_t>(1, bytes.size()));
  if (quire::FindInvalidUtf8(at_once.text) != std::string_view::npos) std::abort();
  if (at_once.text != at_once.told || at_once.text.size() > 4096) std::abort();
  if (at_once.failure.find(kKey) != std::string::npos) std::abort();
  const Outcome in_pieces = ReadInPieces(data[0] % 3, bytes, size_t{1} + data[1] % 16);
  const bool same = at_once.text == in_pieces.text && at_once.failure == in_pieces.failure && at_once.whole == in_pieces.whole;
  if (!same) std::abort();
  return 0;
}
