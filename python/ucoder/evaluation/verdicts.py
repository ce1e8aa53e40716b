"""From a judged folder to verdicts of samples: EvalPlus's two statuses, and what decided them.

A sample passes where each of its problem's tests was seen to pass. A test that could not be used (void) is passed by
nobody; a cell that is our own fault (INFRA) leaves the sample without a verdict unless another test fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]

from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.store import RunRecord

__all__ = ["SCHEMA", "Status", "Verdict", "verdicts"]

Status: TypeAlias = Literal["pass", "fail", "timeout"]

_TIMEOUTS = ("CPU_LIMIT", "WALL_LIMIT")
_OURS = "INFRA"
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
        rows = zip(*(cells[name].to_pylist() for name in cells.column_names), strict=True)
        of_task = {task_id: list(group) for task_id, group in groupby(rows, key=lambda row: row[0])}
        for task_id, num_samples in zip(counts["task_id"], counts["num_candidates"], strict=True):
            outcomes: list[dict[int, str]] = [{} for _ in range(num_samples)]
            at_limit = [False] * num_samples
            for _, sample, test, outcome, is_at_limit in of_task.get(task_id, ()):
                outcomes[sample][test] = outcome
                at_limit[sample] = at_limit[sample] or is_at_limit
            for sample in range(num_samples):
                yield _verdict(problems[task_id], sample, outcomes[sample], at_limit[sample])


def _verdict(problem: BenchmarkProblem, sample: int, outcomes: Mapping[int, str], at_limit: bool) -> Verdict:
    num_tests = len(problem.tests)
    num_base = num_tests if problem.num_base is None else problem.num_base
    base = _Part([outcomes.get(test, _VOID) for test in range(num_base)], 0)
    plus = _Part([outcomes.get(test, _VOID) for test in range(num_base, num_tests)], num_base)
    whole = _Part([*base.outcomes, *plus.outcomes], 0)
    return Verdict(
        task_id=problem.problem.task_id,
        sample=sample,
        base_status=base.status,
        plus_status=None if problem.num_base is None else plus.status if plus.outcomes else base.status,
        passed=None if whole.status is None else whole.status == "pass",
        outcome=whole.outcomes[whole.failed] if whole.failed is not None else "PASS" if whole.outcomes else _VOID,
        failed_test=whole.failed,
        base_failed=base.failed,
        plus_failed=None if plus.failed is None else num_base + plus.failed,
        at_limit=at_limit,
    )


class _Part:
    """Some of the tests of one sample."""

    def __init__(self, outcomes: list[str], first: int) -> None:
        self.outcomes = outcomes
        self.first = first
        failed = [place for place, outcome in enumerate(outcomes) if outcome != "PASS"]
        own = [place for place in failed if outcomes[place] != _OURS]
        self.failed: int | None = next(iter([*own, *failed]), None)
        self.status: Status | None = self._status(failed, own)

    def _status(self, failed: list[int], own: list[int]) -> Status | None:
        if own:
            # What was skipped had used up its time before.
            first = self.outcomes[own[0]]
            skipped = first == "SKIPPED"
            return "timeout" if first in _TIMEOUTS or skipped else "fail"
        if failed:
            return None
        return "pass" if self.outcomes else "fail"
