"""The three input files as records: problems, candidates (HumanEval's and EvalPlus's formats) and tests.

A row may hold more keys than are read here, as published files do; an object in a list of tests may not: there an
unknown key is a test that does something else than its author meant. Nothing is guessed and no program text is parsed.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

from ucoder.errors import InputError
from ucoder.execution.jsonl import Row, can_name, iter_rows, kind_of
from ucoder.execution.translation import encode_json
from ucoder.records import (
    AssertionTest,
    CallTest,
    Candidate,
    CheckTest,
    Comparison,
    JsonValue,
    ModuleTest,
    Problem,
    Profile,
    StdioTest,
    Test,
    UnittestTest,
    ValueCallTest,
    profile_of,
)

__all__ = ["ProblemReader", "candidate_from", "known_task", "read_problems", "tests_from"]

T = TypeVar("T")

_PROFILES: dict[str, Profile] = {"pure": "pure", "script": "script", "full": "full"}
_COMPARISONS: dict[str, Comparison] = {
    "exact": "exact", "whitespace": "whitespace", "numeric": "numeric", "lines": "lines", "caseless": "caseless",
}  # fmt: skip


# ---------------------------------------------------------------- problems


class ProblemReader:
    """Takes the rows of a problems file and keeps them, by task id and in the file's order."""

    def __init__(self) -> None:
        self.problems: dict[str, Problem] = {}
        self._lines: dict[str, int] = {}

    def __call__(self, row: Row) -> str:
        """The row's task id. InputError at a fault or a task named twice."""
        problem = problem_from(row)
        if problem.task_id in self.problems:
            first = self._lines[problem.task_id]
            raise row.error("task_id", f"{problem.task_id[:80]!r} was there before, on line {first}")
        self.problems[problem.task_id] = problem
        self._lines[problem.task_id] = row.line
        return problem.task_id


def read_problems(file: Path) -> dict[str, Problem]:
    """All problems of a file by task id, in the file's order. InputError at a fault, a task named twice, no rows."""
    reader = ProblemReader()
    for row in iter_rows(file):
        reader(row)
    if not reader.problems:
        raise InputError(file, 0, "", "holds no problems")
    return reader.problems


def problem_from(row: Row) -> Problem:
    """A row of a problems file: task_id, and as far as given prompt, entry_point, test, canonical_solution, profile."""
    profile = row.optional_text("profile")
    return Problem(
        task_id=row.key("task_id"),
        prompt=row.optional_text("prompt") or "",
        entry_point=row.key("entry_point") if row.optional_text("entry_point") else None,
        test=row.optional_text("test"),
        canonical_solution=row.optional_text("canonical_solution"),
        profile=None if profile is None else _choice(row, "profile", _PROFILES, profile),
    )


# ---------------------------------------------------------------- candidates


def candidate_from(row: Row, problems: dict[str, Problem]) -> Candidate:
    """A row of a samples file: task_id with `solution`, else `completion`; optionally `mean_logprob`.

    Where a row has both, the solution counts, as in EvalPlus. Empty text is a program like any other.
    """
    task_id = known_task(row, problems)
    solution = row.optional_text("solution")
    completion = row.optional_text("completion") if solution is None else None
    if solution is None and completion is None:
        raise row.error("solution", "is missing, and so is 'completion'; a candidate needs one of them")
    return Candidate(task_id, solution, completion, row.optional_number("mean_logprob"))


def known_task(row: Row, problems: dict[str, Problem]) -> str:
    """The row's task id, which a problem must have."""
    task_id = row.key("task_id")
    if task_id not in problems:
        raise row.error("task_id", f"no problem is called {task_id[:80]!r}")
    return task_id


# ---------------------------------------------------------------- tests


def tests_from(row: Row, problems: dict[str, Problem]) -> tuple[Test, ...]:
    """A task's tests: the list `tests`, or the check function `test` of a problems file."""
    problem = problems[known_task(row, problems)]
    if "tests" in row.fields:
        tests = _listed_tests(row)
    elif row.optional_text("test") is not None:
        if row.optional_text("entry_point") not in (None, problem.entry_point):
            raise row.error("entry_point", f"is not the problem's, which is {problem.entry_point!r}")
        tests = (CheckTest(row.text("test")),)
    else:
        raise row.error("tests", "is missing, and there is no check function 'test' either")
    try:
        profile_of(problem, tests)
    except ValueError as error:
        raise row.error("tests" if "tests" in row.fields else "test", f"{problem.task_id}: {error}") from None
    return tests


