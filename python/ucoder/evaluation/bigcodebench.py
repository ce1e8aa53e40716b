"""BigCodeBench (arXiv 2406.15877): functions that use libraries, with unit tests that want files and processes.

Two sets (full, hard: two files of one format) in two ways of asking: `complete` continues a function from its
docstring, `instruct` answers a request. *Calibrated*, a stub of the function with the problem's imports stands before
the program, as in the authors' own evaluation: it helps programs that forgot an import.

The tests run beside the program in a machine of its own (profile "full") and are not trusted.
"""

from dataclasses import dataclass

from ucoder.evaluation.benchmark import Benchmark, HubFiles, self_contained
from ucoder.evaluation.exam import MACHINE_LIMITS, BenchmarkProblem
from ucoder.execution.jsonl import Row
from ucoder.records import Problem, UnittestTest

__all__ = ["BENCHMARKS", "BigCodeBench"]

_HARD = "5e7a87ff1085eafb13b2d570277bcb53dba68201717b4fc987a3f2b86a23869c"


@dataclass(frozen=True, slots=True, kw_only=True)
class BigCodeBench:
    """How the benchmark is asked."""

    instruct: bool = False
    calibrated: bool = True

    def problem(self, row: Row) -> BenchmarkProblem:
        """The problem of a published row of either set. InputError where it is not one."""
        prompt = row.text("complete_prompt")
        solution = row.optional_text("canonical_solution")
        stub = row.text("code_prompt").rstrip() + "\n    pass\n" if self.calibrated else ""
        return BenchmarkProblem(
            problem=Problem(row.key("task_id"), prompt, row.text("entry_point"), profile="full"),
            tests=(UnittestTest(row.text("test")),),
            question=row.text("instruct_prompt") if self.instruct else prompt,
            before=stub,
            reference=None if solution is None else prompt + solution,
        )


BENCHMARKS = tuple(
    Benchmark(
        name="bigcodebench" + ("-hard" if hard else "") + ("-instruct" if instruct else ""),
        source="https://huggingface.co/datasets/bigcode/bigcodebench" + ("-hard" if hard else ""),
        problem=self_contained(BigCodeBench(instruct=instruct).problem),
        limits=MACHINE_LIMITS,
        hub=HubFiles("bigcode/bigcodebench-hard" if hard else "bigcode/bigcodebench", ("data/v*.parquet",)),
        versions={_HARD: "hard, as in QwenLM/Qwen2.5-Coder d5ead97"} if hard else {},
    )
    for hard in (False, True)
    for instruct in (False, True)
)
