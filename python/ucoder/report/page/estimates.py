"""Means over problems with their intervals, for the page: the same whenever it is made, and quick for large runs."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucoder.consensus.comparison import Estimate, estimates

__all__ = ["Floats", "mean_of"]

Floats: TypeAlias = NDArray[np.float64]

_SEED = 0
_MOST_RESAMPLED = 1000


def mean_of(values: Floats) -> Estimate:
    """A mean over problems with its 95 % interval: from resamplings, or where problems are many, which would take
    minutes and say the same, from the normal distribution. ValueError without problems.
    """
    if values.size <= _MOST_RESAMPLED:
        return estimates([values], _SEED)[0]
    mean, half = float(values.mean()), 1.96 * float(values.std(ddof=1)) / values.size**0.5
    return Estimate(mean, mean - half, mean + half)
