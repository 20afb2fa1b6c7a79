#include "extensions/providers/register.h"

#include "extensions/providers/openai_embedder.h"

namespace quire::providers {

Status RegisterProviders(sql::Registry* registry) {
  return registry->AddEmbedderProvider("openai", MakeOpenAiEmbedder);
}

}  // namespace quire::providers
