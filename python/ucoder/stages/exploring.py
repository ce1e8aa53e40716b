"""Exploring: many programs for each problem are drawn and executed at the same time.

A thread draws; this one executes a problem as soon as its programs are there. Between them stands a bounded queue, so
memory is bounded and neither runs far ahead; how long each side waited for the other is counted. What was executed is
kept in a folder as `ucoder judge` writes it, found again by the key of each problem.
"""

import platform
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from ucoder.config import JudgeSettings, Shard
from ucoder.execution.evidence import Evidence
from ucoder.execution.executor import Executor
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.tally import summarize
from ucoder.loop_records import Answer, Answered, CandidateRow, Drop, Skeleton, StageResult, Suite
from ucoder.records import Task, content_id, id_of_test
from ucoder.store import JsonObject, RunDirectory

__all__ = ["Explored", "Waits", "cells_identity", "explore", "task_key", "task_of"]

STAGE = "cells/1"
PART_CANDIDATES = 500
"""Candidates after which cells are written"""
_END = None
_LOOK_S = 0.1  # how long a thread stands at the queue before it looks whether the other one has failed


@dataclass(slots=True)
class Waits:
    """Seconds that the two sides spent on each other."""

    sampler_waited: float = 0.0
    """It had programs to hand over, and the queue was full"""
    executor_waited: float = 0.0
    """It had nothing to execute: neither in the queue nor in a worker; the first draw is part of it"""


@dataclass(slots=True)
class Explored:
    """What a pass over the problems came to."""

    num_problems: int = 0
    num_candidates: int = 0
    num_drawn: int = 0
    """Candidates drawn in this pass; the others were stored"""
    num_drawn_tokens: int = 0
    num_executed: int = 0
    """Problems executed in this pass"""
    drops: list[Drop] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)


def task_of(skeleton: Skeleton, suite: Suite, rows: Sequence[CandidateRow]) -> Task:
    """What the executor is given: problem, candidates by sample index, tests."""
    return Task(skeleton.as_problem(), [row.as_candidate() for row in rows], list(suite.as_tests()))


def task_key(task: Task) -> str:
    """What the cells of a problem depend on beside the settings: its text, its programs in their order, its tests."""
    programs = [content_id(candidate.program(task.problem)) for candidate in task.candidates]
    logprobs = [repr(candidate.mean_logprob) for candidate in task.candidates]
    tests = [id_of_test(test) for test in task.tests]
    problem = [task.problem.task_id, task.problem.prompt, task.problem.entry_point or ""]
    return content_id(STAGE, *problem, str(len(programs)), *programs, *logprobs, *tests)


def cells_identity(settings: JudgeSettings, version: str) -> JsonObject:
    """What two passes must share for their cells to be comparable; the inputs are in each part's keys."""
    return {
        "verb": "judge",
        "ucoder": version,
        "python": platform.python_version(),
        "inputs": {},
        "settings": settings.as_json(),
        "shard": asdict(Shard()),
        "problems_without_candidates": 0,
    }


def explore(
    problems: Mapping[str, tuple[Skeleton, Suite]],
    *,
    draw: Callable[[], Generator[Answered]],
    read: Callable[[Skeleton, Sequence[Answer]], StageResult[CandidateRow]],
    cells: RunDirectory,
    executor: Callable[[], Executor],
    on_progress: Callable[[Explored], None] = lambda _: None,
) -> Explored:
    """Draw and execute the candidates of all problems; ends when every problem's cells are in `cells`.

    problems    by the id of the question that asks for their programs
    draw        the answers to these questions, those that are stored first; called again, it gives the same
    read        the candidates in a problem's answers
    executor    called when there is something to execute

    Raises what drawing, the executor and the store raise; finished shards of answers and parts of cells stay.
    """
    explored = Explored(num_problems=len(problems))
    started: list[Executor] = []

    def make() -> Executor:
        started.append(executor())
        return started[-1]

    def is_executing() -> bool:
        return any(one.is_busy for one in started)

    while True:
        sampler = _Sampler(draw, explored.waits, is_executing)
        wanted: set[str] = set()
        drawn = _tasks(sampler, problems, read, explored, on_progress)
        try:
            _execute(_unknown(drawn, cells, wanted), make, cells, explored)
        finally:
            sampler.stop()
        # A part that also holds cells of programs or tests that are no more goes as a whole; what it held of those
        # that are still wanted is executed again, from the answers that are stored.
        if not _retire(cells, wanted):
            break
        explored = Explored(
            num_problems=len(problems),
            num_drawn=explored.num_drawn,
            num_drawn_tokens=explored.num_drawn_tokens,
            waits=explored.waits,
        )
    cells.finish(summarize(cells.identity, cells.finished_parts().values()))
    return explored


