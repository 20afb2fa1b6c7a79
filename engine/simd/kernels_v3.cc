// The kernels for x86-64-v3.
#define QUIRE_LEVEL_NAME "v3"
#define QUIRE_LEVEL_TABLE kKernelsV3
#include "engine/simd/kernels.inc"
