#include "bench/retrieval/saved_run.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/retrieval/json_lines.h"

namespace quire::bench {
namespace {

constexpr size_t kFlips = 10'000;

constexpr std::pair<const char*, double Measures::*> kParts[] = {
    {"ndcg10", &Measures::ndcg10}, {"recall10", &Measures::recall10}, {"recall100", &Measures::recall100},
    {"ap", &Measures::ap},         {"mrr", &Measures::mrr},           {"hit1", &Measures::hit1},
    {"hit5", &Measures::hit5},     {"all5", &Measures::all5}};

// The nDCG of the queries that both have, side by side.
struct Pairs {
  std::vector<double> before, now;

  RunDifference Compare(const std::string& set, const std::string& mode) const {
    RunDifference difference{.set = set, .mode = mode, .queries = now.size()};
    for (size_t i = 0; i < now.size(); ++i) {
      difference.before += before[i] / static_cast<double>(now.size());
      difference.now += now[i] / static_cast<double>(now.size());
    }
    difference.chance = ChanceOfDifference(before, now, kFlips);
    return difference;
  }
};

}  // namespace

Status SaveRun(const std::string& path, const RunMeasures& run) {
  std::ofstream file(path);
  for (const auto& [key, queries] : run) {
    for (const auto& [query, measures] : queries) {
      nlohmann::json line = {{"set", key.first}, {"mode", key.second}, {"query", query}};
      for (const auto& [name, part] : kParts) line[name] = measures.*part;
      file << line.dump() << '\n';
    }
  }
  file.close();
  return file ? Status() : Status(Code::kIoError, "file '" + path + "' cannot be written");
}

Result<RunMeasures> ReadRun(const std::string& path) {
  RunMeasures run;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const nlohmann::json& line) {
    Measures& measures = run[{line.at("set"), line.at("mode")}][line.at("query")];
    for (const auto& [name, part] : kParts) measures.*part = line.at(name);
  }));
  return run;
}

std::vector<RunDifference> CompareRuns(const RunMeasures& before, const RunMeasures& now) {
  std::vector<RunDifference> differences;
  std::map<std::string, Pairs> all;  // by mode
  for (const auto& [key, queries] : now) {
    const auto found = before.find(key);
    if (found == before.end()) continue;
    Pairs pairs;
    Pairs& of_mode = all[key.second];
    for (const auto& [query, measures] : queries) {
      const auto earlier = found->second.find(query);
      if (earlier == found->second.end()) continue;
      for (Pairs* list : {&pairs, &of_mode}) {
        list->before.push_back(earlier->second.ndcg10);
        list->now.push_back(measures.ndcg10);
      }
    }
    differences.push_back(pairs.Compare(key.first, key.second));
  }
  for (const auto& [mode, pairs] : all) differences.push_back(pairs.Compare("all", mode));
  return differences;
}

}  // namespace quire::bench
