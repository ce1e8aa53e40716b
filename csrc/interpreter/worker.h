// What a worker does between its fork and its end.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "base/region.h"
#include "interpreter/candidate.h"
#include "interpreter/tameness.h"
#include "interpreter/tripwire.h"
#include "sandbox/layers.h"
#include "sandbox/machine.h"
#include "ucoder/policy.h"

namespace ucoder::jail {

// Everything a worker needs, prepared by the zygote before the fork.
struct WorkerSetup {
  Region* region = nullptr;
  const Hooks* hooks = nullptr;
  const Tameness* tameness = nullptr;
  Tripwire* tripwire = nullptr;
  const std::vector<Policy>* policies = nullptr;
  const std::vector<std::vector<sock_filter>>* filters = nullptr;
  const std::vector<MachinePlan>* machines = nullptr;  // one a policy
  LayerSet layers = 0;                                 // what the zygote has and its workers must add
  std::uint64_t address_space_bytes = 0;               // of the zygote
  int zygote_pidfd = -1;
};

[[noreturn]] void work(const WorkerSetup& setup);

}  // namespace ucoder::jail
