#include "extensions/chat/history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace quire::chat {
namespace {

constexpr double kIdfMin = 2;         // an earlier word must say this much
constexpr double kEarlierWeight = 0.5;
constexpr size_t kTurnsMax = 3;       // the last ones
constexpr size_t kShiftBytes = 60;    // from the start, where a question says that its topic is new
constexpr size_t kEarlierTermsMax = 12;

// Phrases that say that the conversation so far does not matter.
constexpr std::string_view kShifts[] = {"another question", "another topic",   "change of topic",  "changing topic",
                                        "different question", "different thing", "different topic", "new question",
                                        "new topic",        "next question",   "next topic",       "other question",
                                        "something different", "something else", "unrelated",      "on another note"};


char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

Result<std::vector<Turn>> ReadHistory(std::string_view json) {
  if (json.size() > kHistoryBytesMax) {
    return Status(Code::kResourceExhausted, "history: expected at most " + std::to_string(kHistoryBytesMax) +
                                                " bytes, found " + std::to_string(json.size()));
  }
  const auto malformed = [](const std::string& what) {
    return Status(Code::kInvalidArgument,
                  "history: " + what + R"(; expected [{"role": "user" or "assistant", "content": "..."}, ...])");
  };
  const auto messages = nlohmann::json::parse(json, nullptr, false);
  if (!messages.is_array()) return malformed(messages.is_discarded() ? "not JSON" : "not an array");
  std::vector<Turn> turns;
  for (const auto& message : messages) {
    if (!message.is_object() || !message.contains("role") || !message.contains("content") ||
        !message["role"].is_string() || !message["content"].is_string()) {
      return malformed("an element is not a message");
    }
    const auto& role = message["role"].get_ref<const std::string&>();
    if (role == "user") {
      turns.push_back({message["content"].get<std::string>(), {}});
    } else if (role == "assistant" && !turns.empty()) {
      turns.back().answer += message["content"].get_ref<const std::string&>();
    }
  }
  return turns;
}

std::string_view AfterShift(std::string_view question) {
  for (const std::string_view shift : kShifts) {
    const auto found = std::search(question.begin(), question.begin() + static_cast<ptrdiff_t>(std::min(question.size(), kShiftBytes)),
                                   shift.begin(), shift.end(), [](char a, char b) { return Lower(a) == b; });
    const auto at = static_cast<size_t>(found - question.begin()) + shift.size();
    if (at >= question.size() || at > kShiftBytes) continue;
    const std::string_view rest = question.substr(at);
    if (rest.find(' ') != std::string_view::npos) return rest;
  }
  return {};
}

Result<Question> ExpandQuestion(const Question& question, std::span<const Turn> turns, const Reader& reader,
                                const CollectionInfo& collection, const WordCutter& cutter) {
  Question expanded = question;
  const auto known = [&](const std::string& term) {
    return std::any_of(expanded.terms.begin(), expanded.terms.end(),
                       [&](const QuestionTerm& t) { return t.term == term; });
  };
  const auto add = [&](QuestionTerm term) {
    if (term.frequency == 0 || term.weight < kIdfMin || known(term.term)) return;
    if (expanded.terms.size() >= question.terms.size() + kEarlierTermsMax) return;
    if (expanded.terms.size() >= kQuestionTermsMax) return;
    term.weight *= kEarlierWeight;
    term.earlier = true;
    expanded.weight += term.weight;
    if (!expanded.context.empty()) expanded.context += ' ';
    expanded.context += term.word;
    expanded.terms.push_back(std::move(term));
  };
  for (size_t back = 0; back < std::min(turns.size(), kTurnsMax); ++back) {
    const Turn& turn = turns[turns.size() - 1 - back];
    QUIRE_ASSIGN_OR_RETURN(const Question earlier, ReadQuestion(turn.question, reader, collection, cutter));
    for (const QuestionTerm& term : earlier.terms) add(term);
  }
  return expanded;
}

}  // namespace quire::chat
