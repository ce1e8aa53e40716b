"""POST /judge: candidates and tests of one problem, in the forms that the files of `ucoder judge` have."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from ucoder._core import Outcome
from ucoder.config import Limits
from ucoder.errors import ConfigError
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import Row, kind_of
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.reading import candidate_from, problem_from, tests_from
from ucoder.records import Task
from ucoder.serve.settings import ServeSettings

__all__ = ["Judge", "check_duration", "judge", "limits_of", "task_of"]

_REQUEST = Path("request")
_TASK_ID = "task_id"


class Judge(BaseModel):
    """A request. `task_id` is left out of candidates and tests, and may be left out of the problem."""

    model_config = ConfigDict(strict=True, extra="forbid")

    # Items are looked at one by one below, up to the first that is wrong.
    problem: dict[str, object]
    candidates: list[object]
    tests: list[object]
    limits: dict[str, object] = {}


def task_of(request: Judge, settings: ServeSettings) -> Task:
    """The records. InputError, ConfigError where the request is not what it should be, or too large."""
    num_cells = len(request.candidates) * len(request.tests)
    if not num_cells:
        raise ConfigError("there is nothing to judge: candidates and tests are lists of one item or more")
    if num_cells > settings.max_cells:
        raise ConfigError(f"candidates times tests is at most {settings.max_cells} here, not {num_cells}")
    given = {_TASK_ID: "task", **request.problem}
    problem = problem_from(Row(_REQUEST, 0, given, "problem"))
    problems = {problem.task_id: problem}
    own = {_TASK_ID: problem.task_id}
    candidates = [
        candidate_from(Row(_REQUEST, 0, {**_fields(row, place), **own}, f"candidates[{place}]"), problems)
        for place, row in enumerate(request.candidates)
    ]
    tests = tests_from(Row(_REQUEST, 0, {**own, "tests": request.tests}), problems)
    return Task(problem, candidates, tests)


def _fields(row: object, place: int) -> dict[str, object]:
    if not isinstance(row, dict):
        raise ConfigError(f"candidates[{place}]: expected an object, found {kind_of(row)}")
    return row


def limits_of(request: Judge, settings: ServeSettings) -> Limits:
    """The service's limits with those that the request names. ConfigError where they are more than is granted."""
    usual = settings.limits
    named = {name: getattr(usual, name) for name in Limits.__dataclass_fields__} | request.limits
    limits = Limits.from_mapping(named)
    most_ms = round(settings.max_run_seconds * 1000)
    most = {
        "cpu_ms": most_ms, "load_cpu_ms": most_ms, "wall_ms": most_ms, "memory_mb": settings.max_memory_mb,
        "output_bytes": usual.output_bytes, "value_bytes": usual.value_bytes, "max_timeouts": usual.max_timeouts,
    }  # fmt: skip
    for name, bound in most.items():
        if name in request.limits and getattr(limits, name) > bound:
            raise ConfigError(f"limits.{name} is at most {bound} here, not {getattr(limits, name)}")
    return limits


def check_duration(task: Task, limits: Limits, settings: ServeSettings, num_workers: int) -> None:
    """ConfigError where the judgement could keep all workers for longer than one client may."""
    cell_ms = limits.wall_ms or 5 * limits.cpu_ms + 1000
    load_ms = max(limits.wall_ms, 5 * limits.load_cpu_ms + 1000)
    each_ms = load_ms + min(len(task.tests), limits.max_timeouts) * cell_ms
    seconds = each_ms / 1000 * len(task.candidates) / num_workers
    if seconds > settings.max_judge_seconds:
        raise ConfigError(
            f"if every candidate used up its time-outs this could take {seconds:.0f} seconds, and at most "
            f"{settings.max_judge_seconds:g} are granted: send fewer candidates, or shorter limits (cpu_ms, wall_ms)"
        )


def judge(executor: Executor, task: Task, limits: Limits, max_seconds: float) -> dict[str, Any]:
    """The response's fields. TimeoutError where it took longer: tests may hang, too, while they are read or judged."""
    matrix = executor.judge(task.problem, task.candidates, task.tests, limits=limits, max_seconds=max_seconds)
    return {
        _TASK_ID: matrix.task_id,
        "outcomes": matrix.outcome_counts(),
        "isolation": matrix.isolation,
        "tests": [
            {"kind": kind, "note": note, "trusted": trusted}
            for kind, note, trusted in zip(matrix.test_kinds, matrix.test_notes, matrix.trusted.tolist(), strict=True)
        ],
        "candidates": [_row(matrix, place) for place in range(matrix.num_candidates)],
    }


def _row(matrix: ExecutionMatrix, place: int) -> dict[str, Any]:
    outcomes = matrix.outcomes[place]
    usable = outcomes[matrix.usable]
    knows = usable.size > 0 and not np.any(usable == Outcome.INFRA)
    cause = Outcome(int(matrix.load_causes[place]))
    return {
        "passed": bool(np.all(usable == Outcome.PASS)) if knows else None,
        "outcomes": [Outcome(code).name for code in outcomes.tolist()],
        "details": [matrix.detail(place, test) for test in range(matrix.num_tests)],
        "cpu_us": matrix.cpu_us[place].tolist(),
        "load_cause": None if cause == Outcome.NOT_RUN else cause.name,
    }
