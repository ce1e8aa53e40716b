// Bounds on one worker. Plain values; the consequences stand beside them.
#pragma once

#include <cstdint>

#include "ucoder/value.h"

namespace ucoder {

struct Limits {
  std::uint32_t cpu_ms = 1000;           // CPU time of one cell; believed above 1.5 times, see csrc/README.md
  std::uint32_t load_cpu_ms = 2000;      // CPU time for compiling and importing the candidate
  std::uint32_t wall_ms = 0;             // 0: five times the CPU limit plus one second
  std::uint32_t memory_mb = 512;         // address space beyond the zygote's own
  std::uint32_t output_bytes = 1 << 20;  // what a script may write; output of pure functions is discarded
  std::uint32_t max_timeouts = 3;        // cells of a candidate that may hit a time limit; the rest are SKIPPED
  ValueLimits value;

  std::uint64_t cell_wall_ms() const { return wall_ms != 0 ? wall_ms : 5ull * cpu_ms + 1000; }
  std::uint64_t load_wall_ms() const {
    return wall_ms != 0 && wall_ms > 5ull * load_cpu_ms ? wall_ms : 5ull * load_cpu_ms + 1000;
  }
};

}  // namespace ucoder
