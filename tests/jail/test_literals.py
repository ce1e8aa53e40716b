"""Plain values: what counts as one, and that a copy or its source is the same value."""

import ast
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.jail.literals import Budget, NotLiteral, NotPlain, fold, literal_source, plain

ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
KEYS = st.booleans() | st.integers() | st.text(max_size=3)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=20,
)


def same(left: object, right: object) -> bool:
    """Equal in type and value all the way down, NaN to NaN."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return same([*left], [*right]) and same([*left.values()], [*right.values()])
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right or repr(left) == repr(right)


@given(VALUES)
def test_a_copy_is_equal_and_its_own(value: Any) -> None:
    copy = plain(value, Budget())
    assert type(copy) is type(value)
    assert copy is not value or not isinstance(value, list | dict | set)
    assert same(copy, value)


@given(VALUES)
def test_the_source_of_a_value_gives_it_again(value: Any) -> None:
    again = eval(literal_source(value))
    assert same(again, value)


@given(VALUES)
def test_folding_agrees_with_python_wherever_it_answers(value: Any) -> None:
    node = ast.parse(repr(value), mode="eval").body
    try:
        folded = fold(node, {})
    except NotLiteral:
        assert any(word in repr(value) for word in ("inf", "nan", "set("))
    else:
        assert same(folded, value)


@pytest.mark.parametrize(
    "value",
    [
        Counter("ab"),
        OrderedDict(a=1),
        deque([1]),
        defaultdict(None, a=1),
        Decimal("1.50"),
        Fraction(1, 3),
        bytearray(b"a"),
    ],
)
def test_containers_and_numbers_of_the_standard_library_are_plain(value: Any) -> None:
    copy = plain(value, Budget())
    assert type(copy) is type(value)
    assert copy == value


def test_an_array_is_plain_and_an_array_of_objects_is_not() -> None:
    array = np.arange(6).reshape(2, 3)
    copy = plain(array, Budget())
    array[0, 0] = 9
    assert copy[0, 0] == 0
    with pytest.raises(NotPlain):
        plain(np.array([object()]), Budget())


class Pleasing(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "value",
    [Pleasing(1), object(), iter([]), range(3), len, int, deque([1], 1), defaultdict(int, a=1), [1, {2: Pleasing(3)}]],
)
def test_whatever_loses_something_on_the_way_is_not_plain(value: object) -> None:
    with pytest.raises(NotPlain):
        plain(value, Budget())


def test_a_value_that_holds_itself_is_not_plain() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotPlain, match="too-deep"):
        plain(value, Budget())


def test_a_small_value_that_shares_much_is_too_large() -> None:
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    with pytest.raises(NotPlain, match="too-large"):
        plain(value, Budget(10_000))


def test_a_number_of_many_digits_has_a_source() -> None:
    assert eval(literal_source(-(10**50_000))) == -(10**50_000)
