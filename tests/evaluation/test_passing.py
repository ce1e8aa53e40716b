"""pass@k and its interval."""

from itertools import combinations

import pytest

from ucoder.evaluation.passing import pass_at_k


@pytest.mark.parametrize(("n", "c", "k"), [(5, 2, 1), (5, 2, 2), (6, 3, 4), (4, 0, 3), (4, 4, 1), (5, 3, 3)])
def test_pass_at_k_is_the_share_of_draws_with_a_right_one(n: int, c: int, k: int) -> None:
    draws = list(combinations([True] * c + [False] * (n - c), k))
    estimate = pass_at_k([n], [c], k)
    assert estimate is not None
    assert estimate.value == pytest.approx(sum(map(any, draws)) / len(draws))


def test_too_few_samples_of_one_problem_give_no_estimate() -> None:
    assert pass_at_k([10, 9], [1, 1], 10) is None
    assert pass_at_k([], [], 1) is None


def test_the_interval_is_that_of_problems_drawn_again() -> None:
    estimate = pass_at_k([1] * 400, [1, 0] * 200, 1)
    assert estimate is not None
    assert (estimate.low, estimate.high) == pytest.approx((0.451, 0.549), abs=0.005)
    assert estimate == pass_at_k([1] * 400, [1, 0] * 200, 1)
