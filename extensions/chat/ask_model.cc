#include "extensions/chat/ask_model.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "extensions/chat/check_answer.h"
#include "extensions/chat/generate.h"
#include "extensions/chat/link_filter.h"

namespace quire::chat {
namespace {

using End = sql::Generation::End;

constexpr int64_t kRewrittenTokens = 96;
constexpr size_t kRewrittenBytes = 400;
constexpr size_t kStrictStep = 32;

std::string_view Trimmed(std::string_view text, std::string_view what) {
  const size_t begin = text.find_first_not_of(what);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

// Takes what a model writes, piece by piece, and tells it on: without links that no source holds, and not where it says that the
// sources do not hold the answer.
class Listener {
 public:
  Listener(const ModelCall& call, const Preparation& preparation, const sql::Session& session)
      : call_(call),
        preparation_(preparation),
        session_(session),
        filter_([this](std::string_view address) { return IsKnown(address); }) {}

  // False: nothing more is wanted.
  bool Take(std::string_view piece) {
    if (session_.cancelled.load(std::memory_order_relaxed)) return false;
    if (begun_) return Tell(filter_.Feed(piece));
    start_ += piece;
    const std::string_view said = Trimmed(start_, " \t\r\n*`\"'");
    if (said.substr(0, kNotInSources.size()) == kNotInSources) {
      not_in_sources_ = true;
      return false;
    }
    if (kNotInSources.substr(0, said.size()) == said) return true;  // it may still say so
    begun_ = true;
    return Tell(filter_.Feed(start_));
  }
  // Nothing comes any more.
  void Finish() {
    if (not_in_sources_) return;
    if (!begun_) Tell(filter_.Feed(start_));
    Tell(filter_.End());
  }
  // In strict mode: what is shown from the beginning on, of which the front was told.
  void TellShown(std::string_view shown) {
    if (shown.size() <= told_.size() || shown.substr(0, told_.size()) != told_ || !Listens()) return;
    Event(std::string(shown.substr(told_.size())));
    told_ = shown;
  }

  bool not_in_sources() const { return not_in_sources_; }
  bool shown() const { return shown_; }
  const std::string& text() const { return text_; }

 private:
  bool IsKnown(std::string_view address) const {
    const auto holds = [&](const PromptPart& part) {
      const Chunk& chunk = preparation_.retrieved.candidates[part.candidate].chunk;
      return chunk.text.find(address) != std::string::npos || chunk.uri == address;
    };
    return !address.empty() && std::any_of(call_.prompt.sources.begin(), call_.prompt.sources.end(), [&](const PromptSource& source) {
      return std::any_of(source.parts.begin(), source.parts.end(), holds);
    });
  }
  bool Listens() const { return session_.answer != nullptr && *session_.answer; }
  bool Tell(const std::string& text) {
    text_ += text;
    if (text.empty() || !Listens()) return true;
    if (call_.strict) {
      // Each look reads all of it: they come less often as it grows, about once a sentence at first.
      if (text_.size() < looked_at_ + kStrictStep + looked_at_ / 16) return true;
      looked_at_ = text_.size();
      TellShown(SupportedFront(text_, preparation_, call_.prompt, session_.reader));
    } else {
      Event(text);
    }
    return !session_.cancelled.load(std::memory_order_relaxed);
  }
  void Event(const std::string& text) {
    const auto& tell = *session_.answer;
    if (!shown_) tell({AnswerEvent::Kind::kSources, SourcesJson(preparation_, call_.prompt)});
    shown_ = true;
    tell({AnswerEvent::Kind::kText, text});
  }

  const ModelCall& call_;
  const Preparation& preparation_;
  const sql::Session& session_;
  LinkFilter filter_;
  std::string start_;  // until it is known not to be NOT_IN_SOURCES
  std::string text_;
  std::string told_;      // in strict mode: of what is shown
  size_t looked_at_ = 0;  // ... the size of the text then
  bool begun_ = false;
  bool not_in_sources_ = false;
  bool shown_ = false;
};

// Without half a character at its end, and without NOT_IN_SOURCES behind an answer.
std::string Cleaned(std::string_view text, bool* holds_all) {
  if (const size_t at = text.find(kNotInSources); at != std::string_view::npos) {
    text = text.substr(0, at);
    *holds_all = false;
  }
  constexpr std::string_view kBroken = "\xEF\xBF\xBD";
  while (text.size() >= kBroken.size() && text.substr(text.size() - kBroken.size()) == kBroken) text.remove_suffix(kBroken.size());
  return std::string(Trimmed(text, " \t\r\n"));
}

}  // namespace

double CostOf(const ModelLimits& limits, int64_t tokens_in, int64_t tokens_out) {
  return (limits.price_in * static_cast<double>(tokens_in) + limits.price_out * static_cast<double>(tokens_out)) / 1e6;
}

std::string SourcesJson(const Preparation& preparation, const Prompt& prompt) {
  std::vector<Citation> sources;
  for (size_t i = 0; i < prompt.sources.size(); ++i) {
    const auto& parts = prompt.sources[i].parts;
    const Chunk& chunk = preparation.retrieved.candidates[parts.front().candidate].chunk;
    Citation source;
    source.number = static_cast<uint32_t>(i + 1);
    source.chunk = chunk.id;
    source.uri = chunk.uri;
    source.section = chunk.section.empty() ? chunk.title : chunk.section;
    source.anchor = chunk.anchor;
    source.start = chunk.start;
    source.end = preparation.retrieved.candidates[parts.back().candidate].chunk.end;
    sources.push_back(std::move(source));
  }
  return CitationsJson(sources);
}

Result<Answer> AnswerFromText(const std::string& text, const ModelCall& call, const Preparation& preparation, const sql::Session& session) {
  QUIRE_ASSIGN_OR_RETURN(Answer answer, CheckAnswer(text, preparation, call.prompt, call.strict, session.reader));
  answer.model = call.model.definition.name;
  answer.version = call.model.definition.version;
  return answer;
}

Result<ModelAnswer> AskModel(const ModelCall& call, const Preparation& preparation, const sql::Session& session) {
  Listener listener(call, preparation, session);
  sql::GeneratorRequest request = call.prompt.request;
  request.cancelled = &session.cancelled;
  request.on_text = [&listener](std::string_view piece) { return listener.Take(piece); };
  Result<sql::Generation> generation = call.generator.Generate(request);
  if (session.cancelled.load(std::memory_order_relaxed)) return Status(Code::kCancelled, "ASK was cancelled");
  if (!generation.ok()) return std::move(generation).status();
  listener.Finish();
  // Half an answer that nobody has seen is none: another model may be asked.
  if (!generation->failure.ok() && !listener.shown()) return generation->failure;
  bool holds_all = true;
  const std::string text = Cleaned(listener.text(), &holds_all);
  ModelAnswer written;
  if (listener.not_in_sources() || (text.empty() && !holds_all)) {
    written.answer = Refusal(preparation, "not_in_sources");
    written.answer.model = call.model.definition.name;
    written.answer.version = call.model.definition.version;
  } else if (text.empty()) {
    return Status(Code::kUnavailable, "it gave an empty answer");
  } else {
    QUIRE_ASSIGN_OR_RETURN(written.answer, AnswerFromText(text, call, preparation, session));
    Answer& answer = written.answer;
    if (call.strict && listener.shown()) listener.TellShown(answer.text);
    const bool answered = answer.status != "refused";
    if (answered && !generation->failure.ok()) {
      answer.status = "partial";
      answer.reason = "provider_error";
      answer.note = call.model.definition.name + ": " + std::string(generation->failure.message());
    } else if (answered && generation->end != End::kWhole && generation->end != End::kStopped) {
      answer.status = "partial";
      answer.reason = generation->end == End::kLength ? "budget" : "provider_error";
    } else if (answered && !holds_all) {
      answer.status = "partial";
      answer.reason = "not_in_sources";
    }
  }
  written.shown = listener.shown();
  written.answer.tokens_in = generation->tokens_in >= 0 ? generation->tokens_in : call.prompt.tokens;
  written.answer.tokens_out = generation->tokens_out >= 0 ? generation->tokens_out : EstimateTokens(generation->text.size());
  written.answer.cost = CostOf(call.model.limits, written.answer.tokens_in, written.answer.tokens_out);
  return written;
}

Result<std::string> RewriteQuestion(const sql::Generator& generator, std::string_view question, std::span<const Turn> turns,
                                    const sql::Session& session) {
  sql::GeneratorRequest request;
  request.system =
      "Rewrite the last question so that it can be understood without the conversation before it. Keep its language and its words where "
      "you can. Reply with the question and nothing else. If it can be understood alone, reply with it as it is.";
  for (const Turn& turn : turns) {
    request.messages.push_back({sql::GeneratorMessage::Role::kUser, turn.question});
    request.messages.push_back({sql::GeneratorMessage::Role::kAssistant, std::string(Utf8Prefix(turn.answer, kRewrittenBytes))});
  }
  request.messages.push_back({sql::GeneratorMessage::Role::kUser, std::string(question)});
  request.answer_tokens = kRewrittenTokens;
  request.cancelled = &session.cancelled;
  const Result<sql::Generation> generation = generator.Generate(request);
  if (session.cancelled.load(std::memory_order_relaxed)) return Status(Code::kCancelled, "ASK was cancelled");
  if (!generation.ok() || !generation->failure.ok()) return std::string(question);
  const std::string_view rewritten = Trimmed(generation->text, " \t\r\n\"");
  const bool usable = !rewritten.empty() && rewritten.size() <= kRewrittenBytes && rewritten.find('\n') == std::string_view::npos;
  return std::string(usable ? rewritten : question);
}

}  // namespace quire::chat
