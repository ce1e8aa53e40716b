"""Problem space probing: the model is asked for problems of four kinds, and what it writes is checked (2512.17385).

A problem is kept when its specification is complete: title, description, a signature that parses, an example, a hint.
Near-duplicates and benchmark problems are other stages' business (`duplicates`, `contamination`).
"""

import builtins
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field, field_validator

from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import (
    DIFFICULTIES,
    KINDS,
    Answer,
    Difficulty,
    Drop,
    Kind,
    ProblemStatement,
    Prompt,
    StageResult,
    seed_of,
)
from ucoder.loop_settings import SamplingSettings
from ucoder.parsing.marked import closes
from ucoder.parsing.problem import ProblemText, placeholder_in, read_problem
from ucoder.parsing.words import words
from ucoder.prompts import PromptStyle
from ucoder.records import content_id

__all__ = ["ADVICE", "STAGE", "ProblemAsk", "ProblemSettings", "asks", "read", "requests", "sampling"]

STAGE = "problems/1"
ADVICE = (
    "Look at the examples below: a base model needs prompt style 'base', an instruct model 'chat'; a small max_tokens "
    "cuts every answer off."
)

Section: TypeAlias = Literal["title", "description", "example", "hint"]

CATEGORIES: dict[Kind, tuple[str, ...]] = {
    "basic algorithms": (
        "arrays", "strings", "sorting", "searching", "arithmetic", "number theory", "recursion", "matrices",
        "stacks and queues", "sets and counting", "bit manipulation", "geometry",
    ),
    "natural instructions": (
        "text", "everyday rules", "games", "money", "schedules", "measures and units", "names and labels",
        "lists and reports", "validation",
    ),
    "tool usage": (
        "dates and times", "files and formats", "regular expressions", "collections", "itertools and functools",
        "statistics", "text processing", "encoding and hashing", "heaps and bisection",
    ),
    "competitive programming": (
        "greedy", "dynamic programming", "graphs", "intervals", "trees", "two pointers", "combinatorics",
        "simulation", "binary search", "prefix sums",
    ),
}  # fmt: skip
"""What problems of a kind are asked to be about, unless the settings say otherwise"""


class ProblemSettings(SamplingSettings, frozen=True):
    """What is asked for. The defaults give about as many answers as the paper analysed problems (16,867)."""

    answers_per_kind: int = Field(default=4216, ge=1)
    kinds: tuple[Kind, ...] = Field(default=KINDS, min_length=1)
    categories: dict[Kind, tuple[str, ...]] = Field(default_factory=dict)
    """Of the kinds named here, instead of the built-in ones"""
    difficulties: tuple[Difficulty, ...] = Field(default=DIFFICULTIES, min_length=1)
    answers_per_prompt: int = Field(default=4, ge=1)
    num_examples: int = Field(default=3, ge=0, le=8)
    """Worked examples in a prompt, drawn anew for each"""
    required: tuple[Section, ...] = ("title", "description", "example", "hint")
    """Sections without which a problem is incomplete; a signature is always needed"""
    min_description_words: int = Field(default=12, ge=0)
    max_words: int = Field(default=800, ge=1)
    """Of all sections together: every later prompt of the problem holds them"""

    @field_validator("categories")
    @classmethod
    def _named(cls, value: dict[Kind, tuple[str, ...]]) -> dict[Kind, tuple[str, ...]]:
        if empty := [kind for kind, names in value.items() if not names]:
            raise ValueError(f"kind {empty[0]!r} needs at least one category")
        return value


@dataclass(frozen=True, slots=True)
class ProblemAsk:
    """One prompt for problems, and what they are to be. `id` is the prompt's content: equal prompts are one ask."""

    id: str
    prompt: Prompt
    n: int
    kind: Kind
    category: str
    difficulty: Difficulty


