#include "sql/registry/registry.h"

#include <utility>

#include "sql/registry/builtin.h"

namespace quire::sql {

namespace {

struct Subject {
  std::string_view name;
  std::vector<ScalarFunction> (*functions)();
};
constexpr Subject kSubjects[] = {
    {"Numbers and NULL", NumberFunctions}, {"Numbers and NULL", MathFunctions}, {"Text", TextFunctions},
    {"Text", StringFunctions},             {"Excerpts", ExcerptFunctions},      {"Dates", TimeFunctions},
    {"Arrays", ArrayFunctions},            {"JSON", JsonFunctions},             {"Vectors", VectorFunctions},
};

}  // namespace

Registry::Registry() {
  for (const Subject& subject : kSubjects) {
    for (ScalarFunction& function : subject.functions()) {
      std::string name = function.name;
      function.subject = subject.name;
      functions_.emplace(std::move(name), std::move(function));
    }
  }
}

Status Registry::AddFunction(ScalarFunction function) {
  std::string name = function.name;
  if (functions_.count(name) != 0) {
    return Status(Code::kAlreadyExists, "function '" + name + "' is registered already");
  }
  functions_.emplace(std::move(name), std::move(function));
  return {};
}

Status Registry::SetAnswerProvider(std::unique_ptr<const AnswerProvider> provider) {
  if (answer_provider_) return Status(Code::kAlreadyExists, "an answer provider is registered already");
  answer_provider_ = std::move(provider);
  return {};
}

Status Registry::SetDocumentSource(std::unique_ptr<const DocumentSource> source) {
  if (document_source_) return Status(Code::kAlreadyExists, "a document source is registered already");
  document_source_ = std::move(source);
  return {};
}

Status Registry::AddEmbedderProvider(std::string name, EmbedderFactory factory) {
  const auto [added, is_new] = embedder_providers_.emplace(std::move(name), std::move(factory));
  return is_new ? Status() : Status(Code::kAlreadyExists, "provider '" + added->first + "' is registered already");
}

Status Registry::AddGeneratorProvider(std::string name, GeneratorFactory factory) {
  const auto [added, is_new] = generator_providers_.emplace(std::move(name), std::move(factory));
  return is_new ? Status() : Status(Code::kAlreadyExists, "provider '" + added->first + "' is registered already");
}

const ScalarFunction* Registry::FindFunction(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

std::vector<const ScalarFunction*> Registry::functions() const {
  std::vector<const ScalarFunction*> all;
  all.reserve(functions_.size());
  for (const auto& [name, function] : functions_) all.push_back(&function);
  return all;
}

}  // namespace quire::sql
