"""From a rule's scores to one candidate, or to the reason for none. Ties are never broken by chance.

A rule gives a score to every row, groups of rows that it holds for the same (its clusters), and filters in the order
in which they apply. The rest is the same for all rules:

* the cluster with the best score wins; among equal ones the higher mean e(r), then the lower mean f(r), then the one
  that appeared first;
* in it, the candidate with the lower f(r), then with more textual twins, then with the shorter source, then with the
  smaller hash of its text.

Scores that differ by less than a part in 10^9 are equal: they come from sums whose order depends on the order of rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ucoder.consensus.ballot import Ballot, Floats, Labels, Mask, Rows
from ucoder.consensus.settings import ConsensusSettings
from ucoder.records import Selection

__all__ = ["Filter", "Nothing", "Rule", "Scores", "candidate_order", "choose", "winning_rows"]

_RELATIVE = 1e-9


class Nothing(StrEnum):
    """Why nothing was chosen."""

    NO_CANDIDATE = "no candidate"
    NO_TEST = "no usable test"
    NONE_RAN = "no candidate that ran to an end on any test"
    BELOW_RHO = "no candidate that ran to an end on enough tests (rho)"
    BELOW_TAU = "no cluster of size tau"
    UNINFORMATIVE = "nothing but clusters that carry no information"
    NO_LOGPROB = "not applicable: no log-probability is known"


@dataclass(frozen=True, eq=False)
class Filter:
    """Rows that may be chosen, and the reason for choosing nothing where they are none."""

    kept: Mask
    otherwise: Nothing


@dataclass(frozen=True, eq=False)
class Scores:
    """What a rule says of the rows of a ballot, (B, R) each."""

    score: Floats
    labels: Labels
    """Clusters: rows that the rule holds for the same"""
    filters: tuple[Filter, ...]
    within: Floats | None = None
    """What ranks the rows of the winning cluster before f(r) does"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to select, by name. `score` is pure: equal ballots and settings give equal scores."""

    name: str
    source: str
    """Paper and section"""
    idea: str
    score: Callable[[Ballot, ConsensusSettings], Scores]
    needs_tests: bool = True
    order: Callable[[Rows, ConsensusSettings], NDArray[np.int64]] | None = None
    """(C,) ranks of the candidates of a cluster where they are not those of `candidate_order`"""


def candidate_order(rows: Rows) -> NDArray[np.int64]:
    """(C,) rank of each candidate among equals, 0 for the one to choose: f, twins, source length, hash, position.

    Position decides between candidates of the same text only, which are the same program.
    """
    problem = rows.problem
    keys = np.lexsort(
        (
            np.arange(problem.num_candidates),
            np.array(problem.program_ids, dtype=np.str_),
            problem.source_chars,
            -rows.num_twins,
            rows.perplexity,
        )
    )
    ranks = np.empty(problem.num_candidates, dtype=np.int64)
    ranks[keys] = np.arange(problem.num_candidates)
    return ranks


