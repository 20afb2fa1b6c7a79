#include "engine/embed/static_embedder.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/embed/dense.h"

namespace quire::embed {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kTokensMax = 512;
constexpr uint64_t kDimMax = 65'535;
constexpr std::uintmax_t kTextFileMax = std::uintmax_t{256} << 20;

class StaticEmbedder final : public Embedder {
 public:
  StaticEmbedder(Identity identity, std::shared_ptr<const Safetensors> file, const Tensor& table,
                 std::shared_ptr<const Tokenizer> tokenizer, bool normalize)
      : identity_(std::move(identity)),
        file_(std::move(file)),
        table_(table),
        tokenizer_(std::move(tokenizer)),
        normalize_(normalize) {}

  const Identity& identity() const override { return identity_; }

  Status Embed(std::span<const std::string_view> texts, Role, std::span<float> out) const override {
    const size_t dim = identity_.dim;
    if (out.size() != texts.size() * dim) {
      return Status(Code::kInvalidArgument, "embedder '" + identity_.name + "': room for " + std::to_string(out.size()) +
                                                " components, expected " + std::to_string(texts.size() * dim));
    }
    std::vector<uint32_t> tokens;
    std::vector<float> row(dim);
    for (size_t i = 0; i < texts.size(); ++i) {
      const std::span<float> vector = out.subspan(i * dim, dim);
      std::fill(vector.begin(), vector.end(), 0.0F);
      tokens.clear();
      tokenizer_->Tokenize(texts[i], kTokensMax, &tokens);
      if (tokenizer_->unknown()) std::erase(tokens, *tokenizer_->unknown());
      for (const uint32_t token : tokens) {
        ReadNumbers(table_, token * dim, dim, row.data());
        for (size_t j = 0; j < dim; ++j) vector[j] += row[j] / static_cast<float>(tokens.size());
      }
      for (const float value : vector) {
        if (!std::isfinite(value)) {
          return Status(Code::kCorruption, "embedder '" + identity_.name + "': its table holds numbers that are not finite");
        }
      }
      if (normalize_) Normalise(vector.data(), dim);
    }
    return {};
  }

 private:
  const Identity identity_;
  const std::shared_ptr<const Safetensors> file_;
  const Tensor table_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  const bool normalize_;
};

const Tensor* TableOf(const Safetensors& file) {
  for (const std::string_view name : {"embeddings", "embedding.weight", "0.embedding.weight"}) {
    if (const Tensor* table = file.Find(name)) return table;
  }
  return nullptr;
}

Result<std::string> ReadText(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return Status(Code::kNotFound, "file '" + path.string() + "' cannot be read");
  if (size > kTextFileMax) return Status(Code::kResourceExhausted, "file '" + path.string() + "' is too large");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::filesystem::path FindFile(const std::filesystem::path& folder, const char* name) {
  std::error_code error;
  const std::filesystem::path inner = folder / "0_StaticEmbedding" / name;
  return std::filesystem::exists(inner, error) ? inner : folder / name;
}

}  // namespace

Result<std::shared_ptr<const Embedder>> MakeStaticEmbedder(std::string name, std::shared_ptr<const Safetensors> table,
                                                           std::shared_ptr<const Tokenizer> tokenizer, bool normalize,
                                                           uint64_t config) {
  const Tensor* rows = TableOf(*table);
  const std::string what = "embedder '" + name + "': ";
  if (rows == nullptr) return Status(Code::kCorruption, what + "the file has no table 'embeddings' or 'embedding.weight' of numbers");
  if (rows->shape.size() != 2 || rows->shape[1] == 0 || rows->shape[1] > kDimMax) {
    return Status(Code::kCorruption, what + "its table has no rows of 1 to " + std::to_string(kDimMax) + " numbers");
  }
  if (table->Find("mapping") != nullptr || table->Find("weights") != nullptr) {
    return Status(Code::kUnsupported, what + "tables with 'mapping' or 'weights' are not supported", "save it without quantizing the vocabulary");
  }
  if (rows->shape[0] < tokenizer->size()) {
    return Status(Code::kCorruption, what + "its table has " + std::to_string(rows->shape[0]) + " rows, its tokenizer numbers " +
                                         std::to_string(tokenizer->size()));
  }
  const Embedder::Identity identity{
      .name = std::move(name), .version = kVersion, .dim = static_cast<uint32_t>(rows->shape[1]), .config = config};
  const Tensor copy = *rows;
  return std::shared_ptr<const Embedder>(
      std::make_shared<StaticEmbedder>(identity, std::move(table), copy, std::move(tokenizer), normalize));
}

Result<std::shared_ptr<const Embedder>> MakeStaticEmbedder(const EmbedderDefinition& definition) {
  const std::string what = "embedder '" + definition.name + "'";
  for (const auto& [option, value] : definition.options) {
    if (option == "path" || option == "dims") continue;
    return Status(Code::kInvalidArgument, what + ": provider static has no option '" + option + "'", "it has PATH and dims");
  }
  const std::filesystem::path folder(definition.Find("path"));
  if (folder.empty()) {
    return Status(Code::kInvalidArgument, what + ": a path is missing", "USING PROVIDER static PATH '/folder/of/the/model'");
  }
  auto opened = Safetensors::Open(FindFile(folder, "model.safetensors").string());
  if (!opened.ok()) return std::move(opened).status().Within(what);
  QUIRE_ASSIGN_OR_RETURN(const std::string text, ReadText(FindFile(folder, "tokenizer.json")));
  auto tokenizer = Tokenizer::Parse(text);
  if (!tokenizer.ok()) return std::move(tokenizer).status().Within(what);
  const Result<std::string> config = ReadText(folder / "config.json");
  const nlohmann::json settings = nlohmann::json::parse(config.ok() ? *config : "{}", nullptr, false);
  const bool normalize = !settings.is_object() || !settings.contains("normalize") || settings["normalize"] != false;
  const uint64_t hash = Hash64(std::to_string(Hash64((*opened)->bytes())) + "/" + std::to_string(Hash64(text)) + (normalize ? "/n" : ""));
  QUIRE_ASSIGN_OR_RETURN(auto embedder, MakeStaticEmbedder(definition.name, *opened, *tokenizer, normalize, hash));
  const std::string_view dims = definition.Find("dims");
  if (!dims.empty() && dims != std::to_string(embedder->identity().dim)) {
    return Status(Code::kInvalidArgument, what + " has " + std::to_string(embedder->identity().dim) + " dimensions, expected " + std::string(dims));
  }
  return embedder;
}

}  // namespace quire::embed
