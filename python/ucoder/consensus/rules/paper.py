"""The rule of UCoder (2512.17385, sec. 2) and the four it is compared with in the paper's ablation of selection."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from ucoder.consensus.ballot import Ballot, Rows
from ucoder.consensus.choice import Filter, Nothing, Rule, Scores
from ucoder.consensus.rules.filters import carries_information, ran_anywhere
from ucoder.consensus.settings import ConsensusSettings

__all__ = ["LOWEST_PERPLEXITY", "OUTPUT_CLUSTER", "RANDOM", "SUCCESS_RATE", "UCODER"]

_SUCCESS_RATE = 0.5  # the ablation's threshold


def _ucoder(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    by_passes = settings.signature == "pass"
    labels = ballot.pass_labels if by_passes else ballot.value_labels
    enough = Filter(ballot.ran_share >= settings.rho, Nothing.BELOW_RHO)
    sizes = ballot.cluster_sizes(labels, enough.kept)
    large = Filter(sizes >= settings.tau, Nothing.BELOW_TAU)
    information = carries_information(ballot, settings, by_passes=by_passes, dropped=True)
    return Scores(sizes, labels, (ran_anywhere(ballot), enough, large, *information), within=ballot.ran_share)


def _random(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    priorities = ballot.rows.least(_lots(ballot.rows, settings).astype(np.float64))
    score = np.broadcast_to(-priorities, ballot.present.shape)
    return Scores(score, _each_row(ballot), (ran_anywhere(ballot),))


def _lots(rows: Rows, settings: ConsensusSettings) -> NDArray[np.int64]:
    """(C,) ranks drawn from the seed, the task, each program and its number among its twins: never from a position."""
    seen: dict[str, int] = {}
    lots = []
    for program_id in rows.problem.program_ids:
        twin = seen[program_id] = seen.get(program_id, -1) + 1
        text = f"{settings.seed}\0{rows.problem.task_id}\0{program_id}\0{twin}"
        lots.append(hashlib.sha256(text.encode()).digest())
    ranks = np.empty(len(lots), dtype=np.int64)
    ranks[sorted(range(len(lots)), key=lots.__getitem__)] = np.arange(len(lots))
    return ranks


def _lowest_perplexity(ballot: Ballot, settings: ConsensusSettings) -> Scores:  # noqa: ARG001  f(r) alone decides
    """Rows of the lowest f(r) are one cluster, so that nothing but the order among equals decides between them."""
    perplexity = np.broadcast_to(ballot.rows.least(ballot.rows.perplexity), ballot.present.shape)
    lowest = np.where(ballot.present, perplexity, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    known = Filter(np.isfinite(perplexity), Nothing.NO_LOGPROB)
    return Scores(-perplexity, (perplexity > lowest).astype(np.int64), (known,))


def _success_rate(ballot: Ballot, settings: ConsensusSettings) -> Scores:  # noqa: ARG001  its threshold is the paper's
    """The paper keeps these and does not say how it picks one: here by the order among equals, which begins with f."""
    half = Filter(ballot.ran_share >= _SUCCESS_RATE, Nothing.BELOW_RHO)
    return Scores(half.kept.astype(np.float64), np.zeros_like(ballot.value_labels), (ran_anywhere(ballot), half))


def _output_cluster(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    information = carries_information(ballot, settings, by_passes=False, dropped=False)
    labels = ballot.value_labels
    return Scores(ballot.cluster_sizes(labels), labels, (ran_anywhere(ballot), *information))


def _each_row(ballot: Ballot) -> NDArray[np.int64]:
    """(B, R) a cluster for each row."""
    return np.broadcast_to(np.arange(ballot.rows.num_rows), ballot.present.shape)


UCODER = Rule(
    "ucoder",
    "UCoder, 2512.17385, sec. 2",
    "the largest cluster of those that run on rho of the tests; in it the highest e, then the lowest f",
    _ucoder,
)
RANDOM = Rule(
    "random", "UCoder, 2512.17385, ablation", "any candidate that ran, drawn from the seed", _random, order=_lots
)
LOWEST_PERPLEXITY = Rule(
    "lowest-perplexity",
    "UCoder, 2512.17385, ablation",
    "the lowest f(r), whatever it does",
    _lowest_perplexity,
    needs_tests=False,
)
SUCCESS_RATE = Rule(
    "success-rate",
    "UCoder, 2512.17385, ablation",
    "the lowest f(r) of those with an e(r) of 0.5 at least",
    _success_rate,
)
OUTPUT_CLUSTER = Rule(
    "output-cluster", "UCoder, 2512.17385, ablation", "the largest cluster of equal outputs, alone", _output_cluster
)
