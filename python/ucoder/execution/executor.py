"""Executor: programs and tests go in, an ExecutionMatrix comes out; the C++ core does the work.

What a program does, however bad, is an outcome in the matrix. An exception from here is our own: a missing sandbox
layer, a closed executor, a setting that makes no sense.
"""

import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ucoder import _core
from ucoder.config import DEFAULT_PRELOAD, DEFAULT_PRELOAD_ON_DEMAND, Limits, Patience, check_isolation
from ucoder.errors import ConfigError, ExecutorClosed, SandboxUnavailable
from ucoder.execution.interpreter import PACKAGE_DIR, Interpreter, interpreter_at
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.translation import core_limits, core_task
from ucoder.records import Candidate, Problem, Task, Test

__all__ = ["PACKAGE_DIR", "Executor"]

N = TypeVar("N", bound=np.generic)


class Executor:
    """Runs untrusted programs against untrusted tests. A context manager; start one and keep it.

    Promises: every cell is decided by evidence gathered outside the program; memory, time and reach of a program are
    bounded by `limits` and the sandbox; when the executor is closed, garbage-collected or its process ends, however
    it ends, no process of it is left.

    Threads may share it: `judge` releases the GIL, and calls at the same time share the workers. The caller may hold
    torch, CUDA, threads: it is never forked. After a fork of the caller the child's copy is closed (ExecutorClosed);
    the parent's goes on.

    workers      lanes, each one program at a time; None is one for each core this process may use
    isolation    "auto" (candidates of a problem whose code shows that they leave no trace share a process, the others
                 are run as at "candidate"), "candidate" (the tests of a candidate share a process), "test" (nothing
                 is shared) or "batch" (the candidates of a problem share a process: for trusted programs)
    limits       bounds on each program
    patience     for which programs a CPU limit is waited out; None: for all
    allow_weaker run even where a sandbox layer is missing; what was active is recorded in every matrix
    preload      modules the interpreters load once, before they meet a program; none may start a thread
    preload_on_demand  the same, in interpreters of their own, for programs whose text names one of these modules
    python       the interpreter that runs the programs, or the folder of its environment; see `execution.interpreter`
    digest_key   16 bytes that key the digests of values; random where it is not given

    Raises ConfigError (a ValueError) for settings that make no sense, SandboxUnavailable where a layer is missing.
    """

    def __init__(  # noqa: PLR0913  settings, each by its name
        self,
        *,
        workers: int | None = None,
        isolation: str = "auto",
        limits: Limits | None = None,
        patience: Patience | None = None,
        allow_weaker: bool = False,
        preload: Sequence[str] = DEFAULT_PRELOAD,
        preload_on_demand: Sequence[str] = DEFAULT_PRELOAD_ON_DEMAND,
        python: str = sys.executable,
        digest_key: bytes | None = None,
    ) -> None:
        check_isolation(isolation)
        if workers is not None and workers < 1:
            raise ConfigError(f"workers is a whole number from 1, or None for all cores, not {workers!r}")
        if digest_key is not None and len(digest_key) != 16:
            raise ConfigError(f"digest_key has 16 bytes, not {len(digest_key)}")
        self._limits = limits if limits is not None else Limits()
        self._isolation = isolation
        self._interpreter = interpreter_at(python)
        self._calls = _Calls()
        self._core = _start_core(
            workers=workers or num_cores(),
            isolation=isolation,
            limits=self._limits,
            patience=patience if patience is not None else Patience(),
            allow_weaker=allow_weaker,
            preload=preload,
            preload_on_demand=preload_on_demand,
            python=self._interpreter,
            digest_key=digest_key or os.urandom(16),
        )
        self._layers = tuple(self._core.layers)
        self._pid = os.getpid()
        self._close = weakref.finalize(self, _close, self._core, self._calls, self._pid)

    @property
    def limits(self) -> Limits:
        """The limits each program runs under."""
        return self._limits

    @property
    def isolation(self) -> str:
        """The level it was made with."""
        return self._isolation

    @property
    def interpreter(self) -> Interpreter:
        """What runs the programs."""
        return self._interpreter

    @property
    def layers(self) -> tuple[str, ...]:
        """The sandbox layers that are active."""
        return self._layers

    @property
    def num_workers(self) -> int:
        """How many programs run at a time."""
        return self._core.num_workers

    @property
    def is_busy(self) -> bool:
        """Whether a judgement of `stream` is under way."""
        return self._calls.are_running()

    def judge(
        self,
        problem: Problem,
        candidates: Sequence[Candidate],
        tests: Sequence[Test],
        *,
        limits: Limits | None = None,
        keep_output: bool = False,
        max_seconds: float = 0,
    ) -> ExecutionMatrix:
        """Run every candidate on every test; blocks until each cell is decided. Ctrl-C ends it.

        `limits` stand instead of the executor's for this call. With `keep_output` what a script had written when it
        failed is in the matrix's `outputs`. `max_seconds` by the clock, unless they are 0, end it with TimeoutError:
        `limits` bound each program and each test, not how many there are.

        Raises ExecutorClosed, ValueError where problem and tests do not fit together (see `profile_of`), and
        SandboxUnavailable for the profile "full" where a layer that it needs is missing.
        """
        task = core_task(problem, candidates, tests, limits=limits, keep_output=keep_output)
        if not self._close.alive:
            raise ExecutorClosed("the executor is closed")
        if os.getpid() != self._pid:
            raise ExecutorClosed(f"the executor belongs to process {self._pid}: make another one after a fork")
        return _matrix(problem.task_id, self._isolation, self._layers, _judge(self._core, task, max_seconds))

    def stream(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[ExecutionMatrix]:
        """Judge many tasks; yields their matrices in order.

        At most `ahead` tasks (default: twice the workers and eight more) are taken from `tasks` before the oldest is
        yielded, so memory is bounded by them; `tasks` is advanced in the caller's thread. An exception of `tasks` or of
        a judgement is raised in its place. A caller that stops early leaves at most `ahead` tasks running; `close` ends
        them.
        """
        num_ahead = ahead if ahead is not None else 2 * self.num_workers + 8
        if num_ahead < 1:
            raise ConfigError(f"ahead is a whole number from 1, not {ahead!r}")
        return self._stream(tasks, num_ahead)

    def _stream(self, tasks: Iterable[Task], num_ahead: int) -> Iterator[ExecutionMatrix]:
        pending: deque[_Call] = deque()
        for task in tasks:
            if len(pending) == num_ahead:
                yield pending.popleft().result()
            pending.append(self._calls.start(self, task))
        while pending:
            yield pending.popleft().result()

    def close(self) -> None:
        """End every process of the executor. Idempotent; a `judge` in another thread raises ExecutorClosed."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def num_cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


# ---------------------------------------------------------------- the core, its errors translated


def _start_core(  # noqa: PLR0913  the constructor's settings
    *,
    workers: int,
    isolation: str,
    limits: Limits,
    patience: Patience,
    allow_weaker: bool,
    preload: Sequence[str],
    preload_on_demand: Sequence[str],
    python: Interpreter,
    digest_key: bytes,
) -> _core.Executor:
    try:
        return _core.Executor(
            python=python.path,
            package_dir=python.package_dir,
            workers=workers,
            isolation=isolation,
            allow_weaker=allow_weaker,
            preload=list(preload),
            preload_on_demand=list(preload_on_demand),
            limits=core_limits(limits),
            patience=_core_patience(patience),
            digest_key=digest_key,
        )
    except _core.SandboxUnavailable as error:
        raise SandboxUnavailable(str(error)) from error


def _core_patience(patience: Patience) -> _core.Patience:
    if patience.mode == "full":
        return _core.Patience.full()
    return _core.Patience(
        first_cpu_ms=patience.first_cpu_ms,
        wait_ms=patience.wait_ms,
        least_ran_share=patience.rho,
        least_cluster=patience.tau,
    )


def _judge(core: _core.Executor, task: _core.Task, max_seconds: float) -> _core.Matrix:
    try:
        return core.judge(task, max_seconds)
    except _core.SandboxUnavailable as error:
        raise SandboxUnavailable(str(error)) from error
    except _core.ExecutorClosed as error:
        raise ExecutorClosed(str(error)) from error


def _matrix(task_id: str, isolation: str, layers: tuple[str, ...], matrix: _core.Matrix) -> ExecutionMatrix:
    return ExecutionMatrix(
        task_id=task_id,
        outcomes=_frozen(matrix.outcomes),
        values=_frozen(matrix.values),
        details=_frozen(matrix.details),
        cpu_us=_frozen(matrix.cpu_us),
        at_limit=_frozen(matrix.at_limit),
        load_causes=_frozen(matrix.load_causes),
        shared=_frozen(matrix.shared),
        why_alone=_frozen(matrix.why_alone),
        first_twin=_frozen(matrix.first_twin),
        test_kinds=tuple(matrix.test_kinds),
        test_notes=tuple(matrix.test_notes),
        trusted=_frozen(matrix.trusted),
        outputs=tuple(matrix.outputs),
        value_bytes=tuple(matrix.value_bytes),
        value_digests=_frozen(matrix.value_digests),
        detail_texts=tuple(matrix.detail_texts),
        counts=dict(matrix.counts),
        isolation=isolation,
        layers=layers,
    )


def _frozen(array: NDArray[N]) -> NDArray[N]:
    array.setflags(write=False)
    return array


# ---------------------------------------------------------------- calls in threads


class _Call:
    """One judgement in a thread of its own. Daemonic: at exit the executor is closed first, which ends it."""

    def __init__(self, executor: Executor, task: Task) -> None:
        self._executor: Executor | None = executor
        self._task = task
        self._matrix: ExecutionMatrix | None = None
        self._error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name=f"judge {task.problem.task_id}", daemon=True)

    def _run(self) -> None:
        executor = self._executor
        try:
            if executor is not None:
                self._matrix = executor.judge(self._task.problem, self._task.candidates, self._task.tests)
        except BaseException as error:  # noqa: BLE001  it is raised again where the result is asked for
            self._error = error
        finally:
            self._executor = None

    def result(self) -> ExecutionMatrix:
        """Wait for the judgement; raises what it raised."""
        self.thread.join()
        if self._error is not None:
            raise self._error
        if self._matrix is None:
            raise AssertionError("a judgement gives a matrix or an exception")
        return self._matrix


class _Calls:
    """The threads that are judging, so that closing can wait for them."""

    def __init__(self) -> None:
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()

    def start(self, executor: Executor, task: Task) -> _Call:
        call = _Call(executor, task)
        # Known before it runs: a Ctrl-C between the two must not leave a thread that nobody waits for. One that comes
        # back from the core while the interpreter ends is ended by it in the middle of C++, which aborts the process.
        self._threads.add(call.thread)
        call.thread.start()
        return call

    def are_running(self) -> bool:
        return any(thread.is_alive() for thread in list(self._threads))

    def join(self) -> None:
        for thread in list(self._threads):
            if thread is not threading.current_thread() and thread.ident is not None:
                thread.join()


def _close(core: _core.Executor, calls: _Calls, pid: int) -> None:
    """Close, unless this is a child by fork: there the core's threads do not exist and its processes are not ours."""
    if os.getpid() == pid:
        try:
            core.close()
        finally:  # a Ctrl-C meanwhile must not leave them behind either
            calls.join()