def _tasks(
    sampler: "_Sampler",
    problems: Mapping[str, tuple[Skeleton, Suite]],
    read: Callable[[Skeleton, Sequence[Answer]], StageResult[CandidateRow]],
    explored: Explored,
    on_progress: Callable[[Explored], None],
) -> Iterator[Task]:
    """A task for each problem as soon as its programs are drawn; none where no answer held a program."""
    for one in sampler.items():
        skeleton, suite = problems[one.ask_id]
        result = read(skeleton, one.answers)
        explored.drops += result.drops
        explored.num_candidates += len(one.answers)
        explored.num_drawn += one.num_new
        explored.num_drawn_tokens += one.num_new_tokens
        on_progress(explored)
        if result.kept:
            yield task_of(skeleton, suite, result.kept)


def _unknown(tasks: Iterator[Task], cells: RunDirectory, wanted: set[str]) -> Iterator[Task]:
    """The tasks whose cells are not there yet; notes the keys of all."""
    known = {key for marker in cells.finished_parts().values() for key in marker["keys"]}
    for task in tasks:
        key = task_key(task)
        wanted.add(key)
        if key not in known:
            yield task


def _execute(tasks: Iterator[Task], make: Callable[[], Executor], cells: RunDirectory, explored: Explored) -> None:
    """Execute tasks as they come; a part is written when it has enough candidates, and at the end."""
    first = next(tasks, None)
    if first is None:
        return
    cells.reopen()
    executor = make()
    sent: list[Task] = []

    def noted() -> Iterator[Task]:
        sent.append(first)
        yield first
        for task in tasks:
            sent.append(task)
            yield task

    part = _Part(cells, executor)
    try:
        for matrix in executor.stream(noted()):
            part.add(sent.pop(0), matrix)
            explored.num_executed += 1
            if part.num_candidates >= PART_CANDIDATES:
                part.write()
    finally:
        part.write()


class _Part:
    """Evidence that is not written yet."""

    def __init__(self, cells: RunDirectory, executor: Executor) -> None:
        self._cells = cells
        self._executor = executor
        self._number = max(cells.finished_parts(), default=-1) + 1
        self._begin()

    def _begin(self) -> None:
        self._evidence = Evidence()
        self._keys: list[str] = []
        self._started = time.monotonic()
        self.num_candidates = 0

    def add(self, task: Task, matrix: ExecutionMatrix) -> None:
        self._evidence.add(task, matrix)
        self._keys.append(task_key(task))
        self.num_candidates += matrix.num_candidates

    def write(self) -> None:
        if not self._keys:
            return
        self._evidence.tally.wall_seconds = time.monotonic() - self._started
        marker = {
            "tally": self._evidence.tally.as_json(),
            "isolation": self._executor.isolation,
            "sandbox_layers": list(self._executor.layers),
            "workers": self._executor.num_workers,
            "digest_key": self._cells.kept["digest_key"],
            "keys": self._keys,
        }
        self._cells.write_part(self._number, self._evidence.tables(), marker)
        self._number += 1
        self._begin()


def _retire(cells: RunDirectory, wanted: set[str]) -> bool:
    """Set parts aside that hold cells nobody asks for any more. Whether some held wanted ones, too."""
    mixed = False
    for number, marker in cells.finished_parts().items():
        keys = set(marker["keys"])
        if not keys <= wanted:
            cells.reopen()
            cells.retire_part(number)
            mixed = mixed or bool(keys & wanted)
    return mixed


class _Sampler:
    """Draws in a thread of its own and hands over through a bounded queue."""

    def __init__(
        self,
        start: Callable[[], Generator[Answered]],
        waits: Waits,
        is_executing: Callable[[], bool],
        most: int = 8,
    ) -> None:
        self._start = start
        self._waits = waits
        self._is_executing = is_executing
        self._queue: queue.Queue[Answered | None] = queue.Queue(most)
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    def items(self) -> Iterator[Answered]:
        """What was drawn, in the order in which it was done. Raises what the drawing raised."""
        self._thread.start()
        while (one := self._get()) is not _END:
            yield one
        if self._error is not None:
            raise self._error

    def _get(self) -> Answered | None:
        """The next of the queue. Time counts as waiting only while no worker has anything to do."""
        while True:
            began = time.monotonic()
            try:
                one = self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                pass
            else:
                return one
            finally:
                if not self._is_executing():
                    self._waits.executor_waited += time.monotonic() - began

    def stop(self) -> None:
        """Draw no more; returns when what was drawn is stored."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        drawn = self._start()
        try:
            for one in drawn:
                if not self._put(one):
                    drawn.close()  # it writes what it has
                    return
        except BaseException as error:  # noqa: BLE001  it is raised again in the other thread
            self._error = error
        self._put(_END)

    def _put(self, one: Answered | None) -> bool:
        began = time.monotonic()
        while not self._stopped.is_set():
            try:
                self._queue.put(one, timeout=_LOOK_S)
            except queue.Full:
                continue
            self._waits.sampler_waited += time.monotonic() - began
            return True
        return False
