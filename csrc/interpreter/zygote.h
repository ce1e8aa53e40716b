// The zygote's loop: enter the jail once, then fork a worker whenever the lane thread asks.
#pragma once

#include <string>
#include <vector>

#include "interpreter/candidate.h"
#include "sandbox/root.h"

namespace ucoder::jail {

struct ZygoteSetup {
  RootPlan root;
  bool full = false;  // its workers get machines of their own
  Hooks hooks;
  std::size_t region_bytes = 0;
  int supervisor_pid = 0;
};

// Never returns: the end of the channel is the end of the process.
[[noreturn]] void serve(const ZygoteSetup& setup);

}  // namespace ucoder::jail
