"""Evaluation: how many of a model's programs are right, on problems that it did not learn from.

Right means that a program passes every test that can be used; or, where nobody knows the truth, that it answers every
test's inputs as the program does that consensus selected (validation). Answers without a program are wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from pydantic import Field, model_validator

from ucoder.errors import ConfigError, InputError
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.reading import read_problems, tests_from
from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import Answer, CandidateRow, Drop, Score, Skeleton, StageResult, seed_of
from ucoder.loop_settings import SamplingSettings, Settings, place_of
from ucoder.parsing.skeleton import SkeletonText, read_skeleton
from ucoder.prompts import PromptStyle
from ucoder.records import Candidate, Problem, Task, Test, content_id, id_of_test

__all__ = [
    "ADVICE", "STAGE", "EvaluationSettings", "Exam", "Reader", "ValidationSettings", "read_exams", "requests",
    "sampling", "scores", "skeleton_of",
]  # fmt: skip

STAGE = "evaluation/1"
ADVICE = "No problem has a test that can be used: look at evaluation.tests."

Reader: TypeAlias = Callable[[Skeleton, Sequence[Answer]], StageResult[CandidateRow]]
"""The programs in a problem's answers, as stage `candidates` reads them"""


class EvaluationSettings(SamplingSettings, frozen=True):
    """A development benchmark: true tests that no model sees. Without files there is none."""

    problems: str = ""
    """JSON lines with task_id, prompt, entry_point, as `ucoder judge` takes them; gzipped or not"""
    tests: str = ""
    """JSON lines with task_id and tests; the problems' own `test` fields where it is not given"""
    n: int = Field(default=10, ge=1, le=10_000)
    """Programs a problem"""
    at_start: bool = True
    """Whether the model that a run begins with is measured, too"""

    @model_validator(mode="after")
    def _fits(self) -> "EvaluationSettings":
        if self.tests and not self.problems:
            raise ValueError("tests are given without problems")
        if self.temperature == 0.0 and self.n > 1:
            raise ValueError(f"temperature 0 gives the same program n = {self.n} times: set n = 1")
        return self

    @property
    def enabled(self) -> bool:
        """Whether there is a benchmark."""
        return bool(self.problems)


class ValidationSettings(Settings, frozen=True):
    """Self-generated problems that were held out, and the end of the rounds. Drawn as candidates are."""

    n: int = Field(default=8, ge=1, le=10_000)
    """Programs for each problem that is held out"""
    patience: int | None = Field(default=1, ge=1)
    """Rounds in a row without a better validation after which the run ends; None: all rounds are done"""


@dataclass(frozen=True, slots=True)
class Exam:
    """A problem, and what decides who is right."""

    skeleton: Skeleton
    tests: tuple[Test, ...]
    answer: str | None = None
    """The program that is taken as right; None: the tests decide"""

    @property
    def digest(self) -> str:
        """Equal exactly where what is asked and what is right are."""
        tests = [id_of_test(test) for test in self.tests]
        return content_id("exam", self.skeleton.problem_id, self.skeleton.text, self.answer or "", *tests)


def read_exams(settings: EvaluationSettings) -> list[Exam]:
    """The benchmark's problems, in the order of the file.

    ConfigError where there is no such file, InputError where a row is not what it should be or a problem has no test.
    """
    files = {name: place_of(getattr(settings, name)) for name in ("problems", "tests") if getattr(settings, name)}
    for name, file in files.items():
        if not file.is_file():
            raise ConfigError(f"evaluation.{name}: there is no file {file}")
    problems = read_problems(files["problems"])
    source = files.get("tests", files["problems"])
    tests = {row.key("task_id"): tests_from(row, problems) for row in iter_rows(source)}
    for task_id, problem in problems.items():
        if not problem.entry_point:
            raise InputError(files["problems"], 0, "entry_point", f"problem {task_id[:80]!r} has none")
        if not tests.get(task_id):
            raise InputError(source, 0, "task_id", f"there are no tests for problem {task_id[:80]!r}")
    return [Exam(skeleton_of(problem), tests[task_id]) for task_id, problem in problems.items()]


def skeleton_of(problem: Problem) -> Skeleton:
    """As candidates are asked. A prompt that is more than one function stands as it is."""
    read = read_skeleton(problem.prompt)
    parts = read if isinstance(read, SkeletonText) else None
    return Skeleton(
        problem_id=problem.task_id,
        imports=parts.imports if parts else "",
        header=parts.signature.text if parts else "",
        docstring=parts.docstring if parts else "",
        text=problem.prompt,
        entry_point=problem.entry_point or "",
        provenance="",
    )


def sampling(settings: SamplingSettings, style: PromptStyle) -> Sampling:
    """How programs are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("program"),
    )


def requests(exams: Iterable[Exam], n: int, chunk: int, style: PromptStyle, seed: int) -> Iterator[Request]:
    """What the model is asked. A problem's draws have the same seed for every model: what differs is the model."""
    for exam in exams:
        own = seed_of(seed, 0, STAGE, exam.skeleton.problem_id)
        yield from chunked(_ask_id(exam), style.program(skeleton=exam.skeleton), n, own, chunk)


def _ask_id(exam: Exam) -> str:
    return content_id(STAGE, exam.skeleton.problem_id)


def scores(exams: Sequence[Exam], answers: Iterable[Answer], read: Reader, executor: Executor) -> StageResult[Score]:
    """One score a problem, in the order of the exams. `read` finds the programs in answers.

    Reasons for drops: "no-usable-test", "no-answer" (the model gave none, or the program that is taken as right does
    not run to an end on any test).
    """
    by_ask: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_ask[answer.ask_id].append(answer)
    asked = [exam for exam in exams if by_ask[_ask_id(exam)]]
    drops = [Drop.of(STAGE, "no-answer", exam.skeleton.problem_id) for exam in exams if not by_ask[_ask_id(exam)]]
    kept: list[Score] = []
    tasks = (_task(exam, read(exam.skeleton, by_ask[_ask_id(exam)])) for exam in asked)
    for exam, matrix in zip(asked, executor.stream(tasks), strict=True):
        problem_id, num_samples = exam.skeleton.problem_id, len(by_ask[_ask_id(exam)])
        if not matrix.usable.any():
            drops.append(Drop.of(STAGE, "no-usable-test", problem_id))
            continue
        right = matrix.pass_share == 1.0
        if exam.answer is not None:
            if not matrix.ran_share[0] > 0:
                drops.append(Drop.of(STAGE, "no-answer", problem_id, matrix.detail(0, 0)))
                continue
            labels = matrix.value_clusters().labels
            right = labels[1:] == labels[0]
        kept.append(Score(problem_id=problem_id, num_samples=num_samples, num_right=int(np.count_nonzero(right))))
    return StageResult(STAGE, tuple(kept), tuple(drops))


def _task(exam: Exam, found: StageResult[CandidateRow]) -> Task:
    problem = exam.skeleton.as_problem()
    programs = [row.as_candidate() for row in found.kept]
    known = [] if exam.answer is None else [Candidate(problem.task_id, exam.answer)]
    return Task(problem, [*known, *programs], list(exam.tests))
