"""Programs that want a verdict they did not earn, and tests that want more than to test."""

from typing import Any

import pytest
from cases.tampering import HOSTILE_TESTS, IDLERS, LIARS, LIES, PLEASERS, REGION, SEARCHERS, SHAPES


# At every level, and by seven forms of assertion, in `test_tampering.py`.
@pytest.mark.parametrize("program", IDLERS.values(), ids=IDLERS)
def test_no_pass_without_the_right_value(open_arena: Any, program: str) -> None:
    fates = open_arena(cpu_ms=500, wall_ms=3000).fates(program)
    assert not {"PASS", "INFRA", "NOT_RUN"} & set(fates)


@pytest.mark.parametrize("program", PLEASERS.values(), ids=PLEASERS)
def test_an_object_that_pleases_is_no_value(open_arena: Any, program: str) -> None:
    assert set(open_arena(cpu_ms=500, wall_ms=3000).fates(program)) <= {"BAD_VALUE", "WRONG", "NO_ENTRY"}


@pytest.mark.parametrize("name", [name for name in LIARS if "beginning" in name])
def test_a_program_that_lies_about_when_it_began_is_stopped_as_any_other(arena: Any, name: str) -> None:
    """An arena looks at the CPU time that its workers used."""
    assert not {"PASS", "INFRA", "NOT_RUN"} & set(arena.fates(LIARS[name]))


NEEDLE = "needle-in-the-hay"


@pytest.mark.parametrize(
    ("searcher", "level"),
    [pytest.param(text, "candidate", id=name) for name, text in SEARCHERS.items()]
    + [pytest.param(SEARCHERS[name], "test", id=f"{name}, level test") for name in ("frames", "the region")],
)
def test_the_expectation_is_nowhere_in_the_programs_process(open_arena: Any, searcher: str, level: str) -> None:
    """The program finds its own needle as often as where no test has one."""
    program = f"""{searcher}
def f(x):
    word = '-'.join(['needle', 'in', 'the', 'hay'])
    return sum(word in text for text in look())
"""
    tests = [
        f"assert f(1) == '{NEEDLE}'",
        f"assert f(1) not in (5, '{NEEDLE}')",
        f"assert f(1) == 0, '{NEEDLE}'",
        f"y = '{NEEDLE}'.upper().lower()\nassert f(1) != y",
    ]
    arena = open_arena(level, cpu_ms=4000, wall_ms=20000, memory_mb=1024)
    arena.judge(["def f(x): return 'warm'\n", "def f(x): return 'up'\n"], tests)
    arena.judge([program], tests)
    assert arena.kinds() == ("split",) * 4
    found = arena.value(0, 0)
    arena.judge([program], ["assert f(1) == 5"])
    assert found == arena.value(0, 0)


def test_an_argument_that_has_to_be_there_is_found_by_the_same_search(open_arena: Any) -> None:
    program = f"{SEARCHERS['the region']}\ndef f(x):\n return sum(x in text for text in look())\n"
    open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024).judge([program], [f"assert f('{NEEDLE}') == 1"])
    assert open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024).value(0, 0) == 1


