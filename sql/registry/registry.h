// Registry: the doors through which extensions come in. A program's main, or the host application, makes one, hands it
// to each extension's register function (quire_register_chat, quire_register_ingest), and then to its Connections.
// Nothing registers itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quire/connection.h"
#include "quire/database.h"
#include "sql/registry/answer_provider.h"
#include "sql/registry/generator.h"

namespace quire::sql {

// A function of values, usable in any expression. One entry makes registration, .help and the manual.
struct ScalarFunction {
  std::string name{};  // lower-case
  size_t arguments_min = 0;
  size_t arguments_max = 0;
  std::string signature{};    // "lower(text)"
  std::string description{};  // one sentence
  bool null_on_null = true;   // any NULL argument gives NULL without a call
  std::function<Result<Value>(std::span<const Value>)> evaluate;
  // In place of `evaluate` where the database is needed.
  std::function<Result<Value>(std::span<const Value>, Database&)> evaluate_in = {};
  // What the arguments are cast to before the call; the last one stands for all that follow. kNull, or an empty list:
  // taken as they come.
  std::vector<Type> argument_types = {};
  Type result = Type::kNull;  // kNull: not known before the call
  std::string alias_of{};     // not empty: another name of that function
  std::string_view subject{};  // "Text": where the reference lists it
  bool uniform = false;       // the arguments are brought to their common type, and the result has it
};

// COPY collection FROM 'source' (...): documents or rows into a collection. SYNC: what vanished from the source goes as well. RETRY
// collection: what failed before, again; there is no source then. SYNC without one: from wherever the collection was loaded.
struct CopyRequest {
  enum class Kind : uint8_t { kCopy, kSync, kRetry } kind = Kind::kCopy;
  std::string collection{};
  std::string source{};  // path or glob; empty: see above
  StatementOptions options{};
};
struct CopyReport {
  uint64_t documents = 0, chunks = 0, failed = 0;
  std::vector<std::string> messages{};  // what went wrong or was left out, one line each
};
class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  virtual Result<CopyReport> Copy(const CopyRequest& request, const Session& session) const = 0;
};

class Registry {
 public:
  Registry();  // with the built-in functions
  // Errors: kAlreadyExists.
  Status AddFunction(ScalarFunction function);
  Status SetAnswerProvider(std::unique_ptr<const AnswerProvider> provider);
  Status SetDocumentSource(std::unique_ptr<const DocumentSource> source);
  Status AddEmbedderProvider(std::string name, EmbedderFactory factory);
  Status AddGeneratorProvider(std::string name, GeneratorFactory factory);

  const ScalarFunction* FindFunction(std::string_view name) const;  // null: none
  std::vector<const ScalarFunction*> functions() const;             // by name
  const AnswerProvider* answer_provider() const { return answer_provider_.get(); }
  const DocumentSource* document_source() const { return document_source_.get(); }
  // For Options::embedder_providers of whoever opens the database.
  const std::map<std::string, EmbedderFactory>& embedder_providers() const { return embedder_providers_; }
  // By lower-case name, for CREATE MODEL.
  const std::map<std::string, GeneratorFactory, std::less<>>& generator_providers() const { return generator_providers_; }

 private:
  std::map<std::string, ScalarFunction, std::less<>> functions_;
  std::map<std::string, EmbedderFactory> embedder_providers_;
  std::map<std::string, GeneratorFactory, std::less<>> generator_providers_;
  std::unique_ptr<const AnswerProvider> answer_provider_;
  std::unique_ptr<const DocumentSource> document_source_;
};

}  // namespace quire::sql
