// Namespaces and identity of a zygote. Its workers inherit them; each adds a pid namespace of its own.
#pragma once

#include <vector>

#include "base/step.h"
#include "sandbox/layers.h"
#include "sandbox/root.h"

namespace ucoder {

struct JailReport {
  LayerSet layers = 0;            // what is active
  std::vector<Failure> failures;  // why the rest is not
};

// Puts the calling, single-threaded process into its jail: mount, network, IPC, UTS and user namespaces, the new root,
// an unprivileged user. What cannot be had is reported, not fatal: whether that is good enough is the caller's policy.
JailReport enter_jail(const RootPlan& root);

}  // namespace ucoder
