// The permissions, group by group, each with its reason. Descriptors opened by an untrusted program lead only to the
// read-only files of the interpreter, to its own pipes and to /dev/null, which is what makes most of this harmless.
#include "ucoder/policy.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <initializer_list>

#include "sandbox/policy_rules.h"

namespace ucoder {
namespace {

using rules::allow;
using rules::allow_values;
using rules::deny;
using rules::kill;

// Its own memory. A page that is both writable and executable, or becomes executable later, serves only machine code
// that the program brings along; libraries map their code read-only from a file.
void memory_rules(Rules& rules) {
  constexpr std::uint32_t kWriteExec = PROT_WRITE | PROT_EXEC;
  constexpr int kErr = EACCES;
  rules.push_back({__NR_mmap, Verdict::Deny, kErr, Compare::Equal, 2, kWriteExec, kWriteExec});
  rules.push_back({__NR_mmap, Verdict::Allow, 0, Compare::NotEqual, 2, PROT_EXEC, PROT_EXEC});
  rules.push_back({__NR_mmap, Verdict::Deny, kErr, Compare::Equal, 3, MAP_ANONYMOUS, MAP_ANONYMOUS});
  rules.push_back({__NR_mmap, Verdict::Allow});
  rules.push_back({__NR_mprotect, Verdict::Deny, kErr, Compare::Equal, 2, PROT_EXEC, PROT_EXEC});
  allow(rules, {__NR_mprotect, __NR_munmap, __NR_mremap, __NR_brk, __NR_madvise, __NR_mincore, __NR_msync});
  // Locked memory cannot be reclaimed from it.
  deny(rules, EPERM, {__NR_mlock, __NR_mlock2, __NR_mlockall, __NR_munlock, __NR_munlockall});
}

// Descriptors it already holds, and pipes to itself. Locks, leases, notifications and owner signals (the other
// commands of fcntl) would be channels to neighbours.
void descriptor_rules(Rules& rules) {
  allow(rules, {__NR_read,     __NR_write,       __NR_readv,         __NR_writev,    __NR_pread64,     __NR_pwrite64,
                __NR_lseek,    __NR_close,       __NR_dup,           __NR_dup3,      __NR_fstat,       __NR_ftruncate,
                __NR_pipe2,    __NR_eventfd2,    __NR_epoll_create1, __NR_epoll_ctl, __NR_epoll_pwait, __NR_ppoll,
                __NR_pselect6, __NR_close_range, __NR_fsync});
  allow_values(rules, __NR_fcntl, 1, {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL});
  deny(rules, EPERM, {__NR_fcntl});
  // Is it a terminal, how wide is it, what is left to read: asked by every interpreter that opens a file.
  allow_values(rules, __NR_ioctl, 1, {TCGETS, FIONREAD, FIOCLEX, FIONCLEX, TIOCGWINSZ, FIONBIO});
  deny(rules, ENOTTY, {__NR_ioctl});
#ifndef UCODER_NO_LEGACY_CALLS
  allow(rules, {__NR_dup2, __NR_pipe, __NR_eventfd, __NR_epoll_create, __NR_epoll_wait, __NR_poll, __NR_select});
#endif
  // A pair of connected descriptors inside the process: event loops wake themselves with it. No other socket exists,
  // so sending and receiving lead nowhere else.
  allow_values(rules, __NR_socketpair, 0, {AF_UNIX});
  allow(rules, {__NR_sendto, __NR_recvfrom, __NR_shutdown});
}

// The file tree is a few read-only binds; changing calls fail as on any read-only file system.
void file_rules(Rules& rules) {
  allow(rules, {__NR_openat, __NR_newfstatat, __NR_statx, __NR_faccessat, __NR_faccessat2, __NR_readlinkat,
                __NR_getdents64, __NR_getcwd, __NR_chdir, __NR_fchdir, __NR_statfs, __NR_fstatfs, __NR_umask});
  // Dropping the interpreter's files from the page cache would be felt by everybody who reads them.
  allow_values(rules, __NR_fadvise64, 3,
               {POSIX_FADV_NORMAL, POSIX_FADV_RANDOM, POSIX_FADV_SEQUENTIAL, POSIX_FADV_WILLNEED, POSIX_FADV_NOREUSE});
  deny(rules, EPERM, {__NR_fadvise64});
  deny(rules, EROFS,
       {__NR_unlinkat, __NR_renameat, __NR_renameat2, __NR_mkdirat, __NR_linkat, __NR_symlinkat, __NR_mknodat,
        __NR_fchmodat, __NR_fchmod, __NR_fchownat, __NR_fchown, __NR_utimensat, __NR_truncate, __NR_fallocate});
#ifndef UCODER_NO_LEGACY_CALLS
  allow(rules, {__NR_open, __NR_stat, __NR_lstat, __NR_access, __NR_readlink, __NR_getdents});
  deny(rules, EROFS,
       {__NR_unlink, __NR_rmdir, __NR_rename, __NR_mkdir, __NR_link, __NR_symlink, __NR_mknod, __NR_chmod, __NR_chown,
        __NR_lchown, __NR_creat, __NR_utime, __NR_utimes, __NR_futimesat});
#endif
}

// Threads are allowed (they die with the process); other processes are not. clone3 hides its flags in memory, where a
// filter cannot look, so it does not exist here and the C library falls back to clone.
void task_rules(Rules& rules) {
  rules.push_back({__NR_clone, Verdict::Allow, 0, Compare::Equal, 0, CLONE_THREAD, CLONE_THREAD});
  kill(rules, {__NR_clone, __NR_execve, __NR_execveat});
  deny(rules, ENOSYS, {__NR_clone3});
#ifndef UCODER_NO_LEGACY_CALLS
  kill(rules, {__NR_fork, __NR_vfork});
  deny(rules, EPERM, {__NR_arch_prctl});
#endif
  allow(rules, {__NR_exit, __NR_exit_group, __NR_futex, __NR_set_robust_list, __NR_get_robust_list,
                __NR_set_tid_address, __NR_rseq, __NR_membarrier, __NR_sched_yield, __NR_sched_getaffinity,
                __NR_sched_getparam, __NR_sched_getscheduler, __NR_sched_get_priority_max, __NR_sched_get_priority_min,
                __NR_getpriority, __NR_wait4, __NR_waitid});
  // Its place among its neighbours is not its own to choose.
  deny(rules, EPERM,
       {__NR_setpriority, __NR_sched_setaffinity, __NR_sched_setparam, __NR_sched_setscheduler, __NR_sched_setattr,
        __NR_ioprio_set});
  allow_values(rules, __NR_prctl, 0, {PR_SET_NAME, PR_GET_NAME});
  deny(rules, EPERM, {__NR_prctl});
  // Signals reach only its own pid namespace, and its own session there.
  allow(rules, {__NR_kill, __NR_tkill, __NR_tgkill, __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn,
                __NR_rt_sigpending, __NR_rt_sigsuspend, __NR_rt_sigtimedwait, __NR_sigaltstack, __NR_setitimer,
                __NR_getitimer, __NR_restart_syscall});
#ifndef UCODER_NO_LEGACY_CALLS
  allow(rules, {__NR_pause, __NR_alarm, __NR_time});
#endif
}

// What time it is and who it is. Limits are lowered at will and raised never: the hard ones hold.
void question_rules(Rules& rules) {
  allow(rules,
        {__NR_clock_gettime, __NR_clock_getres, __NR_gettimeofday, __NR_times,     __NR_nanosleep, __NR_clock_nanosleep,
         __NR_getrandom,     __NR_getpid,       __NR_getppid,      __NR_gettid,    __NR_getuid,    __NR_geteuid,
         __NR_getgid,        __NR_getegid,      __NR_getgroups,    __NR_getresuid, __NR_getresgid, __NR_getpgid,
         __NR_getsid,        __NR_getrusage,    __NR_sysinfo,      __NR_uname,     __NR_getcpu});
  allow_values(rules, __NR_prlimit64, 0, {0});
  deny(rules, EPERM, {__NR_prlimit64});
#ifndef UCODER_NO_LEGACY_CALLS
  allow(rules, {__NR_getpgrp, __NR_getrlimit, __NR_setrlimit});
#endif
}

// Nothing an honest function or script asks for: other processes, other machines, the kernel's own machinery. Ending
// the process says so in the matrix instead of leaving a program to guess at an error.
void forbidden_rules(Rules& rules) {
  kill(rules, {__NR_socket,
               __NR_connect,
               __NR_bind,
               __NR_listen,
               __NR_accept,
               __NR_accept4,
               __NR_socketpair,
               __NR_sendmsg,
               __NR_sendmmsg,
               __NR_recvmsg,
               __NR_recvmmsg,  // other machines
               __NR_ptrace,
               __NR_process_vm_readv,
               __NR_process_vm_writev,
               __NR_kcmp,
               __NR_pidfd_open,
               __NR_pidfd_send_signal,
               __NR_pidfd_getfd,
               __NR_process_madvise,  // other processes
               __NR_rt_sigqueueinfo,
               __NR_rt_tgsigqueueinfo,
               __NR_mount,
               __NR_umount2,
               __NR_pivot_root,
               __NR_chroot,
               __NR_unshare,
               __NR_setns,
               __NR_open_tree,
               __NR_move_mount,
               __NR_fsopen,
               __NR_fsmount,
               __NR_mount_setattr,  // another view of the files
               __NR_bpf,
               __NR_perf_event_open,
               __NR_userfaultfd,
               __NR_io_uring_setup,
               __NR_io_uring_enter,
               __NR_io_uring_register,
               __NR_seccomp,
               __NR_memfd_create,
               __NR_memfd_secret,  // large kernel surfaces
               __NR_add_key,
               __NR_request_key,
               __NR_keyctl,
               __NR_personality,
               __NR_acct,
               __NR_quotactl,
               __NR_reboot,
               __NR_kexec_load,
               __NR_init_module,
               __NR_finit_module,
               __NR_delete_module,
               __NR_swapon,
               __NR_swapoff,
               __NR_syslog,
               __NR_sethostname,
               __NR_setdomainname,
               __NR_settimeofday,
               __NR_clock_settime,
               __NR_adjtimex,
               __NR_clock_adjtime,
               __NR_name_to_handle_at,
               __NR_open_by_handle_at,
               __NR_fanotify_init,
               __NR_fanotify_mark,
               __NR_inotify_init1,
               __NR_vhangup,
               __NR_shmget,
               __NR_shmat,
               __NR_shmctl,
               __NR_shmdt,
               __NR_semget,
               __NR_semop,
               __NR_semctl,
               __NR_msgget,
               __NR_msgsnd,
               __NR_msgrcv,
               __NR_msgctl,
               __NR_mq_open,
               __NR_mq_unlink,
               __NR_setuid,
               __NR_setgid,
               __NR_setreuid,
               __NR_setregid,
               __NR_setresuid,
               __NR_setresgid,
               __NR_setgroups,
               __NR_capset,
               __NR_pkey_mprotect,
               __NR_vmsplice,
               __NR_splice,
               __NR_tee});
#ifndef UCODER_NO_LEGACY_CALLS
  kill(rules, {__NR_modify_ldt, __NR_iopl, __NR_ioperm, __NR_inotify_init, __NR_uselib, __NR_signalfd});
#endif
}

Policy computing_policy(const char* name) {
  Policy policy;
  policy.name = name;
  memory_rules(policy.rules);
  descriptor_rules(policy.rules);
  file_rules(policy.rules);
  task_rules(policy.rules);
  question_rules(policy.rules);
  forbidden_rules(policy.rules);
  return policy;
}

}  // namespace

Policy pure_policy() { return computing_policy("pure"); }

Policy script_policy() {
  Policy policy = computing_policy("script");
  policy.standard_streams = true;
  return policy;
}

// The first rule that fits decides: what a machine of its own permits stands before what computing does.
Policy full_policy() {
  Policy policy = computing_policy("full");
  policy.own_machine = true;
  policy.scratch_bytes = std::uint64_t{64} << 20;
  policy.max_tasks = 128;
  policy.max_files = 1024;
  const Rules more = machine_rules();
  policy.rules.insert(policy.rules.begin(), more.begin(), more.end());
  return policy;
}

}  // namespace ucoder
