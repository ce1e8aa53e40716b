"""Theorem 2.4 of UCoder (2512.17385), with its quantities estimated from one problem's matrix.

The theorem: if at least k of n candidates are right with probability 1 - delta, and two wrong ones agree on a test
with probability p at most, independently from test to test, and |T| >= log(n/k) / (-log p), then the largest cluster
holds only right programs with probability 1 - delta - n^2 p^|T| at least. At that smallest |T| the bound is below
zero (n^2 p^|T| = nk > 1): it says something only above zero.
"""

import math
from dataclasses import dataclass

import numpy as np

from ucoder.consensus.ballot import Rows

__all__ = ["Bound", "bound_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The bound for one problem, and what went into it. None where there is nothing to estimate from."""

    task_id: str
    num_candidates: int
    num_tests: int
    largest: int | None = None
    """First candidate of the largest value cluster that carries information"""
    largest_size: int = 0
    k: int | None = None
    delta: float | None = None
    p: float | None = None
    least_tests: float | None = None
    """log(n/k) / (-log p)"""
    bound: float | None = None
    """1 - delta - n^2 p^|T|; may be below zero"""

    @property
    def says_something(self) -> bool:
        """Whether there are tests enough and the bound is above zero."""
        if self.bound is None or self.least_tests is None:
            return False
        return self.num_tests >= self.least_tests and self.bound > 0


def bound_of(rows: Rows) -> Bound:
    """The bound for a problem, under assumptions that make it look better than it is.

    * The largest value cluster that carries information, of size m, is taken for the right programs, and m/n for the
      chance that a candidate is right. Then k = ceil(m/2) and delta = P(Binomial(n, m/n) < k). If the cluster is
      wrong, so is k.
    * p is the mean agreement on a test of two candidates outside of that cluster. The theorem wants a bound for every
      pair; the highest agreement of any pair would be 1 wherever two wrong programs behave alike.
    * Tests are taken as independent and as all different. Model-written tests are neither.
    """
    problem = rows.problem
    num_candidates, num_tests = problem.num_candidates, problem.num_tests
    nothing = Bound(task_id=problem.task_id, num_candidates=num_candidates, num_tests=num_tests)
    if not num_candidates or not num_tests:
        return nothing
    ballot = rows.unweighted()
    informative = ballot.informative[0]
    if not informative.any():
        return nothing
    sizes = np.where(informative, ballot.cluster_sizes(ballot.value_labels)[0], 0.0)
    row = int(np.argmax(sizes))
    size = int(sizes[row])
    k = math.ceil(size / 2)
    delta = _binomial_below(k, num_candidates, size / num_candidates)
    others = ballot.row_weights * (ballot.value_labels != ballot.value_labels[0, row])
    p = _mean_agreement(others, ballot.agreeing(others), ballot.num_ran, num_tests)
    found = {"largest": int(np.argmax(rows.row_of == row)), "largest_size": size, "k": k}
    identity = {"task_id": problem.task_id, "num_candidates": num_candidates, "num_tests": num_tests}
    if p is None:
        return Bound(**identity, **found, delta=delta)  # type: ignore[arg-type]
    least = math.log(num_candidates / k) / -math.log(p) if 0 < p < 1 else (0.0 if p == 0 else math.inf)
    bound = 1 - delta - num_candidates**2 * p**num_tests
    return Bound(**identity, **found, delta=delta, p=p, least_tests=least, bound=bound)  # type: ignore[arg-type]


def _mean_agreement(weights: np.ndarray, agreeing: np.ndarray, num_ran: np.ndarray, num_tests: int) -> float | None:
    """Share of tests on which two different candidates agree, over all pairs; None for fewer than two candidates."""
    number = float(weights.sum())
    if number < 2:
        return None
    with_itself = float((weights * num_ran).sum())
    return (float((weights * agreeing).sum()) - with_itself) / (number * (number - 1) * num_tests)


def _binomial_below(k: int, number: int, chance: float) -> float:
    """P(Binomial(number, chance) < k)."""
    if chance >= 1:
        return 0.0 if k <= number else 1.0
    log_chance, log_other = math.log(chance), math.log1p(-chance)
    terms = (
        math.exp(
            math.lgamma(number + 1) - math.lgamma(i + 1) - math.lgamma(number - i + 1)
            + i * log_chance + (number - i) * log_other
        )
        for i in range(k)
    )  # fmt: skip
    return min(1.0, math.fsum(terms))
