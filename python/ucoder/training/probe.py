"""Probe: greedy answers of the new model as its trainer has them, to be compared with those of the sampler.

Weights that are stale, garbled or of another model change the answers, and before that their log-probabilities. Greedy
texts of two engines may part where two tokens are about equally likely; more than that is a failed hand-over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ucoder.errors import ConfigError
from ucoder.loop_records import Message
from ucoder.loop_settings import Settings
from ucoder.training.settings import TrainingError

__all__ = ["GreedyAnswer", "HandOver", "Probe", "compare"]


class GreedyAnswer(Settings, frozen=True):
    """What the likeliest tokens say, one after the other."""

    text: str
    num_tokens: int
    """With the end token"""
    mean_logprob: float | None
    """Over these tokens, in natural logarithms"""


class Probe(Settings, frozen=True):
    """Fixed prompts and the trainer's answers to them."""

    max_tokens: int
    prompts: tuple[str | tuple[Message, ...], ...]
    answers: tuple[GreedyAnswer, ...]

    @classmethod
    def read(cls, file: Path) -> "Probe":
        """From the trainer's file. ConfigError where it is none."""
        try:
            return cls.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            raise ConfigError(f"{file} is no probe: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """How far sampler and trainer agree."""

    num_prompts: int
    num_other_texts: int
    largest_difference: float
    """Of the mean log-probabilities of texts that are the same; 0 where none is known"""


def compare(
    probe: Probe,
    answers: Sequence[GreedyAnswer],
    *,
    most_other_texts: float = 0.25,
    tolerance: float = 0.05,
) -> HandOver:
    """Hold the sampler's greedy answers against the trainer's, in the order of the probe's prompts.

    most_other_texts  share of the prompts at which the texts may differ: rounding, where two tokens are close
    tolerance         in mean log-probability, where the texts are the same; engines in bfloat16 differ by about 0.01

    TrainingError where they differ by more: the sampler did not load what the trainer wrote. ValueError where there
    are not as many answers as prompts.
    """
    pairs = list(zip(probe.answers, answers, strict=True))
    others = [place for place, (ours, theirs) in enumerate(pairs) if ours.text != theirs.text]
    differences = [
        abs(ours.mean_logprob - theirs.mean_logprob)
        for ours, theirs in pairs
        if ours.text == theirs.text and ours.mean_logprob is not None and theirs.mean_logprob is not None
    ]
    found = HandOver(
        num_prompts=len(pairs), num_other_texts=len(others), largest_difference=max(differences, default=0.0)
    )
    if len(others) > most_other_texts * len(pairs):
        ours, theirs = pairs[others[0]]
        raise TrainingError(
            f"the sampler does not have the model that was trained: {len(others)} of {len(pairs)} greedy answers "
            f"differ. To prompt {others[0]} the trainer says {ours.text[:80]!r}, the sampler {theirs.text[:80]!r}"
        )
    if found.largest_difference > tolerance:
        raise TrainingError(
            "the sampler does not have the model that was trained: the same greedy answer has a mean log-probability "
            f"that differs by {found.largest_difference:.3f} (at most {tolerance})"
        )
    return found
