"""Skeletons: imports, one typed `def` and a docstring for every problem (2512.17385); what candidates go on from.

A skeleton has to parse, to define the problem's function and no other, with the problem's parameters. Where a model
cannot write one, or problems come with a docstring already, it is made from the problem itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import Field

from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import Answer, Drop, ProblemStatement, Skeleton, StageResult, seed_of
from ucoder.loop_settings import SamplingSettings
from ucoder.parsing.signature import read_signature
from ucoder.parsing.skeleton import SkeletonText, read_skeleton, skeleton_source
from ucoder.parsing.source import parse
from ucoder.prompts import PromptStyle
from ucoder.records import content_id

__all__ = ["ADVICE", "STAGE", "SkeletonSettings", "ask_id", "from_problems", "read", "requests", "sampling"]

STAGE = "skeletons/1"
ADVICE = "Try another prompt style, more samples (skeletons.n), or skeletons.source = 'problem'."


class SkeletonSettings(SamplingSettings, frozen=True):
    """How skeletons come about and what they must have."""

    source: Literal["model", "problem"] = "model"
    """Who writes them; "problem" asks no model"""
    n: int = Field(default=2, ge=1, le=64)
    """Answers for each problem; the first good one is taken"""
    num_examples: int = Field(default=2, ge=0, le=8)
    require_types: bool = True
    require_sections: bool = True
    """The docstring names "Args" (where there are any) and "Returns" """


def ask_id(problem: ProblemStatement) -> str:
    """The question about this problem."""
    return content_id(STAGE, problem.id)


def sampling(settings: SkeletonSettings, style: PromptStyle) -> Sampling:
    """How answers of this stage are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("skeleton"),
    )


def requests(
    problems: Iterable[ProblemStatement],
    settings: SkeletonSettings,
    style: PromptStyle,
    run_seed: int,
    round_number: int,
) -> Iterator[Request]:
    """What the model is asked; examples are drawn by the problem's id. Nothing where the source is the problem."""
    if settings.source == "problem":
        return
    for problem in problems:
        seed = seed_of(run_seed, round_number, STAGE, problem.id)
        prompt = style.skeleton(problem=problem, examples=style.draw(settings.num_examples, seed))
        yield from chunked(ask_id(problem), prompt, settings.n, seed, settings.chunk)


def read(
    problems: Sequence[ProblemStatement], answers: Iterable[Answer], settings: SkeletonSettings, style: PromptStyle
) -> StageResult[Skeleton]:
    """One skeleton a problem: its first answer (by index) that is good. The others of that problem are no drops.

    A problem without one is dropped with the reason of its first answer: "empty", "not-python", "no-function",
    "several-functions", "name-taken", "no-docstring", "other-name", "other-parameters", "untyped", "no-sections",
    or "no-answer".
    """
    by_ask: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_ask[answer.ask_id].append(answer)
    kept: list[Skeleton] = []
    drops: list[Drop] = []
    for problem in problems:
        found = _first_good(problem, sorted(by_ask[ask_id(problem)], key=lambda one: one.index), settings, style)
        if isinstance(found, Drop):
            drops.append(found)
        else:
            kept.append(found)
    return StageResult(STAGE, tuple(kept), tuple(drops))


def _first_good(
    problem: ProblemStatement, answers: Sequence[Answer], settings: SkeletonSettings, style: PromptStyle
) -> Skeleton | Drop:
    first_drop = Drop.of(STAGE, "no-answer", problem.id)
    for number, answer in enumerate(answers):
        skeleton = read_skeleton(style.answer("skeleton", answer.text))
        reason = skeleton if isinstance(skeleton, str) else _fault(skeleton, problem, settings)
        if isinstance(skeleton, SkeletonText) and not reason:
            return _skeleton(problem, skeleton, answer.key)
        if number == 0:
            first_drop = Drop.of(STAGE, reason, problem.id, answer.text)
    return first_drop


def _fault(skeleton: SkeletonText, problem: ProblemStatement, settings: SkeletonSettings) -> str:
    asked = read_signature(problem.signature)
    if skeleton.signature.entry_point != problem.entry_point:
        return "other-name"
    if asked is not None and skeleton.signature.parameters != asked.parameters:
        return "other-parameters"
    if settings.require_types and not skeleton.signature.is_typed:
        return "untyped"
    docstring = skeleton.docstring.lower()
    if settings.require_sections:
        has_args = "args" in docstring or "parameters" in docstring or not skeleton.signature.parameters
        if not (has_args and "returns" in docstring):
            return "no-sections"
    # The text was written anew: a docstring with a lone surrogate or a NUL in it can be read and not be written.
    return "" if parse(f"{skeleton.text}    pass\n") is not None else "not-python"


def _skeleton(problem: ProblemStatement, skeleton: SkeletonText, key: str) -> Skeleton:
    return Skeleton(
        problem_id=problem.id,
        imports=skeleton.imports,
        header=skeleton.signature.text,
        docstring=skeleton.docstring,
        text=skeleton.text,
        entry_point=skeleton.signature.entry_point,
        provenance=key,
    )


def from_problems(problems: Iterable[ProblemStatement]) -> StageResult[Skeleton]:
    """Skeletons made of signature, description and example. Reason for a drop: "not-python"."""
    kept: list[Skeleton] = []
    drops: list[Drop] = []
    for problem in problems:
        docstring = "\n\n".join(text for text in (problem.description.strip(), problem.example.strip()) if text)
        text = skeleton_source("", problem.signature, docstring)
        if parse(f"{text}    pass\n") is None:
            drops.append(Drop.of(STAGE, "not-python", problem.id, text))
            continue
        kept.append(
            Skeleton(
                problem_id=problem.id,
                imports="",
                header=problem.signature,
                docstring=docstring,
                text=text,
                entry_point=problem.entry_point,
                provenance=problem.provenance,
            )
        )
    return StageResult(STAGE, tuple(kept), tuple(drops))
