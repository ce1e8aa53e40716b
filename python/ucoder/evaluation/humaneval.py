"""HumanEval (arXiv 2107.03374): 164 functions that continue a docstring, with the check function of each."""

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.jsonl import Row
from ucoder.records import CheckTest, Problem

__all__ = ["BENCHMARK", "problem"]

LIMITS = Limits(cpu_ms=3000, load_cpu_ms=3000, memory_mb=4096, max_timeouts=1, value_bytes=16 << 20)


def problem(row: Row) -> BenchmarkProblem:
    """The problem of a published row. InputError where it is not one."""
    prompt = row.text("prompt")
    solution = row.optional_text("canonical_solution")
    return BenchmarkProblem(
        problem=Problem(row.key("task_id"), prompt, row.key("entry_point")),
        tests=(CheckTest(row.text("test")),),
        question=prompt,
        reference=None if solution is None else prompt + solution,
    )


BENCHMARK = Benchmark(
    name="humaneval",
    source="https://github.com/openai/human-eval (data/HumanEval.jsonl.gz)",
    problem=self_contained(problem),
    limits=LIMITS,
    versions={"1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2": "openai/human-eval 6d43fb9"},
    hub=HubFiles("openai/openai_humaneval", ("openai_humaneval/test-*.parquet",)),
)
