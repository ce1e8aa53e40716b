"""Hostile programs in machines of their own (profile "full"): nothing of them leaves, nothing of them stays."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem, UnittestTest

from .conftest import HONEST, children_of, descendants_of, eventually

LIMITS = {"cpu_ms": 1000, "load_cpu_ms": 3000, "memory_mb": 512, "max_timeouts": 1}
SUITE = """import unittest
class TestCases(unittest.TestCase):
    def test_one(self):
        self.assertEqual(f(1), 2)
    def test_two(self):
        self.assertEqual(f(2), 3)
"""
NATIVE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"


class Machines:
    """An executor and what must hold after each judgement."""

    def __init__(self) -> None:
        self.executor = Executor(workers=2, isolation="candidate", limits=Limits(**LIMITS))
        self.details: list[str] = []
        self._mounts = Path("/proc/self/mountinfo").read_text()
        self._network = Path("/proc/self/ns/net").readlink()

    def fates(self, *programs: str, test: str = SUITE) -> list[str]:
        """Outcome names of the programs; the honest one beside them passed, and no process is left."""
        texts = [HONEST, *programs]
        matrix = self.executor.judge(
            Problem("full", "", "f"), [Candidate("full", solution=text) for text in texts], [UnittestTest(test)]
        )
        assert Outcome(int(matrix.outcomes[0, 0])) is Outcome.PASS or test is not SUITE
        self.details = [matrix.detail(row, 0) for row in range(1, len(texts))]
        assert eventually(self.is_clean), "a process was left"
        return [Outcome(int(code)).name for code in matrix.outcomes[1:, 0]]

    def fate(self, program: str) -> str:
        return self.fates(program)[0]

    def answers(self, program: str) -> Any:
        """What f(1) gives in the profile."""
        matrix = self.executor.judge(
            Problem("full", "", "f", profile="full"), [Candidate("full", solution=program)],
            [AssertionTest("assert f(1) == 2")],
        )  # fmt: skip
        assert eventually(self.is_clean), "a process was left"
        name = Outcome(int(matrix.outcomes[0, 0])).name
        return matrix.value(0, 0) if name in ("PASS", "WRONG") else name

    def close(self) -> None:
        self.executor.close()
        assert Path("/proc/self/mountinfo").read_text() == self._mounts, "a mount was left"
        assert Path("/proc/self/ns/net").readlink() == self._network

    def is_clean(self) -> bool:
        zygotes = [pid for pid, _ in children_of(os.getpid())]
        return all(state in "ZX" for zygote in zygotes for _, state in descendants_of(zygote))


@pytest.fixture(scope="module")
def machines(works: None) -> Iterator[Machines]:  # noqa: ARG001
    arena = Machines()
    yield arena
    arena.close()


# ---------------------------------------------------------------- processes

ENDLESS = {
    "a fork bomb": "import os\ndef f(x):\n while True:\n  try: os.fork()\n  except OSError: pass",
    "a native fork bomb": NATIVE + "def f(x):\n while True: libc.fork()",
    "children that compute": "import os\ndef f(x):\n for _ in range(4):\n  if os.fork() == 0:\n   while True: pass\n"
        " os.wait()",
    "grandchildren nobody waits for": "import os, time\ndef f(x):\n if os.fork() == 0:\n  os.setsid()\n"
        "  if os.fork() == 0:\n   while True: pass\n  os._exit(0)\n os.wait()\n time.sleep(60)",
    "short children nobody waits for": "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\ndef f(x):\n"
        " while True:\n  try:\n   if os.fork() == 0: sum(range(100000)); os._exit(0)\n  except OSError: pass",
    "an interpreter that computes": "import subprocess, sys\ndef f(x):\n"
        " return subprocess.run([sys.executable, '-c', 'while True: pass'])",
}  # fmt: skip


@pytest.mark.parametrize("program", ENDLESS.values(), ids=ENDLESS)
def test_processes_that_do_not_end_are_ended(machines: Machines, program: str) -> None:
    start = time.monotonic()
    assert machines.fate(program) in ("CPU_LIMIT", "WALL_LIMIT")
    assert time.monotonic() - start < 90  # of which 2 s are for the program, the rest for a machine with other work


def test_the_time_of_children_counts(machines: Machines) -> None:
    program = """import subprocess, sys
def f(x):
    for _ in range(20):
        subprocess.run([sys.executable, "-S", "-c", "import time\\nwhile time.process_time() < 0.3: pass"])
    return x + 1
"""
    assert machines.fate(program) == "CPU_LIMIT"


def test_processes_together_stay_within_the_memory_limit(machines: Machines) -> None:
    program = """import os, time
def f(x):
    for _ in range(8):
        if os.fork() == 0:
            held = bytearray(200 << 20)
            time.sleep(30)
            os._exit(0)
    time.sleep(30)
