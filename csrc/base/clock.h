// The clocks that limits use. None of them can be set by anybody, and the wall clock is not among them.
#pragma once

#include <ctime>

#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace ucoder {

using Nanos = std::int64_t;
inline constexpr Nanos kMilli = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

inline Nanos to_nanos(const timespec& time) { return static_cast<Nanos>(time.tv_sec) * kSecond + time.tv_nsec; }

inline timespec to_timespec(Nanos nanos) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(nanos / kSecond);
  time.tv_nsec = static_cast<long>(nanos % kSecond);
  return time;
}

inline Nanos monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return to_nanos(time);
}

inline Nanos own_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return to_nanos(time);
}

// CPU time of all threads of `pid`, which must not have been reaped. Works across pid and user namespaces.
inline std::optional<Nanos> cpu_time_of(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
  return to_nanos(time);
}

// Time `pid`'s first thread has stood ready in a run queue without running; 0 where the kernel does not tell.
Nanos run_delay_of(pid_t pid);

// The seconds of CPU time after which the kernel ends `pid`, also when it has ended and was not reaped. Nothing where
// there is no limit, or the kernel does not tell.
std::optional<std::uint64_t> hard_cpu_limit_of(pid_t pid);

// How often `pid`'s first thread has gone to sleep by itself. Nothing where it sleeps now, or the kernel does not tell.
std::optional<std::uint64_t> naps_of(pid_t pid);

}  // namespace ucoder
