"""What must hold after every hostile program, seen from outside: processes, descriptors, shared memory, zygotes, time.

Knows nothing of the package or of pytest: `product_child.py` carries its text into other users' processes.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SETTLE_S = 2.0

# Of /proc/PID/status: what a zygote is allowed, and what it would do with a signal.
_LINES = "Uid Gid Threads Seccomp NoNewPrivs CapEff CapBnd SigBlk SigIgn SigCgt TracerPid".split()
_GROWTH_BYTES = 8 << 20
_MOST_PIDFDS = 2  # its own, and the last worker's until that is reaped
_TICKS = os.sysconf("SC_CLK_TCK")


def stat_fields(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat from the third (state) on. Raises OSError where there is no such process."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()


def children_of(pid: int) -> list[tuple[int, str]]:
    """Processes whose parent is `pid`, with their states (Z: a zombie)."""
    found = []
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            with contextlib.suppress(OSError):
                fields = stat_fields(int(entry))
                if int(fields[1]) == pid:
                    found.append((int(entry), fields[0].decode()))
    return found


def descendants_of(pid: int) -> list[tuple[int, str]]:
    own = children_of(pid)
    return own + [below for child, _ in own for below in descendants_of(child)]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return stat_fields(pid)[0] not in (b"Z", b"X")
    return False


def eventually(holds: Callable[[], bool], seconds: float = SETTLE_S) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_clean() -> bool:
    """No worker lives; each zygote has at most the last worker's entry, which it reaps before its next fork."""
    for zygote, _ in children_of(os.getpid()):
        below = children_of(zygote)
        if len(below) > 1 or any(state not in "ZX" for _, state in below):
            return False
    return True


def footprint() -> tuple[int, frozenset[str]]:
    """Open descriptors of this process, and the files in shared memory and temporary folders that bear our name."""
    folders = ("/dev/shm", tempfile.gettempdir())
    left = {name for folder in folders if Path(folder).is_dir() for name in os.listdir(folder)}  # noqa: PTH208
    return len(os.listdir("/proc/self/fd")), frozenset(name for name in left if "ucoder-attack" in name)  # noqa: PTH208


def zygote_states() -> dict[int, dict[str, str]]:
    """What a program could have changed about each zygote if it reached it. Its memory is in the key "bytes"."""
    return {pid: state for pid, _ in children_of(os.getpid()) if (state := _state_of(pid))}


def _state_of(pid: int) -> dict[str, str]:
    state: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in _LINES:
                state[name] = value.strip()
        state["bytes"] = str(int(Path(f"/proc/{pid}/statm").read_text().split()[5]) * os.sysconf("SC_PAGESIZE"))
        state["nice"] = stat_fields(pid)[16].decode()
        state["cores"] = str(sorted(os.sched_getaffinity(pid)))
    with contextlib.suppress(OSError):  # where the kernel lets this process look
        for kind in ("net", "ipc", "uts", "mnt", "user", "pid"):
            state[kind] = str(Path(f"/proc/{pid}/ns/{kind}").readlink())
        links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
        state["descriptors"] = str(sorted(link for link in links if "pidfd" not in link))
        state["workers held"] = "few" if sum("pidfd" in link for link in links) <= _MOST_PIDFDS else "many"
    return state


def changed_zygotes(before: dict[int, dict[str, str]]) -> list[str]:
    """How zygotes differ from what they were; a new one is no difference, one that is gone is."""
    now = zygote_states()
    found = []
    for pid, old in before.items():
        new = now.get(pid, {})
        differ = {key for key in old if key != "bytes" and new.get(key) != old[key]}
        if int(new.get("bytes", "0")) > int(old.get("bytes", "0")) + _GROWTH_BYTES:
            differ.add("bytes")
        found += [f"zygote {pid}: {key} was {old.get(key)}, is {new.get(key)}" for key in sorted(differ)]
    return found


def workers_cpu_seconds() -> float:
    """CPU time of all workers that the zygotes have reaped so far."""
    total = 0
    for zygote, _ in children_of(os.getpid()):
        with contextlib.suppress(OSError):
            fields = stat_fields(zygote)
            total += int(fields[13]) + int(fields[14])
    return total / _TICKS


def cpu_bound_seconds(programs: int, tests: int, limits: dict[str, int]) -> float:
    """What workers may use for a judgement at the very most: 1.5 times each limit, once more for what is run again.

    Programs are loaded, and so is the preamble, twice for each test: to split it, and to judge its answers.
    """
    load = 1.5 * limits["load_cpu_ms"] / 1000
    cell = 2 * 1.5 * limits["cpu_ms"] / 1000 + 0.1
    return programs * (load + 0.5 + tests * cell) + 2 * (tests + 1) * load + 1.0
