"""Measures a model on held-out problems of the universe, through ucoder's own door and executor.

pass@1 is the share of samples that answer all of a problem's hidden inputs rightly, the mean over problems, with a 95 %
interval over problems. A self-made expectation is right where the reference program meets it.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ucoder import Candidate, Executor, Problem, Task
from ucoder.llm.asking import Asking
from ucoder.llm.generator import Generator, Request, Sampling
from ucoder.llm.opening import open_generator
from ucoder.llm.settings import ModelSettings
from ucoder.loop_records import Skeleton
from ucoder.parsing.suite import read_tests
from ucoder.prompts import PromptStyle
from ucoder.records import CallTest
from ucoder.stages.candidates import read_one
from ucoder.stages.evaluation import STAGE, EvaluationSettings, Exam, requests, sampling, scores

from . import universe
from .universe import Split, compositions, split_of

__all__ = ["Figures", "HeldOut", "evaluate", "held_out", "open_model"]

STYLE = PromptStyle.load("compact")
MAX_TOKENS = {"program": 160, "tests": 320}
NUM_INPUTS = 12


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A problem with its hidden tests."""

    problem: universe.Problem
    tests: tuple[CallTest, ...]

    @property
    def id(self) -> str:
        return self.problem.composition.key

    @property
    def skeleton(self) -> Skeleton:
        one = self.problem
        return Skeleton(
            problem_id=self.id, imports="", header=one.header, docstring=one.docstring, text=one.text,
            entry_point=one.name, provenance="",
        )  # fmt: skip

    @property
    def record(self) -> Problem:
        return self.skeleton.as_problem()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a model can do. Shares run from 0 to 1."""

    problems: int
    samples: int
    pass_at_1: float
    low: float
    high: float
    greedy: float
    oracle: float
    """Problems with a right program among the samples"""
    right_expectations: float
    """Of the tests that can be read"""
    tests_per_answer: float


def held_out(split: Split, seed: int = 1) -> list[HeldOut]:
    """One problem for each composition of a split."""
    found = []
    for composition in (one for one in compositions() if split_of(one) == split):
        draw = random.Random(f"{seed} {composition.key}")
        problem = composition.problem(draw)
        arguments = {repr(composition.argument(draw)): None for _ in range(4 * NUM_INPUTS)}
        tests = [
            CallTest(f"{problem.name}({text})", repr(composition.steps(eval(text))[2]))
            for text in list(arguments)[:NUM_INPUTS]
        ]
        found.append(HeldOut(problem, tuple(tests)))
    return found


def open_model(folder: Path, seed: int, batch_size: int = 256) -> Generator:
    """The model behind the transformers door, on the CPU."""
    settings = ModelSettings(
        door="transformers", model=str(folder), device="cpu", batch_size=batch_size, chunk=32, max_in_flight=2048
    )
    return open_generator(settings, run_seed=seed)


def evaluate(generator: Generator, among: Sequence[HeldOut], num_samples: int, seed: int = 1) -> Figures:
    """All of a model's figures."""
    with Executor(isolation="candidate") as executor:
        right = _pass_rates(generator, executor, among, num_samples, 0.8, seed)
        greedy = _pass_rates(generator, executor, among, 1, 0.0, seed)
        share, number = _expectations(generator, executor, among, seed)
    means = np.random.default_rng(seed).choice(right, (10_000, len(right))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Figures(
        problems=len(among),
        samples=num_samples,
        pass_at_1=float(right.mean()),
        low=float(low),
        high=float(high),
        greedy=float(greedy.mean()),
        oracle=float((right > 0).mean()),
        right_expectations=share,
        tests_per_answer=number,
    )


def _pass_rates(
    generator: Generator, executor: Executor, among: Sequence[HeldOut], n: int, temperature: float, seed: int
) -> np.ndarray:
    """(problems,) share of samples that pass all hidden tests."""
    settings = EvaluationSettings(n=n, temperature=temperature, max_tokens=MAX_TOKENS["program"])
    exams = [Exam(one.skeleton, one.tests) for one in among]
    asking = Asking(STAGE, generator, sampling(settings, STYLE))
    answers = asking.answers(requests(exams, n, settings.chunk, STYLE, seed))
    return np.array([score.share for score in scores(exams, answers, partial(read_one, style=STYLE), executor).kept])


def _expectations(generator: Generator, executor: Executor, among: Sequence[HeldOut], seed: int) -> tuple[float, float]:
    """Share of self-made tests that the reference passes, and tests an answer."""
    how = Sampling(temperature=0.8, top_p=0.95, max_tokens=MAX_TOKENS["tests"], stop=STYLE.stop("tests"))
    asked = [
        Request(
            id=one.id,
            prompt=STYLE.tests(skeleton=one.skeleton, ask="", num_tests=4, examples=()),
            n=2,
            seed=seed + 10_000 + place,
        )
        for place, one in enumerate(among)
    ]
    texts: dict[str, list[str]] = {one.id: [] for one in among}
    for samples in generator.sample(asked, how):
        texts[samples.request_id] += [one.text for one in samples.completions]
    tasks = []
    for one in among:
        read = [test for text in texts[one.id] for test in read_tests(text, one.problem.name).tests]
        tests = [test.as_test() for test in read if not test.dubious]
        body = one.problem.composition.program("expression")
        if tests:
            tasks.append(Task(one.record, [Candidate(one.id, completion=body)], tests))
    if not tasks:
        return 0.0, 0.0
    verdicts = np.concatenate([matrix.outcomes[0] == 1 for matrix in executor.stream(tasks)])
    return float(verdicts.mean()), len(verdicts) / (2 * len(among))


def as_row(figures: Figures) -> dict[str, float]:
    """For a table or a file."""
    return {name: round(value, 4) for name, value in asdict(figures).items()}
