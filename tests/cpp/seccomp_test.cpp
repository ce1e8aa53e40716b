// The filter is data: a small interpreter of classic BPF runs it here for every system call there could be.
#include "sandbox/seccomp.h"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ucoder/policy.h"

namespace {

using ucoder::Compare;
using ucoder::Policy;
using ucoder::SyscallRule;
using ucoder::Verdict;

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

std::uint32_t run(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(step.k + 4 <= sizeof data);
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        FAIL("an instruction this test does not know");
    }
  }
  FAIL("the program ran past its end");
  return 0;
}

std::uint32_t decide(const Policy& policy, int number, std::uint64_t argument0 = 0, std::uint64_t argument2 = 0) {
  seccomp_data data{};
  data.arch = kArchitecture;
  data.nr = number;
  data.args[0] = argument0;
  data.args[2] = argument2;
  return run(build_filter(policy), data);
}

std::uint32_t by_the_rules(const Policy& policy, int number) {
  for (const SyscallRule& rule : policy.rules) {
    if (rule.number != number) continue;
    const bool holds =
        rule.compare == Compare::Any || ((0 == (rule.value & rule.mask)) == (rule.compare == Compare::Equal));
    if (!holds) continue;
    if (rule.verdict == Verdict::Allow) return SECCOMP_RET_ALLOW;
    if (rule.verdict == Verdict::Kill) return SECCOMP_RET_KILL_PROCESS;
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(rule.error);
  }
  return SECCOMP_RET_ERRNO | ENOSYS;
}

}  // namespace

TEST_CASE("the filter decides every number as the first rule that fits does") {
  for (const Policy& policy : {ucoder::pure_policy(), ucoder::script_policy(), ucoder::full_policy(), Policy{}}) {
    const auto program = build_filter(policy);
    CHECK(program.size() < 1024);
    for (int number = 0; number < 1000; ++number) {
      seccomp_data data{};
      data.arch = kArchitecture;
      data.nr = number;
      CHECK(run(program, data) == by_the_rules(policy, number));
    }
  }
}

TEST_CASE("another architecture or number space is killed") {
  seccomp_data data{};
  data.arch = AUDIT_ARCH_I386;
  data.nr = __NR_read;
  CHECK(run(build_filter(ucoder::pure_policy()), data) == SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
  CHECK(decide(ucoder::pure_policy(), __NR_read | 0x40000000) == SECCOMP_RET_KILL_PROCESS);
#endif
}

TEST_CASE("threads are allowed and processes are not") {
  CHECK(decide(ucoder::pure_policy(), __NR_clone, 0x00010000) == SECCOMP_RET_ALLOW);  // CLONE_THREAD
  CHECK(decide(ucoder::pure_policy(), __NR_clone, 17) == SECCOMP_RET_KILL_PROCESS);   // SIGCHLD: a fork
}

TEST_CASE("a machine has processes and no new namespaces") {
  const Policy full = ucoder::full_policy();
  CHECK(decide(full, __NR_clone, 17) == SECCOMP_RET_ALLOW);
  for (const std::uint64_t flag :
       {0x00020000u, 0x02000000u, 0x04000000u, 0x08000000u, 0x10000000u, 0x20000000u, 0x40000000u}) {
    CHECK(decide(full, __NR_clone, 17 | flag) == SECCOMP_RET_KILL_PROCESS);
  }
  for (const int number : {__NR_unshare, __NR_setns, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot,
                           __NR_ptrace, __NR_bpf, __NR_execveat, __NR_open_tree, __NR_move_mount}) {
    CHECK(decide(full, number) == SECCOMP_RET_KILL_PROCESS);
  }
}

TEST_CASE("a machine has sockets of three families") {
  const Policy full = ucoder::full_policy();
  for (std::uint64_t family = 0; family < 46; ++family) {
    const bool wanted = family == 1 || family == 2 || family == 10;  // AF_UNIX, AF_INET, AF_INET6
    CHECK((decide(full, __NR_socket, family) == SECCOMP_RET_ALLOW) == wanted);
  }
  CHECK(decide(ucoder::pure_policy(), __NR_socket, 1) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("memory is never writable and executable at once") {
  CHECK(decide(ucoder::pure_policy(), __NR_mmap, 0, 7) == (SECCOMP_RET_ERRNO | EACCES));
  CHECK(decide(ucoder::pure_policy(), __NR_mmap, 0, 3) == SECCOMP_RET_ALLOW);
  CHECK(decide(ucoder::pure_policy(), __NR_mprotect, 0, 5) == (SECCOMP_RET_ERRNO | EACCES));
}
