// A generator behind Anthropic's messages: POST .../v1/messages. Sources are given as search results, and its own citations of them
// become their numbers in the text.
#pragma once

#include "extensions/providers/answer_stream.h"
#include "sql/registry/generator.h"

namespace quire::providers {

// The provider "anthropic". Default ENDPOINT: ANTHROPIC_BASE_URL, else https://api.anthropic.com, with the key in ANTHROPIC_API_KEY.
// Options: generator_settings.h. Errors: kInvalidArgument.
Result<std::shared_ptr<const sql::Generator>> MakeAnthropicGenerator(const sql::ModelDefinition& definition);
// Of the messages of one stream, for an answer from so many sources.
DecodeMessage AnthropicDecoder(size_t sources);

}  // namespace quire::providers
