// Calibrate: the gate's threshold for one collection, fitted without labels.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quire/database.h"

namespace quire::chat {

// What a threshold does to the questions that were tried.
struct CalibrationPoint {
  double threshold = 0;
  double refused = 0;   // of those off topic
  double answered = 0;  // of those on topic
};

struct Calibration {
  std::string collection{};
  double target = 0.9;   // of questions off topic, to refuse
  double threshold = 0;  // of the gate
  double warning = 0;    // below it an answer comes with a warning; at least `threshold`
  double refused = 0;    // what to expect at the threshold
  double answered = 0;
  uint64_t on_topic = 0, off_topic = 0;  // questions tried
  uint64_t chunks = 0;                   // of the collection when it was fitted
  std::vector<CalibrationPoint> curve{};  // by ascending threshold
};

// Asks about headings of the collection and about sentences of it, each time without the chunk the sentence is from: on topic. Off
// topic are general questions, and headings of the other collections. The threshold is the lowest one that refuses `target` of
// these, or a higher one, up to the gate's own, that refuses hardly any on topic; the warning ends where it would refuse two thirds
// of what is left. Deterministic.
// Errors: kInvalidArgument (a target not in (0, 1), too few headings and sentences), kNotFound, kCancelled.
// Cost: about 400 searches.
Result<Calibration> FitCalibration(const Reader& reader, std::string_view collection, double target,
                                   const std::atomic<bool>& cancelled);

inline constexpr size_t kCalibrationQuestionsMin = 20;

}  // namespace quire::chat
