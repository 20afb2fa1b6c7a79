#include "bench/retrieval/judged_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "bench/retrieval/json_lines.h"

namespace quire::bench {
namespace {

using Json = nlohmann::json;

using Qrels = std::map<std::string, std::map<std::string, Judgement>>;  // by query, by document

Result<Qrels> ReadQrels(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Status(Code::kIoError, "file '" + path + "' cannot be read");
  Qrels qrels;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string query, document;
    double grade = 0;
    std::getline(fields, query, '\t');
    std::getline(fields, document, '\t');
    if (!(fields >> grade)) return Status(Code::kInvalidArgument, path + ": '" + line + "' is not a judgement");
    if (grade <= 0) continue;
    auto& of_query = qrels[query];
    of_query[document] = {.grade = grade, .group = static_cast<uint32_t>(of_query.size())};
  }
  return qrels;
}

Result<std::vector<Chunk>> ReadSections(const std::string& folder) {
  std::vector<Chunk> chunks;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(folder + "/labelstudio/retrieval/sections.jsonl", [&](const Json& line) {
    Chunk& chunk = chunks.emplace_back();
    chunk.id = line.at("_id");
    chunk.uri = line.at("page");
    // A breadcrumb: the page's title, then the headings.
    const std::string path = line.at("title");
    const size_t end = path.find(" > ");
    chunk.title = path.substr(0, end);
    if (end != std::string::npos) chunk.section = path.substr(end + 3);
    chunk.text = line.at("text");
  }));
  return chunks;
}

Result<JudgedSet> LoadLinks(const std::string& folder, const std::string& name) {
  JudgedSet set{.name = name};
  QUIRE_ASSIGN_OR_RETURN(set.chunks, ReadSections(folder));
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(folder + "/labelstudio/retrieval/queries.jsonl", [&](const Json& line) {
    const bool anchor = line.at("kind") == "anchor_text";
    if (anchor != (name == "anchors")) return;
    JudgedQuery& query = set.queries.emplace_back();
    query.id = line.at("_id");
    query.text = line.at("text");
    if (anchor && line.contains("source") && line["source"].is_string()) query.ignored = line["source"];
    query.relevant[line.at("page")] = {};
  }));
  return set;
}

// The page of a document of the questions, as sections name it: what stands below docs/.
std::string PageOf(const std::string& document) {
  return document.rfind("docs/", 0) == 0 ? document.substr(5) : document;
}

// The planted files of the questions, each one chunk of its own.
Status AddPlanted(const std::string& folder, std::vector<Chunk>* chunks) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::ifstream file(entry.path());
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const std::string name = "adversarial/" + entry.path().filename().string();
    chunks->push_back({.id = name, .uri = name, .title = text.substr(0, text.find('\n')), .text = text});
  }
  return {};
}

// By kind, those that can be answered.
Result<std::map<std::string, std::vector<JudgedQuery>>> ReadQuestions(const std::string& path,
                                                                      const std::set<std::string>& pages) {
  std::map<std::string, std::vector<JudgedQuery>> kinds;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const Json& line) {
    if (!line.at("answerable").get<bool>()) return;
    JudgedQuery query{.id = line.at("id"), .text = line.at("question")};
    const auto judge = [&](const std::string& document, uint32_t group) {
      const std::string page = PageOf(document);
      if (pages.count(page) != 0) query.relevant.emplace(page, Judgement{.group = group});
    };
    for (const Json& gold : line.at("gold")) {
      const uint32_t group = gold.value("group", 0U);
      judge(gold.at("doc"), group);
      for (const Json& other : gold.value("alt_docs", Json::array())) judge(other, group);
    }
    if (query.relevant.empty()) return;
    kinds[line.at("kind").get<std::string>() + (line.at("history").empty() ? "" : "+history")].push_back(
        std::move(query));
  }));
  return kinds;
}

Result<JudgedSet> LoadKinds(const std::string& folder, const std::string& name) {
  QUIRE_ASSIGN_OR_RETURN(std::vector<JudgedSet> sets, LoadQuestions(folder + "/questions/dev.jsonl"));
  JudgedSet joined{.name = name};
  for (JudgedSet& set : sets) {
    const bool named = set.name == "real" || set.name == "newcomer";
    const bool wanted = named ? set.name == name : name == "other" && set.name.find('+') == std::string::npos;
    if (!wanted) continue;
    joined.chunks = std::move(set.chunks);
    std::move(set.queries.begin(), set.queries.end(), std::back_inserter(joined.queries));
  }
  return joined;
}