def test_nothing_of_an_earlier_candidate_is_in_the_region(open_arena: Any) -> None:
    owner = f"def f(x): return '{NEEDLE}' * 100\n"
    program = (
        f"{SEARCHERS['the region']}\ndef f(x):\n word = '-'.join(['needle', 'in', 'the', 'hay'])\n"
        " return sum(word in text for text in look())\n"
    )
    arena = open_arena(cpu_ms=4000, wall_ms=20000, memory_mb=1024)
    programs = [program if i % 2 else owner + "#" * i for i in range(6)]
    arena.judge([text + "\n" + "#" * i for i, text in enumerate(programs)], ["assert f(1) == 0"])
    assert [arena.value(i, 0) for i in (1, 3, 5)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("lie", "level"),
    [pytest.param(lie, "candidate", id=name) for name, lie in LIES.items()]
    + [pytest.param(LIES[name], "test", id=f"{name}, level test") for name in ("a full heap", "a cell long gone")],
)
def test_a_lie_in_the_shared_region_gains_nothing(outside: Any, lie: str, level: str) -> None:
    """None of them hangs the caller, passes, or puts the blame on the machinery."""
    program = f"{REGION}\nimport os, threading, time\ndef f(x):\n {lie}\n return 0\n"
    tests = [f"assert f({x}) == {x + 1}" for x in range(1, 5)]
    honest, row, again = outside(
        f"""
e = executor(isolation={level!r})
rows = judge(e, [HONEST, {program!r}], {tests!r})
say([*rows, judge(e, [HONEST], {tests!r})[0]])
""",
        seconds=12,
    )
    assert honest == again == ["PASS"] * 4
    assert not {"PASS", "INFRA", "NOT_RUN"} & set(row)


def test_a_program_that_lies_about_its_time_buys_no_more_of_it(outside: Any) -> None:
    """It claims the band around the limit for every cell, and sleeps when a cell is run again alone."""
    program = f"""{REGION}
import time
def f(x):
    if u32(24).value != 30: time.sleep(100)
    if x == 29:
        for slot in range(31): ctypes.c_uint32.from_address(find_region() + 4096 + 16 * slot + 4).value = 200_000
    return x + 1
"""
    tests = [f"assert f({x}) == {x + 1}" for x in range(30)]
    assert outside(
        f"""
e = executor()
start = time.monotonic()
judge(e, [{program!r}], {tests!r})
say(time.monotonic() - start < 10)
""",
        seconds=60,
    )


@pytest.mark.parametrize(("program", "fates"), SHAPES.values(), ids=SHAPES)
def test_a_source_of_any_shape_has_its_outcome(arena: Any, program: str, fates: set[str]) -> None:
    assert set(arena.fates(program)) == fates


@pytest.mark.parametrize("hostile", HOSTILE_TESTS.values(), ids=HOSTILE_TESTS)
def test_a_hostile_test_contaminates_no_other_test(open_arena: Any, hostile: str) -> None:
    calm = ["assert f(1) == 2", "assert abs(f(-9)) == 8", "assert sorted([f(1), f(0)]) == [1, 2]", "assert f(2) in [3]"]
    tests = [*calm[:2], hostile, *calm[2:]]
    arena = open_arena(cpu_ms=500, wall_ms=3000, max_timeouts=50)
    good, bad = arena.judge(["def f(x): return x + 1\n", "def f(x): return None\n"], tests, prompt="import math\n")
    assert good[:2] + good[3:] == ["PASS"] * 4
    assert "PASS" not in bad[:2] + bad[3:]


def test_a_hostile_prompt_costs_only_tests_that_need_it(arena: Any) -> None:
    for prompt in ("import os; os._exit(0)\n", "while True: pass\n", "1 / 0\n", "def (\n"):
        rows = arena.judge(["def f(x): return x + 1\n"], ["assert f(1) == 2"], prompt=prompt)
        assert rows == [["PASS"]]


FORGERY = "\"type('A', (), {'__eq__': lambda s, o: True})()\""


@pytest.mark.parametrize(
    "test",
    [
        "assert eval(f(1)) == 823641907",
        "assert eval(str(f(1))) == 823641907",
        "assert (lambda y: eval(y))(f(1)) == 823641907",
        "g = eval\nassert g(f(1)) == 823641907",
        "assert [eval(y) for y in [f(1)]][0] == 823641907",
        "y = {}\nexec(f(1), y)\nassert y['z'] == 823641907",
        "import builtins\nassert builtins.eval(f(1)) == 823641907",
        "assert __builtins__['eval'](f(1)) == 823641907",
    ],
)
def test_a_test_that_runs_an_answer_as_code_is_not_called_trusted(arena: Any, test: str) -> None:
    rows = arena.judge([f"def f(x): return {FORGERY}\n"], [test])
    assert arena.matrix is not None
    assert rows != [["PASS"]] or not arena.matrix.trusted[0]


