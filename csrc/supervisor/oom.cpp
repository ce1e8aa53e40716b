#include "supervisor/oom.h"

#include <fstream>
#include <string>

namespace ucoder {

std::optional<std::uint64_t> num_oom_kills() {
  std::ifstream file("/proc/vmstat");
  std::string name;
  std::uint64_t number = 0;
  while (file >> name >> number) {
    if (name == "oom_kill") return number;
  }
  return std::nullopt;
}

}  // namespace ucoder
