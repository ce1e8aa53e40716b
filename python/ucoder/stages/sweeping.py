"""Sweeping: what a selection would have been with fewer candidates and fewer tests, drawn from a matrix that is there.

A draw puts the candidates of each problem and its tests in a random order; n candidates are the first n, so that along
a draw more candidates and more tests only add. Nothing is sampled or executed for it: rows and columns of the judged
matrix are left out. All sizes and draws of a problem are scored together, as weightings of one ballot.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ucoder._core import Outcome
from ucoder.consensus.ballot import Ballot, Floats, Rows
from ucoder.consensus.choice import Rule, candidate_order, winning_rows
from ucoder.consensus.settings import ConsensusSettings
from ucoder.execution.judged import COLUMNS, StoredProblem, stored_problems
from ucoder.records import JudgedProblem
from ucoder.store import JsonObject, RunRecord

__all__ = ["Costed", "Grid", "GridRow", "Sizes", "costed_problems", "sweep_problems"]

_CELLS_AT_A_TIME = 4_000_000  # bounds memory: weightings x rows x tests that are scored together


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The grid. Its corner, most candidates and most tests, is the whole matrix."""

    n: tuple[int, ...]
    """Answers drawn for a problem, rising; the last is what was drawn"""
    num_tests: tuple[int, ...]
    """Tests, rising; the last is what was asked for"""
    draws: int
    seed: int


@dataclass(frozen=True, eq=False, slots=True)
class Costed:
    """A problem of a run, and what its cells took."""

    stored: StoredProblem
    cpu_us: NDArray[np.float64]
    """(C, T)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One size, the mean of all draws. Shares are of problems, from 0 to 1."""

    n: int
    num_tests: int
    problems: int
    selection_yield: float
    """Share of problems for which the rule selects something"""
    yield_low: float
    """Of all draws, the lowest"""
    yield_high: float
    agreement: float | None
    """Of the problems with a selection here and in the whole matrix: share where the two behave alike on every test"""
    pass_at_1: float | None
    """Of the problems with truth; where nothing is selected, the mean of the problem's candidates counts"""
    pass_at_1_chosen: float | None
    """Of the problems with truth and a selection"""
    tokens: int
    """Of the candidates' answers"""
    executions: int
    """Candidates x tests"""
    cpu_seconds: float
    """Of those executions, programs of the same text counted once: as recorded inside, and for what was stopped at a
    limit what that allows. Starting workers and loading programs is not in it"""


def costed_problems(record: RunRecord) -> Iterator[Costed]:
    """The problems of a run's cells, one part at a time. RunDirectoryError where a table is not as written."""
    stopped, put_off = _stopped_us(record.identity["settings"])
    for number in sorted(record.parts):
        tables = {name: record.read_part(name, number, columns) for name, columns in COLUMNS.items()}
        cells = record.read_part("cells", number, ["cpu_us", "at_limit"])
        cpu_us = cells["cpu_us"].to_numpy().astype(np.float64)
        at_limit = cells["at_limit"].to_numpy()
        begin = 0
        for stored in stored_problems(tables, f"{record.path}, part {number}"):
            shape = stored.judged.outcomes.shape
            end = begin + shape[0] * shape[1]
            # A program that was stopped could not record its time: it had what the limit allows.
            limit = np.where(at_limit[begin:end].reshape(shape), put_off, stopped)
            was_stopped = stored.judged.outcomes == Outcome.CPU_LIMIT
            yield Costed(stored, np.where(was_stopped, limit, cpu_us[begin:end].reshape(shape)))
            begin = end


def _stopped_us(settings: JsonObject) -> tuple[float, float]:
    """CPU time (us) of a cell that was stopped: for good, and of one that was not waited for (`at_limit`)."""
    stopped = 1.5e3 * settings["limits"]["cpu_ms"]
    patience = settings["patience"]
    if patience["mode"] != "deciding" or 3 * patience["first_cpu_ms"] > settings["limits"]["cpu_ms"]:
        return stopped, stopped
    return stopped, 1.5e3 * patience["first_cpu_ms"]


def sweep_problems(
    problems: Iterator[Costed],
    sizes: Sizes,
    rule: Rule,
    settings: ConsensusSettings,
    truth: Callable[[StoredProblem], NDArray[np.bool_] | None],
) -> "Grid":
    """All sizes over all problems. `truth`: (C,) who is right, None where that is not known."""
    grid = Grid(sizes)
    for one in problems:
        grid.add(one, rule, settings, truth(one.stored))
    return grid


