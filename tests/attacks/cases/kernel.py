"""Raw system calls of x86-64 by number: what ends a program, and what is answered with an error."""

import errno

NATIVE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.mmap.restype = ctypes.c_long\n"

KILLED = {
    "socket": 41, "connect": 42, "accept": 43, "sendmsg": 46, "recvmsg": 47, "bind": 49, "listen": 50,
    "accept4": 288, "recvmmsg": 299, "sendmmsg": 307,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "bpf": 321, "userfaultfd": 323,
    "perf_event_open": 298, "keyctl": 250, "add_key": 248, "request_key": 249,
    "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "mount_setattr": 442, "name_to_handle_at": 303, "open_by_handle_at": 304,
    "fanotify_init": 300, "fanotify_mark": 301, "inotify_init": 253, "seccomp": 317,
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "pidfd_open": 434,
    "pidfd_send_signal": 424, "pidfd_getfd": 438, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297,
    "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "mq_open": 240, "memfd_create": 319, "memfd_secret": 447,
    "setuid": 105, "setgid": 106, "setgroups": 116, "setresuid": 117, "capset": 126,
    "modify_ldt": 154, "iopl": 172, "ioperm": 173, "personality": 135, "acct": 163, "quotactl": 179, "reboot": 169,
    "kexec_load": 246, "init_module": 175, "finit_module": 313, "delete_module": 176, "swapon": 167, "syslog": 103,
    "sethostname": 170, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "vhangup": 153,
    "pkey_mprotect": 329, "vmsplice": 278, "splice": 275, "tee": 276, "process_madvise": 440,
    "fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "clone of a process": 56,
    "swapoff": 168, "mq_unlink": 241, "semop": 65, "semctl": 66, "shmctl": 31, "shmdt": 67,
    "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "setreuid": 113, "setregid": 114, "setresgid": 119, "setdomainname": 171,
    "clock_adjtime": 305, "fsmount": 432, "inotify_init1": 294, "signalfd": 282, "uselib": 134,
    "a socketpair of another family": 53,
    "a number of x32": 0x40000000, "execve of x32": 0x40000000 + 520,
}  # fmt: skip

REFUSED = {
    "clone3": (435, errno.ENOSYS), "landlock": (444, errno.ENOSYS), "no such call": (9999, errno.ENOSYS),
    "timer_create": (222, errno.ENOSYS), "flock": (73, errno.ENOSYS), "mknod": (133, errno.EROFS),
    "unlink": (87, errno.EROFS), "rename": (82, errno.EROFS), "truncate": (76, errno.EROFS),
    "chmod": (90, errno.EROFS), "fallocate": (285, errno.EROFS), "mlock": (149, errno.EPERM),
    "setpriority": (141, errno.EPERM), "sched_setscheduler": (144, errno.EPERM), "ioprio_set": (251, errno.EPERM),
    "io_setup": (206, errno.ENOSYS), "openat2": (437, errno.ENOSYS), "copy_file_range": (326, errno.ENOSYS),
    "signalfd4": (289, errno.ENOSYS), "timerfd_create": (283, errno.ENOSYS), "epoll_pwait2": (441, errno.ENOSYS),
    "preadv2": (327, errno.ENOSYS), "sendfile": (40, errno.ENOSYS), "sync": (162, errno.ENOSYS),
    "lookup_dcookie": (212, errno.ENOSYS), "remap_file_pages": (216, errno.ENOSYS), "mbind": (237, errno.ENOSYS),
    "capget": (125, errno.ENOSYS), "setfsuid": (122, errno.ENOSYS),
    "mlockall": (151, errno.EPERM), "sched_setaffinity": (203, errno.EPERM), "sched_setattr": (314, errno.EPERM),
    "mkdir": (83, errno.EROFS), "rmdir": (84, errno.EROFS), "link": (86, errno.EROFS), "symlink": (88, errno.EROFS),
    "chown": (92, errno.EROFS), "utimensat": (280, errno.EROFS), "creat": (85, errno.EROFS),
    "prctl": (157, errno.EPERM), "arch_prctl": (158, errno.EPERM),
}  # fmt: skip

TRICKS = {
    "a writable and executable page": ("mmap(None, 4096, 7, 0x22, -1, 0)", errno.EACCES),
    "an executable page of its own": ("mmap(None, 4096, 5, 0x22, -1, 0)", errno.EACCES),
    "a page that becomes executable": (
        "mprotect(ctypes.c_void_p(libc.mmap(None, 4096, 3, 0x22, -1, 0)), 4096, 5)", errno.EACCES),
    "a lock on a shared file": ("fcntl(0, 6, ctypes.create_string_buffer(64))", errno.EPERM),
    "a lease on a shared file": ("fcntl(0, 1024, 0)", errno.EPERM),
    "signals from a descriptor": ("fcntl(0, 8, 1)", errno.EPERM),
    "an open file's lock": ("fcntl(0, 37, ctypes.create_string_buffer(64))", errno.EPERM),
    "notices of a folder": ("fcntl(0, 1026, 0x80000001)", errno.EPERM),
    "an owner of signals": ("fcntl(0, 15, ctypes.create_string_buffer(8))", errno.EPERM),
    "a write hint": ("fcntl(0, 1036, ctypes.byref(ctypes.c_ulong(5)))", errno.EPERM),
    "a new terminal": ("ioctl(0, 0x540E, 0)", errno.ENOTTY),
    "a console's letters": ("ioctl(0, 0x541C, b'x')", errno.ENOTTY),
    "a file's flags": ("ioctl(0, 0x40086602, b'x')", errno.ENOTTY),
    "a writable page that becomes all": (
        "mprotect(ctypes.c_void_p(libc.mmap(None, 4096, 3, 0x22, -1, 0)), 4096, 7)", errno.EACCES),
    "an executable page at the end of the argument's bits": (
        "syscall(9, 0, 4096, ctypes.c_ulong(0xF00000007), 0x22, -1, 0)", errno.EACCES),
    "limits of a number that is cut off": ("syscall(302, ctypes.c_long((1 << 32) + 2), 7, None, None)", errno.EPERM),
    "a file dropped from the page cache": ("syscall(221, 0, 0, 0, 4)", errno.EPERM),
    "a larger pipe": ("fcntl(0, 1031, 1 << 20)", errno.EPERM),
    "a seal": ("fcntl(0, 1033, 15)", errno.EPERM),
    "typing into a terminal": ("ioctl(0, 0x5412, b'x')", errno.ENOTTY),
    "another's limits": ("syscall(302, ctypes.c_long(2), 7, None, None)", errno.EPERM),
}  # fmt: skip

# Bodies of `f(x)`, each a raw call of the tables above or of its own, and what becomes of it.
FILTERED = {
    **{name: (f"return libc.syscall(ctypes.c_long({number}), 0, 0, 0, 0, 0, 0)", "FORBIDDEN")
       for name, number in KILLED.items()},
    **{name: ((f"assert libc.syscall(ctypes.c_long({number}), 0, 0, 0, 0, 0, 0) == -1\n"
              f" assert ctypes.get_errno() == {error}"), "PASS") for name, (number, error) in REFUSED.items()},
    **{name: (f"assert libc.{call} == -1 and ctypes.get_errno() == {error}", "PASS")
       for name, (call, error) in TRICKS.items()},
    **{f"a socket of family {family}": (f"return libc.socket({family}, 1, 0)", "FORBIDDEN")
       for family in (1, 2, 10, 16, 17, 31, 38, 40)},
}  # fmt: skip
