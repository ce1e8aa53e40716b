"""Suites: about 100 tests a problem, boundary and edge cases asked for by name (2512.17385).

Models write good inputs more often than right expectations, so the two are kept apart: a test whose expectation cannot
be used leaves its input behind, in the suite's record; it is not executed so far.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Self

from pydantic import Field, field_validator, model_validator

from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import Answer, Drop, Prompt, Skeleton, StageResult, Suite, SuiteTest, seed_of
from ucoder.loop_settings import SamplingSettings
from ucoder.parsing.skeleton import imported_names
from ucoder.parsing.suite import read_tests
from ucoder.prompts import PromptStyle
from ucoder.records import content_id

__all__ = ["ADVICE", "STAGE", "SuiteSettings", "ask_ids", "read", "read_one", "requests", "sampling"]

STAGE = "suites/1"
ADVICE = "The answers below hold no assertion that calls the function: try another prompt style or more max_tokens."

ASKS = (
    "typical inputs of different kinds and sizes",
    "boundary cases: the smallest and the largest inputs that are allowed, and those right beside them",
    "edge cases: empty, single, repeated, negative, zero and unusual inputs",
    "inputs on which a careless solution goes wrong",
    "larger inputs that combine several of the rules",
)
"""What tests are asked for, one prompt each"""


class SuiteSettings(SamplingSettings, frozen=True):
    """How tests are asked for and how many are kept."""

    num_tests: int = Field(default=100, ge=1, le=10_000)
    """At most so many tests a problem (2512.17385: about 100)"""
    asks: tuple[str, ...] = Field(default=ASKS, min_length=1)
    answers_per_ask: int = Field(default=2, ge=1, le=256)
    tests_per_answer: int = Field(default=20, ge=1, le=1000)
    """How many a prompt asks for"""
    num_examples: int = Field(default=1, ge=0, le=8)
    min_tests: int = Field(default=5, ge=1)
    """A problem with fewer distinct usable tests is dropped"""
    max_bare_inputs: int = Field(default=50, ge=0)
    """At most so many inputs without a usable expectation"""

    @field_validator("asks")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value) or not all(ask.strip() for ask in value):
            raise ValueError("asks are different texts, none empty")
        return value

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.min_tests > self.num_tests:
            raise ValueError(
                f"min_tests is {self.min_tests}, but a suite has at most num_tests = {self.num_tests}: every problem "
                "would be dropped; lower the one or raise the other"
            )
        return self


def ask_ids(skeleton: Skeleton, settings: SuiteSettings) -> list[str]:
    """The questions about this problem, one for each ask."""
    return [content_id(STAGE, skeleton.id, ask, str(settings.tests_per_answer)) for ask in settings.asks]


def sampling(settings: SuiteSettings, style: PromptStyle) -> Sampling:
    """How answers of this stage are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("tests"),
    )


def requests(
    skeletons: Iterable[Skeleton],
    settings: SuiteSettings,
    style: PromptStyle,
    run_seed: int,
    round_number: int,
) -> Iterator[Request]:
    """What the model is asked. A style whose prompt ignores the ask gets one question with all the answers."""
    for skeleton in skeletons:
        asked: dict[Prompt, str] = {}
        num_answers: defaultdict[str, int] = defaultdict(int)
        for ask, one_id in zip(settings.asks, ask_ids(skeleton, settings), strict=True):
            examples = style.draw(settings.num_examples, seed_of(run_seed, round_number, STAGE, skeleton.id, ask))
            prompt = style.tests(skeleton=skeleton, ask=ask, num_tests=settings.tests_per_answer, examples=examples)
            num_answers[asked.setdefault(prompt, one_id)] += settings.answers_per_ask
        for prompt, one_id in asked.items():
            seed = seed_of(run_seed, round_number, one_id)
            yield from chunked(one_id, prompt, num_answers[one_id], seed, settings.chunk)


def read(
    skeletons: Sequence[Skeleton], answers: Iterable[Answer], settings: SuiteSettings, style: PromptStyle
) -> StageResult[Suite]:
    """A suite for each problem with enough tests. Drops are those of `read_one`."""
    by_ask: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_ask[answer.ask_id].append(answer)
    kept: list[Suite] = []
    drops: list[Drop] = []
    for skeleton in skeletons:
        own = [answer for one_id in ask_ids(skeleton, settings) for answer in by_ask[one_id]]
        result = read_one(skeleton, own, settings, style)
        kept += result.kept
        drops += result.drops
    return StageResult(STAGE, tuple(kept), tuple(drops))


def read_one(
    skeleton: Skeleton, answers: Iterable[Answer], settings: SuiteSettings, style: PromptStyle
) -> StageResult[Suite]:
    """The suite of one problem, from all its answers in whatever order they came.

    Answers take turns, so that no ask is crowded out. Reasons for drops of tests: "not-python", "no-call", "empty",
    "repeated" (in an answer), "duplicate" (among answers), "dubious" (its inputs are kept), "too-many"; of the whole
    suite: "too-few-tests".
    """
    order = {one_id: number for number, one_id in enumerate(ask_ids(skeleton, settings))}
    listed = sorted(answers, key=lambda answer: (answer.index, order.get(answer.ask_id, len(order))))
    names = imported_names(skeleton.imports)
    drops: list[Drop] = []
    columns: list[tuple[SuiteTest, ...]] = []
    for answer in listed:
        text = style.answer("tests", answer.text)
        found = read_tests(
            text, skeleton.entry_point, known_names=names, provenance=answer.key, is_cut=answer.ending != "stop"
        )
        drops += [Drop.of(STAGE, refused.reason, answer.key, refused.text) for refused in found.refused]
        columns.append(found.tests)
    in_turn = [test for row in zip_longest(*columns) for test in row if test is not None]
    tests = _distinct([test for test in in_turn if not test.dubious], drops, settings.num_tests)
    dubious = [test for test in in_turn if test.dubious]
    drops += [Drop.of(STAGE, "dubious", test.provenance, test.text) for test in dubious]
    covered = {call for test in tests for call in test.calls}
    bare = dict.fromkeys(call for test in dubious for call in test.calls if call not in covered)
    if len(tests) < settings.min_tests:
        drops.append(Drop.of(STAGE, "too-few-tests", skeleton.problem_id, f"{len(tests)} in {len(listed)} answers"))
        return StageResult(STAGE, (), tuple(drops))
    suite = Suite(
        problem_id=skeleton.problem_id, tests=tuple(tests), bare_inputs=tuple(bare)[: settings.max_bare_inputs]
    )
    return StageResult(STAGE, (suite,), tuple(drops))


def _distinct(tests: Iterable[SuiteTest], drops: list[Drop], most: int) -> list[SuiteTest]:
    """The first of each text, up to `most`; the rest goes to the drops."""
    kept: dict[str, SuiteTest] = {}
    for test in tests:
        if test.text in kept:
            drops.append(Drop.of(STAGE, "duplicate", test.provenance, test.text))
        elif len(kept) == most:
            drops.append(Drop.of(STAGE, "too-many", test.provenance, test.text))
        else:
            kept[test.text] = test
    return list(kept.values())