@dataclass(slots=True)
class Grid:
    """Sums over problems; each array is (draws, sizes of n, sizes of tests)."""

    sizes: Sizes
    selected: Floats = field(init=False)
    agreeing: Floats = field(init=False)
    compared: Floats = field(init=False)
    right: Floats = field(init=False)
    right_chosen: Floats = field(init=False)
    chosen: Floats = field(init=False)
    executions: Floats = field(init=False)
    cpu_us: Floats = field(init=False)
    num_true: int = 0

    def __post_init__(self) -> None:
        shape = (self.sizes.draws, len(self.sizes.n), len(self.sizes.num_tests))
        for name in self.__slots__[1:-1]:
            setattr(self, name, np.zeros(shape))

    def add(self, one: Costed, rule: Rule, settings: ConsensusSettings, right: NDArray[np.bool_] | None) -> None:
        """Take in a problem."""
        judged = one.stored.judged
        shape = self.selected.shape
        taken, tests = _weightings(judged, self.sizes)
        first = judged.first_twin.astype(np.int64)
        distinct = np.zeros_like(taken)
        for candidate, twin in enumerate(first):
            distinct[:, twin] = np.maximum(distinct[:, twin], taken[:, candidate])
        self.executions += (taken.sum(axis=1) * tests.sum(axis=1)).reshape(shape)
        self.cpu_us += ((distinct @ one.cpu_us) * tests).sum(axis=1).reshape(shape)
        won, whole, labels, order, row_of = _winners(judged, rule, settings, taken, tests)
        chose = won >= 0
        self.selected += chose.reshape(shape)
        if whole >= 0:
            self.compared += chose.reshape(shape)
            self.agreeing += (chose & (labels[won] == labels[whole])).reshape(shape)
        if right is None or not right.size:
            return
        self.num_true += 1
        # Of the candidates of the winning row, the one that comes first among those that were drawn.
        ranks = np.where((taken > 0) & (row_of[None] == won[:, None]), order[None], np.inf)
        verdict = right[np.argmin(ranks, axis=1)].astype(np.float64)
        self.chosen += chose.reshape(shape)
        self.right_chosen += np.where(chose, verdict, 0.0).reshape(shape)
        self.right += np.where(chose, verdict, right.mean()).reshape(shape)

    def rows(self, num_problems: int, tokens_per_answer: float) -> list[GridRow]:
        """The table, by n and then by tests. `num_problems` were asked about, those without any program among them."""
        found = []
        for (i, n), (j, num_tests) in product(enumerate(self.sizes.n), enumerate(self.sizes.num_tests)):
            shares = self.selected[:, i, j] / max(1, num_problems)
            compared, chosen = self.compared[:, i, j].sum(), self.chosen[:, i, j].sum()
            found.append(
                GridRow(
                    n=n,
                    num_tests=num_tests,
                    problems=num_problems,
                    selection_yield=float(shares.mean()),
                    yield_low=float(shares.min()),
                    yield_high=float(shares.max()),
                    agreement=float(self.agreeing[:, i, j].sum() / compared) if compared else None,
                    pass_at_1=float(self.right[:, i, j].mean() / self.num_true) if self.num_true else None,
                    pass_at_1_chosen=float(self.right_chosen[:, i, j].sum() / chosen) if chosen else None,
                    tokens=round(n * num_problems * tokens_per_answer),
                    executions=round(float(self.executions[:, i, j].mean())),
                    cpu_seconds=float(self.cpu_us[:, i, j].mean()) / 1e6,
                )
            )
        return found


def _weightings(judged: JudgedProblem, sizes: Sizes) -> tuple[Floats, Floats]:
    """(B, C) candidates and (B, T) tests that are in, 1 or 0, for B = draws x sizes of n x sizes of tests.

    Answers without a program stand for candidates that are not there: n answers may be fewer than n candidates.
    """
    seed = hashlib.sha256(f"{sizes.seed}\0{judged.task_id}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(seed[:16], "little"))
    slots = max(sizes.n[-1], judged.num_candidates)
    candidate_place = np.stack([random.permutation(slots)[: judged.num_candidates] for _ in range(sizes.draws)])
    test_place = np.stack([random.permutation(judged.num_tests) for _ in range(sizes.draws)])
    # The corner is the whole matrix, however many answers or tests there are.
    most_n, most_tests = slots, max(sizes.num_tests[-1], judged.num_tests)
    ns = np.array([*sizes.n[:-1], most_n])
    tests = np.array([*sizes.num_tests[:-1], most_tests])
    shape = (sizes.draws, len(ns), len(tests))
    taken = np.broadcast_to((candidate_place[:, None, :] < ns[:, None])[:, :, None], (*shape, judged.num_candidates))
    used = np.broadcast_to((test_place[:, None, :] < tests[:, None])[:, None], (*shape, judged.num_tests))
    return (
        taken.reshape(-1, judged.num_candidates).astype(np.float64),
        used.reshape(-1, judged.num_tests).astype(np.float64),
    )


def _winners(
    judged: JudgedProblem, rule: Rule, settings: ConsensusSettings, taken: Floats, tests: Floats
) -> tuple[NDArray[np.int64], int, NDArray[np.int64], Floats, NDArray[np.int64]]:
    """(B,) winning rows, -1 for none; that of the whole; clusters of rows; candidates' ranks; rows of candidates."""
    rows = Rows.of(judged)
    order = rule.order(rows, settings) if rule.order else candidate_order(rows)
    ranks = order.astype(np.float64)
    none = np.full(len(taken), -1, dtype=np.int64)
    labels = np.zeros(1, dtype=np.int64)
    if not judged.num_candidates or (rule.needs_tests and not judged.num_tests):
        return none, -1, labels, ranks, rows.row_of
    whole = rows.unweighted()
    labels = whole.value_labels[0]
    row_weights = np.zeros((len(taken), rows.num_rows))
    for candidate, row in enumerate(rows.row_of):
        row_weights[:, row] += taken[:, candidate]
    at_a_time = max(1, _CELLS_AT_A_TIME // max(1, rows.num_rows * judged.num_tests))
    found = []
    for begin in range(0, len(taken), at_a_time):
        part = slice(begin, begin + at_a_time)
        ballot = Ballot(rows, row_weights[part], tests[part])
        found.append(winning_rows(rule.score(ballot, settings), ballot, order))
    won = np.where(row_weights.any(axis=1), np.concatenate(found), -1)
    return won, int(winning_rows(rule.score(whole, settings), whole, order)[0]), labels, ranks, rows.row_of
