// An empty root directory with a few read-only binds, in a mount namespace of the caller's own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/step.h"

namespace ucoder {

struct RootPlan {
  std::vector<std::string> read_only;  // paths bound at their own names; those that do not exist are left out
  std::vector<std::string> hidden;     // folders below them that are covered with an empty one
  std::vector<std::string> folders;    // empty ones
  std::vector<std::pair<std::string, std::string>> files;  // small ones of our own: name, text
};

// Replaces the calling process's root. It must be alone in a mount namespace in which it may mount. On failure the
// process sees an unspecified mixture and must end.
Failure enter_root(const RootPlan& plan);

}  // namespace ucoder
