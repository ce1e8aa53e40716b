#include "base/clock.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/proc.h"

namespace ucoder {

Nanos run_delay_of(pid_t pid) {
  const std::string text = read_proc(pid, "schedstat");
  // Three numbers: time on a CPU, time waiting for one, slices.
  char* end = nullptr;
  std::strtoll(text.c_str(), &end, 10);
  return std::strtoll(end, nullptr, 10);
}

std::optional<std::uint64_t> hard_cpu_limit_of(pid_t pid) {
  const std::string text = read_proc(pid, "limits");
  constexpr const char* kLimit = "\nMax cpu time";
  const char* const line = std::strstr(text.c_str(), kLimit);
  if (line == nullptr) return std::nullopt;
  std::array<char, 24> hard{};  // behind the soft one
  if (std::sscanf(line + std::strlen(kLimit), "%*23s %23s", hard.data()) != 1) return std::nullopt;
  char* end = nullptr;
  const std::uint64_t seconds = std::strtoull(hard.data(), &end, 10);
  if (end == hard.data()) return std::nullopt;  // "unlimited"
  return seconds;
}

std::optional<std::uint64_t> naps_of(pid_t pid) {
  const std::string text = read_proc(pid, "status");
  constexpr const char* kSwitches = "\nvoluntary_ctxt_switches:";
  const char* switches = std::strstr(text.c_str(), kSwitches);
  if (std::strstr(text.c_str(), "\nState:\tR") == nullptr || switches == nullptr) return std::nullopt;
  return std::strtoull(switches + std::strlen(kSwitches), nullptr, 10);
}

}  // namespace ucoder
