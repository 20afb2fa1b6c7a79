// The tables of the levels that are compiled in, for dispatch.cc. Each unit defines its table and nothing else that
// the linker sees: an inline function compiled here for a newer CPU could replace the one every other unit calls.
#pragma once

#include "engine/simd/kernels.h"

namespace quire::simd {

extern const Kernels kKernelsScalar;
extern const Kernels kKernelsV2;
extern const Kernels kKernelsV3;
extern const Kernels kKernelsV4;
extern const Kernels kKernelsNeon;

}  // namespace quire::simd
