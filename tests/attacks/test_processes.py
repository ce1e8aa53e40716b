"""Programs that start, signal, watch or outlive processes."""

from typing import Any

import pytest

NATIVE = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"

BREEDERS = {
    "os.fork": "import os\ndef f(x): return os.fork()",
    "a fork bomb": "import os\ndef f(x):\n while True:\n  try: os.fork()\n  except OSError: pass",
    "a daemon forked twice": "import os\ndef f(x):\n if os.fork() == 0:\n  os.setsid()\n  os.fork()\n"
        "  while True: pass\n return x + 1",
    "a native fork": NATIVE + "def f(x): return libc.fork()",
    "a native vfork": NATIVE + "def f(x): return libc.syscall(58)",
    "a raw clone": NATIVE + "def f(x): return libc.syscall(56, 17, 0, 0, 0, 0)",
    "a clone into new namespaces": NATIVE + "def f(x): return libc.syscall(56, 0x10000011, 0, 0, 0, 0)",
    "a subprocess": "import subprocess\ndef f(x): return subprocess.run(['/bin/true']).returncode",
    "a shell": "import os\ndef f(x): return os.system('true')",
    "a spawned process": "import os\ndef f(x): return os.posix_spawn('/bin/true', ['true'], {})",
    "a process of multiprocessing":
        "import multiprocessing\ndef f(x):\n p = multiprocessing.get_context('fork').Process(target=int)\n p.start()",
    "another program in its place":
        "import os, sys\ndef f(x): os.execv('/proc/self/exe', ['python'])",
    "its own interpreter in its place":
        "import os, sys\ndef f(x): os.execv(sys.executable, ['python', '-c', ''])",
    "a pidfd": NATIVE + "def f(x): return libc.syscall(434, 1, 0)",
    "a queued signal": NATIVE + "def f(x): return libc.syscall(129, 1, 9, ctypes.create_string_buffer(128))",
    "ptrace": NATIVE + "def f(x): return libc.ptrace(0, 0, 0, 0)",
    "another's memory": NATIVE + "def f(x): return libc.syscall(310, 1, 0, 0, 0, 0, 0)",
    "another's descriptors": NATIVE + "def f(x): return libc.syscall(438, 3, 1, 0)",
    "a personality": NATIVE + "def f(x): return libc.personality(0x0400000)",
    "a local descriptor table": NATIVE + "def f(x): return libc.syscall(154, 0, 0, 0)",
}  # fmt: skip

IMPOTENT = {
    "killing its parent": "import os\n try: os.kill(os.getppid(), 9)\n except OSError: pass",
    "killing everyone": "import os\n try: os.kill(-1, 9)\n except OSError: pass",
    "killing its group": "import os\n try: os.killpg(0, 9)\n except OSError: pass",
    "killing every number": "import os\n for pid in range(2, 40000):\n"
        "  try: os.kill(pid, 9)\n  except OSError: pass",
    "stopping everyone": "import os\n try: os.kill(-1, 19)\n except OSError: pass",
    "a debugger's hooks": "import sys, threading\n sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)\n"
        " sys.addaudithook(lambda *a: None)",
    "a fork's hooks": "import os; os.register_at_fork(before=lambda: 1 / 0, after_in_parent=lambda: 1 / 0)",
    "functions for the end": "import atexit, weakref, sys\n atexit.register(lambda: 1 / 0)\n"
        " weakref.finalize(f, lambda: 1 / 0)\n sys.excepthook = None; sys.unraisablehook = None",
    "an object that dies late": "import sys\n class A:\n  def __del__(self): print('late')\n sys.late = A()",
    "a session of its own": "import os\n try: os.setsid()\n except OSError: pass",
    "prctl": "import ctypes; assert ctypes.CDLL(None).prctl(1, 0) == -1",
    "no death with its parent": "import ctypes; assert ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == -1",
    "another thread pointer": "import ctypes; assert ctypes.CDLL(None).syscall(158, 0x1003, 0) == -1",
    "a system call that does not exist": "import ctypes; assert ctypes.CDLL(None).syscall(435, 0, 0) == -1",
    "waiting for children it has not": "import os\n try: os.wait()\n except ChildProcessError: pass",
}  # fmt: skip


def body(text: str) -> str:
    return f"def f(x):\n {text}\n return x + 1\n"


