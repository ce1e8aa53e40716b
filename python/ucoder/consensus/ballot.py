"""Ballot: what all rules score by, for one problem, under one or many weightings of its candidates and tests.

Candidates with the same outcomes and behaviours on every test are one *row*, with their number as its weight. A
resampling of candidates or tests is another weighting of the same rows and tests, so that B resamplings are scored by
the same few array operations as one problem. Shapes: R rows, T tests, B weightings.

Clusters are labelled by the core: a hash finds, equality decides, labels follow first appearance.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ucoder._core import Outcome, agreement_weights, cluster_bits, cluster_rows
from ucoder.records import JudgedProblem

__all__ = ["Ballot", "Floats", "Labels", "Mask", "Rows", "perplexities"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LEFT_OUT = -2  # stands for every cell of a test that a resampling left out


def perplexities(problem: JudgedProblem) -> Floats:
    """(C,) f(r) = exp(-mean log-probability); infinite where that is not known, so that it never wins."""
    with np.errstate(over="ignore"):
        return np.where(np.isnan(problem.mean_logprob), np.inf, np.exp(-problem.mean_logprob))


@dataclass(frozen=True, eq=False)
class Rows:
    """The distinct rows of a problem."""

    problem: JudgedProblem
    row_of: Labels
    """(C,) the row of each candidate, in order of first appearance"""
    outcomes: NDArray[np.uint8]
    """(R, T)"""
    behaviours: NDArray[np.int32]
    """(R, T), -1 where the cell did not run to an end"""
    num_twins: NDArray[np.int64]
    """(C,) candidates with the same program text"""
    perplexity: Floats
    """(C,) f(r)"""

    @classmethod
    def of(cls, problem: JudgedProblem) -> "Rows":
        """Group equal candidates. Cells that are our own fault (INFRA) count as not run."""
        ran = np.isin(problem.outcomes, (Outcome.PASS, Outcome.WRONG))
        behaviours = np.where(ran, problem.behaviours, -1).astype(np.int32)
        passed = (problem.outcomes == Outcome.PASS).astype(np.int32)
        counted = (problem.outcomes != Outcome.INFRA).astype(np.int32)
        row_of = cluster_rows(_words(np.concatenate([behaviours, passed, counted], axis=1))).labels.astype(np.int64)
        first = np.unique(row_of, return_index=True)[1]
        num_twins = np.bincount(problem.first_twin, minlength=problem.num_candidates)[problem.first_twin]
        return cls(
            problem,
            row_of,
            np.ascontiguousarray(problem.outcomes[first]),
            np.ascontiguousarray(behaviours[first]),
            num_twins,
            perplexities(problem),
        )

    @property
    def num_rows(self) -> int:
        """R."""
        return int(self.outcomes.shape[0])

    def sums(self, of_candidates: Floats) -> Floats:
        """(R,) sums of a value of each candidate."""
        sums: Floats = np.bincount(self.row_of, weights=of_candidates, minlength=self.num_rows).astype(np.float64)
        return sums

    def least(self, of_candidates: Floats) -> Floats:
        """(R,) the smallest value of each row's candidates."""
        smallest = np.full(self.num_rows, np.inf)
        np.minimum.at(smallest, self.row_of, of_candidates)
        return smallest

    def unweighted(self) -> "Ballot":
        """The problem as it is: one weighting, every test once, every candidate once."""
        row_weights = self.sums(np.ones(self.problem.num_candidates))
        return Ballot(self, row_weights[None], np.ones((1, self.problem.num_tests)))


