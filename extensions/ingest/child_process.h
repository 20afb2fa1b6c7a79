// RunProgram: another program as a child that cannot take more than it is given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/converters.h"
#include "quire/status.h"

namespace quire::ingest {

struct ProgramLimits {
  uint64_t memory_bytes = uint64_t{1} << 30;  // of address space
  uint64_t output_bytes = kConvertedBytesMax;
};

// What the program wrote to its standard output after it read `input.bytes`. `arguments` begins with its name, looked for in
// PATH; no shell is involved. It runs in a process group of its own, with limits on memory, processor time, core files and what it
// may write to files (nothing), and is killed with its group at the deadline or when it is cancelled.
//
// Errors: kUnavailable (no such program), kInvalidArgument (it ended with another code than 0, or a signal; its last words are in
// the message), kResourceExhausted (time, output), kCancelled, kIoError.
Result<std::string> RunProgram(const std::vector<std::string>& arguments, const ConvertInput& input,
                               const ProgramLimits& limits);

}  // namespace quire::ingest
