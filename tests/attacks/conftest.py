"""An arena for hostile programs: each runs beside an honest one, and what must hold after every case is checked here.

The one place that knows how an executor is made and asked.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the tables and for what must hold, which other programs use, too

from invariants import (
    changed_zygotes,
    children_of,
    cpu_bound_seconds,
    descendants_of,
    eventually,
    footprint,
    is_alive,
    is_clean,
    workers_cpu_seconds,
    zygote_states,
)

from ucoder import AssertionTest, Candidate, CheckTest, ExecutionMatrix, Executor, Limits, Outcome, Problem, StdioTest

HONEST = "def f(x):\n    return x + 1\n"
HONEST_SCRIPT = "import sys\nsys.stdout.write('honest ' + sys.stdin.read())\n"
TESTS = ("assert f(1) == 2", "assert f(2) == 3")
PATIENCE_S = 60.0  # for one hostile program under limits of about a second, on a machine with other work

LIMITS: dict[str, int] = {
    "cpu_ms": 150,
    "load_cpu_ms": 300,
    "wall_ms": 800,
    "memory_mb": 192,
    "output_bytes": 1 << 20,
    "max_timeouts": 1,
}


class Arena:
    """One executor and the checks around each judgement."""

    def __init__(self, isolation: str, limits: dict[str, int]) -> None:
        self.limits = {**LIMITS, **limits}
        self.executor = Executor(workers=2, isolation=isolation, limits=Limits(**self.limits))
        self.matrix: ExecutionMatrix | None = None
        self.seconds = 0.0

    def judge(
        self, programs: Sequence[str], tests: Sequence[Any], entry: str | None = "f", prompt: str = ""
    ) -> list[list[str]]:
        """Outcome names, a row per program; what must hold after any judgement was checked."""
        records = [AssertionTest(test) if isinstance(test, str) else test for test in tests]
        before, zygotes, cpu = footprint(), zygote_states(), workers_cpu_seconds()
        start = time.monotonic()
        self.matrix = self.executor.judge(
            Problem("attack", prompt, entry), [Candidate("attack", solution=text) for text in programs], records
        )
        self.seconds = time.monotonic() - start
        if zygote_states().keys() == zygotes.keys():  # a module that is loaded on demand has a zygote of its own
            assert footprint() == before, "a descriptor, a shared or a temporary file was left"
        assert eventually(is_clean), "a process was left"
        assert changed_zygotes(zygotes) == []
        used, most = workers_cpu_seconds() - cpu, cpu_bound_seconds(len(programs), len(tests), self.limits)
        assert used < most, f"workers used {used:.1f} s of CPU, which {most:.1f} s should bound"
        return [[Outcome(code).name for code in row] for row in self.matrix.outcomes.tolist()]

    def fates(self, program: str, tests: Sequence[Any] = TESTS, prompt: str = "") -> list[str]:
        """What became of a hostile program on each test. The honest one beside it passes; so it does alone after."""
        tests = (*tests, "assert f(10) == 11")
        honest, row = self.judge([HONEST, program], tests, prompt=prompt)
        matrix, seconds = self.matrix, self.seconds
        assert self.seconds < PATIENCE_S, f"took {self.seconds:.1f} s"
        assert honest[-1] == "PASS"
        if tests[:-1] == TESTS:
            assert honest == ["PASS"] * len(tests)
        assert self.judge([HONEST], ["assert f(10) == 11"]) == [["PASS"]]
        self.matrix, self.seconds = matrix, seconds
        return row[:-1]

    def fate(self, program: str, test: str = TESTS[0]) -> str:
        return self.fates(program, [test])[0]

    def load_cause(self, program: str) -> str:
        """Why a program could not be loaded; its cells say LOAD_ERROR."""
        rows = self.judge([HONEST, program], TESTS)
        assert rows == [["PASS"] * 2, ["LOAD_ERROR"] * 2]
        assert self.seconds < PATIENCE_S
        assert self.matrix is not None
        return Outcome(int(self.matrix.load_causes[1])).name

    def script(self, program: str, stdin: str = "", stdout: str = "", comparison: str = "exact") -> str:
        """What became of a script; an honest one that repeats its input runs beside it."""
        tests = [StdioTest(stdin, stdout, comparison), StdioTest("x", "honest x", "exact")]  # type: ignore[arg-type]
        rows = self.judge([program, HONEST_SCRIPT], tests, entry=None)
        assert self.seconds < PATIENCE_S
        assert rows[1][1] == "PASS"
        return rows[0][0]

    def value(self, candidate: int, test: int) -> Any:
        assert self.matrix is not None
        return self.matrix.value(candidate, test)

    def detail(self, candidate: int, test: int) -> str:
        assert self.matrix is not None
        return self.matrix.detail(candidate, test)

    def kinds(self) -> tuple[str, ...]:
        assert self.matrix is not None
        return self.matrix.test_kinds


@pytest.fixture(scope="session")
def works(missing_layers: dict[str, str], go_without: Callable[[str], NoReturn]) -> None:
    """As `sandbox`, for fixtures that outlive a test."""
    if missing_layers:
        go_without("; ".join(f"{name}: {problem}" for name, problem in missing_layers.items()))


@pytest.fixture(scope="module")
def open_arena(works: None) -> Iterator[Callable[..., Arena]]:  # noqa: ARG001
    """Arenas by isolation and limits, shared within a module."""
    arenas: dict[str, Arena] = {}
    before = {pid for pid, _ in children_of(os.getpid())}  # of executors that other tests keep

    def opened(isolation: str = "candidate", **limits: int) -> Arena:
        key = json.dumps([isolation, limits], sort_keys=True)
        if key not in arenas:
            arenas[key] = Arena(isolation, limits)
        return arenas[key]

    yield opened
    for arena in arenas.values():
        arena.executor.close()
    assert eventually(lambda: before.issuperset(pid for pid, _ in children_of(os.getpid()))), "closing left a process"


@pytest.fixture
def arena(open_arena: Callable[..., Arena]) -> Arena:
    return open_arena()


@pytest.fixture(scope="session")
def outside(works: None) -> Callable[..., Any]:  # noqa: ARG001
    """Runs a text in a Python of its own, with a deadline: for cases that end, stop or bend the caller itself.

    The text has `executor(**limits)`, `judge(executor, programs, tests)`, `HONEST` and `descendants()`; what it gives
    to `say` comes back. A text that does not end in time, or that leaves a process, fails the test.
    """

    def run(text: str, *, seconds: float = PATIENCE_S, user: int | None = None, **options: Any) -> Any:
        python = options.get("python", sys.executable)
        environment = {**os.environ, **options.get("environment", {})}
        program = _PRELUDE.replace("LIMITS", repr(LIMITS)) + text
        identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        child = subprocess.Popen(
            [python, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
            cwd="/", start_new_session=True, **identity,
        )  # fmt: skip
        started: set[int] = set()
        output = errors = ""
        deadline = time.monotonic() + seconds
        try:
            while True:
                started.update(pid for pid, _ in descendants_of(child.pid))
                try:
                    output, errors = child.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    if time.monotonic() > deadline:
                        pytest.fail(f"no end after {seconds} s")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            for pipe in (child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()
        assert eventually(lambda: not any(is_alive(pid) for pid in started)), "a process outlived its caller"
        lines = [line for line in output.splitlines() if line.startswith("said ")]
        if not lines and not options.get("silent"):
            pytest.fail(f"ended with {child.returncode}: {errors[-1000:]}")
        return json.loads(lines[-1][5:]) if lines else None

    return run


_PRELUDE = """
import json, os, signal, sys, threading, time
from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem

HONEST = "def f(x):\\n    return x + 1\\n"

def say(thing):
    print("said " + json.dumps(thing), flush=True)

def executor(workers=2, isolation="candidate", **limits):
    return Executor(workers=workers, isolation=isolation, limits=Limits(**{**LIMITS, **limits}))

def judge(executor, programs, tests=("assert f(1) == 2",)):
    matrix = executor.judge(Problem("attack", "", "f"), [Candidate("attack", solution=text) for text in programs],
                            [AssertionTest(test) for test in tests])
    return [[Outcome(code).name for code in row] for row in matrix.outcomes.tolist()]

def children(pid=None):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = open(f"/proc/{entry}/stat", "rb").read().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == (pid or os.getpid()) and fields[0] not in b"ZX":
                found.append(int(entry))
    return found

def workers():
    return [worker for zygote in children() for worker in children(zygote)]

def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
"""


@pytest.fixture(scope="session")
def check_function() -> type[CheckTest]:
    return CheckTest
