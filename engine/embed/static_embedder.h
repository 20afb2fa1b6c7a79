// Embedders that are a table of token vectors (model2vec, sentence-transformers' StaticEmbedding): read from files, mapped into memory.
#pragma once

#include <memory>
#include <string>

#include "engine/embed/safetensors.h"
#include "engine/embed/tokenizer.h"
#include "quire/embedder.h"

namespace quire::embed {

// The provider "static": option path names the folder with model.safetensors and tokenizer.json (also in 0_StaticEmbedding), and
// config.json if there is one ("normalize", true if it does not say). Options: path, dims (to be sure of them).
// Errors: kInvalidArgument (no path, another option, other dims), kNotFound, kIoError, kCorruption, kUnsupported.
Result<std::shared_ptr<const Embedder>> MakeStaticEmbedder(const EmbedderDefinition& definition);

// Of parts that were read. The mean of the rows of a text's first 512 tokens, unknown ones left out; of length 1 if `normalize`.
// Errors: kCorruption if `table` is no table of rows, or has fewer than the tokenizer numbers.
Result<std::shared_ptr<const Embedder>> MakeStaticEmbedder(std::string name, std::shared_ptr<const Safetensors> table,
                                                           std::shared_ptr<const Tokenizer> tokenizer, bool normalize,
                                                           uint64_t config);

}  // namespace quire::embed
