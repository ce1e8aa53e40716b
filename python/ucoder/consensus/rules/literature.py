"""Rules of other papers, over the same evidence. Where a paper leaves a choice, the docstring says which was taken."""

from typing import Final

import numpy as np

from ucoder.consensus.ballot import Ballot, Floats
from ucoder.consensus.choice import Rule, Scores
from ucoder.consensus.rules.filters import carries_information, informative_rows, ran_anywhere, some_test_passed
from ucoder.consensus.settings import ConsensusSettings

__all__ = ["B4", "CODET", "SOFT_VOTE", "SRANK"]

# Priors of B4: how rarely a wrong program passes a wrong test, and how likely programs and tests are right. They are
# those that the authors' published command uses for CodeGen on HumanEval (beta_0 of 1e4 to 1e6, alpha_xy of 1e3).
_B4_BETA_0: Final = 1e5
_B4_ALPHA_XY: Final = 1e3


def _codet(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    """CodeT's dual agreement: sqrt(candidates) x tests, over sets of candidates that pass the same tests.

    Each test counts once, as written (the paper weighs tests by how often they were generated; a suite here holds
    each one once). Candidates that pass no test score nothing.
    """
    labels = ballot.pass_labels
    score = np.sqrt(ballot.cluster_sizes(labels)) * ballot.num_passed
    dropped = carries_information(ballot, settings, by_passes=False, dropped=False)
    return Scores(score, labels, (ran_anywhere(ballot), some_test_passed(ballot), *dropped))


def _soft_vote(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    """MBR-Exec and its soft form: the expected share of tests on which another candidate returns the same."""
    voters = ballot.row_weights * informative_rows(ballot, settings, dropped=False)
    information = carries_information(ballot, settings, by_passes=False, dropped=False)
    return Scores(shared(ballot, voters), ballot.value_labels, (ran_anywhere(ballot), *information))


def shared(ballot: Ballot, voters: Floats) -> Floats:
    """(B, R) the mean share of tests on which one of the voters, (B, R) weights, returns what the row returns."""
    num_voters = voters.sum(axis=1, keepdims=True)
    share: Floats = ballot.agreeing(voters) / np.maximum(num_voters * ballot.num_tests, 1.0)
    return share


def _srank(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    """SRank: R = I V, with I the share of tests on which two clusters agree and V what speaks for each cluster.

    V is cluster size times tests passed, the paper's two features together; summed over candidates instead of
    clusters, so that the size need not be multiplied.
    """
    informative = informative_rows(ballot, settings, dropped=False)
    features = ballot.row_weights * informative * ballot.num_passed
    score = ballot.agreeing(features) / np.maximum(ballot.num_tests, 1.0)
    information = carries_information(ballot, settings, by_passes=False, dropped=False)
    return Scores(score, ballot.value_labels, (ran_anywhere(ballot), *information))


def _b4(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    """B4: the log posterior of "exactly the programs of this cluster and the tests they pass are right".

    Right programs pass right tests for certain. The other chances are drawn once a problem and integrated out: a
    program is right, a test is right (both Beta(alpha, 1)), a wrong program passes a right test (uniform), a wrong
    program passes a wrong test (Beta(1, beta), nearly never). Tests and programs are taken as independent.
    """
    labels = ballot.pass_labels
    size = ballot.cluster_sizes(labels)
    num_candidates = ballot.row_weights.sum(axis=1, keepdims=True)
    num_tests = ballot.num_tests
    passed = ballot.num_passed
    all_passes = (ballot.row_weights * passed).sum(axis=1, keepdims=True)
    together = ballot.passing_together()
    others_on_right = together - size * passed  # passes of the other programs, on the tests this cluster passes
    others_on_wrong = all_passes - together
    score = (
        _log_beta(passed + _B4_ALPHA_XY, num_tests - passed + 1)
        + _log_beta(size + _B4_ALPHA_XY, num_candidates - size + 1)
        + _log_beta(others_on_right + 1, (num_candidates - size) * passed - others_on_right + 1)
        + _log_beta(others_on_wrong + 1, (num_candidates - size) * (num_tests - passed) - others_on_wrong + _B4_BETA_0)
    )
    dropped = carries_information(ballot, settings, by_passes=False, dropped=False)
    return Scores(score, labels, (ran_anywhere(ballot), some_test_passed(ballot), *dropped))


def _log_beta(left: Floats, right: Floats) -> Floats:
    return _log_gamma(left) + _log_gamma(right) - _log_gamma(left + right)


def _log_gamma(values: Floats) -> Floats:
    """ln Gamma for values from 1, to 1e-10: Stirling's series above 8, recurrence below."""
    shifted = values + 8.0
    product = np.ones_like(values)
    for step in range(8):
        product = product * (values + step)
    inverse = 1.0 / shifted
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 * (1 / 1260 - inverse**2 / 1680)))
    result: Floats = (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * np.log(2 * np.pi) + series - np.log(product)
    return result


CODET = Rule("codet", "CodeT, 2207.10397, sec. 2.2", "sqrt(candidates) x tests passed, by sets of passed tests", _codet)
SOFT_VOTE = Rule(
    "soft-vote",
    "MBR-Exec, 2204.11454; Menet et al., 2602.06098",
    "the most expected agreement with the other candidates, test by test",
    _soft_vote,
)
SRANK = Rule(
    "srank", "SRank, 2311.03366, sec. 2", "agreement with other clusters, by their size and the tests they pass", _srank
)
B4 = Rule("b4", "B4, 2409.08692, sec. 4", "posterior that just this cluster and the tests it passes are right", _b4)