// Paragraphs and the questions each answers, one language.
Result<JudgedSet> LoadXquad(const std::string& folder, const std::string& name) {
  static const std::map<std::string, std::string> kLanguages = {
      {"ar", "arabic"}, {"de", "german"}, {"el", "greek"},   {"en", "english"}, {"es", "spanish"},
      {"hi", "hindi"},  {"ro", "romanian"}, {"ru", "russian"}, {"tr", "turkish"}};
  JudgedSet set{.name = name};
  const auto language = kLanguages.find(name.substr(name.find('.') + 1));
  set.language = language == kLanguages.end() ? "none" : language->second;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(folder + "/qa/xquad/" + name + ".jsonl", [&](const Json& line) {
    const std::string id = line.at("_id");
    set.chunks.push_back({.id = id, .uri = id, .text = line.at("context")});
    for (const Json& question : line.at("qas")) {
      set.queries.push_back({.id = question.at("id"), .text = question.at("question"), .relevant = {{id, {}}}});
    }
  }));
  return set;
}

bool StartsWith(const std::string& name, std::string_view prefix) { return name.rfind(prefix, 0) == 0; }

// Names of what is in a folder and passes, sorted.
Result<std::vector<std::string>> Entries(const std::string& folder,
                                         function_ref<bool(const std::filesystem::path&)> passes) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (passes(entry.path())) names.push_back(entry.path().filename().string());
  }
  if (error) return Status(Code::kIoError, "folder '" + folder + "' cannot be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// Of those in BEIR's layout.
Result<std::vector<std::string>> BeirNames(const std::string& folder) {
  return Entries(folder, [](const auto& path) { return std::filesystem::exists(path / "qrels.tsv"); });
}

}  // namespace

Result<JudgedSet> LoadBeir(const std::string& folder) {
  JudgedSet set{.name = std::filesystem::path(folder).filename().string()};
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(folder + "/corpus.jsonl", [&](const Json& line) {
    Chunk& chunk = set.chunks.emplace_back();
    chunk.id = line.at("_id");
    chunk.uri = chunk.id;
    chunk.title = line.value("title", std::string());
    chunk.text = line.at("text");
  }));
  QUIRE_ASSIGN_OR_RETURN(Qrels qrels, ReadQrels(folder + "/qrels.tsv"));
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(folder + "/queries.jsonl", [&](const Json& line) {
    const auto found = qrels.find(line.at("_id"));
    if (found == qrels.end()) return;
    set.queries.push_back({.id = found->first, .text = line.at("text"), .relevant = std::move(found->second)});
  }));
  return set;
}

Result<std::vector<std::string>> BeirFolders(const std::string& folder) {
  if (std::filesystem::exists(folder + "/qrels.tsv")) return std::vector<std::string>{folder};
  QUIRE_ASSIGN_OR_RETURN(std::vector<std::string> names, BeirNames(folder));
  if (names.empty()) return Status(Code::kInvalidArgument, "folder '" + folder + "' has no qrels.tsv, nor has one in it");
  for (std::string& name : names) name = folder + "/" + name;
  return names;
}

Result<std::vector<JudgedSet>> LoadQuestions(const std::string& path) {
  const std::filesystem::path questions = std::filesystem::absolute(path).parent_path();
  QUIRE_ASSIGN_OR_RETURN(std::vector<Chunk> chunks, ReadSections(questions.parent_path().string()));
  QUIRE_RETURN_IF_ERROR(AddPlanted((questions / "adversarial").string(), &chunks));
  std::set<std::string> pages;
  for (const Chunk& chunk : chunks) pages.insert(chunk.uri);
  QUIRE_ASSIGN_OR_RETURN(auto kinds, ReadQuestions(path, pages));
  std::vector<JudgedSet> sets;
  for (auto& [kind, queries] : kinds) sets.push_back({.name = kind, .chunks = chunks, .queries = std::move(queries)});
  return sets;
}

Result<std::vector<std::string>> SetNames(const std::string& folder) {
  QUIRE_ASSIGN_OR_RETURN(std::vector<std::string> names, BeirNames(folder + "/ir"));
  if (std::filesystem::exists(folder + "/labelstudio/retrieval/sections.jsonl")) {
    names.insert(names.end(), {"anchors", "descriptions"});
    if (std::filesystem::exists(folder + "/questions/dev.jsonl")) {
      names.insert(names.end(), {"real", "newcomer", "other"});
    }
  }
  return names;
}

Result<std::vector<std::string>> XquadNames(const std::string& folder) {
  QUIRE_ASSIGN_OR_RETURN(std::vector<std::string> names,
                         Entries(folder + "/qa/xquad", [](const auto& path) { return path.extension() == ".jsonl"; }));
  for (std::string& name : names) name.resize(name.size() - std::string_view(".jsonl").size());
  return names;
}

Result<JudgedSet> LoadSet(const std::string& folder, const std::string& name) {
  if (name == "anchors" || name == "descriptions") return LoadLinks(folder, name);
  if (name == "real" || name == "newcomer" || name == "other") return LoadKinds(folder, name);
  if (StartsWith(name, "xquad.")) return LoadXquad(folder, name);
  return LoadBeir(folder + "/ir/" + name);
}

}  // namespace quire::bench
