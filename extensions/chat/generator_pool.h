// GeneratorPool: generators that were made, kept with their connections, and how often and for how much they may be asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "extensions/chat/models.h"

namespace quire::chat {

// Safe for concurrent use. No generator is called, and none made, under its lock.
class GeneratorPool {
 public:
  // The generator of a version, made once. Errors: kUnavailable (its provider is not there), those of its factory.
  Result<std::shared_ptr<const sql::Generator>> Find(const Model& model, const sql::Registry* registry);

  // Whether a model may be asked now, which counts as asked. Errors: kResourceExhausted: its rate, or what it may cost in a day.
  Status Admit(const Model& model);
  void AddCost(const Model& model, double cost);

 private:
  struct Spent {
    std::deque<std::chrono::steady_clock::time_point> asked{};  // in the last minute
    int64_t day = 0;                                            // of `cost`, since 1970
    double cost = 0;
  };
  static constexpr size_t kKept = 64;

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const sql::Generator>> generators_;  // by Model::key
  std::map<std::string, Spent> spent_;                                       // by name
};

}  // namespace quire::chat
