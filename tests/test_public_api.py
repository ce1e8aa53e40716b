"""What `import ucoder` gives: Executor, ExecutionMatrix, and what they promise to a program that embeds them."""

import importlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

import ucoder
from ucoder import (
    AssertionTest,
    Candidate,
    ConfigError,
    Executor,
    ExecutorClosed,
    Limits,
    Outcome,
    Problem,
    Task,
    Test,
)

PROBLEM = Problem("t", "", "f")
TESTS: list[Test] = [AssertionTest(f"assert f({n}) == {n + 1}") for n in range(5)]
RIGHT = Candidate("t", solution="def f(x): return x + 1")
WRONG = Candidate("t", solution="def f(x): return x * 2")  # passes f(1) only
HANGING = Candidate("t", solution="def f(x):\n    while True: pass")


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(workers=2, limits=Limits(cpu_ms=200, max_timeouts=1)) as made:
        yield made


# -------------------------------------------------------------------- names


def test_every_public_name_has_the_home_that_type_checkers_see() -> None:
    for name in ucoder.__all__:
        home = importlib.import_module(ucoder._HOME_OF[name])
        assert getattr(ucoder, name) is getattr(home, name)
    assert set(ucoder._HOME_OF) == set(ucoder.__all__) == set(dir(ucoder))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    assert not hasattr(ucoder, "nothing")
    assert ucoder.__version__.count(".") == 2


def test_every_error_of_ours_is_a_ucoder_error() -> None:
    errors = importlib.import_module("ucoder.errors")
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), ucoder.UcoderError)