def test_a_test_that_lies_in_its_workers_region_is_void(outside: Any) -> None:
    text = f"{REGION}\nimport os\nu64(PROGRESS).value = 0\nos._exit(1)\nassert f(1) == 2"
    assert outside(f"say(judge(executor(), [HONEST], ['assert f(1) == 2', {text!r}]))") == [["PASS", "NOT_RUN"]]


def test_a_test_that_forges_a_plan_does_not_fill_the_caller(outside: Any) -> None:
    text = """import sys
calls = tuple(('f', (None,), {}, {0: i - 1}) if i else ('f', (1,), {}, {}) for i in range(20_000))
sys.modules['ucoder_jail.statements'].Splitter.finished = lambda s: ((calls, ('eq', 1)),)
y = sys.maxsize
assert f(y) == 2"""
    said = outside(
        f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
say(judge(executor(), [HONEST], ['assert f(1) == 2', {text!r}])[0][0])
""",
        seconds=60,
    )
    assert said == "PASS"


def test_a_test_with_many_chained_calls_does_not_fill_the_caller(outside: Any) -> None:
    said = outside(
        """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
test = "y = 0\\nfor _ in range(9000): y = f(y)\\nassert y == 9000"
say(judge(executor(), [HONEST], ['assert f(1) == 2', test])[0][0])
""",
        seconds=60,
    )
    assert said == "PASS"


def test_tests_with_large_arguments_end_with_verdicts(outside: Any) -> None:
    said = outside(
        """
tests = [f"assert f('a' * 3000000 + '{i}') == 2" for i in range(40)]
program = "def f(x): return 2 if x == 1 else len(x)\\n"
say(judge(executor(cpu_ms=1000, wall_ms=6000), [program], ["assert f(1) == 2", *tests])[0])
""",
        seconds=60,
    )
    assert said[0] == "PASS"


def test_a_test_that_cannot_be_split_is_not_called_trusted(arena: Any, check_function: Any) -> None:
    text = "class A:\n def __eq__(s, o): return o == 2\ndef check(candidate):\n assert candidate(1) == A()\n"
    arena.judge(["def f(x): return x + 1\n"], [check_function(text)])
    assert arena.kinds() == ("beside",)
    assert not arena.matrix.trusted.any()


@pytest.mark.parametrize(
    "text", ["print('2')\nimport os; os.close(1)", "import sys; sys.exit(0)", "print('PASSED')", ""]
)
def test_a_silent_script_has_not_passed(arena: Any, text: str) -> None:
    assert arena.script(text, "1", "3\n") in ("WRONG", "EXCEPTION")


ONCE = "seen = []\ndef f(x):\n seen.append(x)\n return len(seen)\n"
CLOCK = "import time\ndef f(x): return time.perf_counter_ns()\n"
COUNTED = [
    "assert f(1) == f(1)",
    "assert [f(1), f(1)] == [f(1), f(1)]",
    "a = f(1)\nb = f(1)\nassert a == b",
    "assert len({f(1), f(1), f(1)}) == 1",
]


@pytest.mark.parametrize("test", COUNTED)
def test_what_an_assertion_asks_twice_is_asked_twice(open_arena: Any, test: str) -> None:
    arena = open_arena("candidate")
    assert arena.judge([ONCE, CLOCK, "def f(x): return x\n"], [test]) == [["WRONG"], ["WRONG"], ["PASS"]]
    assert arena.matrix.trusted[0]
    assert open_arena("test").judge([CLOCK], [test]) == [["WRONG"]]


def test_an_answer_that_is_read_as_a_literal_is_not_held_against_its_program(arena: Any) -> None:
    rows = arena.judge(["def f(x): return '[1]'\n"], ["import ast\nassert ast.literal_eval(f(1)) == [1]"])
    assert rows == [["PASS"]]
    assert not arena.matrix.trusted[0]
