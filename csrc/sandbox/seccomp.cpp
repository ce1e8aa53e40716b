#include "sandbox/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <span>
#include <utility>

namespace ucoder {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "no system call filter for this architecture"
#endif

sock_filter statement(unsigned code, std::uint32_t operand) {
  return BPF_STMT(static_cast<std::uint16_t>(code), operand);
}

sock_filter jump(unsigned code, std::uint32_t operand, unsigned if_true, unsigned if_false) {
  return BPF_JUMP(static_cast<std::uint16_t>(code), operand, static_cast<std::uint8_t>(if_true),
                  static_cast<std::uint8_t>(if_false));
}

sock_filter load(std::size_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }

std::uint32_t action_of(const SyscallRule& rule) {
  switch (rule.verdict) {
    case Verdict::Allow:
      return SECCOMP_RET_ALLOW;
    case Verdict::Kill:
      return SECCOMP_RET_KILL_PROCESS;
    case Verdict::Deny:
      break;
  }
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(rule.error) & SECCOMP_RET_DATA);
}

using Program = std::vector<sock_filter>;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

void append_rule(Program& program, const SyscallRule& rule) {
  if (rule.compare == Compare::Any) {
    program.push_back(statement(BPF_RET | BPF_K, action_of(rule)));
    return;
  }
  const bool equal = rule.compare == Compare::Equal;
  program.push_back(load(offsetof(seccomp_data, args) + rule.argument * sizeof(std::uint64_t)));
  program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, rule.mask));
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, rule.value & rule.mask, equal ? 0 : 1, equal ? 1 : 0));
  program.push_back(statement(BPF_RET | BPF_K, action_of(rule)));
}

// What is done for one number once it is known.
Program decision_for(const std::vector<SyscallRule>& rules) {
  Program program;
  for (const SyscallRule& rule : rules) {
    append_rule(program, rule);
    if (rule.compare == Compare::Any) return program;
  }
  program.push_back(statement(BPF_RET | BPF_K, kUnknown));
  return program;
}

bool same(const Program& left, const Program& right) {
  const auto equal = [](const sock_filter& one, const sock_filter& other) {
    return one.code == other.code && one.jt == other.jt && one.jf == other.jf && one.k == other.k;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
}

// Neighbouring numbers that share a decision; the numbers from `first` up to the next interval's.
struct Interval {
  std::uint32_t first;
  Program decision;
};

std::vector<Interval> intervals_of(const Policy& policy) {
  std::map<std::uint32_t, std::vector<SyscallRule>> rules;
  for (const SyscallRule& rule : policy.rules) rules[static_cast<std::uint32_t>(rule.number)].push_back(rule);
  const Program unknown = {statement(BPF_RET | BPF_K, kUnknown)};
  std::vector<Interval> intervals = {{0, unknown}};
  const auto add = [&](std::uint32_t first, Program decision) {
    if (intervals.back().first == first) intervals.pop_back();
    if (intervals.empty() || !same(intervals.back().decision, decision)) {
      intervals.push_back({first, std::move(decision)});
    }
  };
  std::uint32_t next = 0;
  for (const auto& [number, list] : rules) {
    if (number > next) add(next, unknown);
    add(number, decision_for(list));
    next = number + 1;
  }
  add(next, unknown);
  return intervals;
}

// A binary search over the intervals. At installation the kernel compiles the program and runs it for every system
// call it has, to learn which are always allowed: a list of rules, tried one after the other, took a quarter of a
// worker's life.
Program search(std::span<const Interval> intervals) {
  if (intervals.size() == 1) return intervals.front().decision;
  const std::size_t half = intervals.size() / 2;
  const Program lower = search(intervals.first(half));
  const Program upper = search(intervals.subspan(half));
  Program program;
  // A conditional jump reaches 255 statements, the plain one everything.
  if (lower.size() <= UINT8_MAX) {
    program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, intervals[half].first, static_cast<unsigned>(lower.size()), 0));
  } else {
    program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, intervals[half].first, 0, 1));
    program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(lower.size())));
  }
  program.insert(program.end(), lower.begin(), lower.end());
  program.insert(program.end(), upper.begin(), upper.end());
  return program;
}

long seccomp(unsigned operation, unsigned flags, const void* argument) {
  return ::syscall(__NR_seccomp, operation, flags, argument);
}

}  // namespace

std::vector<sock_filter> build_filter(const Policy& policy) {
  std::vector<sock_filter> program;
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  program.push_back(load(offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  constexpr std::uint32_t kX32Bit = 0x40000000;
  program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1));
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
#endif
  const Program decision = search(intervals_of(policy));
  program.insert(program.end(), decision.begin(), decision.end());
  return program;
}

Failure install_filter(const std::vector<sock_filter>& program) {
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = const_cast<sock_filter*>(program.data())};
  // Without SPEC_ALLOW older kernels switch speculation mitigations on for the process, which slows the interpreter;
  // a worker holds no secret that its own program may not see.
  if (seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0) return {};
  return {Step::Seccomp, errno};
}

Failure probe_filter() {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  if (seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) return {Step::Seccomp, errno};
  return {};
}

}  // namespace ucoder
