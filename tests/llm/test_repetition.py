"""Degenerate repetition: found where it is, not found where it is not, at the same place however the text came."""

import time

from hypothesis import given
from hypothesis import strategies as st

from ucoder.llm.repetition import STRIDE, is_degenerate, repetition_start

WINDOW, REPEATS = 64, 5


def by_definition(tokens: list[int]) -> bool:
    longest = min(WINDOW // (REPEATS - 1), len(tokens) - WINDOW)
    return any(tokens[-WINDOW:] == tokens[-WINDOW - d : -d] for d in range(1, longest + 1))


@given(
    st.lists(st.integers(0, 3), max_size=60),
    st.lists(st.integers(0, 3), min_size=1, max_size=20),
    st.integers(0, 40),
    st.lists(st.integers(0, 3), max_size=3),
)
def test_it_is_what_the_definition_says(head: list[int], block: list[int], times: int, tail: list[int]) -> None:
    tokens = head + block * times + tail
    assert is_degenerate(tokens, WINDOW, REPEATS) == by_definition(tokens)


def test_a_block_over_and_over_is_found_whatever_its_tokens() -> None:
    for token in (0, 0xD800, 0xDFFF, 151_643, 0x10FFFF):
        assert is_degenerate([token] * 100, WINDOW, REPEATS)
        assert is_degenerate([1, 2, 3, token] * 40, WINDOW, REPEATS)


def test_a_table_with_a_pattern_is_none() -> None:
    rows = [token for row in range(200) for token in (5, 6, row, 7)]
    assert repetition_start(rows, 0, WINDOW, REPEATS) is None


def test_window_zero_never_cuts() -> None:
    assert not is_degenerate([1] * 1000, 0, REPEATS)


@given(st.lists(st.integers(0, 9), max_size=100), st.lists(st.integers(1, 50), max_size=12))
def test_the_place_does_not_depend_on_how_the_text_came(head: list[int], steps: list[int]) -> None:
    tokens = head + [1, 2] * 200
    once = repetition_start(tokens, 0, WINDOW, REPEATS)
    checked, found = 0, None
    for step in [*steps, len(tokens)]:
        length = min(len(tokens), checked + step)
        found = repetition_start(tokens[:length], checked, WINDOW, REPEATS)
        if found is not None:
            break
        checked = length
    assert found == once
    assert once is not None
    assert once % STRIDE == 0


def test_time_is_linear_even_for_the_worst_text() -> None:
    # A needle that almost matches everywhere: quadratic search would need minutes.
    tokens = ([1] * 4000 + [2]) * 50
    began = time.process_time()
    is_degenerate(tokens, 100_000, 2)
    assert time.process_time() - began < 2
