#include "quire/extensions.h"

#include "extensions/chat/register.h"
#include "extensions/ingest/register.h"
#include "extensions/providers/register.h"

namespace quire {

Result<std::shared_ptr<const sql::Registry>> AllExtensions() {
  auto registry = std::make_shared<sql::Registry>();
  QUIRE_RETURN_IF_ERROR(ingest::RegisterIngest(registry.get()));
  QUIRE_RETURN_IF_ERROR(chat::RegisterChat(registry.get()));
  QUIRE_RETURN_IF_ERROR(providers::RegisterProviders(registry.get()));
  return std::shared_ptr<const sql::Registry>(std::move(registry));
}

}  // namespace quire
