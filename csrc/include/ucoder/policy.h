// What a program may ask of the kernel, as a value. Every permission comes with its reason; what is not named is
// answered with "no such system call", which honest libraries know how to take.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ucoder {

enum class Verdict : std::uint8_t {
  Deny = 0,  // fails with `error`; the program goes on
  Allow,     // done
  Kill,      // the process ends: FORBIDDEN
};

// How a rule looks at one 32-bit half-argument. `Any` does not look.
enum class Compare : std::uint8_t {
  Any = 0,
  Equal,     // (argument & mask) == value
  NotEqual,  // (argument & mask) != value
};

struct SyscallRule {
  int number = -1;
  Verdict verdict = Verdict::Deny;
  int error = 0;  // errno for Deny
  Compare compare = Compare::Any;
  std::uint32_t argument = 0;  // index, 0 to 5; the low 32 bits are looked at
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
};

// Rules are tried in order; the first whose number and comparison fit decides.
struct Policy {
  std::string name;
  bool standard_streams = false;  // a script: runs as __main__ with stdin from the test and a stdout that is read
  std::uint32_t max_tasks = 64;   // threads of the program
  std::uint32_t max_files = 256;  // open descriptors
  // A machine of its own: other processes below it, a writable /tmp and /dev/shm of `scratch_bytes` each, a loopback.
  bool own_machine = false;
  std::uint64_t scratch_bytes = 0;  // whole MiB
  std::vector<SyscallRule> rules;
};

// Functions: no standard input, output discarded.
Policy pure_policy();

// Programs that read standard input and write standard output.
Policy script_policy();

// Functions whose tests want a machine: files, processes, threads, sockets among themselves.
Policy full_policy();

}  // namespace ucoder
