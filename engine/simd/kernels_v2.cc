// The kernels for x86-64-v2.
#define QUIRE_LEVEL_NAME "v2"
#define QUIRE_LEVEL_TABLE kKernelsV2
#include "engine/simd/kernels.inc"
