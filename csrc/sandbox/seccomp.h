// The system call filter: built from a policy once, installed by each worker.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "base/step.h"
#include "ucoder/policy.h"

namespace ucoder {

// A classic BPF program: wrong architecture or number space kills, then the policy's rules in order, then ENOSYS.
std::vector<sock_filter> build_filter(const Policy& policy);

// Installs a program for the calling process for good. no_new_privs must be set. Safe after a fork.
Failure install_filter(const std::vector<sock_filter>& program);

// Whether this kernel offers filters with the actions used here.
Failure probe_filter();

}  // namespace ucoder
