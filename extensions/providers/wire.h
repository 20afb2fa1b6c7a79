// Wire: what all providers do with addresses, keys and what servers say.
#pragma once

#include <string>
#include <string_view>

#include "quire/status.h"

namespace quire::providers {

// Takes the slashes off the end. Errors: kInvalidArgument if it is no http(s) address, or holds a password.
Status CheckEndpoint(std::string* endpoint);

// The key that an environment variable holds. `variable` empty: none is needed, and none is given.
// Errors: kUnavailable if it is not set.
Result<std::string> ReadKey(const std::string& variable);

// What a server says went wrong, in whatever form, shortened and fit to be shown; `key`, should it be repeated there, is not.
std::string MessageOf(std::string_view body, std::string_view key);

// `text` with U+FFFD for what is no UTF-8.
std::string ValidUtf8(std::string_view text);

}  // namespace quire::providers
