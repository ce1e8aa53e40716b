"""Truths: who of a run's candidates is right, by true tests that somebody has for some of its problems.

The tests never reach a model; they are executed on the programs that are there, each distinct one once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucoder.errors import InputError
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.judged import StoredProblem
from ucoder.execution.reading import tests_from
from ucoder.records import Candidate, Problem, Task, Test

__all__ = ["TrueTests", "true_tests", "verdicts"]

TrueTests = Mapping[str, tuple[Test, ...]]
"""By problem id"""


def true_tests(source: Path, problems: Sequence[Problem]) -> TrueTests:
    """Tests from a file of rows `{"task_id", "tests"}`, or from all such files (.jsonl, .jsonl.gz) of a folder.

    Rows about other problems are left out. InputError where a row is not what it should be, or none is of these.
    """
    known = {problem.task_id: problem for problem in problems}
    files = sorted([*source.glob("*.jsonl"), *source.glob("*.jsonl.gz")]) if source.is_dir() else [source]
    found: dict[str, tuple[Test, ...]] = {}
    for file in files:
        for row in iter_rows(file):
            if row.key("task_id") in known:
                found[row.key("task_id")] = tests_from(row, known)
    if not found:
        raise InputError(source, 0, "task_id", "no row is about a problem of this run (ids are those of its suites)")
    return found


def verdicts(
    stored: Iterable[StoredProblem], problems: Sequence[Problem], tests: TrueTests, executor: Executor
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """For each problem with true tests, its id and (C,) whether a candidate passes all of them that can be used.

    A problem none of whose tests can be used is left out.
    """
    known = {problem.task_id: problem for problem in problems}
    sent: list[StoredProblem] = []

    def tasks() -> Iterator[Task]:
        for one in stored:
            task_id = one.judged.task_id
            if task_id in tests:
                sent.append(one)
                programs = [one.program(candidate) for candidate in range(one.judged.num_candidates)]
                yield Task(known[task_id], [Candidate(task_id, program) for program in programs], tests[task_id])

    for matrix in executor.stream(tasks()):
        judged = sent.pop(0).judged
        if matrix.usable.any():
            yield judged.task_id, matrix.pass_share == 1.0
