"""Lessons: what a round learns from, one pair or several for each problem that consensus decided (2512.17385, stage 6).

A pair is the prompt exactly as candidates were asked, and what is to be said to it. Controls take their programs from
the same problems, as many from each as consensus gave, so that a difference between two models is one of selection.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from ucoder.consensus.ballot import Rows
from ucoder.consensus.choice import candidate_order
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.execution.judged import StoredProblem
from ucoder.loop_records import Chosen, Drop, Lesson, Prompt, Skeleton, StageResult
from ucoder.loop_settings import Settings
from ucoder.prompts import PromptStyle
from ucoder.records import JudgedProblem, Selection

__all__ = ["ADVICE", "STAGE", "LessonSettings", "Source", "is_held_out", "lessons", "pair"]

STAGE = "lessons/1"
ADVICE = "Consensus selected nothing to learn from: draw more candidates or tests, or lower consensus.rho and tau."

Source: TypeAlias = Literal["consensus", "random", "lowest-perplexity", "success-rate", "self-distillation"]
"""Whose programs are learned: those that consensus selected, or a control's. "random" draws among candidates that ran,
"self-distillation" among all of them, executed or not."""

_HALF = 0.5  # the share of tests that candidates of "success-rate" run on (2512.17385, ablation)


class LessonSettings(Settings, frozen=True):
    """What becomes a lesson."""

    source: Source = "consensus"
    per_problem: int = Field(default=1, ge=1, le=1000)
    """At most so many programs of different text from the cluster that won; the paper has one"""
    weighting: Literal["equal", "problem", "agreement"] = "equal"
    """How much a lesson counts: all the same; all problems the same, however many lessons they have; or by the share
    of the problem's candidates that agree"""
    validation_share: float = Field(default=0.05, ge=0.0, le=0.5)
    """Of the problems: held out for validation, the same ones in every round and for every control"""


