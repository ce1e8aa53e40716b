"""Judging: candidates x tests become a run's folder of evidence, part by part, resumable at any moment.

A part is a fixed set of whole problems, cut from the problems file's order by number of candidates; shards of a job
share out parts. So where a run was interrupted, how many workers it had and how it was sharded leave no trace in its
rows. Only `cpu_us` and times differ between two runs; cells marked `at_limit` may.
"""

import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from ucoder.config import JudgeSettings, Shard
from ucoder.execution.evidence import Evidence
from ucoder.execution.executor import Executor
from ucoder.execution.inputs import Inputs
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.tally import Tally
from ucoder.records import Task
from ucoder.store import JsonObject, RunDirectory

__all__ = ["Part", "Progress", "TaskSource", "executor_for", "fresh_keep", "identity_of", "judge", "plan_parts"]


class TaskSource(Protocol):
    """Where problems come from with their candidates and tests."""

    def task(self, task_id: str, /) -> Task:
        """One problem with its candidates and tests."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Whole problems that are judged, written and resumed together."""

    number: int
    task_ids: tuple[str, ...]
    num_candidates: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. Candidates of finished parts count as done; `session_*` leaves out what was done before."""

    done_candidates: int
    all_candidates: int
    session_candidates: int
    session_seconds: float

    @property
    def candidates_per_second(self) -> float:
        """In this session; 0.0 before the first."""
        return self.session_candidates / self.session_seconds if self.session_seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this session's rate; None before there is one."""
        rate = self.candidates_per_second
        return (self.all_candidates - self.done_candidates) / rate if rate else None


def plan_parts(num_candidates: Mapping[str, int], part_candidates: int) -> list[Part]:
    """Cut problems, in their order, into parts that end as soon as they have `part_candidates` candidates."""
    parts: list[Part] = []
    task_ids: list[str] = []
    total = 0
    for task_id, count in num_candidates.items():
        task_ids.append(task_id)
        total += count
        if total >= part_candidates:
            parts.append(Part(len(parts), tuple(task_ids), total))
            task_ids, total = [], 0
    if task_ids:
        parts.append(Part(len(parts), tuple(task_ids), total))
    return parts


def identity_of(inputs: Inputs, settings: JudgeSettings, shard: Shard, version: str) -> JsonObject:
    """What two runs must share to be one: inputs by content, settings, shard, and the versions that run programs."""
    return {
        "verb": "judge",
        "ucoder": version,
        "python": platform.python_version(),
        "inputs": inputs.digests,
        "settings": settings.as_json(),
        "shard": asdict(shard),
        "num_parts": len(plan_parts(inputs.num_candidates(), settings.part_candidates)),
        "problems_without_candidates": len(inputs.problems) - len(inputs.num_candidates()),
    }


def fresh_keep() -> dict[str, str]:
    """What a run draws once and keeps: the key of its value digests, which no program's author can know."""
    return {"digest_key": os.urandom(16).hex()}


def executor_for(
    settings: JudgeSettings, *, workers: int | None, digest_key: bytes, python: str = sys.executable
) -> Executor:
    """An executor that runs programs as a judging job has it. Raises as `Executor` does."""
    return Executor(
        workers=workers,
        isolation=settings.isolation,
        limits=settings.limits,
        patience=settings.patience,
        allow_weaker=settings.allow_weaker,
        preload=settings.preload,
        preload_on_demand=settings.preload_on_demand,
        python=python,
        digest_key=digest_key,
    )


def judge(
    inputs: TaskSource,
    directory: RunDirectory,
    executor: Executor,
    parts: Iterable[Part],
    on_progress: Callable[[Progress], None],
) -> None:
    """Judge the parts that the folder does not have yet, in order.

    Each part is written when its last problem is judged, while the next ones run. Raises what the executor and the
    store raise; finished parts stay.
    """
    listed = list(parts)
    finished = directory.finished_parts()
    todo = [part for part in listed if part.number not in finished]
    pace = _Pace(listed, todo, on_progress)
    judged = _judged(inputs, executor, todo)
    for part in todo:
        evidence = Evidence()
        for _ in part.task_ids:
            task, matrix = next(judged)
            evidence.add(task, matrix)
            pace.advance(matrix.num_candidates)
        evidence.tally.wall_seconds = pace.lap()
        directory.write_part(part.number, evidence.tables(), _marker(evidence.tally, executor, directory))


def _judged(inputs: TaskSource, executor: Executor, parts: Iterable[Part]) -> Iterator[tuple[Task, ExecutionMatrix]]:
    """Tasks beside their matrices, in order; as many tasks are held as the executor looks ahead."""
    sent: deque[Task] = deque()

    def tasks() -> Iterator[Task]:
        for part in parts:
            for task_id in part.task_ids:
                sent.append(inputs.task(task_id))
                yield sent[-1]

    for matrix in executor.stream(tasks()):
        yield sent.popleft(), matrix


class _Pace:
    """The clock of one session."""

    def __init__(self, parts: list[Part], todo: list[Part], report: Callable[[Progress], None]) -> None:
        self._all = sum(part.num_candidates for part in parts)
        self._before = self._all - sum(part.num_candidates for part in todo)
        self._here = 0
        self._started = self._lap = time.monotonic()
        self._report = report

    def advance(self, num_candidates: int) -> None:
        self._here += num_candidates
        elapsed = time.monotonic() - self._started
        self._report(Progress(self._before + self._here, self._all, self._here, elapsed))

    def lap(self) -> float:
        """Seconds since the last lap: laps of all parts, of all sessions, add up to the time that results took."""
        now = time.monotonic()
        seconds, self._lap = now - self._lap, now
        return seconds


def _marker(tally: Tally, executor: Executor, directory: RunDirectory) -> JsonObject:
    return {
        "tally": tally.as_json(),
        "isolation": executor.isolation,
        "sandbox_layers": list(executor.layers),
        "workers": executor.num_workers,
        "digest_key": directory.kept["digest_key"],
    }
