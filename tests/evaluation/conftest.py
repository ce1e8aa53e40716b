"""Running a benchmark's problems as its evaluation does."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ucoder import Executor, Limits, Outcome
from ucoder.evaluation.exam import BenchmarkProblem

Run = Callable[[BenchmarkProblem, Sequence[str]], list[list[str]]]


@pytest.fixture(scope="module")
def executor(works: None) -> Iterator[Executor]:  # noqa: ARG001
    # Python 3.13 keeps the stacks of threads until they are joined: 256 of them are 2 GiB of addresses.
    with Executor(workers=2, limits=Limits(cpu_ms=4000, load_cpu_ms=8000, memory_mb=4096)) as one:
        yield one


@pytest.fixture(scope="module")
def works(missing_layers: dict[str, str], go_without: Callable[[str], Any]) -> None:
    if missing_layers:
        go_without("; ".join(f"{name}: {problem}" for name, problem in missing_layers.items()))


@pytest.fixture
def run(executor: Executor) -> Run:
    """Outcome names, a row a solution and a column a test."""

    def judged(problem: BenchmarkProblem, solutions: Sequence[str]) -> list[list[str]]:
        candidates = [problem.candidate(solution=text) for text in solutions]
        matrix = executor.judge(problem.problem, candidates, problem.tests)
        return [[Outcome(code).name for code in row] for row in matrix.outcomes.tolist()]

    return judged


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Rows as JSON lines."""

    def write(*rows: dict[str, Any], name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
