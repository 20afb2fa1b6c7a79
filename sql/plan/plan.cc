#include "sql/plan/plan.h"

namespace quire::sql {
namespace {

void Gather(const PlanNode& plan, std::vector<const SearchPlan*>* searches) {
  if (const auto* search = std::get_if<SearchPlan>(&plan.node)) searches->push_back(search);
  for (const PlanPtr& child : plan.children) Gather(*child, searches);
}

void AddLines(const PlanNode& plan, size_t depth, std::vector<std::string>* lines) {
  lines->push_back(std::string(depth * 2, ' ') + plan.text);
  for (const PlanPtr& child : plan.children) AddLines(*child, depth + 1, lines);
}

}  // namespace

const SearchPlan* FindSearch(const PlanNode& plan) {
  std::vector<const SearchPlan*> searches;
  Gather(plan, &searches);
  return searches.size() == 1 ? searches[0] : nullptr;
}

std::vector<std::string> PlanLines(const PlanNode& plan) {
  std::vector<std::string> lines;
  AddLines(plan, 0, &lines);
  return lines;
}

}  // namespace quire::sql
