"""Figures of a run: means and intervals over problems, pairs, seeds, the best round."""

import pytest

from ucoder.consensus.comparison import Estimate
from ucoder.loop_records import Score
from ucoder.rounds.result import Figures, best_of, control_figures, estimate, gain


def scores(*right: int) -> dict[str, Score]:
    """Of ten samples a problem."""
    return {str(place): Score(problem_id=str(place), num_samples=10, num_right=one) for place, one in enumerate(right)}


def figures(number: int, validation: float | None) -> Figures:
    known = None if validation is None else Estimate(validation, 0.0, 1.0)
    return Figures(round=number, model="", evaluation=None, gain=None, validation=known)


def test_pass_at_1_is_the_mean_share_over_problems() -> None:
    found = estimate(scores(10, 5, 0))
    assert found is not None
    assert found.mean == pytest.approx(0.5)
    assert found.low < 0.5 < found.high
    assert estimate({}) is None


def test_a_gain_is_one_of_pairs() -> None:
    found = gain(scores(10, 6, 1), scores(9, 5, 0))
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert gain(scores(1), {}) is None


def test_seeds_are_averaged_before_problems_are_drawn() -> None:
    found = control_figures("random", [scores(4, 4), scores(6, 6)], [scores(7, 7), scores(9, 9)])
    assert (found.seeds, found.by_seed) == (2, pytest.approx((0.4, 0.6)))
    assert (found.evaluation.mean, found.evaluation.low) == pytest.approx((0.5, 0.5))
    assert (found.less_consensus.mean, found.less_consensus.high) == pytest.approx((-0.3, -0.3))


def test_a_problem_that_one_seed_lacks_is_left_out() -> None:
    found = control_figures("random", [scores(4, 0), scores(6)], [scores(7, 7), scores(9, 9)])
    assert found.evaluation.mean == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("validations", "best"),
    [((0.5, 0.6, 0.55), 1), ((0.5, 0.5), 0), ((0.5, 0.4, 0.3), 0), ((None, None, None), 2), ((None, 0.2, 0.3), 2)],
)
def test_the_best_round_has_the_best_validation_and_the_earlier_of_equals(
    validations: tuple[float | None, ...], best: int
) -> None:
    assert best_of([figures(number, one) for number, one in enumerate(validations)]) == best
