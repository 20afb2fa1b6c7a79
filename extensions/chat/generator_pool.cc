#include "extensions/chat/generator_pool.h"

#include <ctime>

#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

constexpr std::chrono::minutes kMinute{1};
constexpr std::time_t kDaySeconds = 86'400;

std::string Amount(double value) {
  std::string text = std::to_string(value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Result<std::shared_ptr<const sql::Generator>> GeneratorPool::Find(const Model& model, const sql::Registry* registry) {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = generators_.find(model.key); found != generators_.end()) return found->second;
  }
  const sql::GeneratorFactory* factory = nullptr;
  if (registry != nullptr) {
    const auto found = registry->generator_providers().find(model.definition.provider);
    if (found != registry->generator_providers().end()) factory = &found->second;
  }
  if (factory == nullptr) return Status(Code::kUnavailable, "there is no provider '" + model.definition.provider + "' here");
  QUIRE_ASSIGN_OR_RETURN(auto generator, (*factory)(model.definition));
  std::lock_guard lock(mutex_);
  if (generators_.size() >= kKept) generators_.clear();  // who still asks holds its own
  return generators_.emplace(model.key, std::move(generator)).first->second;
}

Status GeneratorPool::Admit(const Model& model) {
  const auto now = std::chrono::steady_clock::now();
  const int64_t today = std::time(nullptr) / kDaySeconds;
  std::lock_guard lock(mutex_);
  Spent& spent = spent_[FoldCase(model.definition.name)];
  while (!spent.asked.empty() && now - spent.asked.front() >= kMinute) spent.asked.pop_front();
  if (model.limits.rate > 0 && spent.asked.size() >= static_cast<size_t>(model.limits.rate)) {
    return Status(Code::kResourceExhausted, "its rate of " + std::to_string(model.limits.rate) + " answers a minute is used up");
  }
  if (model.limits.max_cost_day > 0 && spent.day == today && spent.cost >= model.limits.max_cost_day) {
    return Status(Code::kResourceExhausted, "its max_cost_day of " + Amount(model.limits.max_cost_day) + " is spent");
  }
  if (model.limits.rate > 0) spent.asked.push_back(now);
  return {};
}

void GeneratorPool::AddCost(const Model& model, double cost) {
  const int64_t today = std::time(nullptr) / kDaySeconds;
  std::lock_guard lock(mutex_);
  Spent& spent = spent_[FoldCase(model.definition.name)];
  if (spent.day != today) spent.cost = 0;
  spent.day = today;
  spent.cost += cost;
}

}  // namespace quire::chat