"""
    assert machines.fate(program) == "MEMORY"


def test_memory_that_children_share_with_their_parent_counts_once(machines: Machines) -> None:
    program = """import os, time
def f(x):
    held = bytearray(150 << 20)
    for _ in range(6):
        if os.fork() == 0:
            time.sleep(0.3)
            os._exit(0)
    for _ in range(6): os.wait()
    return x + 1
"""
    assert machines.fate(program) == "PASS"


def test_daemons_end_with_their_worker(machines: Machines) -> None:
    program = """import os, time
def f(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()
    return x + 1
"""
    assert machines.fate(program) == "PASS"


def test_a_child_that_forgets_to_end_does_not_speak_for_its_parent(machines: Machines) -> None:
    program = "import os, time\ndef f(x):\n pid = os.fork()\n if pid == 0: return x + 1\n time.sleep(0.3)\n return 0\n"
    assert machines.fate(program) == "WRONG"


HARMLESS = {
    "killing everyone": "import os\n try: os.kill(-1, 9)\n except OSError: pass",
    "killing its parent": "import os\n try: os.kill(os.getppid(), 9)\n except OSError: pass",
    "killing every number": "import os\n for pid in range(2, 40000):\n  try: os.kill(pid, 9)\n  except OSError: pass",
    "stopping everyone": "import os\n try: os.kill(-1, 19)\n except OSError: pass",
    "an exclusive lock on a file of the host's": "import fcntl, os\n"
        " try: fcntl.flock(open(os.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB); assert 0\n except OSError: pass",
}  # fmt: skip


@pytest.mark.parametrize("deed", HARMLESS.values(), ids=HARMLESS)
def test_signals_and_locks_reach_nobody(machines: Machines, deed: str) -> None:
    assert machines.fate(f"def f(x):\n {deed}\n return x + 1\n") == "PASS"


FORBIDDEN = {
    "mounting": NATIVE + "def f(x): return libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
    "unmounting": NATIVE + "def f(x): return libc.umount2(b'/tmp', 2)",
    "another root": "import os\ndef f(x): os.chroot('/tmp')",
    "a namespace": NATIVE + "def f(x): return libc.unshare(0x10000000)",
    "a process in a user namespace": NATIVE + "def f(x): return libc.syscall(56, 0x10000011, 0, 0, 0, 0)",
    "tracing its child": NATIVE + "def f(x): return libc.ptrace(0, 0, 0, 0)",
    "bpf": NATIVE + "def f(x): return libc.syscall(321, 0, 0, 0)",
    "io_uring": NATIVE + "def f(x): return libc.syscall(425, 1, 0)",
}  # fmt: skip


@pytest.mark.parametrize("program", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_kernels_machinery_stays_forbidden(machines: Machines, program: str) -> None:
    assert machines.fate(program) == "FORBIDDEN"


def test_a_started_program_is_under_the_same_filter(machines: Machines) -> None:
    text = "import ctypes; ctypes.CDLL(None).unshare(0x10000000)"
    program = f"import subprocess, sys\ndef f(x): return subprocess.run([sys.executable, '-c', {text!r}]).returncode"
    assert machines.answers(program) == -31  # SIGSYS


# ---------------------------------------------------------------- files


def test_the_folder_is_bounded(machines: Machines) -> None:
    program = """import errno, os
def f(x):
    total = 0
    for place in ("/tmp", "/dev/shm"):
        for number in range(64):
            try:
                with open(f"{place}/{number}", "wb") as file:
                    for _ in range(64): total += file.write(bytes(1 << 20))
            except OSError as problem:
                assert problem.errno == errno.ENOSPC
                break
    return total >> 20
"""
    assert 100 <= machines.answers(program) <= 128


def test_the_number_of_files_is_bounded(machines: Machines) -> None:
    program = """import errno
def f(x):
    for number in range(100000):
        try: open(f"/tmp/{number}", "w").close()
        except OSError as problem: return problem.errno == errno.ENOSPC
"""
    assert machines.answers(program) is True


def test_a_worker_begins_with_an_empty_folder(machines: Machines) -> None:
    program = """import os
def f(x):
    found = [name for place in ("/tmp", "/dev/shm") for name in os.listdir(place) if name.startswith("left")]
    for place in ("/tmp", "/dev/shm"): open(os.path.join(place, "left"), "w").close()
    return found
"""
    assert machines.answers(program) == []
    assert machines.answers(program + "#\n") == []
    assert not Path("/tmp/left").exists()


def test_nothing_else_can_be_written(machines: Machines) -> None:
    program = """import os, sys
def f(x):
    done = []
    for place in ("/", "/etc", "/usr/lib", "/usr/bin", "/dev", os.path.dirname(os.__file__), sys.prefix):
        for deed in (lambda p: open(p, "w"), os.mkdir, lambda p: os.symlink("/etc", p), os.mkfifo):
            try:
                deed(os.path.join(place, "ucoder-attack-full"))
                done.append(place)
            except OSError: pass
    for path in (os.__file__, sys.executable, "/etc/hosts"):
        for deed in (lambda p: os.truncate(p, 0), lambda p: open(p, "a"), os.unlink, lambda p: os.chmod(p, 0o777),
                     lambda p: os.link(p, "/tmp/linked"), lambda p: os.rename(p, "/tmp/renamed")):
            try:
                deed(path)
                done.append(path)
            except OSError: pass
    return done
"""
    assert machines.answers(program) == []


def test_links_out_of_the_folder_lead_to_what_is_there_anyway(machines: Machines, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    program = f"""import os
def f(x):
    found = []
    for target in ({str(secret)!r}, "/root/.ssh", "/etc/shadow", "/proc/1/environ", "/proc", "/sys", "/home", "/var",
                   "/run", "../../../../etc/shadow"):
        os.symlink(target, "/tmp/link")
        if os.path.exists("/tmp/link"): found.append(target)
        os.unlink("/tmp/link")
    return found
"""
    assert machines.answers(program) == []


def test_a_tool_that_is_written_runs_under_the_same_filter(machines: Machines) -> None:
    program = """import shutil, subprocess, sys
def f(x):
    tool = shutil.copy(sys.executable, "/tmp/tool")
    text = "import ctypes; ctypes.CDLL(None).unshare(0x10000000)"
    return subprocess.run([tool, "-c", text], env={"PYTHONHOME": sys.base_prefix}).returncode
"""
    assert machines.answers(program) == -31  # SIGSYS


def test_callbacks_of_native_code_work(machines: Machines) -> None:
    program = """import ctypes
def f(x):
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    ctypes.CDLL(None).qsort(numbers, 3, 4, compare(lambda a, b: a[0] - b[0]))
    return list(numbers)
"""
    assert machines.answers(program) == [1, 2, 3]


def test_memory_that_belongs_to_no_process_cannot_be_had(machines: Machines) -> None:
    assert machines.answers(NATIVE + "def f(x): return libc.memfd_create(b'x', 0)\n") == -1


def test_a_set_user_bit_gives_nothing(machines: Machines) -> None:
    program = """import os, subprocess
def f(x):
    who = subprocess.run(["su", "-c", "id -u"], capture_output=True)
    return os.getuid() == 0 or b"0\\n" == who.stdout
"""
    assert machines.answers(program) is False


# ---------------------------------------------------------------- sockets


def test_a_service_of_the_host_cannot_be_reached(machines: Machines, tmp_path: Path) -> None:
    reached = []
    tcp = socket.create_server(("127.0.0.1", 0))
    path = tmp_path / "service"
    named = socket.socket(socket.AF_UNIX)
    named.bind(str(path))
    abstract = socket.socket(socket.AF_UNIX)
    abstract_name = f"\0ucoder-attack-full-{os.getpid()}".encode()
    abstract.bind(abstract_name)
    for server in (tcp, named, abstract):
        server.listen()
        threading.Thread(target=lambda s=server: reached.append(s.accept()), daemon=True).start()
    program = f"""import socket
def f(x):
    done = []
    for family, address in ((socket.AF_INET, ("127.0.0.1", {tcp.getsockname()[1]})), (socket.AF_UNIX, {str(path)!r}),
                            (socket.AF_UNIX, {abstract_name!r}), (socket.AF_INET, ("192.0.2.1", 80)),
                            (socket.AF_INET6, ("2001:db8::1", 80))):
        try:
            socket.socket(family).connect(address)
            done.append(str(address))
        except OSError: pass
    return done
"""
    assert machines.answers(program) == []
    assert not reached


@pytest.mark.parametrize("family", [16, 17, 31, 38, 40], ids=["netlink", "packet", "bluetooth", "alg", "vsock"])
def test_other_families_of_sockets_are_refused(machines: Machines, family: int) -> None:
    program = f"""import errno, socket
def f(x):
    try: socket.socket({family}, socket.SOCK_RAW)
    except OSError as problem: return problem.errno == errno.EAFNOSUPPORT
"""
    assert machines.answers(program) is True


def test_a_loopback_is_each_workers_own(machines: Machines) -> None:
    program = """import socket
server = None
def f(x):
    global server
    taken = []
    for family, address in ((socket.AF_INET, ("127.0.0.1", 4711)), (socket.AF_UNIX, b"\\0name")):
        server = socket.socket(family)
        try: server.bind(address)
        except OSError: taken.append(str(address))
    import time
    time.sleep(0.3)
    return taken
"""
    problem = Problem("full", "", "f", profile="full")
    candidates = [Candidate("full", solution=program + f"# {number}\n") for number in range(4)]
    matrix = machines.executor.judge(problem, candidates, [AssertionTest("assert f(1) == []")])
    assert matrix.outcomes[:, 0].tolist() == [int(Outcome.PASS)] * 4


# ---------------------------------------------------------------- the verdict

CHEATS = {
    "an early exit at import": "import os\nos._exit(0)\n",
    "an end at import": "import sys\nsys.exit(0)\n",
    "an early exit": "import os\ndef f(x): os._exit(0)\n",
    "an end": "import sys\ndef f(x): sys.exit(0)\n",
    "an end in another thread": "import os, threading\ndef f(x):\n"
        " threading.Thread(target=lambda: os._exit(0)).start()\n import time; time.sleep(1)\n",
    "an end at the end": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(x): return 0\n",
    "a skip": "import unittest\ndef f(x): raise unittest.SkipTest\n",
    "a patched assertEqual": "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef f(x): return 0\n",
    "an assertEqual patched late": "import unittest\ndef f(x):\n"
        " unittest.TestCase.assertEqual = lambda *a: None\n return 0\n",
    "an assertEqual with other code": "import unittest\ndef f(x):\n"
        " unittest.TestCase.assertEqual.__code__ = (lambda self, a, b, msg=None: None).__code__\n return 0\n",
    "an assertEqual of the case alone": "import sys\ndef f(x):\n"
        " sys._getframe(1).f_locals['self'].assertEqual = lambda *a: None\n return 0\n",
    "another TestCase": "import unittest\nclass Other(unittest.TestCase):\n def assertEqual(self, *a): pass\n"
        "unittest.TestCase = Other\ndef f(x): return 0\n",
    "another unittest": "import sys, types, unittest\nclass T:\n pass\n"
        "sys.modules['unittest'] = types.SimpleNamespace(TestCase=T)\ndef f(x): return 0\n",
    "a patched run": "import unittest\nunittest.TestCase.run = lambda self, result=None: result.addSuccess(self)\n"
        "def f(x): return 0\n",
    "a loader that finds nothing": "import unittest\nunittest.TestLoader.getTestCaseNames = lambda *a: []\n"
        "def f(x): return 0\n",
    "a builder of classes": "import builtins\nreal = builtins.__build_class__\n"
        "def build(body, name, *bases, **rest):\n made = real(body, name, *bases, **rest)\n"
        " for n in list(vars(made)):\n  if n.startswith('test'): setattr(made, n, lambda self: None)\n return made\n"
        "builtins.__build_class__ = build\ndef f(x): return 0\n",
    "another AssertionError": "import builtins\nclass E(BaseException): pass\nbuiltins.AssertionError = E\n"
        "def f(x): return 0\n",
    "an AssertionError that is taken back": "import sys\ndef f(x):\n sys.stdout.write('OK')\n return 0\n",
}  # fmt: skip


@pytest.mark.parametrize("program", CHEATS.values(), ids=CHEATS)
def test_a_cheat_has_not_passed(machines: Machines, program: str) -> None:
    assert machines.fate(program) not in ("PASS", "INFRA", "NOT_RUN")


SUITES = {
    "nothing": "",
    "no class": "import unittest\n",
    "a class without tests": "import unittest\nclass T(unittest.TestCase):\n    def check(self): pass\n",
    "a skipped class": "import unittest\n@unittest.skip('x')\nclass T(unittest.TestCase):\n    def test(self): pass\n",
    "no Python": "class (",
}


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_a_suite_without_tests_is_passed_by_nobody(machines: Machines, suite: str) -> None:
    assert machines.fates(HONEST + "#\n", test=suite) == ["NOT_RUN"]


def test_a_test_that_is_missing_has_not_passed(machines: Machines) -> None:
    """One of two methods cannot be made: its class is deleted by the text itself."""
    assert machines.fates(HONEST + "#\n", test=SUITE + "del TestCases.test_two\n")[0] not in ("PASS", "INFRA")


def test_a_test_that_skips_itself_has_not_passed(machines: Machines) -> None:
    suite = SUITE.replace("        self.assertEqual(f(2), 3)", "        self.skipTest('not today')")
    assert machines.fates(HONEST + "#\n", test=suite) == ["EXCEPTION"]


def test_verdicts_of_unit_tests_are_marked_as_untrusted(machines: Machines) -> None:
    matrix = machines.executor.judge(
        Problem("full", "", "f"), [Candidate("full", solution=HONEST)], [UnittestTest(SUITE)]
    )
    assert matrix.trusted.tolist() == [False]
    assert matrix.test_kinds == ("beside",)
