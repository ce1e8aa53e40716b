"""Programs that found a way through the check once, each before a witness that must not notice."""

from typing import Any

import contaminate
import pytest

from ucoder import AssertionTest, Candidate, ExecutionMatrix, Executor, Limits, Problem

pytestmark = pytest.mark.usefixtures("sandbox")

LIMITS = Limits(cpu_ms=1000, load_cpu_ms=1000, wall_ms=8000, memory_mb=128, max_timeouts=1)

# As much as it can get, in steps of a megabyte; zeros that were never touched take address space only.
ROOM = "def f(x):\n for n in range(1, 100):\n  try: bytes(n << 20)\n  except MemoryError: return n\n return 'all'\n"
# The numbers that most programs share with each other.
NUMBERS = "def f(x): return [len([1] * i) + 1 for i in range(40)] + ['abc'.upper(), max(3, 4), 2 ** 70, {7: 8}[7]]\n"
# How deep one may go, in Python, through C, and in a library written in Python.
DEPTHS = """import copy, json, re
def deepest(go):
    low, high = 1, 1 << 14
    while low < high:
        n = (low + high) // 2
        try: go(n)
        except (RecursionError, ZeroDivisionError): high = n
        else: low = n + 1
    return low
def down(n): return down(n - 1) if n else 0
def nested(n):
    x = []
    for _ in range(n): x = [x]
    return x
def f(x):
    return [deepest(down), deepest(lambda n: repr(nested(n))), deepest(lambda n: nested(n) == nested(n)),
            deepest(lambda n: copy.deepcopy(nested(n))), deepest(lambda n: json.loads('[' * n + ']' * n)),
            deepest(lambda n: re.compile('(' * n + ')' * n) if n < 300 else 1 / 0)]
"""

# Before 3.12.5 CPython writes behind the list: the next program computed with a seven that was a nine.
SHRINKING = """def g(a, spray):
    for k in (1300, 1340): spray[k] = None
    del a[4:]
    yield from [7] * 7
def f(x):
    a = [1] * 64
    spray = [[k] for k in range(1500)]
    a[13::8] = g(a, spray)
"""

BREAKS = {
    "a failed loading that leaves a cycle": ("kept = [bytes(90 << 20)]\nkept.append(kept)\nraise ValueError", ROOM),
    "a failed loading that leaves a function": ("def g(): pass\nkept = bytes(90 << 20)\nraise ValueError", ROOM),
    "an exception that holds what raised it": (
        "def f(x):\n kept = bytes(90 << 20)\n try: 1 // 0\n except ZeroDivisionError as e: error = e\n return f",
        ROOM,
    ),
    "a threshold of the allocator": (
        (
            "def f(x):\n for n in range(1, 33): bytes(n << 20)\n kept = [bytes(15 << 20) for _ in range(5)]\n"
            " xs = [str(n) * 300 for n in range(50)]\n del kept\n return xs"
        ),
        ROOM,
    ),
    "a list that shrinks while a slice of it is filled": (SHRINKING, NUMBERS),
    "too deep in Python": ("def f(x): return f(x)", DEPTHS),
    "too deep in C": (
        (
            "def f(x):\n x = []\n for _ in range(10**5): x = [x]\n"
            " for go in (repr, str, lambda x: x == [x], sorted, lambda x: isinstance(1, x)):\n"
            "  try: go(x)\n  except Exception: pass\n"
        ),
        DEPTHS,
    ),
    "too deep a syntax tree": ("def f(x): return type(x) == " + "-" * 5000 + "x", DEPTHS),
    "too deep for the compiler": ("def f(x): return " + "(" * 150 + "x" + "+x)" * 150 + "\nx = type(1) == int", DEPTHS),
}


def judged(
    isolation: str, programs: list[str], tests: tuple[str, ...] = ("assert f(1) == 0",), entry_point: str = "f"
) -> ExecutionMatrix:
    problem = Problem(task_id="p", entry_point=entry_point)
    with Executor(isolation=isolation, limits=LIMITS, workers=1) as executor:
        candidates = [Candidate(task_id="p", solution=program) for program in programs]
        return executor.judge(problem, candidates, [AssertionTest(test) for test in tests])


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    witnesses = [ROOM, NUMBERS, DEPTHS]
    matrix = judged("candidate", witnesses)
    return {witness: contaminate.row(matrix, place) for place, witness in enumerate(witnesses)}


@pytest.mark.parametrize("name", BREAKS)
def test_the_next_program_does_not_notice(alone: dict[str, Any], name: str) -> None:
    program, witness = BREAKS[name]
    matrix = judged("auto", [program, witness, program + "\n#", witness])
    assert matrix.shared[1]
    assert contaminate.row(matrix, 1) == alone[witness]
    assert contaminate.row(matrix, 0) == contaminate.row(judged("candidate", [program]), 0)


