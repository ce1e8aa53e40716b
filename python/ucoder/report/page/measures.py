"""Numbers of judged problems, one problem at a time: what charts and tables are made of.

One pass over the evidence; a part of it is held at a time, and of each problem a few numbers for each candidate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucoder._core import Outcome
from ucoder.execution.judged import StoredProblem
from ucoder.report.page.charts import Point
from ucoder.report.page.estimates import Floats, mean_of
from ucoder.report.page.sources import Choice, Evidence
from ucoder.stages.selecting import iter_problems

__all__ = ["Measured", "ProblemNumbers", "binned", "cluster_labels", "measured", "numbers_of"]

_MOST_PROGRAMS = 2000  # whose texts are looked into; spread evenly over the problems


@dataclass(frozen=True, eq=False, slots=True)
class ProblemNumbers:
    """One problem. C candidates, T usable tests; shares from 0 to 1."""

    task_id: str
    num_tests: int
    num_distinct: int
    ran_share: NDArray[np.float32]
    """(C,) e(r)"""
    pass_share: NDArray[np.float32]
    """(C,)"""
    perplexity: NDArray[np.float32]
    """(C,) f(r), NaN where it is not known"""
    cluster_sizes: tuple[int, ...]
    """Of candidates that ran to an end on a test and return the same on all; the largest first"""
    choice: Choice | None
    agreeing: float | None
    """Share of the tests that the selected program ran on whose expected value is its own"""

    @property
    def num_candidates(self) -> int:
        """C."""
        return len(self.ran_share)

    @property
    def largest_share(self) -> float:
        """Of all candidates, those in the largest cluster."""
        return self.cluster_sizes[0] / self.num_candidates if self.cluster_sizes else 0.0

    @property
    def entropy_bits(self) -> float:
        """Of the clusters: 0 where all agree."""
        sizes = np.array(self.cluster_sizes, dtype=np.float64)
        shares = sizes / sizes.sum() if sizes.size else sizes
        return float(max(0.0, -(shares * np.log2(shares)).sum()))

    @property
    def is_selected(self) -> bool:
        """Whether a program was chosen."""
        return self.choice is not None and self.choice.selection.candidate is not None


@dataclass(frozen=True, slots=True)
class Measured:
    """All problems of some evidence."""

    evidence: Evidence
    problems: Sequence[ProblemNumbers]
    programs: Sequence[str]
    """Distinct ones, evenly from all problems, at most 2,000"""
    selected_programs: Sequence[str]
    """Of the same problems, as many at most"""

    @property
    def name(self) -> str:
        """Of the round."""
        return self.evidence.name


def measured(evidence: Evidence) -> Measured:
    """Look at every problem. RunDirectoryError where a table is not as it was written."""
    total = sum(part["tally"]["problems"] for part in evidence.record.parts.values())
    each = max(1, _MOST_PROGRAMS // max(1, total))
    step = max(1, total // _MOST_PROGRAMS)
    problems: list[ProblemNumbers] = []
    programs: list[str] = []
    selected: list[str] = []
    for index, stored in enumerate(iter_problems(evidence.record)):
        choice = (evidence.choices or {}).get(stored.judged.task_id)
        problems.append(numbers_of(stored, choice))
        if index % step:
            continue
        programs += _distinct(stored, each)
        if choice is not None and choice.selection.candidate is not None:
            selected.append(stored.program(choice.selection.candidate))
    return Measured(evidence, problems, programs, selected)


def numbers_of(stored: StoredProblem, choice: Choice | None) -> ProblemNumbers:
    """Measure one problem."""
    judged = stored.judged
    ran = np.isin(judged.outcomes, (Outcome.PASS, Outcome.WRONG))
    passed = judged.outcomes == Outcome.PASS
    labels = cluster_labels(judged.behaviours)
    sizes = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(0, dtype=np.int64)
    agreeing = None
    candidate = choice.selection.candidate if choice else None
    if candidate is not None and ran[candidate].any():
        agreeing = float(passed[candidate].sum() / ran[candidate].sum())
    with np.errstate(over="ignore"):
        perplexity = np.exp(-judged.mean_logprob).astype(np.float32)
    return ProblemNumbers(
        judged.task_id,
        judged.num_tests,
        len(np.unique(judged.first_twin)),
        _mean_over_tests(ran),
        _mean_over_tests(passed),
        perplexity,
        tuple(sorted(sizes.tolist(), reverse=True)),
        choice,
        agreeing,
    )


def cluster_labels(behaviours: NDArray[np.int32]) -> NDArray[np.int64]:
    """(C,) equal numbers where all T behaviours are equal, by first appearance; -1 for a row that never ran."""
    numbers: dict[bytes, int] = {}
    rows = np.ascontiguousarray(behaviours)
    labels = [numbers.setdefault(row.tobytes(), len(numbers)) if (row >= 0).any() else -1 for row in rows]
    return np.array(labels, dtype=np.int64)


def binned(x: Floats, y: Floats, num_bins: int, problem: NDArray[np.int64] | None = None) -> Iterator[Point]:
    """Means of y with 95 % intervals in bins of x that hold as many values each; bins of equal x are one.

    `problem` says to which problem each value belongs, where a problem has several: its values in a bin are averaged
    first, for they are not independent.
    """
    order = np.argsort(x, kind="stable")
    own = np.arange(len(x)) if problem is None else problem
    x, y, own = x[order], y[order], own[order]
    cuts = np.unique(np.searchsorted(x, np.quantile(x, np.linspace(0, 1, num_bins + 1)[1:-1]), side="left"))
    for in_x, in_y, in_own in zip(np.split(x, cuts), np.split(y, cuts), np.split(own, cuts), strict=True):
        if in_x.size:
            _, index, counts = np.unique(in_own, return_inverse=True, return_counts=True)
            one = mean_of(np.bincount(index, weights=in_y) / counts)
            name = f"{in_x[0]:.3g} to {in_x[-1]:.3g}, n = {in_x.size:,}"
            yield Point(float(in_x.mean()), one.mean, one.low, one.high, name)


def _mean_over_tests(cells: NDArray[np.bool_]) -> NDArray[np.float32]:
    if not cells.shape[1]:
        return np.zeros(len(cells), dtype=np.float32)
    shares: NDArray[np.float32] = cells.mean(axis=1, dtype=np.float32)
    return shares


def _distinct(stored: StoredProblem, most: int) -> list[str]:
    firsts = np.unique(stored.judged.first_twin)[:most]
    return [stored.program(int(candidate)) for candidate in firsts]
