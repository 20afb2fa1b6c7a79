#include "sql/plan/plan.h"

namespace quire::sql {

const SearchPlan* FindSearch(const PlanNode& plan) {
  for (const PlanNode* node = &plan; node != nullptr; node = node->child.get()) {
    if (const auto* search = std::get_if<SearchPlan>(&node->node)) return search;
  }
  return nullptr;
}

std::vector<std::string> PlanLines(const PlanNode& plan) {
  std::vector<std::string> lines;
  for (const PlanNode* node = &plan; node != nullptr; node = node->child.get()) {
    lines.push_back(std::string(lines.size() * 2, ' ') + node->text);
  }
  return lines;
}

}  // namespace quire::sql
