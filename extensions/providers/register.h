// The only door of extensions/providers.
#pragma once

#include "sql/registry/registry.h"

namespace quire::providers {

// Adds the provider "openai" for CREATE EMBEDDER, and "openai", "ollama", "anthropic" and "scripted" for CREATE MODEL. Errors: kAlreadyExists.
Status RegisterProviders(sql::Registry* registry);

}  // namespace quire::providers
