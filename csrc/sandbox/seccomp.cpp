#include "sandbox/seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <map>

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
using RulesByNumber = std::map<std::uint32_t, std::vector<SyscallRule>>;

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

constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

void append_number(Program& program, std::uint32_t number, const std::vector<SyscallRule>& rules) {
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, number, 1, 0));
  program.push_back(statement(BPF_RET | BPF_K, kUnknown));
  for (const SyscallRule& rule : rules) append_rule(program, rule);
  program.push_back(statement(BPF_RET | BPF_K, kUnknown));
}

// A binary search over the numbers. At installation the kernel runs the program for every system call it has, to learn
// which are always allowed: a list of rules, tried one after the other, cost a quarter of a worker's life.
Program search(RulesByNumber::const_iterator first, std::size_t count) {
  Program program;
  if (count == 1) {
    append_number(program, first->first, first->second);
    return program;
  }
  const auto middle = std::next(first, static_cast<std::ptrdiff_t>(count / 2));
  const Program lower = search(first, count / 2);
  const Program upper = search(middle, count - count / 2);
  // A conditional jump reaches 255 statements; the plain one over the lower half reaches everything.
  program.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, middle->first, 0, 1));
  program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(lower.size())));
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
  RulesByNumber rules;
  for (const SyscallRule& rule : policy.rules) rules[static_cast<std::uint32_t>(rule.number)].push_back(rule);
  if (rules.empty()) {
    program.push_back(statement(BPF_RET | BPF_K, kUnknown));
    return program;
  }
  const Program decision = search(rules.begin(), rules.size());
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
