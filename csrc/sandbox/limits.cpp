#include "sandbox/limits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace ucoder {
namespace {

struct Bound {
  int resource;
  rlim_t value;
};

}  // namespace

Failure set_limits(const WorkerLimits& limits) {
  const std::array bounds = {
      Bound{RLIMIT_AS, limits.address_space_bytes},
      Bound{RLIMIT_FSIZE, limits.file_bytes},
      Bound{RLIMIT_CPU, limits.cpu_seconds},
      Bound{RLIMIT_NPROC, limits.max_tasks},
      Bound{RLIMIT_NOFILE, limits.max_files},
      Bound{RLIMIT_CORE, 0},
      Bound{RLIMIT_MEMLOCK, 0},
      Bound{RLIMIT_MSGQUEUE, 0},
      Bound{RLIMIT_SIGPENDING, 64},
  };
  for (const Bound& bound : bounds) {
    // The caller may itself live under a lower hard limit: keep that one.
    rlimit current{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(bound.resource), &current) != 0) return {Step::Limits, errno};
    const rlim_t value = bound.value < current.rlim_max ? bound.value : current.rlim_max;
    const rlimit wanted{value, value};
    if (::setrlimit(static_cast<__rlimit_resource_t>(bound.resource), &wanted) != 0) return {Step::Limits, errno};
  }
  return {};
}

std::uint64_t address_space_bytes() {
  const Fd file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 64> text{};
  if (!file.valid() || ::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
  return std::strtoull(text.data(), nullptr, 10) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace ucoder
