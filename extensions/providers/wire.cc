#include "extensions/providers/wire.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/base/utf8.h"

namespace quire::providers {
namespace {

constexpr size_t kMessageMax = 300;  // of what a server says
constexpr size_t kKeyPartMin = 8;    // servers repeat keys in part

// Takes out the key, and what begins or ends like it.
void Redact(std::string* text, std::string_view key) {
  if (key.empty()) return;
  const size_t part = key.size() < 2 * kKeyPartMin ? key.size() : kKeyPartMin;
  for (const std::string_view piece : {key, key.substr(0, part), key.substr(key.size() - part)}) {
    for (size_t at = text->find(piece); at != std::string::npos; at = text->find(piece, at)) text->replace(at, piece.size(), "***");
  }
}

}  // namespace

Status CheckEndpoint(std::string* endpoint) {
  while (!endpoint->empty() && endpoint->back() == '/') endpoint->pop_back();
  const bool is_http = endpoint->rfind("http://", 0) == 0 || endpoint->rfind("https://", 0) == 0;
  if (!is_http) return Status(Code::kInvalidArgument, "the endpoint must begin with http:// or https://");
  if (endpoint->find('@') == std::string::npos) return {};
  return Status(Code::kInvalidArgument, "the endpoint must not hold a password", "WITH (api_key_env = 'NAME_OF_A_VARIABLE')");
}

Result<std::string> ReadKey(const std::string& variable) {
  if (variable.empty()) return std::string();
  const char* key = std::getenv(variable.c_str());
  if (key == nullptr || *key == '\0') {
    return Status(Code::kUnavailable, "the environment variable " + variable + " is not set");
  }
  if (std::string_view(key).find_first_of("\r\n") != std::string_view::npos) {
    return Status(Code::kUnavailable, "the environment variable " + variable + " holds a line break: it cannot be sent as a key");
  }
  return std::string(key);
}

std::string MessageOf(std::string_view body, std::string_view key) {
  using Json = nlohmann::json;
  const Json json = Json::parse(body, nullptr, false);
  const auto text_of = [](const Json& object, const char* name) {
    return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
  };
  std::string message = text_of(json, "error");
  if (message.empty() && json.is_object() && json.contains("error")) message = text_of(json["error"], "message");
  if (message.empty()) message = text_of(json, "message");
  if (message.empty()) message = text_of(json, "detail");
  if (message.empty()) message = body;
  Redact(&message, key);
  message = ValidUtf8(message);
  return Printable(Utf8Prefix(message, kMessageMax));
}

std::string ValidUtf8(std::string_view text) {
  std::string valid;
  for (size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos; bad = FindInvalidUtf8(text)) {
    valid.append(text.substr(0, bad)).append("\xEF\xBF\xBD");
    text.remove_prefix(bad + 1);
    while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0) == 0x80) text.remove_prefix(1);
  }
  return valid.empty() ? std::string(text) : valid.append(text);
}

}  // namespace quire::providers
