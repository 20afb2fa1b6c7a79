#include "bench/retrieval/judged_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/base/function_ref.h"

namespace quire::bench {
namespace {

using Json = nlohmann::json;

Status ReadLines(const std::string& path, function_ref<void(const Json&)> take) {
  std::ifstream file(path);
  if (!file) return Status(Code::kIoError, "file '" + path + "' cannot be read");
  size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      take(Json::parse(line));
    } catch (const Json::exception& error) {
      return Status(Code::kInvalidArgument, path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return {};
}

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
  QUIRE_RETURN_IF_ERROR(ReadLines(folder + "/labelstudio/retrieval/sections.jsonl", [&](const Json& line) {
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
  QUIRE_RETURN_IF_ERROR(ReadLines(folder + "/labelstudio/retrieval/queries.jsonl", [&](const Json& line) {
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

// The page of a document of the questions, as sections name it; empty if it is not among them.
std::string PageOf(const std::string& document) {
  return document.rfind("docs/", 0) == 0 ? document.substr(5) : std::string();
}

Result<JudgedSet> LoadQuestions(const std::string& folder, const std::string& name) {
  JudgedSet set{.name = name};
  QUIRE_ASSIGN_OR_RETURN(set.chunks, ReadSections(folder));
  std::set<std::string> pages;
  for (const Chunk& chunk : set.chunks) pages.insert(chunk.uri);
  QUIRE_RETURN_IF_ERROR(ReadLines(folder + "/questions/dev.jsonl", [&](const Json& line) {
    const std::string kind = line.at("kind");
    const bool named = kind == "real" || kind == "newcomer";
    if (named ? kind != name : name != "other") return;
    if (!line.at("answerable").get<bool>() || !line.at("history").empty()) return;
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
    if (!query.relevant.empty()) set.queries.push_back(std::move(query));
  }));
  return set;
}

}  // namespace

Result<JudgedSet> LoadBeir(const std::string& folder) {
  JudgedSet set{.name = std::filesystem::path(folder).filename().string()};
  QUIRE_RETURN_IF_ERROR(ReadLines(folder + "/corpus.jsonl", [&](const Json& line) {
    Chunk& chunk = set.chunks.emplace_back();
    chunk.id = line.at("_id");
    chunk.uri = chunk.id;
    chunk.title = line.value("title", std::string());
    chunk.text = line.at("text");
  }));
  QUIRE_ASSIGN_OR_RETURN(Qrels qrels, ReadQrels(folder + "/qrels.tsv"));
  QUIRE_RETURN_IF_ERROR(ReadLines(folder + "/queries.jsonl", [&](const Json& line) {
    const auto found = qrels.find(line.at("_id"));
    if (found == qrels.end()) return;
    set.queries.push_back({.id = found->first, .text = line.at("text"), .relevant = std::move(found->second)});
  }));
  return set;
}

Result<std::vector<std::string>> SetNames(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/ir", error)) {
    if (std::filesystem::exists(entry.path() / "qrels.tsv")) names.push_back(entry.path().filename().string());
  }
  if (error) return Status(Code::kIoError, "folder '" + folder + "/ir' cannot be read: " + error.message());
  std::sort(names.begin(), names.end());
  if (std::filesystem::exists(folder + "/labelstudio/retrieval/sections.jsonl")) {
    names.insert(names.end(), {"anchors", "descriptions"});
    if (std::filesystem::exists(folder + "/questions/dev.jsonl")) {
      names.insert(names.end(), {"real", "newcomer", "other"});
    }
  }
  return names;
}

Result<JudgedSet> LoadSet(const std::string& folder, const std::string& name) {
  if (name == "anchors" || name == "descriptions") return LoadLinks(folder, name);
  if (name == "real" || name == "newcomer" || name == "other") return LoadQuestions(folder, name);
  return LoadBeir(folder + "/ir/" + name);
}

}  // namespace quire::bench
