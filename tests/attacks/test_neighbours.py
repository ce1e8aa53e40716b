"""What a program leaves behind is not met by another program, nor at level `test` by another test."""

from typing import Any

import pytest
from cases.neighbours import STAINS

WITNESS = """import sys, math, json, re, random, decimal, warnings, string, fractions, gc, os, signal, statistics
state = random.getstate()[1][:5]
def f(x):
    def deep(n): return deep(n - 1) if n else 0
    return [sorted([2, 1]), math.sqrt(4), json.dumps({'a': 1}), bool(re.match('a', 'a')),
            str(fractions.Fraction(1) * 2),
            str(decimal.Decimal(1) / 3), hasattr(string, 'smuggled'), hasattr(sys, 'kept'), hasattr(sys, 'cache'),
            gc.isenabled(), 3 + 4, int('7'), deep(200), sys.getrecursionlimit(), os.getcwd(), os.environ['PATH'],
            len(sys.meta_path) > 0, str(signal.getsignal(signal.SIGALRM)), random.random(), list(state),
            warnings.filters[:1] == [], statistics.mean([1, 2]), repr(0.5), str(random.Random.shuffle.__defaults__), x]
"""


@pytest.mark.parametrize("level", ["auto", "candidate", "test"])
def test_what_a_program_does_to_its_interpreter_is_not_met_by_the_next(open_arena: Any, level: str) -> None:
    arena = open_arena(level, cpu_ms=1000, wall_ms=5000)
    arena.judge([WITNESS], ["assert f(1) == 0"])
    clean = arena.value(0, 0)
    programs = []
    for number, text in enumerate(STAINS.values()):
        programs += [f"{text}\ndef f(x): return 1\n", f"{text}\ndef f(x): return 2\n", WITNESS + "#" * number]
    arena.judge(programs, ["assert f(1) == 0"])
    assert {name: arena.value(3 * number + 2, 0) == clean for number, name in enumerate(STAINS)} == dict.fromkeys(
        STAINS, True
    )


def test_at_level_test_a_program_meets_no_state_of_its_own(open_arena: Any) -> None:
    program = "calls = []\ndef f(x):\n calls.append(x)\n return len(calls)\n"
    tests = [f"assert f({x}) == 1" for x in range(5)]
    assert open_arena("test").fates(program, tests) == ["PASS"] * 5
    assert open_arena("candidate").fates(program, tests) == ["PASS"] + ["WRONG"] * 4


@pytest.mark.parametrize("level", ["auto", "candidate", "test", "batch"])
def test_an_argument_that_was_mutated_is_fresh_for_the_next_program(open_arena: Any, level: str) -> None:
    programs = [f"def f(x):\n x.append({i}); x[0].clear()\n return len(x)\n" for i in range(5)]
    tests = ["assert f([[1], 2]) == 3", "assert f([[1], 2]) != 4", "assert f([[1], 2]) == 3"]
    assert open_arena(level).judge(programs, tests) == [["PASS"] * 3] * 5


def test_a_program_sees_no_other_candidate(arena: Any) -> None:
    secrets = [f"SECRET = 'needle-{i}-in-the-hay'\ndef f(x): return SECRET\n" for i in range(4)]
    search = """import gc, sys
def f(x):
    word = 'needle' + '-'
    seen = 0
    for thing in gc.get_objects():
        if type(thing) is dict:
            for value in list(thing.values()):
                if type(value) is str and value.startswith(word):
                    seen += 1
    return seen
"""
    for _ in range(2):
        rows = arena.judge([*secrets, search, search + "#"], ["assert f(1) == 0"])
        assert rows[4:] == [["PASS"], ["PASS"]]


def test_a_neighbour_is_not_starved_by_threads(arena: Any) -> None:
    crowd = [
        f"import threading\ndef f(x):\n for _ in range({40 + i}):\n"
        "  threading.Thread(target=lambda: any(iter(int, 1)), daemon=True).start()\n any(iter(int, 1))\n"
        for i in range(4)
    ]
    honest = "def f(x):\n for _ in range(100_000): pass\n return x + 1\n"
    rows = arena.judge([*crowd[:2], honest, *crowd[2:], honest + "#"], ["assert f(1) == 2"])
    assert rows[2] == rows[5] == ["PASS"]
    # Of threads only the first one's waiting is known: on an overloaded machine they may be at their wall limit.
    assert {row[0] for row in rows} <= {"PASS", "CPU_LIMIT", "WALL_LIMIT"}
