"""How far a selection hangs on the very tests and candidates that were drawn: the bootstrap of Efron (1979).

A selection *stays* under a resampling when the rule then selects a program of the same value cluster, that is one
that returns the same on every usable test as the program selected at first. Selecting nothing is not staying.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ucoder.consensus.ballot import Ballot, Floats, Rows
from ucoder.consensus.choice import Rule, candidate_order, winning_rows
from ucoder.consensus.settings import ConsensusSettings
from ucoder.records import Selection

__all__ = ["with_stability"]

_CELLS_AT_A_TIME = 4_000_000  # bounds memory: weightings x rows x tests that are scored together


def with_stability(
    rules: Sequence[Rule], rows: Rows, selections: Sequence[Selection], settings: ConsensusSettings
) -> list[Selection]:
    """The selections of these rules, with `kept_tests` and `kept_candidates`. Seeded by settings and task.

    Tests are resampled as often as there are tests, candidates as often as there are candidates, each with
    replacement; where nothing was chosen, or without resamples, the shares stay None.
    """
    if not settings.resamples or not any(one.candidate is not None for one in selections):
        return list(selections)
    won: list[list[NDArray[np.int64]]] = [[] for _ in rules]
    orders = [rule.order(rows, settings) if rule.order else candidate_order(rows) for rule in rules]
    for ballot in _resampled(rows, settings):
        for rule, order, parts, selection in zip(rules, orders, won, selections, strict=True):
            if selection.candidate is not None:
                parts.append(winning_rows(rule.score(ballot, settings), ballot, order))
    labels = rows.unweighted().value_labels[0]
    return [_with_shares(one, np.concatenate(parts) if parts else None, labels, rows, settings.resamples)
            for one, parts in zip(selections, won, strict=True)]  # fmt: skip


def _resampled(rows: Rows, settings: ConsensusSettings) -> Iterator[Ballot]:
    """First `resamples` weightings of the tests, then as many of the candidates, some at a time."""
    problem = rows.problem
    seed = hashlib.sha256(f"{settings.seed}\0{problem.task_id}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(seed[:16], "little"))
    counts = rows.sums(np.ones(problem.num_candidates))
    row_weights = np.tile(counts, (2 * settings.resamples, 1))
    row_weights[settings.resamples :] = _drawn(random, problem.num_candidates, counts, settings.resamples)
    test_weights = np.ones((2 * settings.resamples, problem.num_tests))
    if problem.num_tests:
        test_weights[: settings.resamples] = _drawn(
            random, problem.num_tests, np.ones(problem.num_tests), settings.resamples
        )
    at_a_time = max(1, _CELLS_AT_A_TIME // max(1, rows.num_rows * problem.num_tests))
    for begin in range(0, 2 * settings.resamples, at_a_time):
        end = begin + at_a_time
        yield Ballot(rows, row_weights[begin:end], test_weights[begin:end])


def _drawn(random: np.random.Generator, number: int, weights: Floats, times: int) -> Floats:
    return random.multinomial(number, weights / weights.sum(), size=times).astype(np.float64)


def _with_shares(
    selection: Selection, won: NDArray[np.int64] | None, labels: NDArray[np.int64], rows: Rows, resamples: int
) -> Selection:
    if won is None or selection.candidate is None:
        return selection
    same = (won >= 0) & (labels[won] == labels[rows.row_of[selection.candidate]])
    return replace(selection, kept_tests=float(same[:resamples].mean()), kept_candidates=float(same[resamples:].mean()))
