// A generator behind Ollama's own interface: POST .../api/chat. Beside its /v1 it takes the size of the context, which Ollama
// otherwise cuts a prompt to without a word.
#pragma once

#include "extensions/providers/answer_stream.h"
#include "sql/registry/generator.h"

namespace quire::providers {

// The provider "ollama". Default ENDPOINT: OLLAMA_HOST, else http://127.0.0.1:11434. Options: generator_settings.h.
// Errors: kInvalidArgument.
Result<std::shared_ptr<const sql::Generator>> MakeOllamaGenerator(const sql::ModelDefinition& definition);
// Of one message of its streams.
DecodeMessage OllamaDecoder();

}  // namespace quire::providers