def is_held_out(problem_id: str, share: float) -> bool:
    """Whether a problem is for validation: its id decides, so a problem never changes sides."""
    place = hashlib.sha256(f"validation\0{problem_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(place[:8], "big") < share * (1 << 64)


def pair(skeleton: Skeleton, program: str, style: PromptStyle) -> tuple[Prompt, str]:
    """Prompt and completion: what the sampler was asked, and what it would say to have its answer read as the program.

    A program that goes on from its skeleton is what comes behind it. A whole program is a code block where a model
    was asked in a conversation, and begins on a line of its own where it goes on with text.
    """
    prompt = style.program(skeleton=skeleton)
    if not isinstance(prompt, str):
        return prompt, f"```python\n{program.rstrip()}\n```"
    if program.startswith(skeleton.text):
        return prompt, program.removeprefix(skeleton.text)
    return prompt, program if prompt.endswith("\n") else f"\n{program}"


def lessons(
    problems: Iterable[StoredProblem],
    chosen: Iterable[Chosen],
    skeletons: Mapping[str, Skeleton],
    style: PromptStyle,
    settings: LessonSettings,
    consensus: ConsensusSettings,
) -> StageResult[Lesson]:
    """Lessons of a round, in the order of the problems; weights have the mean 1 over those to learn from.

    problems   as they were judged, one at a time
    chosen     what consensus says of them; a problem that is not among it, or has no program, gives no lesson
    skeletons  by problem id
    consensus  settings of the rules; its seed decides the draws of the controls

    Reasons for drops: "nothing-selected", "empty" (the program has no body), and, for controls only, "too-few" (the
    control has fewer candidates for a problem than consensus has lessons; it gives what it has).
    """
    by_id = {one.problem_id: one for one in chosen}
    kept: list[Lesson] = []
    drops: list[Drop] = []
    for problem in problems:
        problem_id = problem.judged.task_id
        found = by_id.get(problem_id)
        if found is None:
            continue
        if found.selection.candidate is None:
            drops.append(Drop.of(STAGE, "nothing-selected", problem_id, found.selection.nothing))
            continue
        made = _of_problem(problem, found.selection, skeletons[problem_id], style, settings, consensus)
        kept += made.kept
        drops += made.drops
    return StageResult(STAGE, _weighted(kept, settings), tuple(drops))


def _of_problem(
    problem: StoredProblem,
    selection: Selection,
    skeleton: Skeleton,
    style: PromptStyle,
    settings: LessonSettings,
    consensus: ConsensusSettings,
) -> StageResult[Lesson]:
    judged = problem.judged
    members = _distinct(judged, _cluster(judged, selection), settings.per_problem)
    picked = members
    drops: list[Drop] = []
    if settings.source != "consensus":
        picked = _filled(judged, _ranked(judged, settings.source, consensus), len(members))
        if len(picked) < len(members):
            drops.append(Drop.of(STAGE, "too-few", judged.task_id, f"{len(picked)} of {len(members)}"))
    agreement = (selection.cluster_size or 1) / judged.num_candidates
    kept: list[Lesson] = []
    for candidate in picked:
        prompt, completion = pair(skeleton, problem.program(candidate), style)
        if not completion.strip():
            drops.append(Drop.of(STAGE, "empty", judged.task_id, judged.program_ids[candidate]))
            continue
        kept.append(
            Lesson(
                prompt=prompt,
                completion=completion,
                weight={"equal": 1.0, "problem": 1.0 / len(picked), "agreement": agreement}[settings.weighting],
                problem_id=judged.task_id,
                held_out=is_held_out(judged.task_id, settings.validation_share),
                provenance=judged.program_ids[candidate],
                reason=_reason(settings.source, selection, judged),
            )
        )
    return StageResult(STAGE, tuple(kept), tuple(drops))


# ---------------------------------------------------------------- which candidates


def _cluster(judged: JudgedProblem, selection: Selection) -> list[int]:
    """The candidates that behave on every test as the selected one does: itself first, then in the order of equals."""
    if selection.candidate is None:
        raise ValueError("nothing was selected")
    alike = (judged.behaviours == judged.behaviours[selection.candidate]).all(axis=1)
    order = candidate_order(Rows.of(judged))
    ranked = sorted(np.flatnonzero(alike).tolist(), key=lambda one: int(order[one]))
    return [selection.candidate, *(one for one in ranked if one != selection.candidate)]


def _ranked(judged: JudgedProblem, source: Source, consensus: ConsensusSettings) -> list[int]:
    """The candidates that a control may take, its first choice first; that of the rule of this name is the first."""
    rows = Rows.of(judged)
    ran_share = rows.unweighted().ran_share[0][rows.row_of]
    draw = RULES["random"].order
    if draw is None:
        raise AssertionError("rule 'random' has an order of its own")
    order = draw(rows, consensus) if source in ("random", "self-distillation") else candidate_order(rows)
    allowed = {
        "random": ran_share > 0,
        "lowest-perplexity": np.isfinite(rows.perplexity),
        "success-rate": ran_share >= _HALF,
    }.get(source, np.ones(judged.num_candidates, dtype=np.bool_))
    found: list[int] = sorted(np.flatnonzero(allowed).tolist(), key=lambda one: int(order[one]))
    return found


def _distinct(judged: JudgedProblem, ranked: Sequence[int], most: int) -> list[int]:
    """The first of each text, at most so many."""
    found: dict[int, int] = {}
    for one in ranked:
        found.setdefault(int(judged.first_twin[one]), one)
    return list(found.values())[:most]


def _filled(judged: JudgedProblem, ranked: Sequence[int], count: int) -> list[int]:
    """So many candidates: of different texts as far as there are, then twins."""
    first = _distinct(judged, ranked, count)
    return [*first, *(one for one in ranked if one not in first)][:count]


# ---------------------------------------------------------------- what is said of them


def _reason(source: Source, selection: Selection, judged: JudgedProblem) -> str:
    if source != "consensus":
        return f"control {source}"
    ran = "" if selection.ran_share is None else f", ran on {selection.ran_share:.0%} of the tests"
    return f"{selection.rule}: {selection.cluster_size} of {judged.num_candidates} agree{ran}"


def _weighted(made: Sequence[Lesson], settings: LessonSettings) -> tuple[Lesson, ...]:
    """With weights that have the mean 1 over what is learned."""
    learned = [lesson.weight for lesson in made if not lesson.held_out]
    if settings.weighting == "equal" or not learned:
        return tuple(made)
    mean = math.fsum(learned) / len(learned)  # exact: in whatever order the problems came
    return tuple(replace(lesson, weight=lesson.weight / mean) for lesson in made)