@pytest.mark.parametrize("text", BREEDERS.values(), ids=BREEDERS)
def test_a_program_that_reaches_for_a_process_is_forbidden(arena: Any, text: str) -> None:
    if "/proc/self/exe" in text:  # there is no such file
        assert arena.fate(text) in ("FORBIDDEN", "EXCEPTION")
        return
    assert arena.fates(text) == ["FORBIDDEN", "FORBIDDEN"]


@pytest.mark.parametrize("text", IMPOTENT.values(), ids=IMPOTENT)
def test_a_program_that_reaches_for_others_reaches_nobody(open_arena: Any, text: str) -> None:
    assert open_arena(cpu_ms=1000, wall_ms=5000).fates(body(text)) == ["PASS", "PASS"]


def test_a_program_is_alone_in_its_world(arena: Any) -> None:
    program = "import os\ndef f(x): return [os.getpid(), os.getppid(), os.getuid(), os.getgid(), os.getgroups()]"
    assert arena.fate(program) == "WRONG"
    pid, parent, *identity = arena.value(1, 0)
    assert (pid, parent) == (1, 0)
    assert 0 not in identity


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        ("import os; os._exit(0)", "EXIT"),
        ("import sys; sys.exit(0)", "EXIT"),
        ("raise SystemExit", "EXIT"),
        ("import os; os.abort()", "SIGNAL"),
        ("import ctypes; ctypes.string_at(0)", "SIGNAL"),
        ("import ctypes; ctypes.CDLL(None).raise_(8)", "EXCEPTION"),
        ("import ctypes; ctypes.CDLL(None).pthread_exit(0)", "SIGNAL EXIT WALL_LIMIT CPU_LIMIT"),
        (
            "import ctypes; ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(bytearray(1))), 0, 1 << 30)",
            "SIGNAL",
        ),
        ("raise KeyboardInterrupt", "EXCEPTION"),
        ("raise GeneratorExit", "EXCEPTION"),
        ("raise BaseExceptionGroup('g', [KeyboardInterrupt()])", "EXCEPTION"),
    ],
)
def test_an_end_of_the_process_is_no_pass(arena: Any, text: str, fate: str) -> None:
    for name in arena.fates(f"def f(x):\n {text}\n"):
        assert name in fate.split()


def test_threads_are_bounded(open_arena: Any) -> None:
    program = """import threading
def f(x):
    gate = threading.Event()
    for started in range(10_000):
        try:
            threading.Thread(target=gate.wait, daemon=True).start()
        except RuntimeError:
            return started
"""
    arena = open_arena(cpu_ms=1000, wall_ms=5000)
    assert arena.fate(program) == "WRONG"
    assert arena.value(1, 0) < 100


def test_a_result_changed_by_a_thread_afterwards_crashes_nobody(open_arena: Any) -> None:
    program = """import threading
def f(x):
    answer = [[0] * 50 for _ in range(50)]
    def scramble():
        while True:
            answer.append([1]); answer[0] = 'x' * 1000; answer.pop()
            if len(answer) > 40: answer.clear()
    for _ in range(4):
        threading.Thread(target=scramble, daemon=True).start()
    return answer
"""
    tests = [f"assert f({x}) == 2" for x in range(12)]
    fates = open_arena(cpu_ms=300, wall_ms=3000, max_timeouts=2).fates(program, tests)
    assert "PASS" not in fates
    assert set(fates) <= {"WRONG", "BAD_VALUE", "SIGNAL", "CPU_LIMIT", "WALL_LIMIT", "EXCEPTION", "SKIPPED"}


def test_limits_are_never_raised(arena: Any) -> None:
    program = """import resource
def f(x):
    raised = 0
    for name in dir(resource):
        if name.startswith('RLIMIT_'):
            number = getattr(resource, name)
            soft, hard = resource.getrlimit(number)
            for wanted in ((-1, -1), (hard, -1)):
                if hard == -1:
                    continue
                try:
                    resource.setrlimit(number, wanted)
                    raised += 1
                except (OSError, ValueError):
                    pass
    try:
        resource.prlimit(2, resource.RLIMIT_CPU)
        raised += 1
    except OSError:
        pass
    return raised
"""
    assert arena.fate(program, "assert f(1) == 0") == "PASS"


def test_a_candidate_that_dies_in_every_cell_gets_every_cell_charged(arena: Any) -> None:
    tests = [f"assert f({x}) == {x + 1}" for x in range(20)]
    assert arena.fates("import os\ndef f(x): os._exit(x)\n", tests) == ["EXIT"] * 20
