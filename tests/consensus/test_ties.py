"""Ties: never by chance, never by position where anything else can decide."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.consensus.ballot import Rows
from ucoder.consensus.choice import choose
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.records import JudgedProblem, Selection

from .conftest import make_problem

Problem = Callable[..., JudgedProblem]

PLAIN = ConsensusSettings(resamples=0)
POSITION_FREE = [name for name in RULES if name != "random"]


def selected(rule: str, judged: JudgedProblem) -> Selection:
    return choose(RULES[rule], Rows.of(judged).unweighted(), PLAIN)


def test_of_equal_clusters_the_one_that_ran_more_wins(problem: Problem) -> None:
    judged = problem(["ab.", "ab.", "abc", "abc"], logprobs=[-0.1, -0.1, -0.9, -0.9])
    assert selected("output-cluster", judged).candidate == 2


def test_of_clusters_that_ran_alike_the_more_fluent_wins(problem: Problem) -> None:
    judged = problem(["ab", "ab", "cd", "cd"], logprobs=[-0.5, -0.5, -0.2, -0.6])
    chosen = selected("output-cluster", judged)
    assert chosen.candidate == 2
    assert (chosen.runner_up, chosen.margin) == (0, 0.0)


def test_of_clusters_alike_in_all_the_first_wins(problem: Problem) -> None:
    assert selected("output-cluster", problem(["zz", "ab", "cd", "cd", "ab"])).candidate in {1, 4}


def test_in_a_cluster_the_more_fluent_wins_and_an_unknown_f_never_does(problem: Problem) -> None:
    assert selected("output-cluster", problem(["ab"] * 3, logprobs=[-0.5, -0.2, None])).candidate == 1


def test_then_the_program_that_was_written_more_often(problem: Problem) -> None:
    judged = problem(["ab"] * 3, texts=["short", "a longer one", "a longer one"])
    assert selected("output-cluster", judged).candidate == 1


def test_then_the_shorter_program(problem: Problem) -> None:
    assert selected("output-cluster", problem(["ab"] * 3, texts=["long one", "brief", "another"])).candidate == 1


def test_then_the_hash_and_never_the_position(problem: Problem) -> None:
    texts = ["one", "two", "six"]
    chosen = {selected("output-cluster", problem(["ab"] * 3, texts=order)).program_id
              for order in (texts, texts[::-1], texts[1:] + texts[:1])}  # fmt: skip
    assert len(chosen) == 1


# -------------------------------------------------------------------- invariances


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[str], str, list[str], list[float]]:
    """Rows of few letters, the expected row, programs with twins, and log-probabilities that differ.

    Every candidate of one text behaves alike, as real twins do.
    """
    num_tests = draw(st.integers(1, 6))
    row = st.text("abc.", min_size=num_tests, max_size=num_tests)
    behaviours = draw(st.lists(row, min_size=1, max_size=8))
    picks = draw(st.lists(st.integers(0, len(behaviours) - 1), min_size=1, max_size=16))
    fluency = [-0.1 * (1 + (7 * index) % 11) for index in range(len(behaviours))]
    return (
        [behaviours[pick] for pick in picks],
        draw(row),
        [f"text {pick}" for pick in picks],
        [fluency[pick] for pick in picks],
    )


@given(problems(), st.randoms(use_true_random=False), st.sampled_from(list(RULES)))
def test_the_order_of_candidates_changes_no_score_and_no_reason(
    parts: tuple[list[str], str, list[str], list[float]], random: st.DataObject, rule: str
) -> None:
    rows, expected, texts, logprobs = parts
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    here = selected(rule, make_problem(rows, expected, texts=texts, logprobs=logprobs))
    there = selected(
        rule,
        make_problem(
            [rows[i] for i in order],
            expected,
            texts=[texts[i] for i in order],
            logprobs=[logprobs[i] for i in order],
        ),
    )
    assert here.nothing == there.nothing
    assert (here.score is None) == (there.score is None)
    if rule == "random":
        assert here.program_id == there.program_id
    elif here.score is not None:
        assert here.score == pytest.approx(there.score, rel=1e-9, abs=1e-12)
        if here.margin:  # no tie of clusters: the very program
            assert here.program_id == there.program_id


@given(problems(), st.sampled_from(POSITION_FREE))
def test_the_names_of_values_do_not_matter(parts: tuple[list[str], str, list[str], list[float]], rule: str) -> None:
    rows, expected, texts, logprobs = parts
    renamed = str.maketrans("abc", "xyz")
    here = selected(rule, make_problem(rows, expected, texts=texts, logprobs=logprobs))
    there = selected(
        rule,
        make_problem(
            [row.translate(renamed) for row in rows], expected.translate(renamed), texts=texts, logprobs=logprobs
        ),
    )
    assert (here.nothing, here.candidate, here.score) == (there.nothing, there.candidate, there.score)


@given(problems(), st.permutations(range(6)), st.sampled_from(POSITION_FREE))
def test_the_order_of_tests_does_not_matter(
    parts: tuple[list[str], str, list[str], list[float]], order: list[int], rule: str
) -> None:
    rows, expected, texts, logprobs = parts
    kept = [test for test in order if test < len(expected)]

    def reordered(row: str) -> str:
        return "".join(row[test] for test in kept)

    here = selected(rule, make_problem(rows, expected, texts=texts, logprobs=logprobs))
    there = selected(
        rule, make_problem([reordered(row) for row in rows], reordered(expected), texts=texts, logprobs=logprobs)
    )
    assert (here.nothing, here.candidate) == (there.nothing, there.candidate)


@given(problems(), st.sampled_from(["codet", "soft-vote", "output-cluster", "srank"]))
def test_everyone_twice_changes_no_selection_of_rules_without_a_scale(
    parts: tuple[list[str], str, list[str], list[float]], rule: str
) -> None:
    rows, expected, texts, logprobs = parts
    here = selected(rule, make_problem(rows, expected, texts=texts, logprobs=logprobs))
    there = selected(rule, make_problem(rows * 2, expected, texts=texts * 2, logprobs=logprobs * 2))
    assert (here.nothing, here.program_id) == (there.nothing, there.program_id)


@given(problems(), st.sampled_from(POSITION_FREE))
def test_what_was_chosen_ran_and_belongs_to_the_problem(
    parts: tuple[list[str], str, list[str], list[float]], rule: str
) -> None:
    rows, expected, texts, logprobs = parts
    judged = make_problem(rows, expected, texts=texts, logprobs=logprobs)
    chosen = selected(rule, judged)
    assert (chosen.candidate is None) == bool(chosen.nothing)
    if chosen.candidate is not None:
        assert chosen.program_id == judged.program_ids[chosen.candidate]
        assert chosen.cluster_size is not None
        assert 1 <= chosen.cluster_size <= len(rows)
        if rule != "lowest-perplexity":
            assert set(rows[chosen.candidate]) != {"."}
        if chosen.margin is not None:
            assert chosen.margin >= -1e-9


def test_shapes_that_do_not_fit_are_refused(problem: Problem) -> None:
    judged = problem(["ab", "cd"])
    with pytest.raises(ValueError, match="trusted has shape"):
        judged.on_tests(np.array([True, False])).__class__(
            **{name: getattr(judged, name) for name in judged.__dataclass_fields__ if name != "trusted"},
            trusted=np.ones(3, dtype=np.bool_),
        )
