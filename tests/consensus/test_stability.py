"""Resampling: what stays, the bound, and intervals."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ucoder.consensus.ballot import Ballot, Rows
from ucoder.consensus.bound import bound_of
from ucoder.consensus.choice import candidate_order, choose, winning_rows
from ucoder.consensus.comparison import estimates
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.consensus.stability import with_stability
from ucoder.records import JudgedProblem, Selection

Problem = Callable[..., JudgedProblem]

SETTINGS = ConsensusSettings(resamples=200)


def selected(rule: str, judged: JudgedProblem, settings: ConsensusSettings = SETTINGS) -> Selection:
    rows = Rows.of(judged)
    chosen = choose(RULES[rule], rows.unweighted(), settings)
    return with_stability([RULES[rule]], rows, [chosen], settings)[0]


def test_a_clear_selection_stays_whatever_is_drawn(problem: Problem) -> None:
    chosen = selected("default", problem(["abcd"] * 9 + ["abcx"], "abcd"))
    assert (chosen.kept_tests, chosen.kept_candidates) == pytest.approx((1.0, 1.0), abs=0.1)


def test_a_selection_by_one_candidate_more_hangs_on_the_candidates_and_not_on_the_tests(problem: Problem) -> None:
    chosen = selected("output-cluster", problem(["abcd"] * 5 + ["wxyz"] * 4))
    assert chosen.kept_tests == 1.0
    assert chosen.kept_candidates is not None
    assert 0.45 < chosen.kept_candidates < 0.8


def test_a_selection_by_one_test_hangs_on_that_test(problem: Problem) -> None:
    # Without the last test all five are one cluster, from which the shorter program comes.
    judged = problem(
        ["aabc", "aabc", "aabc", "aabx", "aabx"], texts=["a long one", "another one", "third one", "s", "t"]
    )
    chosen = selected("output-cluster", judged)
    assert chosen.candidate == 2
    assert chosen.kept_tests == pytest.approx(1 - 0.75**4, abs=0.1)


def test_selections_are_resampled_alike_every_time_and_by_the_seed(problem: Problem) -> None:
    judged = problem(["abcd"] * 5 + ["wxyz"] * 4 + ["abxd"] * 3)
    first = selected("default", judged)
    assert selected("default", judged) == first
    assert selected("default", judged, replace(SETTINGS, seed=1)) != first


def test_without_resamples_and_without_a_choice_there_is_no_share(problem: Problem) -> None:
    assert selected("default", problem(["ab", "ab"]), replace(SETTINGS, resamples=0)).kept_tests is None
    assert selected("default", problem(["aa", "aa"])).kept_candidates is None


@pytest.mark.parametrize("rule", RULES)
def test_a_weighting_selects_what_the_problem_it_stands_for_would(rule: str, problem: Problem) -> None:
    """Resampled weights against the same problem with candidates and tests really repeated or left out."""
    random = np.random.default_rng(5)
    for _ in range(20):
        cells = random.choice(list("abc."), (6, 5), p=[0.4, 0.3, 0.2, 0.1])
        rows = ["".join(row) for row in cells]
        judged = problem(rows, "abcab", logprobs=[-0.1 * index for index in range(1, 7)])
        tests = random.integers(0, 3, 5)
        if np.count_nonzero(tests) < 2:  # one test twice is one test; written out it is two that agree
            continue
        of = Rows.of(judged)
        ballot = Ballot(of, of.unweighted().row_weights, tests[None].astype(float))
        won = int(winning_rows(RULES[rule].score(ballot, SETTINGS), ballot, _order(rule, of))[0])
        repeated = np.repeat(np.arange(5), tests)
        there = problem(
            ["".join(row) for row in cells[:, repeated]],
            "".join("abcab"[test] for test in repeated),
            logprobs=[-0.1 * index for index in range(1, 7)],
        )
        expected = choose(RULES[rule], Rows.of(there).unweighted(), SETTINGS)
        if expected.candidate is None:
            assert won == -1
        else:
            assert won >= 0
            assert rows[expected.candidate] in {rows[index] for index in np.flatnonzero(of.row_of == won)}


def _order(rule: str, rows: Rows) -> np.ndarray:
    order = RULES[rule].order
    return order(rows, SETTINGS) if order else candidate_order(rows)


# -------------------------------------------------------------------- the bound


def test_the_bound_is_that_of_the_theorem(problem: Problem) -> None:
    judged = problem(["abcd", "abcd", "abcd", "abcd", "xbyz", "xqrs"])
    bound = bound_of(Rows.of(judged))
    assert (bound.largest, bound.largest_size, bound.k) == (0, 4, 2)
    assert bound.p == pytest.approx(1 / 4)  # the two others agree on one test of four
    chance = 4 / 6
    below_two = (1 - chance) ** 6 + 6 * chance * (1 - chance) ** 5
    assert bound.delta == pytest.approx(below_two)
    assert bound.least_tests == pytest.approx(math.log(3) / math.log(4))
    assert bound.bound == pytest.approx(1 - below_two - 36 / 256)
    assert bound.says_something


def test_at_the_least_number_of_tests_the_bound_says_nothing(problem: Problem) -> None:
    bound = bound_of(Rows.of(problem(["ab"] * 4 + ["xb", "xy"])))
    assert bound.bound is not None
    assert bound.bound < 0
    assert not bound.says_something


def test_without_two_others_or_without_information_there_is_no_bound(problem: Problem) -> None:
    assert bound_of(Rows.of(problem(["ab", "ab", "cd"]))).bound is None
    assert bound_of(Rows.of(problem(["aa", "aa", "aa"]))).largest is None
    assert bound_of(Rows.of(problem([]))).bound is None


# -------------------------------------------------------------------- intervals


def test_intervals_of_a_difference_are_those_of_pairs() -> None:
    random = np.random.default_rng(0)
    shared = random.random(200)
    better = np.minimum(shared + 0.05, 1.0)
    left, right, difference = estimates([better, shared, better - shared], seed=0)
    assert difference.mean == pytest.approx(left.mean - right.mean)
    assert difference.low > 0.04
    assert left.low < right.high


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    (share,) = estimates([np.repeat([0.0, 1.0], 200)], seed=1)
    assert share.mean == 0.5
    assert share.high - share.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(400), rel=0.1)


def test_there_is_no_mean_of_no_problems() -> None:
    with pytest.raises(ValueError, match="no problems"):
        estimates([np.zeros(0)], seed=0)
