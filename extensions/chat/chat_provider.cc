#include "extensions/chat/chat_provider.h"

#include <algorithm>
#include <chrono>

#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "extensions/chat/ask_model.h"
#include "extensions/chat/calibrations.h"
#include "extensions/chat/forget.h"
#include "extensions/chat/generate.h"
#include "extensions/chat/kept.h"
#include "extensions/chat/model_check.h"
#include "extensions/chat/system_collections.h"

namespace quire::chat {
namespace {

constexpr int kModelsTried = 4;
constexpr int64_t kAnswerTokensMin = 32;  // a budget for less is none

std::string ModelName(const sql::AskRequest& request, const sql::Session& session) {
  if (!request.model.empty()) return request.model;
  return session.model.empty() ? std::string(kExtractive) : std::string(session.model);
}

bool IsExtractive(std::string_view model) { return FoldCase(model) == kExtractive; }

Status Cancelled() { return Status(Code::kCancelled, "ASK was cancelled"); }

// The answer as events, where it was not told while it was written: a piece ends with a blank line.
Status Tell(const Answer& answer, const sql::Session& session, bool told) {
  if (session.answer == nullptr || !*session.answer) return {};
  const auto& tell = *session.answer;
  if (!told) tell({AnswerEvent::Kind::kSources, CitationsJson(answer.citations)});
  constexpr std::string_view kEnd = "\n\n";
  for (std::string_view rest = told ? std::string_view() : answer.text; !rest.empty();) {
    if (session.cancelled.load(std::memory_order_relaxed)) return Cancelled();
    const size_t end = rest.find(kEnd);
    const size_t size = end == std::string_view::npos ? rest.size() : end + kEnd.size();
    tell({AnswerEvent::Kind::kText, rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  if (session.cancelled.load(std::memory_order_relaxed)) return Cancelled();
  tell({AnswerEvent::Kind::kDone, answer.status});
  return {};
}

double MaxCost(const Model& model, const WriteOptions& options) { return options.max_cost > 0 ? options.max_cost : model.limits.max_cost; }

// Equal keys: the same question to the same model, from the same chunks as they are now.
std::string CacheKey(const Model& model, const Prompt& prompt, const Preparation& preparation, std::string_view question, const WriteOptions& options) {
  std::string bytes(kPromptVersion);
  bytes.append(1, '\0').append(model.key).append(1, options.strict ? '\1' : options.verify ? '\2' : '\0').append(std::to_string(prompt.request.answer_tokens));
  bytes.append(1, '\0').append(question);
  for (const sql::GeneratorMessage& message : prompt.request.messages) {  // the last one holds the nonce: sources are taken as they are
    if (&message != &prompt.request.messages.back()) bytes.append(1, '\0').append(message.text);
  }
  for (const PromptSource& source : prompt.sources) {
    bytes += '\2';  // joined chunks are not chunks apart
    for (const PromptPart& part : source.parts) {
      const Chunk& chunk = preparation.retrieved.candidates[part.candidate].chunk;
      bytes.append(1, '\0').append(chunk.id).append(1, '\0').append(chunk.text, 0, part.bytes);
    }
  }
  return ToHex(HashOf128(bytes));
}

std::vector<KeptSource> SourcesOf(const Preparation& preparation, const std::vector<PromptSource>& given, const Answer& answer) {
  std::vector<KeptSource> sources;
  const auto& candidates = preparation.retrieved.candidates;
  const auto add = [&](const Chunk& chunk, uint32_t number, double score) {
    sources.push_back({number, chunk.id, ToHex(HashOf128(chunk.text)), chunk.uri, chunk.section, chunk.start, chunk.end, score});
  };
  for (size_t i = 0; i < given.size(); ++i) {
    for (const PromptPart& part : given[i].parts) add(candidates[part.candidate].chunk, static_cast<uint32_t>(i + 1), candidates[part.candidate].score);
  }
  for (const Candidate& candidate : candidates) {
    const auto same = [&](const KeptSource& one) { return one.chunk == candidate.chunk.id; };
    if (!candidate.joined.empty() || std::any_of(sources.begin(), sources.end(), same)) continue;
    uint32_t number = 0;
    for (const Citation& citation : answer.citations) {
      if (given.empty() && citation.chunk == candidate.chunk.id && number == 0) number = citation.number;
    }
    add(candidate.chunk, number, candidate.score);
  }
  return sources;
}

}  // namespace

Status ChatProvider::Begin(Asked* asked) const {
  const sql::AskRequest& request = asked->request;
  if (request.collection.rfind("quire_", 0) == 0) {
    return Status(Code::kUnsupported, "'" + request.collection + "' holds what was answered: answers are never sources");
  }
  sql::AskRequest rest = request;
  rest.model.clear();
  QUIRE_ASSIGN_OR_RETURN(asked->options, TakeWriteOptions(&rest.options));
  if (!asked->options.conversation.empty()) {
    QUIRE_ASSIGN_OR_RETURN(asked->turns, ReadTurns(*asked->session.database.reader(), request.collection, asked->options.conversation));
  }
  const bool extractive = IsExtractive(ModelName(request, asked->session));
  if (extractive && asked->options.verify) return Status(Code::kInvalidArgument, "option 'verify' needs a model", "USING MODEL name");
  if (extractive && asked->options.rewrite) return Status(Code::kInvalidArgument, "option 'rewrite' needs a model", "USING MODEL name");
  if (asked->options.rewrite && !request.explain && !asked->turns.empty()) {
    QUIRE_ASSIGN_OR_RETURN(const Model model, FindModel(asked->session.reader, ModelName(request, asked->session)));
    QUIRE_ASSIGN_OR_RETURN(const auto generator, pool_.Find(model, asked->session.registry));
    QUIRE_ASSIGN_OR_RETURN(rest.question, RewriteQuestion(*generator, request.question, asked->turns, asked->session));
  }
  asked->question = rest.question;
  QUIRE_ASSIGN_OR_RETURN(asked->preparation, Prepare(rest, asked->session, asked->turns));
  if (!asked->preparation.options.history.empty()) asked->turns = asked->preparation.options.history;
  Preparation& preparation = asked->preparation;
  if (preparation.gate.outcome == GateOutcome::kRefuse || (extractive && !request.explain)) return {};
  QUIRE_ASSIGN_OR_RETURN(preparation.sources, JoinNeighbours(asked->session.reader, request.collection, request.filter,
                                                             &preparation.retrieved.candidates));
  return {};
}

Result<Prompt> ChatProvider::PromptOf(const Model& model, const sql::Generator& generator, const Asked& asked) const {
  int64_t tokens = model.limits.max_tokens;
  if (asked.preparation.options.max_tokens > 0) tokens = std::min(tokens, asked.preparation.options.max_tokens);
  const auto build = [&] {
    return BuildPrompt(asked.preparation, asked.question, asked.turns, model.limits, tokens, generator.takes_sources(), MakeNonce());
  };
  QUIRE_ASSIGN_OR_RETURN(Prompt prompt, build());
  const double most = MaxCost(model, asked.options);
  if (most <= 0 || CostOf(model.limits, prompt.tokens, tokens) <= most) return prompt;
  const double left = most - CostOf(model.limits, prompt.tokens, 0);
  tokens = model.limits.price_out > 0 ? static_cast<int64_t>(std::max(left, 0.0) * 1e6 / model.limits.price_out) : 0;
  if (tokens < kAnswerTokensMin) return Status(Code::kResourceExhausted, "its prompt alone costs what max_cost allows");
  prompt.request.answer_tokens = std::min(tokens, prompt.request.answer_tokens);
  return prompt;
}

Status ChatProvider::WriteWith(const Model& model, Asked* asked) const {
  QUIRE_ASSIGN_OR_RETURN(const auto generator, pool_.Find(model, asked->session.registry));
  QUIRE_ASSIGN_OR_RETURN(const Prompt prompt, PromptOf(model, *generator, *asked));
  AnswerRecord& record = asked->record;
  const ModelCall call{model, *generator, prompt, asked->options.strict};
  const std::string key = CacheKey(model, prompt, asked->preparation, asked->question, asked->options);
  if (asked->options.cache) {
    QUIRE_ASSIGN_OR_RETURN(const auto cached, FindCached(*asked->session.database.reader(), key));
    if (cached) {
      QUIRE_ASSIGN_OR_RETURN(record.answer, AnswerFromText(cached->text, call, asked->preparation, asked->session));
      if (asked->options.verify) TakeModelVerdicts(cached->sentences, &record.answer);
      record.answer.note = "as answer " + std::to_string(cached->id);
    }
  }
  if (record.answer.note.empty()) {
    QUIRE_RETURN_IF_ERROR(pool_.Admit(model));
    QUIRE_ASSIGN_OR_RETURN(ModelAnswer written, AskModel(call, asked->preparation, asked->session));
    pool_.AddCost(model, written.answer.cost);
    record.answer = std::move(written.answer);
    asked->told = written.shown;
    if (asked->options.verify) QUIRE_RETURN_IF_ERROR(CheckByModel(call, asked->preparation, asked->session, MaxCost(model, asked->options), &pool_, &record.answer));
  }
  record.prompt = kPromptVersion;
  const auto left_open = [](const AnswerSentence& sentence) { return sentence.check.rfind(kNotAsked, 0) == 0; };
  const auto& sentences = record.answer.sentences;
  if (std::none_of(sentences.begin(), sentences.end(), left_open)) record.cache_key = key;
  record.sources = SourcesOf(asked->preparation, prompt.sources, record.answer);
  return {};
}

Status ChatProvider::Write(Asked* asked) const {
  std::string name = ModelName(asked->request, asked->session), note;
  const bool refused = asked->preparation.gate.outcome == GateOutcome::kRefuse;
  for (int tries = 0; !IsExtractive(name) && tries < kModelsTried; ++tries) {
    const Result<Model> model = FindModel(asked->session.reader, name);
    if (!model.ok() && tries == 0) return model.status();
    Status failure = model.ok() ? Status() : model.status();
    if (model.ok() && refused) break;  // nothing to ask a model about
    if (failure.ok()) failure = WriteWith(*model, asked);
    if (failure.code() == Code::kCancelled || failure.code() == Code::kInternal) return failure;
    if (failure.ok()) {
      Answer& answer = asked->record.answer;
      if (!note.empty()) answer.note = note + "answered by " + answer.model + (answer.note.empty() ? "" : "; " + answer.note);
      return {};
    }
    note += name + ": " + std::string(failure.message()) + "; ";
    name = !model.ok() || model->limits.fallback.empty() ? std::string(kExtractive) : model->limits.fallback;
    if (FoldCase(name) == "none") {
      Answer& answer = asked->record.answer;
      answer.status = "error";
      answer.reason = failure.code() == Code::kResourceExhausted ? "budget" : "provider_error";
      answer.text = "There is no answer: the model could not be asked.";
      answer.model = model->definition.name;
      answer.version = model->definition.version;
      answer.note = note.substr(0, note.size() - 2);
      return {};
    }
  }
  QUIRE_ASSIGN_OR_RETURN(asked->record.answer, WriteAnswer(asked->preparation, asked->session.reader));
  if (!note.empty()) asked->record.answer.note = note + "answered by " + std::string(kExtractive);
  asked->record.sources = SourcesOf(asked->preparation, {}, asked->record.answer);
  return {};
}

void ChatProvider::Keep(Asked* asked) const {
  const sql::Session& session = asked->session;
  AnswerRecord& record = asked->record;
  if (!session.keep_answers || !asked->options.keep || session.database.read_only()) return;
  record.question = asked->request.question;
  record.collection = asked->preparation.collection.schema.name;
  record.conversation = asked->options.conversation;
  const Result<int64_t> id = log_.Keep(session.database, record);
  if (id.ok()) {
    record.answer.id = *id;
  } else {  // an answer is worth more than its record
    record.answer.note += (record.answer.note.empty() ? "" : "; ") + ("not kept: " + std::string(id.status().message()));
  }
}

Result<sql::RowSet> ChatProvider::Ask(const sql::AskRequest& request, const sql::Session& session) const {
  const auto begun = std::chrono::steady_clock::now();
  Asked asked{.request = request, .session = session};
  QUIRE_RETURN_IF_ERROR(Begin(&asked));
  if (request.explain) return Explain(asked);
  QUIRE_RETURN_IF_ERROR(Write(&asked));
  Answer& answer = asked.record.answer;
  if (asked.question != request.question || !asked.preparation.question.context.empty()) {
    answer.query = asked.question + (asked.preparation.question.context.empty() ? "" : " + " + asked.preparation.question.context);
  }
  answer.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  QUIRE_RETURN_IF_ERROR(Tell(answer, session, asked.told));
  Keep(&asked);
  return AnswerRow(answer);
}

Result<sql::RowSet> ChatProvider::Explain(const Asked& asked) const {
  sql::RowSet rows = ExplainRows(asked.preparation);
  const std::string name = ModelName(asked.request, asked.session);
  if (IsExtractive(name)) return rows;
  const auto add = [&rows](std::string_view step, std::string detail) {
    rows.rows.push_back({Value::Text(std::string(step)), Value::Text(std::move(detail))});
  };
  rows.rows.pop_back();  // what it says of the model
  QUIRE_ASSIGN_OR_RETURN(const Model model, FindModel(asked.session.reader, name));
  add("model", model.definition.name + " version " + std::to_string(model.definition.version) + ", provider " + model.definition.provider +
                   ": it is not called");
  if (asked.preparation.gate.outcome == GateOutcome::kRefuse) return rows;
  QUIRE_ASSIGN_OR_RETURN(const auto generator, pool_.Find(model, asked.session.registry));
  QUIRE_ASSIGN_OR_RETURN(const Prompt prompt, PromptOf(model, *generator, asked));
  add("budget", "context " + std::to_string(model.limits.context) + " tokens, " + std::to_string(prompt.request.answer_tokens) +
                    " of them for the answer; the prompt takes " + std::to_string(prompt.tokens) + " of " + std::to_string(prompt.room) +
                    ": " + std::to_string(prompt.sources.size()) + " sources, " + std::to_string(prompt.left_out) + " left out, " +
                    std::to_string(prompt.turns) + " earlier turns");
  add("prompt version", std::string(kPromptVersion));
  add("prompt system", prompt.request.system);
  for (size_t i = 0; i < prompt.request.sources.size(); ++i) {
    std::string text = prompt.request.sources[i].place + " (" + prompt.request.sources[i].title + ")\n";
    for (const std::string& part : prompt.request.sources[i].parts) text += part;
    add("prompt source " + std::to_string(i + 1), std::move(text));
  }
  if (asked.options.verify) add("verify", "sentences that words cannot decide are put to " + model.definition.name + ", one by one");
  for (const sql::GeneratorMessage& message : prompt.request.messages) {
    add(message.role == sql::GeneratorMessage::Role::kUser ? "prompt user" : "prompt assistant", message.text);
  }
  return rows;
}

Status ChatProvider::ChangeModel(const sql::ModelChange& change, const sql::Session& session) const { return chat::ChangeModel(change, session); }

Result<sql::RowSet> ChatProvider::ShowModels(const sql::Session& session) const { return ListModels(session.reader); }

Result<sql::RowSet> ChatProvider::ExplainAnswer(int64_t id, const sql::Session& session) const { return chat::ExplainAnswer(session.reader, id); }

Status ChatProvider::GiveFeedback(const sql::Feedback& feedback, const sql::Session& session) const {
  return chat::GiveFeedback(feedback, session.database);
}

Result<sql::AnswerProvider::Forgotten> ChatProvider::ForgetDocument(Transaction& transaction, const std::string& collection,
                                                                    const std::string& uri) const {
  return ForgetKept(transaction, collection, uri);
}

Result<sql::RowSet> ChatProvider::Calibrate(const std::string& collection, const sql::StatementOptions& options, const sql::Session& session) const {
  return CalibrateCollection(collection, options, session);
}

Result<sql::RowSet> ChatProvider::ShowCalibration(const std::string& collection, const sql::Session& session) const {
  return ShowCalibrations(collection, session);
}

}  // namespace quire::chat
