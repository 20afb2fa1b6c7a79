// What the operating system says of this process and its machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace quire::bench {

// Bytes of this process in memory now. Memory that was freed is given back first, as far as the allocator can.
uint64_t ResidentBytes();
// The most there were since ResetPeak.
uint64_t PeakResidentBytes();
void ResetPeak();

// Bytes that the files below `path` take on the disk.
uint64_t DiskBytes(const std::string& path);

std::string ProcessorName();
// How the kernel gives out huge pages: "always", "madvise", "never", or "unknown".
std::string HugePages();

// Processor seconds of all threads of this process.
double ProcessSeconds();

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace quire::bench
