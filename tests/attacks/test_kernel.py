"""Raw system calls: what an honest program never asks for ends it, the rest of the kernel is not there."""

import errno
import platform
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")

NATIVE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"

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
    "a number of x32": 0x40000000, "execve of x32": 0x40000000 + 520,
}  # fmt: skip

REFUSED = {
    "clone3": (435, errno.ENOSYS), "landlock": (444, errno.ENOSYS), "no such call": (9999, errno.ENOSYS),
    "timer_create": (222, errno.ENOSYS), "flock": (73, errno.ENOSYS), "mknod": (133, errno.EROFS),
    "unlink": (87, errno.EROFS), "rename": (82, errno.EROFS), "truncate": (76, errno.EROFS),
    "chmod": (90, errno.EROFS), "fallocate": (285, errno.EROFS), "mlock": (149, errno.EPERM),
    "setpriority": (141, errno.EPERM), "sched_setscheduler": (144, errno.EPERM), "ioprio_set": (251, errno.EPERM),
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
    "a larger pipe": ("fcntl(0, 1031, 1 << 20)", errno.EPERM),
    "a seal": ("fcntl(0, 1033, 15)", errno.EPERM),
    "typing into a terminal": ("ioctl(0, 0x5412, b'x')", errno.ENOTTY),
    "another's limits": ("syscall(302, ctypes.c_long(2), 7, None, None)", errno.EPERM),
}  # fmt: skip


@pytest.mark.parametrize("number", KILLED.values(), ids=KILLED)
def test_a_call_that_no_honest_program_makes_ends_it(open_arena: Any, number: int) -> None:
    program = f"{NATIVE}def f(x): return libc.syscall(ctypes.c_long({number}), 0, 0, 0, 0, 0, 0)\n"
    (honest, row) = open_arena().judge(["def f(x): return x + 1\n", program], ["assert f(1) == 2"])
    assert (honest, row) == (["PASS"], ["FORBIDDEN"])


@pytest.mark.parametrize(("number", "error"), REFUSED.values(), ids=REFUSED)
def test_a_call_that_honest_libraries_try_is_answered_with_an_error(arena: Any, number: int, error: int) -> None:
    program = (
        f"{NATIVE}def f(x):\n assert libc.syscall(ctypes.c_long({number}), 0, 0, 0, 0, 0, 0) == -1\n"
        " return ctypes.get_errno()\n"
    )
    assert arena.fate(program, f"assert f(1) == {error}") == "PASS"


@pytest.mark.parametrize(("call", "error"), TRICKS.values(), ids=TRICKS)
def test_an_argument_that_makes_a_call_dangerous_is_refused(arena: Any, call: str, error: int) -> None:
    program = (
        f"{NATIVE}libc.mmap.restype = ctypes.c_long\ndef f(x):\n assert libc.{call} == -1\n return ctypes.get_errno()\n"
    )
    assert arena.fate(program, f"assert f(1) == {error}") == "PASS"


# mov eax, 20 (getpid of i386); int 0x80; ret
GATE = "b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3'"


@pytest.mark.parametrize("flags", ["0x22", "0x21"])
def test_the_i386_gate_is_out_of_reach_without_code_of_its_own(arena: Any, flags: str) -> None:
    program = f"""{NATIVE}libc.mmap.restype = ctypes.c_void_p
def f(x):
    page = libc.mmap(None, 4096, 3, {flags}, -1, 0)
    ctypes.memmove(page, {GATE}, 8)
    libc.mprotect(ctypes.c_void_p(page), 4096, 5)
    return ctypes.CFUNCTYPE(ctypes.c_int)(page)()
"""
    assert arena.fates(program) == ["SIGNAL", "SIGNAL"]


def test_the_i386_gate_of_a_script_kills_it(arena: Any) -> None:
    """A script's output is a file, and a file can be mapped as code: the architecture check is what holds."""
    program = f"""{NATIVE}import os
libc.mmap.restype = ctypes.c_void_p
os.write(1, {GATE}.ljust(4096, b'\\x90'))
page = libc.mmap(None, 4096, 5, 1, 1, 0)
if page in (None, ctypes.c_void_p(-1).value):
    os.abort()
print(ctypes.CFUNCTYPE(ctypes.c_int)(page)())
"""
    assert arena.script(program) in ("FORBIDDEN", "SIGNAL")


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
def test_there_are_no_sockets_of_any_family(arena: Any, family: str) -> None:
    program = f"import socket\ndef f(x): return socket.socket(socket.{family}, socket.SOCK_RAW).fileno()\n"
    assert arena.fate(program) == "FORBIDDEN"


def test_a_service_on_the_hosts_loopback_is_out_of_reach(arena: Any) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        program = f"import socket\ndef f(x): return socket.create_connection(('127.0.0.1', {port}), 1).fileno()\n"
        assert arena.fate(program) == "FORBIDDEN"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "text",
    [
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1/', timeout=1)",
        "import socket; socket.gethostbyname('localhost')",
    ],
)
def test_no_name_is_looked_up(arena: Any, text: str) -> None:
    assert arena.fate(f"def f(x):\n {text}\n return x + 1\n") in ("FORBIDDEN", "EXCEPTION")


def test_an_event_loop_still_works(open_arena: Any) -> None:
    program = """import asyncio
async def g(x):
    await asyncio.sleep(0)
    return x + 1
def f(x):
    return asyncio.run(g(x))
"""
    assert open_arena(cpu_ms=1000, wall_ms=5000).fates(program) == ["PASS", "PASS"]


def test_the_layers_are_all_recorded(arena: Any) -> None:
    arena.judge(["def f(x): return x + 1\n"], ["assert f(1) == 2"])
    assert {"seccomp", "pid_namespace", "network_namespace", "mount_namespace"} <= set(arena.matrix.layers)
