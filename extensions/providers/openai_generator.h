// A generator behind an OpenAI-compatible endpoint: POST .../chat/completions (OpenAI, llama.cpp, vLLM, LM Studio).
#pragma once

#include "extensions/providers/answer_stream.h"
#include "sql/registry/generator.h"

namespace quire::providers {

// The provider "openai". ENDPOINT is up to /v1; default OPENAI_BASE_URL, else OpenAI's, with the key in OPENAI_API_KEY. Options:
// generator_settings.h. What a server says it does not take (max_tokens, temperature, seed, stream_options) is left out, or said as
// it wants it, in a second request.
// Errors: kInvalidArgument.
Result<std::shared_ptr<const sql::Generator>> MakeOpenAiGenerator(const sql::ModelDefinition& definition);
// Of one message of its streams.
DecodeMessage OpenAiDecoder();

}  // namespace quire::providers
