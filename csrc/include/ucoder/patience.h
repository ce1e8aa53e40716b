// Hangs cost more than all the rest of a sweep. Patience says for which programs a CPU limit is waited out.
#pragma once

#include <cstdint>

namespace ucoder {

// Full: every cell may use its whole limit.
// Deciding: each program is first run with a short limit a cell. One that is stopped by it is put off; its limit is
// raised, up to the whole one, only while its answers could still change which cluster of equal behaviour is the
// largest, and within what the problem's hangs may cost together. What was not waited for is CPU_LIMIT with a detail
// that says so, and `at_limit`. Not for tests that are believed one by one, such as a benchmark's.
struct Patience {
  bool deciding = false;
  std::uint32_t first_cpu_ms = 4;   // the short limit; without effect unless it is at most a third of the CPU limit
  std::uint32_t wait_ms = 12;       // CPU time for raised limits: so much for each put-off program of a problem
  double least_ran_share = 0.8;     // rho: a candidate that ran to an end on less is never chosen
  std::uint32_t least_cluster = 2;  // tau: a smaller cluster is never chosen
};

}  // namespace ucoder
