"""The same run twice gives the same matrix."""

from typing import Any

import pytest

SOURCES = {
    "random": "import random\ndef f(x): return [random.random() for _ in range(3)]",
    "random at import": "import random\nvalue = random.random()\ndef f(x): return value",
    "a shuffled list": "import random\ndef f(x):\n y = list(range(50)); random.shuffle(y); return y",
    "random under another name": "r = __import__('ran' + 'dom')\ndef f(x): return r.random()",
    "order of a set": "def f(x): return list({'a', 'b', 'c', 'spam', 'eggs'})",
    "a hash": "def f(x): return hash('spam')",
    "a set of addresses": "class A: pass\ndef f(x): return len({A() for _ in range(10)})",
    "the process's number": "import os\ndef f(x): return os.getpid()",
    "the host's name": "import os\ndef f(x): return os.uname().nodename",
    "arguments": "import sys\ndef f(x): return [sys.argv, __name__, sys.flags.hash_randomization]",
    "the working directory": "import os\ndef f(x): return [os.getcwd(), sorted(os.listdir('/'))]",
}


@pytest.mark.parametrize("program", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("level", ["candidate", "test"])
def test_a_run_again_gives_the_same_values(open_arena: Any, level: str, program: str) -> None:
    arena = open_arena(level, cpu_ms=1000, wall_ms=5000)
    seen = []
    for _ in range(3):
        arena.judge([program, program + "\n#"], ["assert f(1) == 0", "assert f(2) == 0"])
        seen.append([arena.value(row, test) for row in range(2) for test in range(2)])
        assert seen[-1][:2] == seen[-1][2:]
    assert seen[0] == seen[1] == seen[2]


CLOCKS = {
    "a clock": "import time\ndef f(x): return time.perf_counter_ns()",
    "the kernel's random numbers": "import os\ndef f(x): return os.urandom(8)",
    "a uuid": "import uuid\ndef f(x): return uuid.uuid4().int",
}


@pytest.mark.parametrize("level", ["auto", "candidate", "test"])
def test_a_program_that_asks_the_kernel_differs_alone(open_arena: Any, level: str) -> None:
    """Nothing can be promised of its value, but its verdict and those of the programs beside it are the same."""
    arena = open_arena(level, cpu_ms=1000, wall_ms=5000)
    calm = SOURCES["random"]
    seen = []
    for _ in range(2):
        rows = arena.judge([*CLOCKS.values(), calm], ["assert f(1) == 0"])
        seen.append([arena.value(place, 0) for place in range(4)])
        assert rows == [["WRONG"]] * 4
    assert [first == second for first, second in zip(*seen, strict=True)] == [False] * 3 + [True]


def test_a_killed_cell_does_not_shift_the_random_numbers_of_the_next(open_arena: Any) -> None:
    program = "import random\ndef f(x):\n while x == 1: pass\n return random.random()\n"
    arena = open_arena(max_timeouts=3)
    tests = [f"assert f({x}) == 0" for x in range(4)]
    arena.judge([program], tests)
    killed = [arena.value(0, test) for test in (2, 3)]
    arena.judge([program.replace("x == 1", "x == 100")], tests)
    assert killed == [arena.value(0, test) for test in (2, 3)]


def test_levels_agree_on_programs_without_state(open_arena: Any) -> None:
    programs = [f"def f(x): return {text}\n" for text in ("x + 1", "x * 2", "1 / (x - 1)", "[x] * x", "None", "{x: x}")]
    tests = ["assert f(1) == 2", "assert f(2) == 4", "assert f(0) == 1", "assert not f(3)"]
    rows = [open_arena(level).judge(programs, tests) for level in ("candidate", "test", "batch")]
    assert rows[0] == rows[1] == rows[2]
