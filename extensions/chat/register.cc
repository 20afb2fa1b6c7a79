#include "extensions/chat/register.h"

#include "extensions/chat/chat_provider.h"

namespace quire::chat {

Status RegisterChat(sql::Registry* registry) { return registry->SetAnswerProvider(std::make_unique<ChatProvider>()); }

}  // namespace quire::chat
