#include "base/clock.h"

#include <fcntl.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/fd.h"

namespace ucoder {

Nanos run_delay_of(pid_t pid) {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/schedstat", static_cast<int>(pid));
  const Fd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return 0;
  std::array<char, 128> text{};
  if (::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
  // Three numbers: time on a CPU, time waiting for one, slices.
  char* end = nullptr;
  std::strtoll(text.data(), &end, 10);
  return std::strtoll(end, nullptr, 10);
}

}  // namespace ucoder
