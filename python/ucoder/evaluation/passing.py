"""pass@k: how likely one of k samples is right, and how far that hangs on the very problems of a benchmark.

The estimator is unbiased (2107.03374, sec. 2.1); the interval is the bootstrap's (Efron 1979) over problems, 95 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ucoder.consensus.comparison import estimates

__all__ = ["PassAtK", "pass_at_k"]


@dataclass(frozen=True, slots=True)
class PassAtK:
    """An estimate with its interval, each from 0 to 1."""

    k: int
    value: float
    low: float
    high: float


def pass_at_k(num_samples: Sequence[int], num_right: Sequence[int], k: int, seed: int = 0) -> PassAtK | None:
    """Over problems, of n samples each of which c are right. None where a problem has fewer than k samples, or there
    are no problems.
    """
    if not num_samples or min(num_samples) < k:
        return None
    shares = np.array([_share(n, c, k) for n, c in zip(num_samples, num_right, strict=True)])
    estimate = estimates([shares], seed)[0]
    return PassAtK(k, estimate.mean, estimate.low, estimate.high)


def _share(num_samples: int, num_right: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k), as a product that no factorial overflows."""
    num_wrong = num_samples - num_right
    if num_wrong < k:
        return 1.0
    return float(1.0 - np.prod(1.0 - k / np.arange(num_wrong + 1, num_samples + 1)))
