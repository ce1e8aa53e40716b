// A machine of a worker's own, for the profile "full": private folders to write to, and a loopback.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/step.h"
#include "sandbox/root.h"

namespace ucoder {

// Adds to a zygote's root what the workers' machines need: places to mount their folders on, and who they are.
void furnish(RootPlan& root);

// What a worker does to get its machine, prepared by the zygote once it is in its root.
struct MachinePlan {
  std::string options;            // of the file systems
  std::vector<std::string> kept;  // what lies below /tmp in the read-only tree and has to stay where it is
};
MachinePlan plan_machine(std::uint64_t scratch_bytes);

// Gives the calling process, which has CAP_SYS_ADMIN in its user namespace, a mount and a network namespace of its own
// with empty /tmp and /dev/shm and a loopback. Both end with the last process in them. Safe after a fork.
Failure enter_machine(const MachinePlan& plan);

}  // namespace ucoder
