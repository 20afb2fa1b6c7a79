// An embedder behind an OpenAI-compatible endpoint: POST .../embeddings (OpenAI, llama.cpp, vLLM, Ollama's /v1).
#pragma once

#include <memory>

#include "quire/embedder.h"

namespace quire::providers {

// The provider "openai". Options: endpoint (up to /v1; default OpenAI's), model, dims (both needed: an identity must not depend on
// what a server says), api_key_env (the variable that holds the key), query_prefix, document_prefix, batch (texts of a request, 64), encoding
// ('float' or 'base64'), send_dims ('true': ask for that many), max_bytes (of a text, the rest is cut: 24,000), timeout_ms (30,000),
// retries (2), budget (texts this process may send; 0: any number), cache_mb (of vectors kept by the text's hash: 64).
// An answer is taken only as a whole: as many vectors as texts, each once, of `dims` finite numbers.
// Errors when it is made: kInvalidArgument. When it embeds: kUnavailable (no answer, or one that is refused, with the server's own
//   message), kResourceExhausted (the budget).
Result<std::shared_ptr<const Embedder>> MakeOpenAiEmbedder(const EmbedderDefinition& definition);

}  // namespace quire::providers
