"""Contamination: problems that repeat a benchmark's are dropped, with what shows it.

Three checks: a run of words that a benchmark's text has too; the same function name with the same parameters; and,
once solutions are selected, a solution that passes all of a benchmark task's tests. The first two need only text.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ucoder._core import Outcome
from ucoder.loop_records import Drop, ProblemStatement, StageResult
from ucoder.loop_settings import Settings
from ucoder.parsing.signature import Signature, read_signature
from ucoder.parsing.source import parse
from ucoder.parsing.words import runs, words
from ucoder.records import AssertionTest, Candidate, CheckTest, Problem, Test, content_id

__all__ = [
    "STAGE", "BenchmarkIndex", "BenchmarkTask", "ContaminationSettings", "Judge", "Matrix", "Solution",
    "benchmark_task", "drop_contaminated", "drop_contaminated_solutions",
]  # fmt: skip

STAGE = "contamination/1"

# The fields in which public benchmark files state a task, and the one in which a reference shows its signature.
_STATEMENTS = ("problem_description", "question_content", "description", "instruct_prompt", "prompt", "text")
_REFERENCES = ("prompt", "complete_prompt", "code_prompt", "starter_code", "code", "canonical_solution", "completion")


class ContaminationSettings(Settings, frozen=True):
    """What counts as the same problem."""

    enabled: bool = True
    run_words: int = Field(default=13, ge=4, le=50)
    """Consecutive words that both have; of a benchmark text with fewer words, all of them in a row"""
    min_words: int = Field(default=8, ge=4, le=50)
    """Benchmark texts shorter than this are not compared by words"""
    frequent_tasks: int = Field(default=10, ge=2)
    """A run that more tasks of one benchmark share is its boilerplate, not a problem's text"""
    signatures: bool = True
    execution: bool = True
    min_tests: int = Field(default=3, ge=1)
    """Passing fewer tests of a benchmark task shows nothing"""


@dataclass(frozen=True, slots=True)
class BenchmarkTask:
    """One task of a benchmark as far as the checks need it."""

    benchmark: str
    task_id: str
    text: str
    signature: Signature | None
    tests: tuple[Test, ...] = ()
    prompt: str = ""
    """Source that the tests' helpers stand in, where the benchmark's prompt is source"""

    @property
    def name(self) -> str:
        """How evidence names it."""
        return f"{self.benchmark} {self.task_id}"


def benchmark_task(benchmark: str, row: Mapping[str, object]) -> BenchmarkTask:
    """A task from a row of a public benchmark file, by the field names these files use.

    Never raises: what is not there is empty, and a check that would need it is left out.
    """
    texts = [text for field in _STATEMENTS if isinstance(text := row.get(field), str)]
    codes = [text for field in _REFERENCES if isinstance(text := row.get(field), str)]
    entry_point = row.get("entry_point")
    statement = texts[0] if texts else ""
    named = entry_point.rpartition(".")[2] if isinstance(entry_point, str) else ""
    return BenchmarkTask(
        benchmark=benchmark,
        task_id=str(row.get("task_id", row.get("question_id", ""))),
        text=statement,
        signature=_signature(named, codes),
        tests=_tests_of(row, has_entry=bool(named)),
        prompt=prompt if isinstance(prompt := row.get("prompt"), str) and "def " in prompt else "",
    )


def _signature(named: str, sources: Iterable[str]) -> Signature | None:
    """The definition of that name where it is known, else the first."""
    for source in sources:
        start = source.find(f"def {named}(") if named else 0
        if start >= 0 and (found := read_signature(source[start:])) is not None and named in ("", found.entry_point):
            return found
    return None


def _tests_of(row: Mapping[str, object], *, has_entry: bool) -> tuple[Test, ...]:
    listed = row.get("test_list")
    if isinstance(listed, list):
        return tuple(AssertionTest(test) for test in listed if isinstance(test, str))
    assertions = row.get("assertion")
    if isinstance(assertions, str):
        return tuple(AssertionTest(line) for line in assertions.splitlines() if line.startswith("assert"))
    check = row.get("test")
    return (CheckTest(check),) if has_entry and isinstance(check, str) and "def check(" in check else ()


# ---------------------------------------------------------------- by text


