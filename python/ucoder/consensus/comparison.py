"""Rules held against the truth: pass@1 with paired bootstrap intervals over problems.

Every rule sees the same resamplings of problems, so that intervals of differences are those of pairs. A problem for
which a rule chose nothing counts as the mean of its candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ucoder.consensus.ballot import Floats

__all__ = ["Estimate", "estimates"]

_RESAMPLES = 10_000
_CELLS_AT_A_TIME = 4_000_000  # bounds memory: resamplings x problems at a time


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over problems and its 95 % percentile interval."""

    mean: float
    low: float
    high: float


def estimates(columns: Sequence[Floats], seed: int) -> list[Estimate]:
    """The mean of each column, (P,) values by problem, with intervals from the same resamplings of the P problems.

    Give differences of two columns as a column of its own for a paired interval. ValueError without problems.
    """
    values = np.stack(columns, axis=1)
    num_problems = len(values)
    if not num_problems:
        raise ValueError("there are no problems to average over")
    random = np.random.default_rng(seed)
    at_a_time = max(1, _CELLS_AT_A_TIME // num_problems)
    chances = np.full(num_problems, 1 / num_problems)
    means = np.concatenate(
        [
            random.multinomial(num_problems, chances, size=min(at_a_time, _RESAMPLES - begin)) @ values / num_problems
            for begin in range(0, _RESAMPLES, at_a_time)
        ]
    )
    low, high = np.percentile(means, (2.5, 97.5), axis=0)
    return [Estimate(*map(float, figures)) for figures in zip(values.mean(axis=0), low, high, strict=True)]
