#include "bench/retrieval/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <set>

namespace quire::bench {
namespace {

double Discount(size_t rank) { return 1 / std::log2(1 + static_cast<double>(rank)); }

// The best grade of each group, best first.
std::vector<double> IdealGrades(const JudgedQuery& query) {
  std::map<uint32_t, double> by_group;
  for (const auto& [document, judgement] : query.relevant) {
    double& grade = by_group[judgement.group];
    grade = std::max(grade, judgement.grade);
  }
  std::vector<double> grades;
  for (const auto& [group, grade] : by_group) grades.push_back(grade);
  std::sort(grades.begin(), grades.end(), std::greater<>());
  return grades;
}

}  // namespace

Measures Judge(const JudgedQuery& query, const std::vector<std::string>& ranking) {
  const std::vector<double> ideal = IdealGrades(query);
  Measures measures;
  double best = 0;
  for (size_t i = 0; i < std::min<size_t>(10, ideal.size()); ++i) best += ideal[i] * Discount(i + 1);
  std::set<std::string> seen;
  std::set<uint32_t> found;
  std::set<uint32_t> found_within_five;
  size_t rank = 0;
  for (const std::string& document : ranking) {
    if (document == query.ignored || !seen.insert(document).second) continue;
    const auto judged = query.relevant.find(document);
    if (seen.size() <= 5 && judged != query.relevant.end()) found_within_five.insert(judged->second.group);
    // What says again what was found already takes no place: it is as good as absent.
    if (judged != query.relevant.end() && found.count(judged->second.group) != 0) continue;
    ++rank;
    if (judged == query.relevant.end()) continue;
    if (found.empty()) measures.mrr = 1 / static_cast<double>(rank);
    found.insert(judged->second.group);
    const double share = 1 / static_cast<double>(ideal.size());
    measures.ap += share * static_cast<double>(found.size()) / static_cast<double>(rank);
    if (rank == 1) measures.hit1 = 1;
    if (rank <= 5) measures.hit5 = 1;
    if (rank <= 10) measures.ndcg10 += judged->second.grade * Discount(rank) / best;
    if (rank <= 10) measures.recall10 += share;
    if (rank <= 100) measures.recall100 += share;
  }
  measures.all5 = found_within_five.size() == ideal.size() ? 1 : 0;
  return measures;
}

Measures Mean(const std::vector<Measures>& all) {
  Measures mean;
  if (all.empty()) return mean;
  for (double Measures::*part : {&Measures::ndcg10, &Measures::recall10, &Measures::recall100, &Measures::ap,
                                 &Measures::mrr, &Measures::hit1, &Measures::hit5, &Measures::all5}) {
    for (const Measures& one : all) mean.*part += one.*part;
    mean.*part /= static_cast<double>(all.size());
  }
  return mean;
}

double ChanceOfDifference(const std::vector<double>& a, const std::vector<double>& b, size_t rounds) {
  std::vector<double> differences;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    differences.push_back(a[i] - b[i]);
    sum += differences.back();
  }
  std::mt19937_64 random(1);
  size_t as_large = 1;  // the one that was seen
  for (size_t round = 0; round < rounds; ++round) {
    double flipped = 0;
    for (const double difference : differences) flipped += (random() & 1) != 0 ? difference : -difference;
    if (std::abs(flipped) >= std::abs(sum) - 1e-12) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(rounds + 1);
}

}  // namespace quire::bench
