#include "bench/answers/asker.h"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/ann/machine.h"
#include "bench/ann/workplace.h"
#include "extensions/chat/register.h"
#include "extensions/ingest/loader.h"
#include "sql/registry/registry.h"

namespace quire::bench {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCollection = "docs";

class LoadedAsker final : public Asker {
 public:
  explicit LoadedAsker(Workplace workplace) : workplace_(std::move(workplace)) {}

  Status Fill(const AskerOptions& options) {
    QUIRE_RETURN_IF_ERROR(chat::RegisterChat(&registry_));
    QUIRE_ASSIGN_OR_RETURN(database_, Database::Open(workplace_.path() + "/db", {.sync = Sync::kOff}));
    QUIRE_RETURN_IF_ERROR(database_->CreateCollection({.name = kCollection, .embedder = options.embedder}));
    // Each folder under its own name below one root, so that URIs begin with it.
    const fs::path root = fs::path(workplace_.path()) / "documents";
    std::error_code error;
    fs::create_directories(root, error);
    for (const std::string& folder : options.folders) {
      fs::path source = fs::path(folder).lexically_normal();
      if (!source.has_filename()) source = source.parent_path();
      fs::copy(source, root / source.filename(), fs::copy_options::recursive, error);
      if (error) return Status(Code::kIoError, "folder '" + folder + "' cannot be copied: " + error.message());
    }
    ingest::LoadOptions load;
    load.collection = kCollection;
    load.paths = {root.string()};
    const Stopwatch watch;
    QUIRE_ASSIGN_OR_RETURN(const ingest::LoadReport report, ingest::Load(*database_, load));
    QUIRE_RETURN_IF_ERROR(database_->RunJobs());
    reader_ = database_->reader();
    std::fprintf(stderr, "%llu documents, %llu chunks, loaded in %.1f s\n",
                 static_cast<unsigned long long>(report.documents), static_cast<unsigned long long>(report.chunks),
                 watch.seconds());
    return {};
  }

  Result<GivenAnswer> Ask(const AskedQuestion& question) const override {
    const Stopwatch watch;
    QUIRE_ASSIGN_OR_RETURN(const sql::RowSet rows, Run(question, false));
    GivenAnswer given{.id = question.id, .ms = watch.seconds() * 1e3};
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      const std::string& name = rows.columns[i].name;
      const Value& value = rows.rows[0][i];
      if (name == "status") given.status = value.text();
      if (name == "answer") given.text = value.text();
      if (name == "confidence") given.confidence = value.real();
      if (name != "citations") continue;
      for (const auto& citation : nlohmann::json::parse(value.text())) {
        given.citations.push_back({citation.at("uri"), citation.at("section"), citation.at("quote")});
      }
    }
    return given;
  }

  Result<std::string> Explain(const AskedQuestion& question) const override {
    QUIRE_ASSIGN_OR_RETURN(const sql::RowSet rows, Run(question, true));
    std::string text;
    for (const auto& row : rows.rows) text += row[0].text() + ": " + row[1].text() + "\n";
    return text;
  }

 private:
  Result<sql::RowSet> Run(const AskedQuestion& question, bool explain) const {
    sql::AskRequest request{.question = question.text, .collection = kCollection, .explain = explain};
    if (question.filter) request.filter = *question.filter;
    // Neither kept nor taken from those kept: each is made anew.
    request.options["keep"] = Value::Boolean(false);
    request.options["cache"] = Value::Boolean(false);
    if (!question.history.empty()) request.options["history"] = Value::Json(question.history);
    const std::atomic<bool> cancelled{false};
    return registry_.answer_provider()->Ask(request, {*database_, *reader_, cancelled, progress_});
  }

  const Workplace workplace_;  // goes last
  sql::Registry registry_;
  std::unique_ptr<Database> database_;
  std::shared_ptr<const Reader> reader_;
  const std::function<void(const Progress&)> progress_;
};

}  // namespace

Result<std::unique_ptr<Asker>> Asker::Load(const AskerOptions& options) {
  QUIRE_ASSIGN_OR_RETURN(Workplace workplace, Workplace::Make());
  auto asker = std::make_unique<LoadedAsker>(std::move(workplace));
  QUIRE_RETURN_IF_ERROR(asker->Fill(options));
  return std::unique_ptr<Asker>(std::move(asker));
}

}  // namespace quire::bench
