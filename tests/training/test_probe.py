"""The hand-over: greedy answers of sampler and trainer are held against one another."""

import pytest

from ucoder.training.probe import GreedyAnswer, Probe, compare
from ucoder.training.settings import TrainingError


def answer(text: str, logprob: float | None = -0.5) -> GreedyAnswer:
    return GreedyAnswer(text=text, num_tokens=3, mean_logprob=logprob)


PROBE = Probe(max_tokens=8, prompts=("a", "b", "c", "d"), answers=tuple(answer(text) for text in "abcd"))


def test_equal_answers_pass() -> None:
    found = compare(PROBE, PROBE.answers)
    assert (found.num_prompts, found.num_other_texts, found.largest_difference) == (4, 0, 0.0)


def test_one_text_in_four_may_part_where_two_tokens_are_close() -> None:
    assert compare(PROBE, [answer("x"), *PROBE.answers[1:]]).num_other_texts == 1


def test_other_answers_are_an_error_that_shows_both() -> None:
    with pytest.raises(TrainingError, match=r"2 of 4 greedy answers.*trainer says 'a', the sampler 'x'"):
        compare(PROBE, [answer("x"), answer("y"), *PROBE.answers[2:]])


def test_stale_weights_that_say_the_same_are_found_by_their_log_probabilities() -> None:
    with pytest.raises(TrainingError, match=r"differs by 0\.200"):
        compare(PROBE, [answer("a", -0.7), *PROBE.answers[1:]])


def test_a_door_without_log_probabilities_is_compared_by_its_texts() -> None:
    assert compare(PROBE, [answer(text, None) for text in "abcd"]).largest_difference == 0.0


def test_answers_must_be_as_many_as_prompts() -> None:
    with pytest.raises(ValueError, match="shorter"):
        compare(PROBE, PROBE.answers[:2])