def _listed_tests(row: Row) -> tuple[Test, ...]:
    listed = row.fields["tests"]
    if not isinstance(listed, list):
        raise row.error("tests", f"expected a list, found {kind_of(listed)}")
    return tuple(_test_from(row, f"tests[{index}]", given) for index, given in enumerate(listed))


def _test_from(row: Row, place: str, given: object) -> Test:
    if isinstance(given, str):
        return AssertionTest(given)
    if not isinstance(given, dict):
        raise row.error(place, f"expected an assertion or an object, found {kind_of(given)}")
    for key, (read, allowed) in _TEST_FORMS.items():
        if key in given:
            fields = row.inner(place, given)
            for name in given:
                if name not in allowed:
                    others = ", ".join(other for other in allowed if other != key) or "nothing"
                    raise fields.error(name, f"is unknown; beside {key!r} there may be {others}")
            return read(fields)
    raise row.error(place, f"holds none of the keys that say what kind of test it is: {', '.join(_TEST_FORMS)}")


def _assertion(fields: Row) -> Test:
    return AssertionTest(fields.text("assert"))


def _check(fields: Row) -> Test:
    return CheckTest(fields.text("check"))


def _call(fields: Row) -> Test:
    return CallTest(
        fields.text("call"), fields.text("expected"), _tolerance(fields, "atol"), _tolerance(fields, "rtol")
    )


def _value_call(fields: Row) -> Test:
    if "expected" not in fields.fields:
        raise fields.error("expected", "is missing")
    args = fields.fields.get("args", [])
    kwargs = fields.fields.get("kwargs", {})
    if not isinstance(args, list):
        raise fields.error("args", f"expected a list, found {kind_of(args)}")
    if not isinstance(kwargs, dict):
        raise fields.error("kwargs", f"expected an object, found {kind_of(kwargs)}")
    for name in kwargs:
        if not can_name(name):
            raise fields.error("kwargs", f"{name[:40]!a} holds a lone surrogate, which no name can")
    return ValueCallTest(
        args=[_value(fields, f"args[{index}]", value) for index, value in enumerate(args)],
        expected=_value(fields, "expected", fields.fields["expected"]),
        kwargs={name: _value(fields, f"kwargs.{name}", value) for name, value in kwargs.items()},
        absolute=_tolerance(fields, "atol"),
        relative=_tolerance(fields, "rtol"),
    )


def _unittest(fields: Row) -> Test:
    return UnittestTest(fields.text("unittest"))


def _module(fields: Row) -> Test:
    return ModuleTest(fields.text("module"))


def _stdio(fields: Row) -> Test:
    comparison = _choice(fields, "compare", _COMPARISONS, fields.text("compare"))
    return StdioTest(
        fields.text("input"), fields.text("output"), comparison, _tolerance(fields, "atol"), _tolerance(fields, "rtol")
    )


def _value(fields: Row, name: str, value: object) -> JsonValue:
    """The value itself, once it is known that it can be passed into the jail."""
    try:
        encode_json(cast("JsonValue", value))
    except ValueError as error:
        raise fields.error(name, f"cannot be passed to a program: {error}") from None
    return cast("JsonValue", value)


def _tolerance(fields: Row, name: str) -> float:
    value = fields.optional_number(name) or 0.0
    if value < 0:
        raise fields.error(name, f"a tolerance is zero or more, not {value}")
    return value


def _choice(row: Row, field: str, choices: Mapping[str, T], value: str) -> T:
    if value not in choices:
        raise row.error(field, f"is one of {', '.join(choices)}, not {value[:40]!r}")
    return choices[value]


# The key that tells a test object's kind, how it is read, and the keys it may have. The first key that is there counts.
_TEST_FORMS: dict[str, tuple[Callable[[Row], Test], tuple[str, ...]]] = {
    "assert": (_assertion, ("assert",)),
    "check": (_check, ("check",)),
    "call": (_call, ("call", "expected", "atol", "rtol")),
    "args": (_value_call, ("args", "kwargs", "expected", "atol", "rtol")),
    "kwargs": (_value_call, ("args", "kwargs", "expected", "atol", "rtol")),
    "input": (_stdio, ("input", "output", "compare", "atol", "rtol")),
    "unittest": (_unittest, ("unittest",)),
    "module": (_module, ("module",)),
}
