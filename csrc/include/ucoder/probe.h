// What a machine offers to the sandbox, layer by layer.
#pragma once

#include <string>
#include <vector>

#include "ucoder/executor.h"

namespace ucoder {

struct LayerStatus {
  std::string name;
  std::string problem;  // empty: works
};

// What this machine offers: starts one zygote and one worker and says what is missing.
std::vector<LayerStatus> probe(const ExecutorOptions& options);

}  // namespace ucoder
