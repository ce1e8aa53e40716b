"""How fast this executor is: candidates a second and what they cost, its start, and a call that does nothing.

Times are wall times. They say something on a machine that does nothing else, or beside another one that was taken
just before or after.
"""

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ucoder._core import Outcome
from ucoder.config import Limits, Patience
from ucoder.execution.executor import Executor
from ucoder.records import AssertionTest, Candidate, Problem, Task, ValueCallTest

__all__ = ["Speed", "first_verdict_ms", "split_by_hangs", "throughput", "trivial_call_us"]

_TRIVIAL = Problem("trivial", entry_point="f")
_NUM_PROGRAMS = 100  # of the batch of trivial calls
_FEW_CALLS, _MANY_CALLS = 50, 450


@dataclass(frozen=True, slots=True)
class Speed:
    """One judgement of many tasks. `seconds` are without the executor's start; the workers' CPU time is with it."""

    candidates: int
    evaluations: int
    seconds: float
    workers_cpu_seconds: float
    supervisor_cpu_seconds: float
    """Of the threads that start, watch and read workers"""
    caller_cpu_seconds: float
    """Of the whole caller, those threads included: tasks are handed over, verdicts made, matrices built"""
    cells_cpu_seconds: float
    """Of the workers' time, what was spent in calls of programs, by the workers' own account"""


def throughput(
    tasks: Sequence[Task], *, isolation: str, workers: int, limits: Limits, patience: Patience | None = None
) -> Speed:
    """Judge all tasks once, with an executor that is started for them."""
    children = _children_cpu_seconds()
    threads = _threads()
    with Executor(
        workers=workers, isolation=isolation, limits=limits, patience=patience or Patience(mode="deciding")
    ) as executor:
        lanes = _threads() - threads
        caller, began = time.process_time(), time.perf_counter()
        num_candidates = num_evaluations = cells_us = 0
        for matrix in executor.stream(tasks):
            num_candidates += matrix.num_candidates
            num_evaluations += matrix.outcomes.size
            cells_us += int(matrix.cpu_us.sum())
        seconds, caller = time.perf_counter() - began, time.process_time() - caller
        supervisor = sum(_thread_cpu_seconds(lane) for lane in lanes)
    workers_cpu = _children_cpu_seconds() - children
    return Speed(num_candidates, num_evaluations, seconds, workers_cpu, supervisor, caller, cells_us / 1e6)


def split_by_hangs(tasks: Sequence[Task], *, workers: int, limits: Limits) -> tuple[list[Task], list[Task]]:
    """The tasks with the tests that can be run and the candidates that no time limit stops; with those that one stops.

    Tasks without a test that can be run have no evidence to give and are left out.
    """
    calm: list[Task] = []
    hanging: list[Task] = []
    timed = [Outcome.CPU_LIMIT, Outcome.WALL_LIMIT]
    with Executor(workers=workers, limits=limits, patience=Patience(mode="deciding")) as executor:
        for task, matrix in zip(tasks, executor.stream(tasks), strict=True):
            tests = [test for test, usable in zip(task.tests, matrix.usable.tolist(), strict=True) if usable]
            if not tests:
                continue
            stopped = np.isin(matrix.outcomes, timed).any(axis=1) | np.isin(matrix.load_causes, timed)
            hangs = (stopped | matrix.at_limit.any(axis=1)).tolist()
            for chosen, wanted in ((calm, False), (hanging, True)):
                candidates = [one for one, hang in zip(task.candidates, hangs, strict=True) if hang is wanted]
                if candidates:
                    chosen.append(Task(task.problem, candidates, tests))
    return calm, hanging


def first_verdict_ms() -> float:
    """From nothing to the verdict of one candidate on one assertion."""
    began = time.perf_counter()
    with Executor(workers=1) as executor:
        executor.judge(_TRIVIAL, _programs(1), [AssertionTest("assert f(1) == 1")])
        return (time.perf_counter() - began) * 1000


def trivial_call_us() -> float:
    """What one more call of a function that returns its argument costs, verdict and all, where many share a worker.

    The difference between a task with many and one with few such calls, over the calls.
    """
    programs = _programs(_NUM_PROGRAMS)
    seconds = []
    with Executor(workers=1, isolation="auto") as executor:
        executor.judge(_TRIVIAL, programs, [ValueCallTest([0], 0)])
        for num_calls in (_FEW_CALLS, _MANY_CALLS):
            tests = [ValueCallTest([number], number) for number in range(num_calls)]
            began = time.perf_counter()
            executor.judge(_TRIVIAL, programs, tests)
            seconds.append(time.perf_counter() - began)
    return (seconds[1] - seconds[0]) / (_NUM_PROGRAMS * (_MANY_CALLS - _FEW_CALLS)) * 1e6


def _programs(number: int) -> list[Candidate]:
    """Distinct ones."""
    return [Candidate("trivial", solution=f"def f(x):\n    return x\nnumber = {n}\n") for n in range(number)]


def _children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _threads() -> set[str]:
    return {entry.name for entry in Path("/proc/self/task").iterdir()}


def _thread_cpu_seconds(thread: str) -> float:
    """The first number of its schedstat, nanoseconds on a processor; 0 where the kernel does not tell."""
    try:
        return int((Path("/proc/self/task") / thread / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
