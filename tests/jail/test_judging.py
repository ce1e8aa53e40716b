"""Judging values by the rest of an assertion."""

from typing import Any

import pytest

from ucoder.jail.judging import evaluate


@pytest.mark.parametrize(
    ("source", "values", "verdict"),
    [
        ("round(_0, 2) == 1.5", (1.501,), True),
        ("round(_0, 2) == 1.5", (1.6,), False),
        ("_0 == _1", ([1], [1]), True),
        ("_0", ([],), False),
        ("import math\nmath.floor(_0) == 1", (1.5,), True),
        ("k = 2\ndef g(x):\n    return x + k\ng(_0) == 3", (1,), True),
        ("_0[0] == 1", (None,), "TypeError"),
        ("undefined == _0", (None,), "NameError"),
        ("exit()", (), "SystemExit"),
        ("_0 +", (1,), "SyntaxError"),
        ("helper(_0)", (1,), "ZeroDivisionError"),
    ],
)
def test_a_rest_holds_or_not_or_names_what_it_raised(source: str, values: tuple[Any, ...], verdict: bool | str) -> None:
    def helper(x: int) -> float:
        return x / 0

    assert (
        evaluate(source, values, {"helper": helper}) is verdict
        or evaluate(source, values, {"helper": helper}) == verdict
    )


def test_judging_changes_neither_the_values_nor_the_namespace() -> None:
    values, namespace = ([1, [2]],), {"k": 1}
    assert evaluate("k = 5\n_0[1].append(3) is None", values, namespace) is True
    assert values == ([1, [2]],)
    assert namespace == {"k": 1}
