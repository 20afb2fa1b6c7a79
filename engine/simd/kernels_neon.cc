// The kernels for 64-bit ARM: SIMDe makes two 128-bit NEON operations of each 256-bit one.
#define QUIRE_LEVEL_NAME "neon"
#define QUIRE_LEVEL_TABLE kKernelsNeon
#include "engine/simd/kernels.inc"