@pytest.mark.parametrize("isolation", ["auto", "candidate"])
def test_a_list_that_shrinks_while_a_slice_of_it_is_filled_is_an_error_and_no_crash(isolation: str) -> None:
    assign = "a[13::8] = g(a, spray)"
    programs = [
        SHRINKING,
        SHRINKING.replace(assign, "import operator; operator.setitem(a, slice(13, None, 8), g(a, spray))"),
        SHRINKING.replace(assign, "a[13::8] = map(lambda y: y, g(a, spray))"),
        SHRINKING.replace(assign, "a[::2] = 5"),
        SHRINKING.replace(assign, "a[::2] = (k for k in range(32)); a[1::2] = {k: 0 for k in range(32)}; return a"),
    ]
    matrix = judged(isolation, programs)
    errors = [matrix.detail(place, 0) for place in range(len(programs))]
    assert errors == ["ValueError"] * 3 + ["TypeError", ""]
    assert matrix.value(4, 0) == [k // 2 for k in range(64)]
    assert matrix.shared.all() == (isolation == "auto")


# A test whose parts are evaluated runs where its plan is made, and may write another plan.
FORGING = """import sys
def forged(self): return PARTS
sys.modules['ucoder_jail.statements'].Splitter.finished = forged
assert f([0] * 3) == 1
"""


def test_a_forged_plan_gets_nothing_but_the_entry_point_called() -> None:
    """Among tame programs any other target is code that nobody has looked at: here it renames a shared object."""
    parts = """(((("h().__setattr__", ("_name", "Dict"), {}, {}),), ("rest", "True", True)),)"""
    helper = "from typing import List\nh = lambda: List\ndef f(x): return 1\n"
    witness = "from typing import List\ndef f(x): return str(List[int])\n"
    tests = (FORGING.replace("PARTS", parts), "assert f(1) == 0")
    matrix = judged("auto", [helper, witness], tests)
    assert matrix.value(1, 1) == "typing.List[int]"
    assert matrix.trusted.tolist() == [False, True]
    assert not matrix.shared.any()


def test_programs_whose_methods_are_asked_for_share_nothing() -> None:
    programs = ["from typing import List\nf = lambda: List\n", "from typing import Dict, List\nf = lambda: Dict\n"]
    test = "assert f().__setattr__('_name', 'Dict') is None"
    assert not judged("auto", programs, (test,), "f().__setattr__").shared.any()


def test_a_forged_plan_of_very_many_calls_is_no_plan() -> None:
    parts = """tuple([((("f", (i,), {}, {}),), ("true",)) for i in range(100_000)])"""
    matrix = judged("auto", ["def f(x): return 1"], (FORGING.replace("PARTS", parts), "assert f(1) == 1"))
    assert matrix.trusted.tolist() == [False, True]
    assert matrix.value(0, 1) == 1


# All that listed functions keep for themselves: caches, flags, generators, buffers, names, shared exceptions.
LOOKING = """import re, typing, copy, statistics, random
from fractions import Fraction
from decimal import Decimal
def f(x):
    seen = [str(re.I | 2**30), str(~re.I), str(re.I ^ -3), re.sub('(?i)A', 'b', 'aA'), str(typing.List['int']),
            str(typing.Union[int, bool]), str(Decimal(1) / 3), statistics.mean([1, 2]),
            {Fraction(1, 3): 1}[Fraction(2, 6)], random.random(), 'x'.encode('utf-8'), print('hello'),
            str(copy.deepcopy([Fraction(1, 2)]))]
    for go in (lambda: Decimal('x'), lambda: Fraction('x'), lambda: 'x'.encode('nosuch')):
        try: go()
        except Exception as error: seen.append(str(error))
    return seen
"""
TRACES = [
    "import re\nk = [re.I | (1 << n) for n in range(40)] + [~re.I, ~(re.M | 2**30), re.I ^ -3, re.I & True, -re.I]",
    "__name__ = '__main__'\nx = bool(NotImplemented)\n'\\d'",
    "__name__ = 'json.x'\nfrom .math import sqrt",
    "__name__ = 'encod' + 'ings.x'\nfrom .string import digits",
    "print('x' * 10**6)\nprint('\\ud800')",
    "for n in ('u8', 'L1', 'nosuch', 'utf_8'):\n try: 'x'.encode(n)\n except LookupError: pass",
    "from typing import Union, List, Literal\nk = [Union[bool, int], List['int'], Literal[1, True], Literal[True, 1]]",
    "from random import seed, random as r\nseed(3)\nk = [r() for _ in range(99)]",
    "from fractions import Fraction as F\nk = {F(n, d): 1 for n in range(1, 99) for d in range(1, 90)}",
    "from decimal import Decimal as D\ntry: D('1e999999') * D('1e999999')\nexcept ArithmeticError: D('1e-999999') / 3",
    "k = []\nfor e in (lambda: b'x' * 10**12, str.upper):\n try: e()\n except Exception as x: k.append(x)\nraise k[0]",
    "raise ExceptionGroup('a', [ValueError(1), RecursionError()]).split(lambda e: True)[0]",
    "def g():\n while True: yield g\nk = g(); next(k)\nj = (next(k) for _ in iter(k))\nnext(j)\nraise StopIteration(j)",
    "k = None\nfor i in range(300_000): k = (k,)\nm = iter([1])\nfor i in range(20_000): m = map(str, m)",
    "k = {**{'a' * i: i for i in range(300)}}\nk = [('k%d' % i) in k for i in range(1000)]",
    "from functools import cache\nfrom collections import Counter\nk = cache(Counter); k('ab').update(k('ab'))",
]  # fmt: skip


def test_what_listed_functions_keep_for_themselves_is_not_seen_by_the_next() -> None:
    programs = [LOOKING]
    for number, trace in enumerate(TRACES):
        programs += [f"{trace}\ndef f(x): return 1\n", LOOKING + "#" * number]
    matrix = judged("auto", programs)
    rows = [contaminate.row(matrix, place) for place in range(len(programs))]
    alone = contaminate.row(judged("candidate", [LOOKING]), 0)
    assert {TRACES[place // 2 - 1]: rows[place] for place in range(2, len(rows), 2) if rows[place] != alone} == {}
    assert matrix.shared[::2].all()
    assert matrix.shared.sum() >= len(programs) - 6
