"""Programs that start, signal, watch or outlive processes."""

from typing import Any

import pytest
from cases import body
from cases.processes import BREEDERS, IMPOTENT


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
