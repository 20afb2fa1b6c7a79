#include "extensions/providers/openai_embedder.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "extensions/providers/http.h"
#include "extensions/providers/vector_cache.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

using Json = nlohmann::json;

constexpr uint32_t kVersion = 1;

struct Settings {
  std::string name{}, endpoint{}, model{}, key_variable{}, query_prefix{}, document_prefix{};
  uint64_t dims = 0, batch = 64, max_bytes = 24'000, timeout_ms = 30'000, retries = 2, budget = 0, cache_mb = 64;
  bool base64 = false, send_dims = false;
};

Status Wrong(const std::string& name, const std::string& what, const std::string& hint = "") {
  return Status(Code::kInvalidArgument, "embedder '" + name + "': " + what, hint);
}

Result<Settings> ReadSettings(const EmbedderDefinition& definition) {
  Settings settings;
  settings.name = definition.name;
  const std::pair<std::string_view, std::string*> texts[] = {
      {"endpoint", &settings.endpoint},         {"model", &settings.model},
      {"api_key_env", &settings.key_variable},  {"query_prefix", &settings.query_prefix},
      {"document_prefix", &settings.document_prefix}};
  struct Number {
    std::string_view name;
    uint64_t* value;
    uint64_t least, most;
  };
  const Number numbers[] = {{"dims", &settings.dims, 1, 65'535},
                            {"batch", &settings.batch, 1, 2'048},
                            {"max_bytes", &settings.max_bytes, 16, 10'000'000},
                            {"timeout_ms", &settings.timeout_ms, 1, 3'600'000},
                            {"retries", &settings.retries, 0, 20},
                            {"budget", &settings.budget, 0, UINT64_MAX},
                            {"cache_mb", &settings.cache_mb, 0, 65'536}};
  for (const auto& [name, value] : definition.options) {
    const auto text = std::find_if(std::begin(texts), std::end(texts), [&name = name](const auto& one) { return one.first == name; });
    const auto number = std::find_if(std::begin(numbers), std::end(numbers), [&name = name](const auto& one) { return one.name == name; });
    if (text != std::end(texts)) {
      *text->second = value;
    } else if (number != std::end(numbers)) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *number->value);
      const bool whole = error == std::errc() && end == value.data() + value.size();
      if (!whole || *number->value < number->least || *number->value > number->most) {
        return Wrong(settings.name, name + " is '" + Printable(value) + "', expected a whole number from " +
                                        std::to_string(number->least) + " to " + std::to_string(number->most));
      }
    } else if (name == "encoding" && (value == "float" || value == "base64")) {
      settings.base64 = value == "base64";
    } else if (name == "send_dims" && (value == "true" || value == "false")) {
      settings.send_dims = value == "true";
    } else {
      return Wrong(settings.name, "provider openai does not take " + name + " = '" + Printable(value) + "'",
                   "options are model, dims, api_key_env, query_prefix, document_prefix, batch, encoding, send_dims, "
                   "max_bytes, timeout_ms, retries, budget, cache_mb");
    }
  }
  if (settings.endpoint.empty()) settings.endpoint = "https://api.openai.com/v1";
  if (Status status = CheckEndpoint(&settings.endpoint); !status.ok()) return std::move(status).Within("embedder '" + settings.name + "'");
  if (settings.model.empty()) return Wrong(settings.name, "a model is missing", "NAME 'text-embedding-3-small'");
  if (settings.dims == 0) return Wrong(settings.name, "dims is missing", "WITH (dims = 1536)");
  return settings;
}

// Of everything that changes what vectors come out.
uint64_t ConfigOf(const Settings& settings) {
  std::string bytes = "openai";
  for (const std::string& part : {settings.model, settings.query_prefix, settings.document_prefix,
                                  std::to_string(settings.max_bytes), std::to_string(settings.send_dims)}) {
    bytes.append(1, '\0').append(part);
  }
  return Hash64(bytes);
}

std::string_view Cut(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// Nothing if it is no base64 of whole floats.
std::optional<std::vector<float>> DecodeBase64(const std::string& text) {
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8) & 0xFF));
  }
  if (bytes.size() % sizeof(float) != 0) return std::nullopt;
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

class OpenAiEmbedder final : public Embedder {
 public:
  explicit OpenAiEmbedder(Settings settings)
      : settings_(std::move(settings)),
        identity_{.name = settings_.name,
                  .version = kVersion,
                  .dim = static_cast<uint32_t>(settings_.dims),
                  .config = ConfigOf(settings_)},
        cache_(static_cast<size_t>(settings_.cache_mb) << 20) {}

  const Identity& identity() const override { return identity_; }
  size_t batch() const override { return static_cast<size_t>(settings_.batch); }

