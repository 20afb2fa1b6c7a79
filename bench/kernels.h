// quire-bench kernels: what the vector kernels cost, per instruction level.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::bench {

// Measures on vectors of `dim` components and prints a table. `megabytes`: of codes for the runs from memory.
// Gives the program's exit code.
int RunKernels(uint32_t dim, size_t megabytes);

}  // namespace quire::bench
