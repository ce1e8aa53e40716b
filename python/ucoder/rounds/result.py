"""What a run came to: how good the model was before it learned, after each round, and after what controls learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ucoder.consensus.comparison import Estimate, estimates
from ucoder.loop_records import Chosen, Score

__all__ = ["ControlFigures", "Figures", "LoopResult", "best_of", "control_figures", "estimate", "gain"]

_SEED = 0  # of the bootstrap: the same figures are printed whenever they are asked for

Scores = Mapping[str, Score]
"""By problem id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A model, measured. Shares from 0 to 1, 95 % intervals over problems."""

    round: int
    """How many rounds it has learned: 0 is the model that the run began with"""
    model: str
    """Its folder or name"""
    evaluation: Estimate | None
    """pass@1 on the development benchmark; None where there is none, or it was not measured"""
    gain: Estimate | None
    """Paired difference of pass@1 to the model one round before"""
    validation: Estimate | None
    """Share of programs that behave as consensus on the problems held out; None where nothing was"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigures:
    """Models that learned other programs of the same problems, over the seeds of the draws and of training."""

    source: str
    seeds: int
    evaluation: Estimate
    """pass@1, mean over seeds; the interval is over problems"""
    by_seed: tuple[float, ...]
    less_consensus: Estimate
    """Paired difference to models that learned what consensus selected"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopResult:
    """All of it."""

    chosen: Sequence[Chosen]
    """Of the last round that was begun; empty where it did not come to consensus"""
    last_round: int
    """Its number, from 0"""
    figures: tuple[Figures, ...] = ()
    controls: tuple[ControlFigures, ...] = ()
    best: int | None = None
    """Rounds behind the model with the best validation; the last one's where nothing was validated"""
    ended: str = ""
    """Why there are no more rounds"""


def estimate(scores: Scores) -> Estimate | None:
    """The mean share right over problems; None without any."""
    if not scores:
        return None
    return estimates([np.array([one.share for one in scores.values()])], _SEED)[0]


def gain(scores: Scores, before: Scores) -> Estimate | None:
    """The mean difference over the problems that both have; None without any."""
    both = [problem_id for problem_id in scores if problem_id in before]
    if not both:
        return None
    return estimates([np.array([scores[one].share - before[one].share for one in both])], _SEED)[0]


def control_figures(source: str, runs: Sequence[Scores], consensus: Sequence[Scores]) -> ControlFigures:
    """Of a control's models, beside those that learned from consensus; the seeds of a problem are averaged first."""
    problems = [one for one in runs[0] if all(one in scores for scores in (*runs, *consensus))]
    own, other = (
        np.mean([[scores[one].share for one in problems] for scores in of], axis=0) for of in (runs, consensus)
    )
    mean, difference = estimates([own, own - other], _SEED)
    return ControlFigures(
        source=source,
        seeds=len(runs),
        evaluation=mean,
        by_seed=tuple(float(np.mean([scores[one].share for one in problems])) for scores in runs),
        less_consensus=difference,
    )


def best_of(figures: Sequence[Figures]) -> int:
    """The round with the best validation, the earlier one of equals; the last where nothing was validated."""
    validated = [one for one in figures if one.validation is not None]
    if not validated:
        return figures[-1].round
    return max(validated, key=lambda one: (one.validation.mean if one.validation else 0.0, -one.round)).round