  Status Embed(std::span<const std::string_view> texts, Role role, std::span<float> out) const override {
    if (out.size() != texts.size() * identity_.dim) return Refused(Code::kInvalidArgument, "wrong room for the vectors");
    std::fill(out.begin(), out.end(), 0.0F);
    std::vector<Wanted> wanted;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].find_first_not_of(" \t\r\n") == std::string_view::npos) continue;  // zeros
      Wanted one;
      one.text = (role == Role::kQuery ? settings_.query_prefix : settings_.document_prefix);
      one.text += Cut(texts[i], static_cast<size_t>(settings_.max_bytes));
      one.key = HashOf128(one.text);
      one.out = out.subspan(i * identity_.dim, identity_.dim);
      if (!cache_.Find(one.key, one.out)) wanted.push_back(std::move(one));
    }
    for (size_t begin = 0; begin < wanted.size(); begin += batch()) {
      const size_t count = std::min(batch(), wanted.size() - begin);
      QUIRE_RETURN_IF_ERROR(Ask(std::span(wanted).subspan(begin, count)));
    }
    return {};
  }

 private:
  struct Wanted {
    std::string text;
    Hash128 key{};
    std::span<float> out;
  };

  Status Refused(Code code, const std::string& what, const std::string& hint = "") const {
    return Status(code, "embedder '" + settings_.name + "': " + what, hint);
  }

  Status Ask(std::span<Wanted> wanted) const {
    if (settings_.budget > 0 && asked_.fetch_add(wanted.size()) + wanted.size() > settings_.budget) {
      return Refused(Code::kResourceExhausted, "its budget of " + std::to_string(settings_.budget) + " texts is used up");
    }
    HttpRequest request;
    request.url = settings_.endpoint + "/embeddings";
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.timeout = std::chrono::milliseconds(settings_.timeout_ms);
    Result<std::string> key = ReadKey(settings_.key_variable);
    if (!key.ok()) return std::move(key).status().Within("embedder '" + settings_.name + "'");
    if (!key->empty()) request.headers.push_back("Authorization: Bearer " + *key);
    request.body = "{\"model\":";
    AppendJsonString(&request.body, settings_.model);
    request.body += settings_.base64 ? ",\"encoding_format\":\"base64\"" : ",\"encoding_format\":\"float\"";
    if (settings_.send_dims) request.body += ",\"dimensions\":" + std::to_string(settings_.dims);
    request.body += ",\"input\":[";
    for (const Wanted& one : wanted) {
      if (&one != wanted.data()) request.body += ',';
      AppendJsonString(&request.body, one.text);
    }
    request.body += "]}";
    auto response = client_.SendAgain(request, {.retries = static_cast<int>(settings_.retries)});
    if (!response.ok()) return std::move(response).status().Within("embedder '" + settings_.name + "'");
    if (response->status != 200) {
      return Refused(Code::kUnavailable, "the endpoint answered " + std::to_string(response->status) + ": " + MessageOf(response->body, *key));
    }
    return TakeAnswer(response->body, *key, wanted);
  }

  Status TakeAnswer(const std::string& body, const std::string& key, std::span<Wanted> wanted) const {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("data") || !json["data"].is_array()) {
      return Refused(Code::kUnavailable, "the endpoint's answer holds no embeddings: " + MessageOf(body, key));
    }
    const Json& data = json["data"];
    if (data.size() != wanted.size()) {
      return Refused(Code::kUnavailable, "the endpoint gave " + std::to_string(data.size()) + " embeddings for " +
                                             std::to_string(wanted.size()) + " texts");
    }
    std::vector<bool> taken(wanted.size());
    std::vector<std::vector<float>> vectors(wanted.size());
    for (size_t i = 0; i < data.size(); ++i) {
      const Json& entry = data[i];
      uint64_t index = i;
      if (entry.is_object() && entry.contains("index")) index = entry["index"].is_number_unsigned() ? entry["index"].get<uint64_t>() : wanted.size();
      if (index >= wanted.size() || taken[index]) return Refused(Code::kUnavailable, "the endpoint's embeddings are numbered wrongly");
      taken[index] = true;
      QUIRE_RETURN_IF_ERROR(ReadVector(entry, &vectors[index]));
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      std::copy(vectors[i].begin(), vectors[i].end(), wanted[i].out.begin());
      cache_.Put(wanted[i].key, vectors[i]);
    }
    return {};
  }

  Status ReadVector(const Json& entry, std::vector<float>* vector) const {
    const Json embedding = entry.is_object() ? entry.value("embedding", Json()) : Json();
    if (embedding.is_string()) {
      auto decoded = DecodeBase64(embedding.get_ref<const std::string&>());
      if (!decoded) return Refused(Code::kUnavailable, "the endpoint sent damaged base64");
      *vector = *std::move(decoded);
    } else if (embedding.is_array()) {
      for (const Json& value : embedding) {
        if (!value.is_number()) return Refused(Code::kUnavailable, "the endpoint sent an embedding that is not of numbers");
        vector->push_back(value.get<float>());
      }
    } else {
      return Refused(Code::kUnavailable, "the endpoint sent an entry without an embedding");
    }
    if (vector->size() != identity_.dim) {
      return Refused(Code::kUnavailable, "the endpoint sent " + std::to_string(vector->size()) + " dimensions, expected " +
                                             std::to_string(identity_.dim),
                     "CREATE EMBEDDER with dims = " + std::to_string(vector->size()) + " if that is right");
    }
    const bool finite = std::all_of(vector->begin(), vector->end(), [](float value) { return std::isfinite(value); });
    return finite ? Status() : Refused(Code::kUnavailable, "the endpoint sent numbers that are not finite");
  }

  const Settings settings_;
  const Identity identity_;
  mutable HttpClient client_;
  mutable VectorCache cache_;
  mutable std::atomic<uint64_t> asked_{0};
};

}  // namespace

Result<std::shared_ptr<const Embedder>> MakeOpenAiEmbedder(const EmbedderDefinition& definition) {
  QUIRE_ASSIGN_OR_RETURN(Settings settings, ReadSettings(definition));
  return std::shared_ptr<const Embedder>(std::make_shared<OpenAiEmbedder>(std::move(settings)));
}

}  // namespace quire::providers
