"""HumanEval (arXiv 2107.03374): 164 functions that continue a docstring, with the check function of each."""

from pathlib import Path

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, References
from ucoder.evaluation.exam import BenchmarkProblem, read_problems
from ucoder.execution.jsonl import Row
from ucoder.records import CheckTest, Problem

__all__ = ["BENCHMARK"]

LIMITS = Limits(cpu_ms=3000, load_cpu_ms=3000, memory_mb=4096, max_timeouts=1, value_bytes=16 << 20)


def problems(file: Path, _references: References) -> list[BenchmarkProblem]:
    """The problems of a published file. InputError where it is not one."""
    return read_problems(file, _problem)


def _problem(row: Row) -> BenchmarkProblem:
    problem = Problem(row.key("task_id"), row.text("prompt"), row.key("entry_point"))
    solution = row.optional_text("canonical_solution")
    return BenchmarkProblem(
        problem=problem,
        tests=(CheckTest(row.text("test")),),
        question=problem.prompt,
        reference=None if solution is None else problem.prompt + solution,
    )


BENCHMARK = Benchmark(
    name="humaneval",
    source="https://github.com/openai/human-eval (data/HumanEval.jsonl.gz)",
    problems=problems,
    limits=LIMITS,
    versions={"1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2": "openai/human-eval 6d43fb9"},
    hub=HubFiles("openai/openai_humaneval", "*/test-*.parquet"),
)