class BenchmarkIndex:
    """Word runs and signatures of all tasks of some benchmarks. Built once; reading it changes nothing."""

    def __init__(self, tasks: Sequence[BenchmarkTask], settings: ContaminationSettings) -> None:
        self.tasks = tuple(tasks)
        self.settings = settings
        self._runs: dict[int, dict[str, str]] = {}
        self._signatures: dict[tuple[str, tuple[str, ...]], str] = {}
        frequent = self._frequent()
        for task in self.tasks:
            for run in self._runs_of(task):
                if run not in frequent.get(task.benchmark, frozenset()):
                    self._runs.setdefault(run.count(" ") + 1, {}).setdefault(run, task.name)
            if task.signature is not None:
                self._signatures.setdefault(_shape(task.signature), task.name)

    @property
    def digests(self) -> tuple[str, ...]:
        """One for each task, of all that the checks see of it, in an order that is always the same."""
        return tuple(sorted(content_id(repr(task)) for task in self.tasks))

    def _runs_of(self, task: BenchmarkTask) -> list[str]:
        listed = words(task.text)
        length = min(self.settings.run_words, len(listed))
        return runs(listed, length) if length >= self.settings.min_words else []

    def _frequent(self) -> dict[str, frozenset[str]]:
        counts: dict[str, Counter[str]] = {}
        for task in self.tasks:
            counts.setdefault(task.benchmark, Counter()).update(set(self._runs_of(task)))
        most = self.settings.frequent_tasks
        return {name: frozenset(run for run, n in counted.items() if n > most) for name, counted in counts.items()}

    def match(self, text: str, signature: Signature | None) -> tuple[str, str]:
        """Why this is a benchmark's problem ("words" or "signature") and what shows it; two empty strings if not."""
        listed = words(text)
        for length, known in sorted(self._runs.items()):
            for run in runs(listed, length):
                if run in known:
                    return "words", f"{known[run]}: {run}"
        if self.settings.signatures and signature is not None:
            name = self._signatures.get(_shape(signature))
            if name is not None and signature.parameters:
                return "signature", f"{name}: {signature.text}"
        return "", ""


def _shape(signature: Signature) -> tuple[str, tuple[str, ...]]:
    """A signature without types and spelling: `isPrime(N)` and `is_prime(n: int) -> bool` are one."""
    return _bare(signature.entry_point), tuple(_bare(name) for name in signature.parameters if name != "self")


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def drop_contaminated(problems: Iterable[ProblemStatement], index: BenchmarkIndex) -> StageResult[ProblemStatement]:
    """The problems of which no benchmark has the words or the signature. Reasons: "words", "signature"."""
    kept: list[ProblemStatement] = []
    drops: list[Drop] = []
    for problem in problems:
        reason, evidence = index.match(problem.text, read_signature(problem.signature))
        if reason and index.settings.enabled:
            drops.append(Drop.of(STAGE, reason, problem.id, evidence))
        else:
            kept.append(problem)
    return StageResult(STAGE, tuple(kept), tuple(drops))


# ---------------------------------------------------------------- by execution


@dataclass(frozen=True, slots=True)
class Solution:
    """A selected program and the problem it solves."""

    problem_id: str
    entry_point: str
    program: str
    """The whole source"""


class Matrix(Protocol):
    """What a judgement gives: outcomes candidates x tests, and which tests can be used."""

    @property
    def outcomes(self) -> NDArray[np.uint8]: ...
    @property
    def usable(self) -> NDArray[np.bool_]: ...


class Judge(Protocol):
    """Runs candidates on tests, as `ucoder.Executor` does."""

    def judge(self, problem: Problem, candidates: Sequence[Candidate], tests: Sequence[Test]) -> Matrix: ...


def drop_contaminated_solutions(
    solutions: Sequence[Solution], index: BenchmarkIndex, judge: Judge
) -> StageResult[Solution]:
    """The solutions that pass no benchmark task's tests. Reason: "execution", with the task and how many tests.

    Each task is judged once, with every solution that takes as many arguments as its reference. Raises what the judge
    raises.
    """
    found: dict[str, str] = {}
    if index.settings.enabled and index.settings.execution:
        arities = [_arity(solution) for solution in solutions]
        for task in index.tasks:
            if task.signature is None or not task.tests:
                continue
            fitting = [
                solution
                for solution, arity in zip(solutions, arities, strict=True)
                if arity == len(_shape(task.signature)[1]) and solution.problem_id not in found
            ]
            found.update(_passing(fitting, task, index.settings.min_tests, judge))
    drops = tuple(
        Drop.of(STAGE, "execution", solution.problem_id, found[solution.problem_id])
        for solution in solutions
        if solution.problem_id in found
    )
    return StageResult(STAGE, tuple(one for one in solutions if one.problem_id not in found), drops)


def _passing(solutions: Sequence[Solution], task: BenchmarkTask, min_tests: int, judge: Judge) -> dict[str, str]:
    """Evidence by problem id."""
    if not solutions or task.signature is None:
        return {}
    name = task.signature.entry_point
    problem = Problem(task.task_id, task.prompt, name)
    candidates = [
        Candidate(task.task_id, solution=f"{solution.program}\n\n{name} = {solution.entry_point}\n")
        for solution in solutions
    ]
    matrix = judge.judge(problem, candidates, task.tests)
    num_tests = _num_asserts(test for test, is_usable in zip(task.tests, matrix.usable, strict=True) if is_usable)
    if num_tests < min_tests:
        return {}
    passed = np.all(matrix.outcomes[:, matrix.usable] == Outcome.PASS, axis=1)
    evidence = f"{task.name}: passes all of its {num_tests} tests"
    return {solution.problem_id: evidence for solution, is_one in zip(solutions, passed, strict=True) if is_one}


def _num_asserts(tests: Iterable[Test]) -> int:
    """Assertions in the tests' text: a check function holds several."""
    return sum(test.text.count("assert") for test in tests if isinstance(test, AssertionTest | CheckTest))


def _arity(solution: Solution) -> int | None:
    module = parse(solution.program)
    for node in module.body if module is not None else []:
        if isinstance(node, ast.FunctionDef) and node.name == solution.entry_point:
            return len(node.args.posonlyargs) + len(node.args.args)
    return None
