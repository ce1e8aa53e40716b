// Resource limits of a worker, set by itself before it loads anything and never raised: soft and hard are equal.
#pragma once

#include <cstdint>

#include "base/step.h"

namespace ucoder {

struct WorkerLimits {
  std::uint64_t address_space_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t cpu_seconds = 0;  // a backstop; the supervisor's clock decides long before
  std::uint32_t max_tasks = 0;
  std::uint32_t max_files = 0;
};

Failure set_limits(const WorkerLimits& limits);

// Address space of the calling process now, in bytes; 0 where /proc does not tell.
std::uint64_t address_space_bytes();

}  // namespace ucoder