# -------------------------------------------------------------------- executor


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"isolation": "none"}, "isolation is one of"),
        ({"workers": 0}, "workers is a whole number from 1"),
        ({"digest_key": b"short"}, "digest_key has 16 bytes"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Executor(**settings)  # type: ignore[arg-type]


@pytest.mark.usefixtures("sandbox")
def test_a_matrix_holds_every_cell(executor: Executor) -> None:
    matrix = executor.judge(PROBLEM, [RIGHT, WRONG, HANGING, RIGHT], TESTS)
    assert matrix.outcomes.shape == (4, 5)
    assert matrix.outcomes.dtype == np.uint8
    assert (matrix.outcomes[0] == Outcome.PASS).all()
    assert (matrix.outcomes[1] == Outcome.PASS).tolist() == [False, True, False, False, False]
    assert matrix.outcomes[2, 0] == Outcome.CPU_LIMIT
    assert (matrix.outcomes[2, 1:] == Outcome.SKIPPED).all()
    assert matrix.first_twin.tolist() == [0, 1, 2, 0]
    assert matrix.pass_share.tolist() == [1.0, 0.2, 0.0, 1.0]
    assert matrix.ran_share.tolist() == [1.0, 1.0, 0.0, 1.0]
    assert [matrix.value(1, test) for test in range(5)] == [0, 2, 4, 6, 8]
    assert matrix.pass_clusters().labels.tolist() == [0, 1, 2, 0]
    assert matrix.trusted.all()
    assert matrix.layers == executor.layers
    with pytest.raises(LookupError):
        matrix.value(2, 0)
    with pytest.raises(ValueError, match="read-only"):
        matrix.outcomes[0, 0] = 0


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("isolation", ["auto", "test", "candidate", "batch"])
def test_every_level_gives_the_same_verdicts(isolation: str) -> None:
    with Executor(workers=2, isolation=isolation) as executor:
        matrix = executor.judge(PROBLEM, [RIGHT, WRONG], TESTS)
    assert matrix.outcome_counts() == {"PASS": 6, "WRONG": 4}
    assert matrix.isolation == isolation


@pytest.mark.usefixtures("sandbox")
def test_nothing_to_judge_is_an_empty_matrix(executor: Executor) -> None:
    no_tests = executor.judge(PROBLEM, [RIGHT, WRONG], [])
    assert no_tests.outcomes.shape == (2, 0)
    assert np.isnan(no_tests.pass_share).all()
    assert no_tests.pass_clusters().labels.tolist() == [0, 0]
    assert no_tests.value_clusters().labels.tolist() == [0, 0]
    no_candidates = executor.judge(PROBLEM, [], TESTS)
    assert no_candidates.outcomes.shape == (0, 5)
    assert no_candidates.outcome_counts() == {}
    assert no_candidates.value_clusters().labels.tolist() == []


@pytest.mark.usefixtures("sandbox")
def test_tests_that_do_not_fit_the_problem_are_refused(executor: Executor) -> None:
    with pytest.raises(ValueError, match="entry_point"):
        executor.judge(Problem("t"), [RIGHT], TESTS)


# -------------------------------------------------------------------- streaming


def tasks(count: int) -> Iterator[Task]:
    for number in range(count):
        yield Task(Problem(f"t{number}", "", "f"), [RIGHT, WRONG], TESTS)


@pytest.mark.usefixtures("sandbox")
def test_a_stream_gives_matrices_in_order_and_takes_no_more_than_it_may(executor: Executor) -> None:
    taken = 0

    def counted() -> Iterator[Task]:
        nonlocal taken
        for task in tasks(12):
            taken += 1
            yield task

    for number, matrix in enumerate(executor.stream(counted(), ahead=3)):
        assert matrix.task_id == f"t{number}"
        assert taken <= number + 1 + 3
    assert taken == 12


@pytest.mark.usefixtures("sandbox")
def test_a_failure_in_a_stream_is_raised_in_its_place(executor: Executor) -> None:
    def failing() -> Iterator[Task]:
        yield from tasks(2)
        yield Task(Problem("bad"), [RIGHT], TESTS)
        yield from tasks(2)

    matrices = executor.stream(failing())
    assert [next(matrices).task_id, next(matrices).task_id] == ["t0", "t1"]
    with pytest.raises(ValueError, match="entry_point"):
        next(matrices)


@pytest.mark.usefixtures("sandbox")
def test_a_stream_that_may_take_nothing_is_refused_at_once(executor: Executor) -> None:
    with pytest.raises(ConfigError, match="ahead is a whole number from 1"):
        executor.stream(tasks(1), ahead=0)


@pytest.mark.usefixtures("sandbox")
def test_a_stream_may_be_left_early(executor: Executor) -> None:
    for matrix in executor.stream(tasks(100)):
        assert matrix.task_id == "t0"
        break
    assert executor.judge(PROBLEM, [RIGHT], TESTS).pass_share.tolist() == [1.0]


# -------------------------------------------------------------------- ending


@pytest.mark.usefixtures("sandbox")
def test_a_closed_executor_says_so() -> None:
    executor = Executor(workers=1)
    executor.close()
    executor.close()
    with pytest.raises(ExecutorClosed):
        executor.judge(PROBLEM, [RIGHT], TESTS)


@pytest.mark.usefixtures("sandbox")
def test_closing_ends_a_judgement_in_another_thread() -> None:
    executor = Executor(workers=1, limits=Limits(cpu_ms=60_000))
    ended: list[BaseException] = []

    def judge() -> None:
        try:
            executor.judge(PROBLEM, [HANGING], TESTS)
        except ExecutorClosed as error:
            ended.append(error)

    thread = threading.Thread(target=judge)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    executor.close()
    thread.join(20)
    assert not thread.is_alive()
    assert len(ended) == 1
    assert time.monotonic() - began < 10


HANGS_FOREVER = """
    import sys
    from ucoder import *
    executor = Executor(workers=2, limits=Limits(cpu_ms=600_000))
    hanging = Task(Problem("t", "", "f"), [Candidate("t", solution="def f():\\n while True: pass")],
                   [AssertionTest("assert f() == 1")])
    print("ready", flush=True)
"""


def children_of(pid: int) -> set[int]:
    """Living descendants, by the parents that /proc names."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208
        try:
            with open(f"/proc/{entry}/stat") as stat:  # noqa: PTH123
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        if entry.isdigit() and fields[0] != "Z":
            parents[int(entry)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def gone_within(pids: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):  # noqa: PTH110
            return True
        time.sleep(0.05)
    return False


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("work", ["executor.judge(hanging.problem, hanging.candidates, hanging.tests)",
                                  "list(executor.stream([hanging] * 5))"])  # fmt: skip
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_caller_that_is_stopped_leaves_no_process(work: str, number: signal.Signals) -> None:
    code = textwrap.dedent(HANGS_FOREVER) + work
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.0)
        children = children_of(process.pid)
        assert len(children) >= 2
        process.send_signal(number)
        said = process.stderr.read()
        process.wait(20)
    assert gone_within(children, 10)
    if number == signal.SIGINT:
        assert said.strip().endswith("KeyboardInterrupt")


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        textwrap.dedent("""
            import threading, time, contextlib
            def consume():
                with contextlib.suppress(ExecutorClosed):
                    list(executor.stream([hanging] * 3, ahead=2))
            threading.Thread(target=consume, daemon=True).start()
            time.sleep(0.5)
        """),
    ],
    ids=["idle", "busy"],
)
def test_an_interpreter_that_exits_with_an_open_executor_exits_cleanly(ending: str) -> None:
    code = textwrap.dedent(HANGS_FOREVER) + ending
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("sandbox")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_by_fork_is_told_and_the_parent_goes_on(executor: Executor) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            executor.judge(PROBLEM, [RIGHT], TESTS)
        except ExecutorClosed:
            executor.close()
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert executor.judge(PROBLEM, [RIGHT], TESTS).pass_share.tolist() == [1.0]
