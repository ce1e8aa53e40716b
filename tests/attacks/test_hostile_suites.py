"""Whole suites that are hostile: that take memory or time, that attack who splits and judges them, that forge plans.

Tests one by one are in `test_verdict.py`. Between the hostile ones stand calm ones whose verdicts must be what they
are alone, for a program that is right and one that is wrong.
"""

import time
from typing import Any

import pytest
from cases.tampering import REGION

RIGHT = "def f(x): return x + 1\n"
WRONG = "def f(x): return None\n"
# Compared outside; judged by a worker; judged by a worker of its own for each answer.
CALM = ("assert f(1) == 2", "assert sorted([f(1), f(0)]) == [1, 2]", "assert all(y == 3 for y in [f(2)])")

SUITES = {
    "that takes memory while it is read": "y = [bytearray(1 << 20) for z in iter(int, {n} + 1)]\nassert f(1) == y",
    "that takes memory while it is judged": "assert [y] * 10**(9 + {n} % 2) == [f(y) for y in [1]]",
    "of arguments without measure": "assert f([{n}] * 10**8) == 1",
    "of texts without measure": "assert f('x' * (10**9 + {n})) == 1",
    "that hangs while it is read": "y = [z for z in iter(int, {n} + 1)]\nassert f(1) == y",
    "that hangs in C while it is read": "y = any(iter(int, {n} + 1))\nassert f(1) == y",
    "that hangs while it is judged": "assert [y for y in iter(lambda: f(1), {n} - 9)]",
    "that hangs in C while it is judged": "assert (lambda y: any(iter(int, {n} + 1)))(f(1))",
    "that sleeps while it is judged": "assert (lambda y: __import__('time').sleep(1000 + {n}))(f(1))",
    "that kills whoever judges it": "assert (lambda y: __import__('os').kill(-1, 9) or y == {n})(f(1))",
    "that ends whoever judges it": "assert (lambda y: __import__('os')._exit({n} % 2))(f(1))",
    "that forks whoever judges it": "assert (lambda y: __import__('os').fork() or y == {n})(f(1))",
    "that crashes whoever judges it": "assert (lambda y: __import__('ctypes').string_at({n}))(f(1))",
    "that connects whoever judges it": "assert (lambda y: __import__('socket').socket().fileno() + {n})(f(1))",
    "that stops whoever judges it": "assert (lambda y: __import__('signal').pthread_kill(1, {n} + 19))(f(1))",
    "that patches whoever judges it": "assert [__import__('builtins').__dict__.update(all=lambda y: True,"
        " sorted=lambda y: [1, 2], len=lambda y: {n}) for y in [f(1)]] == 1",
    "that patches comparisons": "assert [__import__('operator').__dict__.update(eq=lambda a, b: True) for y in [f(1)]]"
        " == {n}",
    "that clears the registry": "assert (lambda y: __import__('sys').modules.clear() or y == {n} + 99)(f(1))",
    "that floods": "assert (lambda y: print('x' * (10**7 + {n})))(f(1))",
    "that recurses": "assert (lambda g: g(g))(lambda g: g(g) + {n} + f(1))",
    "that closes every descriptor": "assert (lambda y: __import__('os').closerange({n} % 3, 4096))(f(1))",
}  # fmt: skip


@pytest.mark.parametrize("text", SUITES.values(), ids=SUITES)
def test_a_hostile_suite_costs_nobody_else_a_verdict(open_arena: Any, text: str) -> None:
    arena = open_arena(max_timeouts=50)
    hostile = [text.replace("{n}", str(n)) for n in range(2)]
    tests = [CALM[0], hostile[0], CALM[1], hostile[1], CALM[2]]
    calm = (0, 2, 4)
    right, wrong = arena.judge([RIGHT, WRONG], tests)
    assert [right[place] for place in calm] == ["PASS"] * 3
    assert "PASS" not in [wrong[place] for place in calm]
    assert "INFRA" not in right + wrong


