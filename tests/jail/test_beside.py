"""Tests that run in the program's own process."""

from typing import Any

import pytest

from ucoder.jail.beside import CallTest, run

PROGRAM = """
import math
def f(xs):
    if xs is None:
        raise ValueError("none")
    xs.append(len(xs))
    return len(xs)
class Solution:
    def __init__(self):
        self.calls = 0
    def g(self, x):
        self.calls += 1
        return x + self.calls
"""


def program() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(PROGRAM, namespace)
    return namespace


@pytest.mark.parametrize(
    "text",
    [
        "a = [1]\nf(a)\nassert a == [1, 1]",
        "assert f([]) == 1 or f([]) == 2\nprose that is no Python",
        "try:\n    f(None)\n    assert False\nexcept ValueError:\n    pass",
        "import pytest\nwith pytest.raises(ValueError, match='none'):\n    f(None)\nassert f([]) == pytest.approx(1)",
    ],
)
def test_an_assertion_that_holds_raises_nothing(text: str) -> None:
    run("assertion", text, program(), "f")


@pytest.mark.parametrize("text", ["a = [1]\nf(a)\nassert a == [1]", "assert f([]) == 7, undefined"])
def test_an_assertion_that_does_not_hold_raises(text: str) -> None:
    with pytest.raises(AssertionError):
        run("assertion", text, program(), "f")


def test_what_the_program_raises_comes_through() -> None:
    with pytest.raises(ValueError, match="none"):
        run("assertion", "assert f(None) == 1", program(), "f")


def test_a_check_function_gets_the_program() -> None:
    run("check", "def check(candidate):\n    assert candidate([0]) == 2", program(), "f")
    with pytest.raises(AssertionError):
        run("check", "def check(candidate):\n    assert candidate([0]) == 3", program(), "f")


def test_a_method_gets_an_instance_for_each_call() -> None:
    text = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(x=1) == 2"
    run("check", text, program(), "Solution().g")


@pytest.mark.parametrize(
    ("test", "passes"),
    [
        (("f([1])", "2", 0.0, 0.0), True),
        (("f([1])", "3", 0.0, 0.0), False),
        (("f([1])", "2.4", 0.5, 0.0), True),
        (("f([1]) / 3", "0.7", 0.0, 0.1), True),
        (("[f([1])]", "[3]", 0.5, 0.0), False),
    ],
)
def test_a_call_has_its_value_within_the_tolerance(test: CallTest, passes: bool) -> None:
    if passes:
        run("call", test, program(), "f")
    else:
        with pytest.raises(AssertionError):
            run("call", test, program(), "f")


def test_one_tests_names_are_not_seen_by_the_next() -> None:
    namespace = program()
    run("assertion", "x = 1\nassert f([]) == x", namespace, "f")
    assert "x" not in namespace
