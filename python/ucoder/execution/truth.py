"""The truth about candidates, to hold selections against: from a run judged on true tests, or from a file of verdicts.

Which candidates are right is looked up by task and checked to be about the same candidates. A problem without a
verdict for every candidate has no truth; it is left out of all averages and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ucoder.errors import InputError, OtherRunError
from ucoder.execution.jsonl import Row, iter_rows, kind_of
from ucoder.records import JudgedProblem

__all__ = ["Truth"]

_RIGHT = "right"  # the label of a right candidate in a file that has labels


@dataclass(slots=True)
class Truth:
    """By task id, whether each candidate is right, and what is known of which candidates those are."""

    source: Path
    _right: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    _program_ids: dict[str, NDArray[np.bytes_]] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)
    _is_used: bool = False

    def of(self, judged: JudgedProblem) -> NDArray[np.bool_] | None:
        """(C,) whether each candidate is right; None where the problem has no truth.

        InputError or OtherRunError where the truth is about other candidates, saying which.
        """
        right = self._right.get(judged.task_id)
        if right is None:
            return None
        self._is_used = True
        if len(right) != judged.num_candidates:
            message = f"{judged.task_id!r} has {len(right)} candidates there and {judged.num_candidates} here"
            line = self._lines.get(judged.task_id)
            if line is None:
                raise OtherRunError(f"{self.source} is about other candidates: {message}")
            raise InputError(self.source, line, "candidate", message)
        self._check_programs(judged)
        return None if np.isnan(right).any() else right == 1.0

    def check_used(self) -> None:
        """OtherRunError where none of the problems that were asked for is among those the truth is about."""
        if not self._is_used:
            raise OtherRunError(f"{self.source} is about other problems: it has none of this run's")

    def _check_programs(self, judged: JudgedProblem) -> None:
        there = self._program_ids.get(judged.task_id)
        if there is None:
            return
        different = np.flatnonzero(there != np.array(judged.program_ids, dtype=np.bytes_))
        if different.size:
            first = int(different[0])
            raise OtherRunError(
                f"{self.source} is about other candidates: {different.size} of {judged.task_id!r} differ, the first is "
                f"candidate {first}: program {there[first].decode()[:12]} there and "
                f"{judged.program_ids[first][:12]} here"
            )

    def add_judged(self, judged: JudgedProblem, passed_all: NDArray[np.float64]) -> None:
        """Take in a problem that was judged on its true tests."""
        self._right[judged.task_id] = passed_all
        self._program_ids[judged.task_id] = np.array(judged.program_ids, dtype=np.bytes_)

    @classmethod
    def from_file(cls, file: Path) -> Self:
        """Read a file of rows `{"task_id", "passed"}`, gzipped or not. InputError at its first fault.

        A row may have `candidate` (0-based; without it, rows count in their order) and may have `label` in place of
        `passed`, where "right" is a pass.
        """
        truth = cls(file)
        truth._add_rows(iter_rows(file))
        if not truth._right:
            raise InputError(file, 0, "", "holds no verdicts")
        return truth

    def _add_rows(self, rows: Iterator[Row]) -> None:
        verdicts: dict[str, dict[int, bool]] = {}
        for row in rows:
            task_id = row.key("task_id")
            of_task = verdicts.setdefault(task_id, {})
            candidate = _candidate(row, len(of_task))
            if candidate in of_task:
                raise row.error("candidate", f"candidate {candidate} of {task_id[:80]!r} was there before")
            of_task[candidate] = _passed(row)
            self._lines[task_id] = row.line
        for task_id, of_task in verdicts.items():
            highest = max(of_task)
            missing = next((index for index in range(highest) if index not in of_task), None)
            if missing is not None:
                message = f"there is no row for candidate {missing} of {task_id[:80]!r}"
                raise InputError(self.source, self._lines[task_id], "candidate", message)
            self._right[task_id] = np.array([of_task[index] for index in range(highest + 1)], dtype=np.float64)


def _candidate(row: Row, following: int) -> int:
    candidate = row.fields.get("candidate", following)
    if not isinstance(candidate, int) or isinstance(candidate, bool):
        raise row.error("candidate", f"expected a whole number, found {kind_of(candidate)}")
    if candidate < 0:
        raise row.error("candidate", f"counts from 0, not from {candidate}")
    return candidate


def _passed(row: Row) -> bool:
    passed = row.fields.get("passed")
    if passed is None and "passed" not in row.fields:
        label = row.optional_text("label")
        if label is None:
            raise row.error("passed", "is missing, and so is 'label'")
        return label == _RIGHT
    if not isinstance(passed, bool):
        raise row.error("passed", f"expected true or false, found {kind_of(passed)}")
    return passed
