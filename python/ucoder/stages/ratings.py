"""Rating: the model says how good and how hard its problems are, and a configurable filter acts on it (2512.17385).

Self-ratings saturate near the top (4.9 of 5 in a precursor), so `effect` shows what the filter did and whether it told
problems apart at all.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import (
    DIFFICULTIES,
    Answer,
    Difficulty,
    Drop,
    ProblemStatement,
    Rating,
    StageResult,
    seed_of,
)
from ucoder.loop_settings import SamplingSettings
from ucoder.parsing.rating import RatingText, read_rating
from ucoder.prompts import PromptStyle
from ucoder.records import content_id

__all__ = [
    "ADVICE",
    "STAGE",
    "RatingEffect",
    "RatingSettings",
    "ask_id",
    "effect",
    "keep",
    "read",
    "requests",
    "sampling",
]

STAGE = "ratings/1"
ADVICE = "The answers below hold no score: try another prompt style, or leave ratings out with ratings.enabled = false."

TOP = 4.5
SATURATED_SHARE = 0.9


class RatingSettings(SamplingSettings, frozen=True):
    """How problems are rated and which are kept."""

    enabled: bool = True
    n: int = Field(default=1, ge=1, le=64)
    """Answers for each problem; their mean counts"""
    num_examples: int = Field(default=2, ge=0, le=8)
    max_tokens: int = Field(default=256, ge=1, le=1 << 20)
    min_quality: float = Field(default=3.0, ge=1.0, le=5.0)
    """Problems rated lower are dropped; 1 keeps all"""
    difficulties: tuple[Difficulty, ...] = Field(default=DIFFICULTIES, min_length=1)
    """Others are dropped; a problem whose rating names none is kept"""
    keep_unrated: bool = True
    """Whether a problem stays that the model gave no readable rating"""


@dataclass(frozen=True, slots=True)
class RatingEffect:
    """What ratings and filter did to a round's problems."""

    num_problems: int
    num_rated: int
    num_kept: int
    histogram: Mapping[int, int]
    """Problems by rounded quality, 1 to 5"""
    difficulties: Mapping[str, int]
    mean_quality: float | None
    """None where nothing was rated"""
    top_share: float
    """Of the rated problems, the share at 4.5 or more"""
    is_saturated: bool
    """At least nine in ten are at the top: the quality filter tells nothing apart"""


def ask_id(problem: ProblemStatement) -> str:
    """The question about this problem."""
    return content_id(STAGE, problem.id)


def sampling(settings: RatingSettings, style: PromptStyle) -> Sampling:
    """How answers of this stage are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("rating"),
    )


def requests(
    problems: Iterable[ProblemStatement],
    settings: RatingSettings,
    style: PromptStyle,
    run_seed: int,
    round_number: int,
) -> Iterator[Request]:
    """What the model is asked; examples are drawn by the problem's id."""
    for problem in problems:
        seed = seed_of(run_seed, round_number, STAGE, problem.id)
        prompt = style.rating(problem=problem, examples=style.draw(settings.num_examples, seed))
        yield from chunked(ask_id(problem), prompt, settings.n, seed, settings.chunk)


def read(problems: Sequence[ProblemStatement], answers: Iterable[Answer], style: PromptStyle) -> StageResult[Rating]:
    """A rating for each problem of which an answer holds a score; each other answer is a drop, "no-score"."""
    by_ask: defaultdict[str, list[tuple[Answer, RatingText]]] = defaultdict(list)
    drops: list[Drop] = []
    for answer in answers:
        rating = read_rating(style.answer("rating", answer.text))
        if rating.quality is None:
            drops.append(Drop.of(STAGE, "no-score", answer.key, answer.text))
        else:
            by_ask[answer.ask_id].append((answer, rating))
    rated = [(problem, by_ask[ask_id(problem)]) for problem in problems if ask_id(problem) in by_ask]
    return StageResult(STAGE, tuple(_rating(problem, read) for problem, read in rated), tuple(drops))


def _rating(problem: ProblemStatement, readings: Sequence[tuple[Answer, RatingText]]) -> Rating:
    ordered = sorted(readings, key=lambda reading: reading[0].index)
    texts = [rating for _, rating in ordered]
    named = Counter(rating.difficulty for rating in texts)
    return Rating(
        problem_id=problem.id,
        quality=math.fsum(rating.quality or 0.0 for rating in texts) / len(texts),
        difficulty=max(DIFFICULTIES, key=lambda one: named[one]) if any(map(named.get, DIFFICULTIES)) else None,
        category=next((rating.category for rating in texts if rating.category), ""),
        summary=next((rating.summary for rating in texts if rating.summary), ""),
        num_read=len(texts),
        provenance=tuple(answer.key for answer, _ in ordered),
    )


def keep(
    problems: Sequence[ProblemStatement], ratings: Iterable[Rating], settings: RatingSettings
) -> StageResult[ProblemStatement]:
    """The problems that pass the filter, in their order. Reasons: "unrated", "low-quality", "difficulty"."""
    by_problem = {rating.problem_id: rating for rating in ratings}
    kept: list[ProblemStatement] = []
    drops: list[Drop] = []
    for problem in problems:
        rating = by_problem.get(problem.id)
        if rating is None:
            reason, evidence = ("" if settings.keep_unrated else "unrated"), ""
        else:
            reason, evidence = _refusal(rating, settings)
        if reason:
            drops.append(Drop.of(STAGE, reason, problem.id, evidence))
        else:
            kept.append(problem)
    return StageResult(STAGE, tuple(kept), tuple(drops))


def _refusal(rating: Rating, settings: RatingSettings) -> tuple[str, str]:
    if rating.quality < settings.min_quality:
        return "low-quality", f"{rating.quality:.2f}: {rating.summary}"
    if rating.difficulty is not None and rating.difficulty not in settings.difficulties:
        return "difficulty", rating.difficulty
    return "", ""


def effect(problems: Sequence[ProblemStatement], ratings: Sequence[Rating], num_kept: int) -> RatingEffect:
    """What the report shows."""
    qualities = [rating.quality for rating in ratings]
    counted = Counter(round(quality) for quality in qualities)
    top_share = sum(quality >= TOP for quality in qualities) / len(qualities) if qualities else 0.0
    return RatingEffect(
        num_problems=len(problems),
        num_rated=len(ratings),
        num_kept=num_kept,
        histogram={score: counted[score] for score in range(1, 6)},
        difficulties=dict(Counter(rating.difficulty or "unnamed" for rating in ratings)),
        mean_quality=math.fsum(qualities) / len(qualities) if qualities else None,
        top_share=top_share,
        is_saturated=bool(qualities) and top_share >= SATURATED_SHARE,
    )
