"""Programs that take memory, and values, sources and stacks without measure."""

from typing import Any

import pytest
from cases import body
from cases.memory import ENDLESS_VALUES, GREEDY, MAPPERS, REFUSED_NATIVELY


@pytest.mark.parametrize("text", GREEDY.values(), ids=GREEDY)
def test_a_program_that_takes_memory_is_at_its_memory_limit(open_arena: Any, text: str) -> None:
    assert open_arena(cpu_ms=1000, wall_ms=5000).fate(body(text)) == "MEMORY"


@pytest.mark.parametrize("text", MAPPERS.values(), ids=MAPPERS)
def test_a_mapping_beyond_the_limit_is_refused(open_arena: Any, text: str) -> None:
    assert open_arena(cpu_ms=1000, wall_ms=5000).fate(body(text)) in ("MEMORY", "EXCEPTION")


@pytest.mark.parametrize("text", ENDLESS_VALUES.values(), ids=ENDLESS_VALUES)
def test_a_value_without_measure_is_a_bad_value(open_arena: Any, text: str) -> None:
    arena = open_arena(cpu_ms=1000, wall_ms=5000)
    assert arena.fate(body(text)) == "BAD_VALUE"
    assert arena.detail(1, 0)


def test_locked_memory_is_refused(arena: Any) -> None:
    program = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def f(x): return [libc.mlockall(3), libc.mlock(ctypes.create_string_buffer(9), 9)] == [-1, -1] and x + 1\n"
    )
    assert arena.fate(program) == "PASS"


@pytest.mark.parametrize(
    "text",
    [
        "import sys; sys.setrecursionlimit(10**9)\ndef f(x): return f(x)",
        "import sys; sys.setrecursionlimit(10**9)\ndef f(x):\n a = ()\n for _ in range(10**6): a = (a,)\n hash(a)",
        "import sys; sys.setrecursionlimit(10**9)\nclass A:\n def __repr__(s): return repr(s)\nf = lambda x: repr(A())",
        "def f(x): return eval('-' * 10**6 + '1')",
        "def f(x): return f(x)",
    ],
)
def test_recursion_without_end_costs_its_own_cell_only(open_arena: Any, text: str) -> None:
    fate = open_arena(cpu_ms=1000, wall_ms=5000).fate(text)
    assert fate in ("SIGNAL", "MEMORY", "EXCEPTION", "CPU_LIMIT")


def test_a_leak_in_a_crowd_kills_no_neighbour(open_arena: Any) -> None:
    greedy = [f"def f(x):\n y = [{i}]\n while True: y.append(bytearray(1 << 20))\n" for i in range(4)]
    honest = "def f(x):\n y = bytearray(50 << 20)\n return x + 1\n"
    rows = open_arena(cpu_ms=1000, wall_ms=5000).judge([*greedy, honest], ["assert f(1) == 2", "assert f(2) == 3"])
    assert rows == [["MEMORY", "MEMORY"]] * 4 + [["PASS", "PASS"]]


def test_a_large_source_is_loaded_within_its_limits(open_arena: Any) -> None:
    arena = open_arena(cpu_ms=1000, load_cpu_ms=2000, wall_ms=11000)
    assert arena.fates("#" * (10 << 20) + "\ndef f(x): return x + 1\n") == ["PASS", "PASS"]


@pytest.mark.parametrize("text", ["(" * 100_000 + ")" * 100_000, "[" * 100_000, "x = " + "-" * 100_000 + "1"])
def test_a_source_nested_without_measure_is_a_load_error(arena: Any, text: str) -> None:
    assert arena.load_cause(text) in ("EXCEPTION", "MEMORY", "SIGNAL")


def test_a_candidate_larger_than_a_lane_costs_nobody_else_a_verdict(open_arena: Any) -> None:
    rows = open_arena().judge(["def f(x): return x + 1\n", "#" * (97 << 20)], ["assert f(1) == 2"])
    assert rows[0] == ["PASS"]
    assert rows[1] in (["LOAD_ERROR"], ["NO_ENTRY"], ["MEMORY"])


def test_large_answers_of_a_crowd_end_with_verdicts(outside: Any) -> None:
    said = outside(
        """
programs = [f"def f(x):\\n return ('{i},%d' % x).ljust(65000, 'z')\\n" for i in range(40)]
rows = judge(executor(value_bytes=65536, cpu_ms=1000, wall_ms=6000), [HONEST, *programs],
             [f"assert f({x}).lower() == 'a'" for x in range(45)])
say(sorted({name for row in rows[1:] for name in row}))
""",
        seconds=60,
    )
    assert set(said) <= {"WRONG", "BAD_VALUE"}


def test_answers_that_are_kept_do_not_fill_the_caller(outside: Any) -> None:
    megabytes = outside(
        """
import resource
programs = [f"def f(x):\\n return ('{i},%d' % x).ljust(65000, 'z')\\n" for i in range(60)]
e = executor(value_bytes=65536, cpu_ms=1000, wall_ms=6000)
judge(e, [HONEST])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
judge(e, programs, [f"assert f({x}) == 1" for x in range(100)])
say((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
""",
        seconds=60,
    )
    assert megabytes < 512


@pytest.mark.parametrize("text", REFUSED_NATIVELY.values(), ids=REFUSED_NATIVELY)
def test_native_code_that_asks_until_it_is_refused_goes_on(open_arena: Any, text: str) -> None:
    assert open_arena(cpu_ms=1000, wall_ms=5000).fates(body(text)) == ["PASS", "PASS"]