def test_a_suite_that_hangs_takes_no_more_than_its_limits(open_arena: Any) -> None:
    """How much CPU time is checked for each judgement of an arena; here it is the wall that is looked at."""
    arena = open_arena(max_timeouts=2)
    tests = [f"assert [y for y in iter(lambda: f(1), {n} - 9)]" for n in range(60)]
    start = time.monotonic()
    rows = arena.judge([RIGHT, WRONG], [CALM[0], *tests])
    assert [row[0] for row in rows] == ["PASS", "WRONG"]
    assert {name for row in rows for name in row[1:]} <= {"CPU_LIMIT", "WALL_LIMIT", "SKIPPED"}
    assert time.monotonic() - start < 60


LIES_OF_A_JUDGE = {
    "a finished job": "u32(FINISH).value = DONE; os._exit(0)",
    "true everywhere": "r = find_region(); ctypes.memset(r + u64(HEAP_OFFSET).value, ord('T'), 64)\n"
        "for i in range(99): ctypes.memmove(r + 4096 + 16 * i, struct.pack('<4I', 1, 0, i % 9, 1), 16)\n"
        "u32(FINISH).value = DONE; os._exit(0)",
    "progress that runs": "for n in range(10**6): u64(PROGRESS).value = n",
    "nonsense": "ctypes.memset(find_region() + 4096, 255, 1 << 16); os._exit(0)",
    "a region emptied": "ctypes.CDLL(None).madvise(ctypes.c_void_p(find_region()), ctypes.c_size_t(128 << 20), 9)",
    "a region given away": "ctypes.CDLL(None).munmap(ctypes.c_void_p(find_region()), ctypes.c_size_t(128 << 20))",
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES_OF_A_JUDGE.values(), ids=LIES_OF_A_JUDGE)
def test_a_prompt_that_lies_where_its_tests_are_read_and_judged_reaches_no_other_task(
    open_arena: Any, lie: str
) -> None:
    """What its own tests are worth is its own business: they may come to nothing, but never to a fault of ours."""
    arena = open_arena(max_timeouts=50)
    right, wrong = arena.judge([RIGHT, WRONG], CALM, prompt=f"{REGION}\nimport os\n{lie}\n")
    assert right[0] in ("PASS", "NOT_RUN")
    assert "INFRA" not in right + wrong
    assert arena.judge([RIGHT, WRONG], CALM)[0] == ["PASS"] * 3


FORGED = {
    "no parts": "()",
    "no judgement": "((), ())",
    "a part that is no tuple": "(7,)",
    "a call of something else": "(((('exit', (0,), {}, {}),), ('true',)),)",
    "an answer that is there": "(((), ('eq', 2)),)",
    "a judgement that nobody knows": "(((('f', (1,), {}, {}),), ('please', 2)),)",
    "a result of a later call": "(((('f', (None,), {}, {0: 5}), ('f', (1,), {}, {})), ('eq', 2)),)",
    "a result of itself": "(((('f', (None,), {}, {0: 0}),), ('eq', 2)),)",
    "a place that is not there": "(((('f', (1,), {}, {9: 0}),), ('eq', 2)),)",
    "a negative place": "(((('f', (None,), {}, {-1: -1}),), ('eq', 2)),)",
    "arguments that are no values": "(((('f', object, {}, {}),), ('eq', 2)),)",
    "very many parts": "tuple(((('f', (i,), {}, {}),), ('eq', i)) for i in range(200_000))",
    "names that are long": "(((('f' * 10**6, (1,), {}, {}),), ('eq', 2)),)",
    "a part in itself": "(lambda a: a.append(a) or (tuple(a),))([])",
}


@pytest.mark.parametrize("parts", FORGED.values(), ids=FORGED)
def test_a_forged_plan_decides_about_its_own_test_at_most(open_arena: Any, parts: str) -> None:
    arena = open_arena(cpu_ms=500, wall_ms=3000, max_timeouts=50)
    forging = (
        f"import sys\nsys.modules['ucoder_jail.statements'].Splitter.finished = lambda s: {parts}\ny = sys.maxsize\n"
        "assert f(y) == 2"
    )
    right, wrong = arena.judge([RIGHT, WRONG], [CALM[0], forging, CALM[1]])
    assert (right[0], right[2]) == ("PASS", "PASS")
    assert "PASS" not in (wrong[0], wrong[2])
    assert "INFRA" not in right + wrong
