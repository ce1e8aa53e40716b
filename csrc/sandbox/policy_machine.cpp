// The permissions of the profile "full" beyond computing, group by group, each with its reason. What makes them
// harmless is where they lead: processes stay in the worker's pid namespace, files in its private folders (everything
// else is mounted read-only), sockets in a network namespace that holds a loopback and nothing else.
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "sandbox/policy_rules.h"

namespace ucoder {
namespace {

using rules::allow;
using rules::allow_values;
using rules::deny;

// Processes: forks and programs that the read-only tree holds. New namespaces stay forbidden: in a user namespace of
// its own a program would have every capability. execveat is left out: it runs a file that has no name.
void process_rules(Rules& rules) {
  constexpr std::uint32_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  rules.push_back({__NR_clone, Verdict::Allow, 0, Compare::Equal, 0, kNamespaces, 0});
  // Job control, and waiting by descriptor (asyncio), both within the pid namespace.
  allow(rules, {__NR_execve, __NR_setsid, __NR_setpgid, __NR_pidfd_open, __NR_pidfd_send_signal});
  // pidfd_getfd, ptrace and reading another's memory stay forbidden: nobody tests with them.
#ifndef UCODER_NO_LEGACY_CALLS
  constexpr std::uint32_t kSetThreadPointer = 0x1002;  // ARCH_SET_FS: the loader of every program that is started
  allow_values(rules, __NR_arch_prctl, 0, {kSetThreadPointer});
  allow(rules, {__NR_fork, __NR_vfork});
#endif
}

// Files: the private folders can be changed, the rest is mounted read-only and says EROFS by itself. No device can be
// made (no capability, nodev). A file in memory would be bounded by nothing: without one, what asks for it takes /tmp.
void changing_rules(Rules& rules) {
  allow(rules, {__NR_unlinkat,  __NR_renameat,  __NR_renameat2,       __NR_mkdirat,   __NR_linkat,
                __NR_symlinkat, __NR_mknodat,   __NR_fchmodat,        __NR_fchmod,    __NR_fchownat,
                __NR_fchown,    __NR_utimensat, __NR_truncate,        __NR_fallocate, __NR_fdatasync,
                __NR_sync,      __NR_syncfs,    __NR_sync_file_range, __NR_sendfile,  __NR_copy_file_range});
#ifndef UCODER_NO_LEGACY_CALLS
  allow(rules, {__NR_unlink, __NR_rmdir, __NR_rename, __NR_mkdir, __NR_link, __NR_symlink, __NR_mknod, __NR_chmod,
                __NR_chown, __NR_lchown, __NR_creat, __NR_utime, __NR_utimes, __NR_futimesat});
#endif
  // Record locks, because databases refuse to work without. On the read-only files they can only be shared ones; two
  // programs that wanted to could tell each other something with them (see csrc/README.md). Whole-file locks can be
  // exclusive on any file, and would reach the host's own: there are none.
  allow_values(rules, __NR_fcntl, 1, {F_SETLK, F_SETLKW, F_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK});
  deny(rules, ENOLCK, {__NR_flock});
  deny(rules, ENOSYS, {__NR_memfd_create});
  // Copying tools ask for extended attributes and know how to live without; another errno would end them.
  deny(rules, ENOTSUP,
       {__NR_getxattr, __NR_lgetxattr, __NR_fgetxattr, __NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_listxattr,
        __NR_llistxattr, __NR_flistxattr, __NR_removexattr, __NR_lremovexattr, __NR_fremovexattr});
}

// Sockets among its own processes and threads. Netlink, packets, Bluetooth and the rest of the families are large
// kernel surfaces, and no test has a use for them.
void socket_rules(Rules& rules) {
  allow_values(rules, __NR_socket, 0, {AF_UNIX, AF_INET, AF_INET6});
  deny(rules, EAFNOSUPPORT, {__NR_socket});
  allow(rules, {__NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4, __NR_getsockname, __NR_getpeername,
                __NR_setsockopt, __NR_getsockopt, __NR_sendmsg, __NR_recvmsg, __NR_sendmmsg, __NR_recvmmsg});
}

}  // namespace

Rules machine_rules() {
  Rules rules;
  process_rules(rules);
  changing_rules(rules);
  socket_rules(rules);
  return rules;
}

}  // namespace ucoder
