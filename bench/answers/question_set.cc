#include "bench/answers/question_set.h"

#include "bench/retrieval/json_lines.h"

namespace quire::bench {
namespace {

using Json = nlohmann::json;

// {"tier": ["enterprise"]} is an attribute, {"path": ["docs/tutorials/"]} what the URI begins with.
Filter ReadFilter(const Json& json) {
  Filter filter;
  for (const auto& [name, wanted] : json.items()) {
    Filter any;
    for (const std::string value : wanted) {
      const Filter one = name == "path" ? Filter::Between("uri", Value::Text(value), Value::Text(value + "\x7f"))
                                        : Filter::Compare(Filter::Op::kEqual, name, Value::Text(value));
      any = any.op() == Filter::Op::kAll ? one : Filter::Or(any, one);
    }
    filter = filter.op() == Filter::Op::kAll ? any : Filter::And(filter, any);
  }
  return filter;
}

GoldPage ReadGold(const Json& json) {
  GoldPage gold{{json.at("doc").get<std::string>()}, json.value("section", ""), json.value("group", 0U)};
  for (const std::string other : json.value("alt_docs", Json::array())) gold.pages.push_back(other);
  return gold;
}

}  // namespace

Result<std::vector<AskedQuestion>> ReadQuestionSet(const std::string& path) {
  std::vector<AskedQuestion> questions;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const Json& line) {
    AskedQuestion question{.id = line.at("id"), .kind = line.at("kind"), .text = line.at("question")};
    if (const Json history = line.value("history", Json::array()); !history.empty()) question.history = history.dump();
    for (const Json& gold : line.value("gold", Json::array())) question.gold.push_back(ReadGold(gold));
    question.key_facts = line.value("key_facts", std::vector<std::vector<std::string>>());
    question.must_not = line.value("must_not", std::vector<std::string>());
    if (line.contains("filter") && line["filter"].is_object()) question.filter = ReadFilter(line["filter"]);
    question.answerable = line.value("answerable", true);
    questions.push_back(std::move(question));
  }));
  return questions;
}

}  // namespace quire::bench
