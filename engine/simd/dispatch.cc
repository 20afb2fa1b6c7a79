// The one place where an instruction level is chosen.
#include <cstdlib>
#include <initializer_list>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "engine/simd/levels.h"

namespace quire::simd {
namespace {

#if defined(__x86_64__)

// F16C and GFNI are not among the names clang's builtin takes; they keep no state beyond AVX's, which the builtins ask
// the operating system about too.
bool HasF16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 29)) != 0;
}

bool HasGfni() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 8)) != 0;
}

bool CpuHas(Level level) {
  switch (level) {
    case Level::kScalar: return true;
    case Level::kV2:
      return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    case Level::kV3:
      return CpuHas(Level::kV2) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && HasF16c();
    case Level::kV4:
      return CpuHas(Level::kV3) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bitalg") && HasGfni();
    default: return false;
  }
}

const Kernels* TableOf(Level level) {
  switch (level) {
    case Level::kScalar: return &kKernelsScalar;
    case Level::kV2: return &kKernelsV2;
    case Level::kV3: return &kKernelsV3;
    case Level::kV4: return &kKernelsV4;
    default: return nullptr;
  }
}

#elif defined(__aarch64__)

bool CpuHas(Level level) { return level == Level::kScalar || level == Level::kNeon; }
const Kernels* TableOf(Level level) { return level == Level::kNeon ? &kKernelsNeon : &kKernelsScalar; }

#else

bool CpuHas(Level level) { return level == Level::kScalar; }
const Kernels* TableOf(Level) { return &kKernelsScalar; }

#endif

constexpr std::initializer_list<Level> kBestFirst = {Level::kNeon, Level::kV4, Level::kV3, Level::kV2, Level::kScalar};

const Kernels* Choose() {
  if (const char* name = std::getenv("QUIRE_SIMD")) {
    if (const Kernels* named = LevelByName(name)) return named;
  }
  for (const Level level : kBestFirst) {
    if (const Kernels* kernels = KernelsFor(level)) return kernels;
  }
  return &kKernelsScalar;
}

}  // namespace

const Kernels* KernelsFor(Level level) { return CpuHas(level) ? TableOf(level) : nullptr; }

const Kernels* LevelByName(std::string_view name) {
  for (const Level level : kBestFirst) {
    const Kernels* kernels = KernelsFor(level);
    if (kernels != nullptr && name == kernels->name) return kernels;
  }
  return nullptr;
}

const Kernels& ActiveKernels() {
  static const Kernels* const chosen = Choose();
  return *chosen;
}

Level ActiveLevel() {
  for (const Level level : kBestFirst) {
    if (KernelsFor(level) == &ActiveKernels()) return level;
  }
  return Level::kScalar;
}

}  // namespace quire::simd
