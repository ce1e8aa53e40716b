"""The one-call form: is this program right on these tests?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ucoder._core import Outcome
from ucoder.errors import ConfigError
from ucoder.execution.executor import Executor
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.shared import shared_executor
from ucoder.records import AssertionTest, Candidate, Problem, StdioTest, Test

__all__ = ["CheckResult", "check"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one program. True exactly when `passed`.

    `outcomes`, `details`, `trusted` and `void` have one item per test, in their order.
    """

    passed: bool
    """At least one test could be used, and every such test was passed."""
    outcomes: tuple[Outcome, ...]
    details: tuple[str, ...]
    """What is known beyond the outcome; for a void test, why it is void; else "" """
    trusted: tuple[bool, ...]
    void: tuple[bool, ...]
    load_cause: Outcome
    """Why the program could not be loaded; NOT_RUN when it could"""

    def __bool__(self) -> bool:
        return self.passed


def check(
    solution: str,
    tests: str | Test | Sequence[str | Test],
    entry_point: str | None = None,
    *,
    prompt: str = "",
    executor: Executor | None = None,
) -> CheckResult:
    """Run one whole program on some tests: `check("def f(x): return x + 1", ["assert f(1) == 2"])`.

    A test that is a string is one assertion. `entry_point` may be left out where exactly one function or class that
    `solution` defines is used by the assertions, or where all tests are `StdioTest`. `prompt` holds helpers that the
    tests use. Without `executor` a default one is started once and kept until the process ends.

    Raises ConfigError where the entry point is not clear or there are no tests, SandboxUnavailable where the sandbox
    cannot be had. What the program does raises nothing: it is in the result.
    """
    listed = [tests] if not isinstance(tests, Sequence) or isinstance(tests, str) else tests
    records = [AssertionTest(test) if isinstance(test, str) else test for test in listed]
    if not records:
        raise ConfigError("there are no tests: nothing can be said about the program")
    if entry_point is None and not all(isinstance(test, StdioTest) for test in records):
        entry_point = _entry_point_of(solution, records)
    problem = Problem("check", prompt, entry_point)
    matrix = (executor or shared_executor()).judge(problem, [Candidate("check", solution=solution)], records)
    return _result_of(matrix)


def _result_of(matrix: ExecutionMatrix) -> CheckResult:
    row = matrix.outcomes[0]
    usable = matrix.usable
    details = [matrix.detail(0, test) if usable[test] else note for test, note in enumerate(matrix.test_notes)]
    return CheckResult(
        passed=bool(usable.any() and np.all(row[usable] == Outcome.PASS)),
        outcomes=tuple(Outcome(code) for code in row.tolist()),
        details=tuple(details),
        trusted=tuple(matrix.trusted.tolist()),
        void=tuple((~usable).tolist()),
        load_cause=Outcome(int(matrix.load_causes[0])),
    )


def _entry_point_of(solution: str, tests: Sequence[Test]) -> str:
    """The one name that the solution defines at its margin and the assertions use. By words only: nothing is parsed."""
    defined = re.findall(r"^(?:async +)?(?:def|class) +(\w+)", solution, re.MULTILINE)
    used = {name for test in tests if isinstance(test, AssertionTest) for name in re.findall(r"\w+", test.text)}
    names: list[str] = sorted(used.intersection(defined))
    if len(names) != 1:
        found = ", ".join(names[:5]) or "none"
        raise ConfigError(f"say which entry_point the tests are for: names both defined and tested are {found}")
    return names[0]
