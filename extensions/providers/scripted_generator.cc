#include "extensions/providers/scripted_generator.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "engine/base/utf8.h"
#include "extensions/providers/wire.h"

namespace quire::providers {
namespace {

constexpr std::string_view kBetween = "\n---\n";

class ScriptedGenerator final : public sql::Generator {
 public:
  std::vector<std::string> answers;
  size_t piece = 16;
  uint32_t delay_ms = 0;

  Result<sql::Generation> Generate(const sql::GeneratorRequest& request) const override {
    const std::string& answer = answers[std::min(calls_.fetch_add(1, std::memory_order_relaxed), answers.size() - 1)];
    sql::Generation generation;
    for (std::string_view rest = answer; !rest.empty();) {
      if (request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed)) return Status(Code::kCancelled, "cancelled");
      if (delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      const size_t size = std::max(Utf8Prefix(rest, piece).size(), size_t{1});
      generation.text += rest.substr(0, size);
      if (request.on_text && !request.on_text(rest.substr(0, size))) {
        generation.end = sql::Generation::End::kStopped;
        return generation;
      }
      rest.remove_prefix(size);
    }
    if (generation.text.empty()) return Status(Code::kUnavailable, "the script has an empty answer");
    return generation;
  }

 private:
  mutable std::atomic<size_t> calls_{0};
};

Result<std::vector<std::string>> ReadAnswers(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, "cannot read file '" + path + "'");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<std::string> answers;
  for (size_t begin = 0; begin != std::string::npos;) {
    const size_t end = text.find(kBetween, begin);
    answers.push_back(ValidUtf8(text.substr(begin, end == std::string::npos ? end : end - begin)));
    begin = end == std::string::npos ? end : end + kBetween.size();
  }
  while (!answers.back().empty() && answers.back().back() == '\n') answers.back().pop_back();
  return answers;
}

}  // namespace

Result<std::shared_ptr<const sql::Generator>> MakeScriptedGenerator(const sql::ModelDefinition& definition) {
  auto generator = std::make_shared<ScriptedGenerator>();
  for (const auto& [name, value] : definition.options) {
    const auto number = [&text = value](auto* out) { return std::from_chars(text.data(), text.data() + text.size(), *out).ec == std::errc(); };
    if (name == "answer") {
      generator->answers.push_back(ValidUtf8(value));
    } else if (name == "path") {
      QUIRE_ASSIGN_OR_RETURN(std::vector<std::string> answers, ReadAnswers(value));
      generator->answers.insert(generator->answers.end(), answers.begin(), answers.end());
    } else if (!(name == "piece" && number(&generator->piece)) && !(name == "delay_ms" && number(&generator->delay_ms))) {
      return Status(Code::kInvalidArgument, "provider scripted does not take " + name + " = '" + Printable(value) + "'",
                    "options are answer, path, piece, delay_ms");
    }
  }
  if (generator->answers.empty()) {
    return Status(Code::kInvalidArgument, "an answer is missing", "WITH (answer = '...'), or PATH 'answers.txt'");
  }
  return std::shared_ptr<const sql::Generator>(std::move(generator));
}

}  // namespace quire::providers
