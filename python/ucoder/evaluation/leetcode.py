"""LeetCodeDataset (arXiv 2504.14655): methods of a class `Solution`, with the check function of each problem.

What every program may take for granted (imports, list and tree nodes and how they are made) is the prompt; it stands
before whole solutions, too, as in the authors' own evaluation.
"""

from ucoder.config import Limits
from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.execution.jsonl import Row
from ucoder.records import CheckTest, Problem

__all__ = ["BENCHMARK", "problem"]

LIMITS = Limits(cpu_ms=10_000, load_cpu_ms=5000, memory_mb=4096, max_timeouts=1, value_bytes=16 << 20)


def problem(row: Row) -> BenchmarkProblem:
    """The problem of a published row. InputError where it is not one."""
    return BenchmarkProblem(
        problem=Problem(row.key("task_id"), row.text("prompt"), row.key("entry_point")),
        tests=(CheckTest(row.text("test")),),
        question=row.text("query"),
        solutions_continue=True,
        reference=row.optional_text("completion"),
    )


BENCHMARK = Benchmark(
    name="leetcode",
    source="https://github.com/newfacade/LeetCodeDataset (LeetCodeDataset-v0.3.1-test.jsonl.gz)",
    problem=self_contained(problem),
    limits=LIMITS,
    versions={"aec951945feb555b4c72783519452a7a0437ca8c6e5624a83d0ae888718fa4ed": "v0.3.1 test"},
    hub=HubFiles("newfacade/LeetCodeDataset", ("LeetCodeDataset*-test.jsonl",)),
)
