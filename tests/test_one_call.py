"""What one judgement may set for itself: limits of its own, and that what a failed script wrote is kept."""

from collections.abc import Iterator

import pytest

from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem, StdioTest

pytestmark = pytest.mark.usefixtures("sandbox")

SCRIPT = Problem("s", profile="script")
SILENT = StdioTest("", "", "exact")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(workers=1, isolation="candidate") as one:
        yield one


def test_limits_of_a_call_stand_instead_of_the_executors(executor: Executor) -> None:
    problem = Problem("f", entry_point="f")
    slow = [Candidate("f", solution="def f():\n    n = 0\n    while n < 10**9:\n        n += 1\n    return 1\n")]
    large = [Candidate("f", solution="def f():\n    return len(bytearray(300 << 20)) and 1\n")]
    tests = [AssertionTest("assert f() == 1")]
    short = executor.judge(problem, slow, tests, limits=Limits(cpu_ms=30))
    assert short.outcomes[0, 0] == Outcome.CPU_LIMIT
    assert executor.judge(problem, large, tests, limits=Limits(memory_mb=100)).outcomes[0, 0] == Outcome.MEMORY
    assert executor.judge(problem, large, tests).outcomes[0, 0] == Outcome.PASS


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ("while True: pass", Outcome.CPU_LIMIT),
        ("import time; time.sleep(99)", Outcome.WALL_LIMIT),
        ("1 / 0", Outcome.EXCEPTION),
        ("import os; os._exit(3)", Outcome.EXIT),
        ("import ctypes; ctypes.string_at(0)", Outcome.SIGNAL),
    ],
)
def test_what_a_script_had_written_when_it_failed_is_kept_on_request(
    executor: Executor, ending: str, outcome: Outcome
) -> None:
    script = [Candidate("s", solution=f"print('first', flush=True)\n{ending}\n")]
    limits = Limits(cpu_ms=50, wall_ms=400)
    matrix = executor.judge(SCRIPT, script, [SILENT], limits=limits, keep_output=True)
    assert matrix.outcomes[0, 0] == outcome
    assert matrix.outputs == (b"first\n",)
    assert matrix.values[0, 0] == -1


def test_output_beyond_its_limit_is_kept_up_to_it(executor: Executor) -> None:
    script = [Candidate("s", solution="print('x' * 10**6)")]
    matrix = executor.judge(SCRIPT, script, [SILENT], limits=Limits(output_bytes=1000), keep_output=True)
    assert matrix.outcomes[0, 0] == Outcome.OUTPUT_LIMIT
    assert matrix.outputs == (b"x" * 1000,)


def test_nothing_is_kept_unasked_and_an_output_that_is_a_value_is_kept_once(executor: Executor) -> None:
    scripts = [Candidate("s", solution=f"print('said')\n{end}") for end in ("", "1 / 0")]
    assert executor.judge(SCRIPT, scripts, [SILENT]).outputs == ()
    matrix = executor.judge(SCRIPT, scripts, [SILENT], keep_output=True)
    assert matrix.outputs == (b"", b"said\n")
    assert matrix.value(0, 0) == b"said\n"
