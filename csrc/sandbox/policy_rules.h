// How policies are written down: lists of system calls with one verdict.
#pragma once

#include <sys/syscall.h>

#include <initializer_list>

#include "ucoder/policy.h"

// Absent on newer architectures, which only have the *at forms.
#ifndef __NR_open
#define UCODER_NO_LEGACY_CALLS 1
#endif

namespace ucoder {

using Rules = std::vector<SyscallRule>;

namespace rules {

inline void allow(Rules& rules, std::initializer_list<int> numbers) {
  for (const int number : numbers) rules.push_back({.number = number, .verdict = Verdict::Allow});
}

inline void deny(Rules& rules, int error, std::initializer_list<int> numbers) {
  for (const int number : numbers) rules.push_back({.number = number, .verdict = Verdict::Deny, .error = error});
}

inline void kill(Rules& rules, std::initializer_list<int> numbers) {
  for (const int number : numbers) rules.push_back({.number = number, .verdict = Verdict::Kill});
}

inline void allow_values(Rules& rules, int number, std::uint32_t argument,
                         std::initializer_list<std::uint32_t> values) {
  for (const std::uint32_t value : values) {
    rules.push_back(
        {.number = number, .verdict = Verdict::Allow, .compare = Compare::Equal, .argument = argument, .value = value});
  }
}

}  // namespace rules

// What the profile "full" permits beyond computing.
Rules machine_rules();

}  // namespace ucoder
