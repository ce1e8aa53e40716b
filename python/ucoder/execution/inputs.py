"""A judging job's three files, checked once from end to end, then read again task by task.

Bounded memory: problems are kept, candidates and tests are found again by an index. A fault anywhere in the files is
raised by `Inputs.open`, before anything runs.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ucoder.errors import InputError
from ucoder.execution.jsonl import Row, RowIndex
from ucoder.execution.reading import ProblemReader, candidate_from, known_task, tests_from
from ucoder.records import Problem, Task

__all__ = ["InputPaths", "Inputs"]


@dataclass(frozen=True, slots=True)
class InputPaths:
    """Where the three files are. `tests` may be the problems file itself: its `test` fields are then the tests."""

    problems: Path
    candidates: Path
    tests: Path


class Inputs:
    """The three files of a job. A context manager; one thread at a time may read tasks.

    `digests` are the SHA-256 of the files' unpacked contents, by "problems", "candidates" and "tests".
    """

    def __init__(
        self, problems: dict[str, Problem], candidates: RowIndex, tests: RowIndex, digests: dict[str, str]
    ) -> None:
        self.problems = problems
        self.digests = digests
        self._candidates = candidates
        self._tests = tests

    @classmethod
    def open(cls, paths: InputPaths) -> Self:
        """Read and check everything. InputError names file, line and field of the first fault."""
        with ExitStack() as opened:
            reader = ProblemReader()
            problem_rows = _index(opened, paths.problems, reader, "problems")
            problems = reader.problems
            candidates = _index(
                opened, paths.candidates, lambda row: candidate_from(row, problems).task_id, "candidates"
            )
            tests = _index(opened, paths.tests, _TestChecker(problems), "tests")
            opened.pop_all()
        problem_rows.close()
        indices = {"problems": problem_rows, "candidates": candidates, "tests": tests}
        return cls(problems, candidates, tests, {name: index.sha256 for name, index in indices.items()})

    def num_candidates(self) -> dict[str, int]:
        """Candidates by task id, for all problems that have any, in the problems file's order."""
        counts = {task_id: self._candidates.num_rows_of(task_id) for task_id in self.problems}
        return {task_id: count for task_id, count in counts.items() if count}

    def task(self, task_id: str) -> Task:
        """One problem with its candidates and tests, each in its file's order. No row in the tests file: no tests."""
        candidates = [candidate_from(row, self.problems) for row in self._candidates.rows_of(task_id)]
        tests = [test for row in self._tests.rows_of(task_id) for test in tests_from(row, self.problems)]
        return Task(self.problems[task_id], candidates, tests)

    def close(self) -> None:
        """Let go of the files."""
        self._candidates.close()
        self._tests.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _index(opened: ExitStack, file: Path, check: Callable[[Row], str], what: str) -> RowIndex:
    index = RowIndex.build(file, check)
    opened.callback(index.close)
    if not index.num_rows:
        raise InputError(file, 0, "", f"holds no {what}")
    return index


class _TestChecker:
    """Checks the rows of a tests file: one row a task."""

    def __init__(self, problems: dict[str, Problem]) -> None:
        self._problems = problems
        self._lines: dict[str, int] = {}

    def __call__(self, row: Row) -> str:
        task_id = known_task(row, self._problems)
        if task_id in self._lines:
            raise row.error("task_id", f"{task_id!r} was there before, on line {self._lines[task_id]}")
        self._lines[task_id] = row.line
        tests_from(row, self._problems)
        return task_id