def sampling(settings: ProblemSettings, style: PromptStyle) -> Sampling:
    """How answers of this stage are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("problem"),
    )


def asks(settings: ProblemSettings, style: PromptStyle, run_seed: int, round_number: int) -> list[ProblemAsk]:
    """The prompts of a round: every kind as often, its categories and difficulties in turn, examples by seed.

    Where a style's prompt takes no account of some of this, equal prompts are merged into one with more answers.
    """
    merged: dict[str, ProblemAsk] = {}
    for kind in settings.kinds:
        left = settings.answers_per_kind
        for ask in _asks_of_kind(kind, settings, style, seed_of(run_seed, round_number, STAGE, kind)):
            before = merged.get(ask.id, ask)
            already = before.n if ask.id in merged else 0
            take = min(ask.n, left)
            merged[ask.id] = ProblemAsk(
                ask.id, ask.prompt, already + take, before.kind, before.category, before.difficulty
            )
            left -= take
            if not left:
                break
    return list(merged.values())


def _asks_of_kind(kind: Kind, settings: ProblemSettings, style: PromptStyle, seed: int) -> Iterator[ProblemAsk]:
    """Without end: all pairs of category and difficulty in an order drawn anew each time round."""
    draw = random.Random(seed)
    categories = settings.categories.get(kind, CATEGORIES[kind])
    pairs = [(category, difficulty) for category in categories for difficulty in settings.difficulties]
    while True:
        draw.shuffle(pairs)
        for category, difficulty in pairs:
            examples = style.draw(settings.num_examples, draw.getrandbits(64), kind)
            prompt = style.problem(kind=kind, category=category, difficulty=difficulty, examples=examples)
            parts = (
                [prompt] if isinstance(prompt, str) else [part for one in prompt for part in (one.role, one.content)]
            )
            yield ProblemAsk(content_id(STAGE, *parts), prompt, settings.answers_per_prompt, kind, category, difficulty)


def requests(
    asked: Iterable[ProblemAsk], settings: ProblemSettings, run_seed: int, round_number: int
) -> Iterator[Request]:
    """What the model is asked."""
    for ask in asked:
        yield from chunked(ask.id, ask.prompt, ask.n, seed_of(run_seed, round_number, ask.id), settings.chunk)


def read(
    asked: Sequence[ProblemAsk], answers: Iterable[Answer], settings: ProblemSettings, style: PromptStyle
) -> StageResult[ProblemStatement]:
    """Problems from answers, in the answers' order; of equal problems the first is kept.

    Reasons for drops: "empty", "no-<section>", "no-signature", "cut-off", "placeholder", "too-short", "too-long",
    "name-taken", "repeated". Raises KeyError where an answer belongs to no ask.
    """
    by_id = {ask.id: ask for ask in asked}
    kept: dict[str, ProblemStatement] = {}
    drops: list[Drop] = []
    for answer in answers:
        text = style.answer("problem", answer.text)
        problem = read_problem(text)
        if reason := _fault(problem, answer, settings):
            drops.append(Drop.of(STAGE, reason, answer.key, answer.text))
            continue
        statement = _statement(problem, by_id[answer.ask_id], answer.key)
        if kept.setdefault(statement.id, statement) is not statement:
            drops.append(Drop.of(STAGE, "repeated", answer.key, kept[statement.id].id))
    return StageResult(STAGE, tuple(kept.values()), tuple(drops))


def _fault(problem: ProblemText, answer: Answer, settings: ProblemSettings) -> str:
    """The first thing that is wrong; "" where nothing is."""
    if not answer.text.strip():
        return "empty"
    is_cut = answer.ending != "stop" and not closes(answer.text, "PROBLEM")
    sections = {
        "title": problem.title,
        "description": problem.description,
        "example": problem.example,
        "hint": problem.hint,
    }
    for section in settings.required:
        if not sections[section].strip():
            return "cut-off" if is_cut else f"no-{section}"
    if problem.signature is None:
        return "cut-off" if is_cut else "no-signature"
    if is_cut:
        return "cut-off"
    if any(placeholder_in(text) for text in sections.values()):
        return "placeholder"
    if len(words(problem.description)) < settings.min_description_words:
        return "too-short"
    if sum(len(words(text)) for text in sections.values()) > settings.max_words:
        return "too-long"
    return "name-taken" if hasattr(builtins, problem.signature.entry_point) else ""


def _statement(problem: ProblemText, ask: ProblemAsk, key: str) -> ProblemStatement:
    if problem.signature is None:
        raise AssertionError("a problem without a signature was refused")
    return ProblemStatement(
        title=problem.title,
        kind=ask.kind,
        category=problem.category or ask.category,
        difficulty=problem.difficulty or ask.difficulty,
        description=problem.description,
        signature=problem.signature.text,
        entry_point=problem.signature.entry_point,
        example=problem.example,
        hint=problem.hint,
        provenance=key,
    )
