"""From a judged folder to verdicts of samples: EvalPlus's two statuses, and what decided them.

A sample passes where each of its problem's tests was seen to pass. A test that could not be used (void) is passed by
nobody; a cell that is our own fault (INFRA) leaves the sample without a verdict unless another test fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Outcome
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.judged import outcome_codes, rows_by_task
from ucoder.store import RunRecord

__all__ = ["SCHEMA", "Status", "Verdict", "verdicts"]

Status: TypeAlias = Literal["pass", "fail", "timeout"]

_TIMEOUTS = ("CPU_LIMIT", "WALL_LIMIT", "SKIPPED")  # what was skipped had used up its time before
_VOID = "NOT_RUN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one sample."""

    task_id: str
    sample: int
    """0-based, in the order of the task's samples"""
    base_status: Status | None
    """On the tests of the set that the benchmark extends, or on all; None where we could not judge it"""
    plus_status: Status | None
    """On the tests that the benchmark adds; None, too, where it adds none"""
    passed: bool | None
    """On all tests"""
    outcome: str
    """PASS, or that of the first test that was not passed"""
    failed_test: int | None
    """The first test that was not passed; None where there is none"""
    base_failed: int | None
    plus_failed: int | None
    at_limit: bool
    """Whether a cell lay at its CPU limit twice"""


SCHEMA = pa.schema(
    [
        ("task_id", pa.string()), ("sample", pa.int32()), ("base_status", pa.string()), ("plus_status", pa.string()),
        ("passed", pa.bool_()), ("outcome", pa.string()), ("failed_test", pa.int32()), ("base_failed", pa.int32()),
        ("plus_failed", pa.int32()), ("at_limit", pa.bool_()),
    ]
)  # fmt: skip


def verdicts(record: RunRecord, problems: Mapping[str, BenchmarkProblem]) -> Iterator[Verdict]:
    """Of all samples of a finished folder, problems and samples in order."""
    for number in sorted(record.parts):
        counts = record.read_part("problems", number, ["task_id", "num_candidates"]).to_pydict()
        cells = record.read_part("cells", number, ["task_id", "candidate", "test", "outcome", "at_limit"])
        of_task = zip(counts["task_id"], counts["num_candidates"], rows_by_task(cells, counts["task_id"]), strict=True)
        for task_id, num_samples, rows in of_task:
            problem = problems[task_id]
            samples = rows["candidate"].to_numpy()
            outcomes = np.full((num_samples, len(problem.tests)), Outcome.NOT_RUN, dtype=np.uint8)
            outcomes[samples, rows["test"].to_numpy()] = outcome_codes(rows["outcome"])
            at_limit = np.zeros(num_samples, dtype=bool)
            at_limit[samples[rows["at_limit"].to_numpy()]] = True
            for sample in range(num_samples):
                yield _verdict(problem, sample, outcomes[sample], bool(at_limit[sample]))


def _verdict(problem: BenchmarkProblem, sample: int, outcomes: NDArray[np.uint8], at_limit: bool) -> Verdict:
    num_base = len(outcomes) if problem.num_base is None else problem.num_base
    base = _Part(outcomes[:num_base])
    plus = _Part(outcomes[num_base:])
    whole = _Part(outcomes)
    plus_status = plus.status if plus.num_tests else base.status
    return Verdict(
        task_id=problem.problem.task_id,
        sample=sample,
        base_status=base.status,
        plus_status=None if problem.num_base is None else plus_status,
        passed=None if whole.status is None else whole.status == "pass",
        outcome=whole.outcome,
        failed_test=whole.failed,
        base_failed=base.failed,
        plus_failed=None if plus.failed is None else num_base + plus.failed,
        at_limit=at_limit,
    )


class _Part:
    """Some of the tests of one sample."""

    def __init__(self, outcomes: NDArray[np.uint8]) -> None:
        failed = np.flatnonzero(outcomes != Outcome.PASS)
        own = failed[outcomes[failed] != Outcome.INFRA]
        first = own if len(own) else failed
        self.num_tests = len(outcomes)
        self.failed = int(first[0]) if len(first) else None
        """The first test that was not passed, by its own fault if there is one"""
        self.outcome = OUTCOME_NAMES[outcomes[first[0]]] if len(first) else "PASS" if self.num_tests else _VOID
        self.status = self._status(is_own=len(own) > 0)

    def _status(self, *, is_own: bool) -> Status | None:
        if is_own:
            return "timeout" if self.outcome in _TIMEOUTS else "fail"
        if self.failed is not None:
            return None
        return "pass" if self.num_tests else "fail"
