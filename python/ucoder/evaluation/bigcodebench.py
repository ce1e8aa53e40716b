"""BigCodeBench (arXiv 2406.15877): functions that use libraries, with unit tests that want files and processes.

Two sets (full, hard: two files of one format) in two ways of asking: `complete` continues a function from its
docstring, `instruct` answers a request. *Calibrated*, a stub of the function with the problem's imports stands before
the program, as in the authors' own evaluation: it helps programs that forgot an import.

The tests run beside the program in a machine of its own (profile "full") and are not trusted.
"""

from dataclasses import dataclass
from pathlib import Path

from ucoder.evaluation.exam import MACHINE_LIMITS, BenchmarkProblem, read_problems
from ucoder.execution.jsonl import Row
from ucoder.records import Problem, UnittestTest

__all__ = ["LIMITS", "SOURCE", "BigCodeBench"]

SOURCE = "https://huggingface.co/datasets/bigcode/bigcodebench (hard: bigcode/bigcodebench-hard)"
LIMITS = MACHINE_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class BigCodeBench:
    """How the benchmark is asked."""

    instruct: bool = False
    calibrated: bool = True

    def problems(self, file: Path) -> list[BenchmarkProblem]:
        """The problems of a file of either set. InputError where it is not one."""
        return read_problems(file, self._problem)

    def _problem(self, row: Row) -> BenchmarkProblem:
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
