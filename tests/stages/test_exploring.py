"""Exploring: sampling and execution overlap, and how long each side waited for the other is what it was."""

import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from ucoder import Executor, Limits
from ucoder.config import JudgeSettings
from ucoder.loop_records import Answer, Answered, CandidateRow, Skeleton, StageResult, Suite, SuiteTest
from ucoder.stages.exploring import Explored, cells_identity, explore
from ucoder.store import RunDirectory

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("sandbox"), pytest.mark.timeout(300)]

SPIN = "import time\n\ndef f(x):\n    end = time.process_time() + {seconds}\n    while time.process_time() < end:\n        pass\n    return x\n"  # fmt: skip  # noqa: E501


def problem(number: int) -> tuple[Skeleton, Suite]:
    name = f"problem-{number}"
    skeleton = Skeleton(
        problem_id=name,
        imports="",
        header="def f(x):",
        docstring="",
        text="def f(x):\n",
        entry_point="f",
        provenance="",
    )
    test = SuiteTest(text="assert f(1) == 1", calls=("f(1)",), expectation="1", dubious=False, provenance="")
    return skeleton, Suite(problem_id=name, tests=(test,), bare_inputs=())


def read(skeleton: Skeleton, answers: tuple[Answer, ...]) -> StageResult[CandidateRow]:
    kept = tuple(
        CandidateRow(
            key=one.key, problem_id=skeleton.problem_id, index=one.index, solution=one.text, completion=None,
            mean_logprob=None, num_tokens=1, ending="stop",
        )
        for one in answers
    )  # fmt: skip
    return StageResult("candidates/1", kept, ())


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with Executor(workers=1, isolation="candidate", limits=Limits(cpu_ms=5000)) as one:
        yield one


@pytest.fixture
def explored(executor: Executor, tmp_path: Path) -> Callable[..., Explored]:
    """Explore problems whose drawing takes `drawing` seconds each, and whose execution `executing`."""

    def run(number: int, *, drawing: float, executing: float) -> Explored:
        def draw() -> Generator[Answered]:
            for place in range(number):
                time.sleep(drawing)
                text = SPIN.format(seconds=executing) + f"# {place}\n"
                answer = Answer(
                    key=f"k{place}",
                    ask_id=str(place),
                    index=0,
                    text=text,
                    num_tokens=1,
                    mean_logprob=None,
                    ending="stop",
                )
                yield Answered(str(place), (answer,), 1)

        identity = cells_identity(JudgeSettings(), "0")
        with RunDirectory.open(tmp_path / "cells", identity, {"digest_key": "00" * 16}) as cells:
            problems = {str(place): problem(place) for place in range(number)}
            return explore(problems, draw=draw, read=read, cells=cells, executor=lambda: executor)

    return run


def test_a_slow_sampler_is_waited_for(explored: Callable[..., Explored]) -> None:
    waits = explored(6, drawing=0.3, executing=0.0).waits
    assert waits.executor_waited >= 0.9
    assert waits.sampler_waited < 0.2


def test_a_slow_executor_is_waited_for(explored: Callable[..., Explored]) -> None:
    """The queue is bounded: the sampler stands before it, and does not run ahead."""
    waits = explored(32, drawing=0.0, executing=0.2).waits
    assert waits.sampler_waited >= 0.6
    assert waits.executor_waited < 0.5


def test_an_executor_at_work_does_not_count_as_waiting(explored: Callable[..., Explored]) -> None:
    """Each draw takes a second, of which the execution of the one before takes more than half."""
    began = time.monotonic()
    waits = explored(5, drawing=1.0, executing=0.7).waits
    assert waits.executor_waited < 0.75 * (time.monotonic() - began)
    assert waits.executor_waited >= 1.0, "the first draw"