def _best(among: Mask, key: Floats) -> Mask:
    """(B, R) those of `among` whose key is the highest of their weighting, up to rounding."""
    highest = np.where(among, key, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    margin = np.where(np.isfinite(highest), np.abs(highest) * _RELATIVE, 0.0)
    best: Mask = among & (key >= highest - margin)
    return best


def _survivors(scores: Scores, ballot: Ballot) -> tuple[Mask, NDArray[np.object_]]:
    """(B, R) rows that pass all filters, and (B,) why there are none, "" where there are some."""
    kept = ballot.present.copy()
    reasons = np.full(ballot.num_weightings, "", dtype=object)
    for one in scores.filters:
        kept &= one.kept
        reasons[(reasons == "") & ~kept.any(axis=1)] = one.otherwise
    return kept, reasons


def _leading(scores: Scores, ballot: Ballot, kept: Mask) -> Mask:
    """(B, R) the rows of the best cluster among those kept."""
    best = _best(kept, scores.score)
    tied = best.sum(axis=1) > 1
    if tied.any():
        weights = ballot.row_weights * kept
        sizes = np.maximum(ballot.cluster_sums(scores.labels, weights), 1.0)
        best = _best(best, ballot.cluster_sums(scores.labels, weights * ballot.ran_share) / sizes)
        mean_perplexity = ballot.rows.sums(ballot.rows.perplexity) / np.maximum(ballot.rows.sums(_ones(ballot)), 1.0)
        with np.errstate(invalid="ignore"):
            weighted = np.where(weights > 0, weights * mean_perplexity, 0.0)
        best = _best(best, -ballot.cluster_sums(scores.labels, weighted) / sizes)
    first = np.argmax(best, axis=1)
    winner = scores.labels[np.arange(len(first)), first][:, None]
    leading: Mask = kept & (scores.labels == winner) & best.any(axis=1, keepdims=True)
    return leading


def _ones(ballot: Ballot) -> Floats:
    return np.ones(ballot.rows.problem.num_candidates)


def winning_rows(scores: Scores, ballot: Ballot, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """(B,) the row that each weighting selects, -1 for none. `order` are the ranks of candidates among equals.

    Under a resampling of candidates equals keep the order they have in the whole problem.
    """
    if not ballot.rows.num_rows:
        return np.full(ballot.num_weightings, -1, dtype=np.int64)
    kept, reasons = _survivors(scores, ballot)
    leading = _leading(scores, ballot, kept)
    if scores.within is not None:
        leading = _best(leading, scores.within)
    ranks = ballot.rows.least(order.astype(np.float64))
    rows = np.argmin(np.where(leading, ranks, np.inf), axis=1)
    return np.where(reasons == "", rows, -1)


def choose(rule: Rule, ballot: Ballot, settings: ConsensusSettings) -> Selection:
    """What the rule selects under the first weighting of a ballot, with its reasons.

    ValueError where the ballot is not that of a whole problem.
    """
    problem = ballot.rows.problem
    if ballot.row_weights[0].sum() != problem.num_candidates:
        raise ValueError("only a whole problem has a selection; resamplings have winning rows")
    if obstacle := _obstacle(rule, ballot):
        return Selection(task_id=problem.task_id, rule=rule.name, nothing=obstacle)
    scores = rule.score(ballot, settings)
    kept, reasons = _survivors(scores, ballot)
    if reasons[0]:
        return Selection(task_id=problem.task_id, rule=rule.name, nothing=str(reasons[0]))
    order = rule.order(ballot.rows, settings) if rule.order else candidate_order(ballot.rows)
    row = int(winning_rows(scores, ballot, order)[0])
    of_row = np.flatnonzero(ballot.rows.row_of == row)
    candidate = int(of_row[np.argmin(order[of_row])])
    label = scores.labels[0, row]
    score = float(scores.score[0, row])
    others = kept & (scores.labels != label)
    mates = np.flatnonzero(kept[0] & (scores.labels[0] == label))
    second, second_score = _runner_up(scores, ballot, others)
    sizes = ballot.cluster_sizes(scores.labels, kept)[0]
    perplexity = float(ballot.rows.perplexity[candidate])
    return Selection(
        task_id=problem.task_id,
        rule=rule.name,
        candidate=candidate,
        program_id=problem.program_ids[candidate],
        cluster=int(np.argmax(np.isin(ballot.rows.row_of, mates))),
        cluster_size=int(sizes[row]),
        score=score,
        ran_share=float(ballot.ran_share[0, row]) if problem.num_tests else None,
        pass_share=float(ballot.pass_share[0, row]) if problem.num_tests else None,
        perplexity=perplexity if np.isfinite(perplexity) else None,
        runner_up=None if second is None else int(np.argmax(ballot.rows.row_of == second)),
        runner_up_size=None if second is None else int(sizes[second]),
        runner_up_score=second_score,
        margin=None if second_score is None else score - second_score,
    )


def _obstacle(rule: Rule, ballot: Ballot) -> Nothing | None:
    if not ballot.rows.problem.num_candidates:
        return Nothing.NO_CANDIDATE
    if rule.needs_tests and not ballot.rows.problem.num_tests:
        return Nothing.NO_TEST
    return None


def _runner_up(scores: Scores, ballot: Ballot, others: Mask) -> tuple[int | None, float | None]:
    """The first row of the best cluster among `others`, and its score."""
    if not others[0].any():
        return None, None
    row = int(np.argmax(_leading(scores, ballot, others)[0]))
    return row, float(scores.score[0, row])
