#include "extensions/ingest/progress.h"

#include <algorithm>
#include <cstdio>

#include "engine/base/json.h"

namespace quire::ingest {
namespace {

constexpr size_t kBarMin = 10, kBarMax = 40;

// The share that is done, by bytes: they cost the time.
double ShareDone(const LoadProgress& progress) {
  if (progress.bytes_total == 0) return progress.documents_total == 0 ? 0 : 1;
  return std::min(1.0, static_cast<double>(progress.bytes) / static_cast<double>(progress.bytes_total));
}

std::string Clock(double seconds) {
  char text[32];
  const long whole = static_cast<long>(seconds + 0.5);
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

}  // namespace

std::string ProgressBar(const LoadProgress& progress, double seconds, size_t columns) {
  const double done = ShareDone(progress);
  std::string text = WithCommas(progress.documents);
  text.append("/").append(WithCommas(progress.documents_total)).append(" documents, ");
  text.append(WithCommas(progress.chunks)).append(" chunks");
  if (seconds > 0) {
    char rate[32];
    std::snprintf(rate, sizeof rate, ", %.1f MB/s", static_cast<double>(progress.bytes) / 1e6 / seconds);
    text += rate;
  }
  if (done > 0) text += ", " + Clock(seconds * (1 - done) / done) + " left";
  if (progress.failed > 0) text += ", " + WithCommas(progress.failed) + " failed";
  if (columns < text.size() + kBarMin + 3) return text.substr(0, columns);
  const size_t width = std::min(kBarMax, columns - text.size() - 3);
  std::string bar(width + 2, '-');
  std::fill_n(bar.begin() + 1, static_cast<size_t>(done * static_cast<double>(width)), '#');
  bar.front() = '[';
  bar.back() = ']';
  return bar + " " + text;
}

std::string ProgressJson(const LoadProgress& progress, double seconds) {
  std::string line = "{\"documents\":" + std::to_string(progress.documents) +
                     ",\"documents_total\":" + std::to_string(progress.documents_total) +
                     ",\"bytes\":" + std::to_string(progress.bytes) +
                     ",\"bytes_total\":" + std::to_string(progress.bytes_total) +
                     ",\"chunks\":" + std::to_string(progress.chunks) +
                     ",\"failed\":" + std::to_string(progress.failed) + ",\"seconds\":";
  AppendJsonNumber(&line, seconds);
  return line + "}";
}

}  // namespace quire::ingest
