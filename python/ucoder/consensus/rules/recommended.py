"""The rule we recommend, and why."""

from typing import Final

import numpy as np

from ucoder.consensus.ballot import Ballot
from ucoder.consensus.choice import Rule, Scores
from ucoder.consensus.rules.filters import carries_information, informative_rows, ran_anywhere
from ucoder.consensus.rules.literature import shared
from ucoder.consensus.settings import ConsensusSettings

__all__ = ["DEFAULT"]

# Exponents of the three kinds of evidence. Anything near them selects about as well: docs/log.md has the curve.
_AGREEMENT: Final = 2.0
_SIZE: Final = 0.5
_PASSES: Final = 1.0


def _default(ballot: Ballot, settings: ConsensusSettings) -> Scores:
    """Three kinds of evidence, multiplied, over candidates that carry information.

    * A, the share of tests on which another informative candidate returns the same (soft vote). It finds the
      behaviour in the middle even where no two programs are equal throughout, and an error is no agreement. Squared:
      two independent witnesses.
    * n, the candidates that return the same on *every* test. A wrong program that differs from right ones in a corner
      borrows their A; the size of its own cluster it cannot borrow. Under the root, as in CodeT: copies of a mistake
      are not independent of one another.
    * P = (passed + 1) / (tests + 2), the expected values that the model wrote. They are often wrong, and a program
      that passes none is not refuted: hence Laplace's estimate, which never is zero.

    A candidate that gives one answer to every input neither is chosen nor counts as a witness: programs that do not
    look at their input agree with each other for no reason that has to do with the problem.

    The logarithm of n^0.5 A^2 P is the score. A product, because the three are on no common scale and a product needs
    none.
    """
    voters = ballot.row_weights * informative_rows(ballot, settings, dropped=True)
    size = ballot.cluster_sizes(ballot.value_labels)
    passes = (ballot.num_passed + 1.0) / (ballot.num_counted + 2.0)
    with np.errstate(divide="ignore"):
        score = (
            _AGREEMENT * np.log(shared(ballot, voters))
            + _SIZE * np.log(np.maximum(size, 1.0))
            + _PASSES * np.log(passes)
        )
    information = carries_information(ballot, settings, by_passes=False, dropped=True)
    return Scores(score, ballot.value_labels, (ran_anywhere(ballot), *information))


DEFAULT = Rule(
    "default",
    "ours: CodeT's dual agreement and the soft vote together, without answers that ignore the input",
    "sqrt(size of the cluster) x (agreement with all others)^2 x share of tests passed",
    _default,
)