@dataclass(frozen=True, eq=False)
class Ballot:
    """Rows under weightings. `row_weights` is (B, R), `test_weights` (B, T); both are counts, zero for left out."""

    rows: Rows
    row_weights: Floats
    test_weights: Floats

    @property
    def num_weightings(self) -> int:
        """B."""
        return int(self.row_weights.shape[0])

    @cached_property
    def present(self) -> Mask:
        """(B, R) whether the row has any candidate."""
        return self.row_weights > 0

    @cached_property
    def num_tests(self) -> Floats:
        """(B, 1) tests, each as often as it counts."""
        number: Floats = self.test_weights.sum(axis=1, keepdims=True)
        return number

    def _count_of(self, holds: Mask) -> Floats:
        """(B, R) tests for which something holds, from (R, T)."""
        counts: Floats = self.test_weights @ holds.T.astype(np.float64)
        return counts

    @cached_property
    def num_ran(self) -> Floats:
        """(B, R) tests on which the row ran to an end."""
        return self._count_of(self.rows.behaviours >= 0)

    @cached_property
    def num_passed(self) -> Floats:
        """(B, R) tests that the row passed."""
        return self._count_of(self.rows.outcomes == Outcome.PASS)

    @cached_property
    def num_counted(self) -> Floats:
        """(B, R) tests that count for the row: all but those that failed through our own fault."""
        return self._count_of(self.rows.outcomes != Outcome.INFRA)

    @cached_property
    def ran_share(self) -> Floats:
        """(B, R) e(r); 0 where no test counts."""
        return self.num_ran / np.maximum(self.num_counted, 1.0)

    @cached_property
    def pass_share(self) -> Floats:
        """(B, R) share of tests passed; 0 where no test counts."""
        return self.num_passed / np.maximum(self.num_counted, 1.0)

    @cached_property
    def informative(self) -> Mask:
        """(B, R) whether the row answers two inputs differently. Where only one test counts, any answer will do.

        One answer to every input is what a program gives that does not look at its input: many wrong programs agree
        on it, and no test input tells them apart.
        """
        used = (self.test_weights > 0)[:, None, :] & (self.rows.behaviours >= 0)
        behaviours = self.rows.behaviours
        highest = np.where(used, behaviours, -1).max(axis=2, initial=-1)
        lowest = np.where(used, behaviours, np.iinfo(np.int32).max).min(axis=2, initial=np.iinfo(np.int32).max)
        one_test = np.count_nonzero(self.test_weights, axis=1)[:, None] == 1
        informative: Mask = (highest > lowest) | (one_test & (highest >= 0))
        return informative

    @cached_property
    def value_labels(self) -> Labels:
        """(B, R) clusters of rows that return the same on every test that counts."""
        return self._labels(self.rows.behaviours)

    @cached_property
    def pass_labels(self) -> Labels:
        """(B, R) clusters of rows that pass the same tests (2512.17385, Definition 2.1)."""
        return self._labels(None)

    def _labels(self, behaviours: NDArray[np.int32] | None) -> Labels:
        distinct, which = np.unique(self.test_weights > 0, axis=0, return_inverse=True)
        num_rows = self.rows.num_rows
        starts = np.arange(len(distinct) + 1, dtype=np.uint64) * np.uint64(num_rows)
        if behaviours is None:
            passed = distinct[:, None, :] & (self.rows.outcomes == Outcome.PASS)
            clusters = cluster_bits(passed.reshape(len(distinct) * num_rows, passed.shape[2]), starts)
        else:
            cells = np.where(distinct[:, None, :], behaviours, np.int32(_LEFT_OUT))
            words = _words(cells.reshape(len(distinct) * num_rows, cells.shape[2]))
            clusters = cluster_rows(words, starts)
        labels = clusters.labels.astype(np.int64)
        return labels.reshape(len(distinct), num_rows)[which.ravel()]

    def cluster_sums(self, labels: Labels, of_rows: Floats) -> Floats:
        """(B, R) for each row, the sum of a (B, R) quantity over its cluster."""
        num_rows = self.rows.num_rows
        if not num_rows:
            return np.zeros_like(of_rows)
        places = labels + np.arange(self.num_weightings)[:, None] * num_rows
        sums: Floats = np.bincount(places.ravel(), weights=of_rows.ravel(), minlength=places.size)[places]
        return sums

    def cluster_sizes(self, labels: Labels, kept: Mask | None = None) -> Floats:
        """(B, R) for each row, the candidates in its cluster, or those of them that are kept."""
        return self.cluster_sums(labels, self.row_weights if kept is None else self.row_weights * kept)

    def agreeing(self, row_weights: Floats) -> Floats:
        """(B, R) the weight that returns what the row returns, summed over tests. A cell without a value agrees with
        nothing, itself included.
        """
        return agreement_weights(self.rows.behaviours, np.ascontiguousarray(row_weights), self.test_weights)

    def passing_together(self) -> Floats:
        """(B, R) over all candidates, the tests that they and the row both pass: popcounts of common bits, weighted."""
        passed = np.where(self.rows.outcomes == Outcome.PASS, 0, -1).astype(np.int32)
        return agreement_weights(passed, self.row_weights, self.test_weights)


def _words(cells: NDArray[np.int32]) -> NDArray[np.uint64]:
    """(N, K) numbers as (N, ceil(K / 2)) words."""
    padded = np.zeros((cells.shape[0], cells.shape[1] + cells.shape[1] % 2), dtype=np.int32)
    padded[:, : cells.shape[1]] = cells
    return padded.view(np.uint64).reshape(cells.shape[0], padded.shape[1] // 2)
