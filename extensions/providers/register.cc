#include "extensions/providers/register.h"

#include "extensions/providers/anthropic_generator.h"
#include "extensions/providers/ollama_generator.h"
#include "extensions/providers/openai_embedder.h"
#include "extensions/providers/openai_generator.h"
#include "extensions/providers/scripted_generator.h"

namespace quire::providers {

Status RegisterProviders(sql::Registry* registry) {
  QUIRE_RETURN_IF_ERROR(registry->AddEmbedderProvider("openai", MakeOpenAiEmbedder));
  QUIRE_RETURN_IF_ERROR(registry->AddGeneratorProvider("openai", MakeOpenAiGenerator));
  QUIRE_RETURN_IF_ERROR(registry->AddGeneratorProvider("ollama", MakeOllamaGenerator));
  QUIRE_RETURN_IF_ERROR(registry->AddGeneratorProvider("anthropic", MakeAnthropicGenerator));
  return registry->AddGeneratorProvider("scripted", MakeScriptedGenerator);
}

}  // namespace quire::providers
