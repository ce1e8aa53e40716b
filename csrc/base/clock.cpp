#include "base/clock.h"

#include <fcntl.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace ucoder {
namespace {

using Text = std::array<char, 4096>;

// Empty where there is no such file; ends with a zero.
Text read_proc(pid_t pid, const char* name) {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", static_cast<int>(pid), name);
  const Fd file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  Text text{};
  if (file.valid() && ::read(file.get(), text.data(), text.size() - 1) < 0) text[0] = 0;
  return text;
}

}  // namespace

Nanos run_delay_of(pid_t pid) {
  const Text text = read_proc(pid, "schedstat");
  // Three numbers: time on a CPU, time waiting for one, slices.
  char* end = nullptr;
  std::strtoll(text.data(), &end, 10);
  return std::strtoll(end, nullptr, 10);
}

std::optional<std::uint64_t> hard_cpu_limit_of(pid_t pid) {
  const Text text = read_proc(pid, "limits");
  constexpr const char* kLimit = "\nMax cpu time";
  const char* const line = std::strstr(text.data(), kLimit);
  if (line == nullptr) return std::nullopt;
  std::array<char, 24> hard{};  // behind the soft one
  if (std::sscanf(line + std::strlen(kLimit), "%*23s %23s", hard.data()) != 1) return std::nullopt;
  char* end = nullptr;
  const std::uint64_t seconds = std::strtoull(hard.data(), &end, 10);
  if (end == hard.data()) return std::nullopt;  // "unlimited"
  return seconds;
}

std::optional<std::uint64_t> naps_of(pid_t pid) {
  const Text text = read_proc(pid, "status");
  constexpr const char* kSwitches = "\nvoluntary_ctxt_switches:";
  const char* switches = std::strstr(text.data(), kSwitches);
  if (std::strstr(text.data(), "\nState:\tR") == nullptr || switches == nullptr) return std::nullopt;
  return std::strtoull(switches + std::strlen(kSwitches), nullptr, 10);
}

}  // namespace ucoder
