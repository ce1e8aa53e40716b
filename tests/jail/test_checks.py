"""`check(candidate)` functions, and what may stand around them."""

from collections.abc import Callable
from typing import Any

import pytest

Split = Callable[..., tuple[Any, ...]]


def judgements(plan: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    assert plan[0] == "split", plan
    return [judgement for _, judgement in plan[1]]


def arguments(plan: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    assert plan[0] == "split", plan
    return [calls[-1][1] for calls, _ in plan[1]]


def test_a_list_of_asserts_is_a_part_each(split: Split) -> None:
    text = """
METADATA = {'author': 'somebody'}

def check(candidate):
    "What the function says."
    assert True, "This prints if this assert fails"
    assert candidate(1) == 2, "Error"
    assert candidate(n=1) is None
    print
    assert not candidate([1, 2])

check(f)
"""
    assert judgements(split(text, "check")) == [("eq", 2), ("is", None), ("false",)]


def test_random_arguments_are_drawn_once_and_kept(split: Split) -> None:
    text = """
def check(candidate):
    import random
    for i in range(100):
        x, y = random.randint(0, 1000), random.randint(0, 1000)
        assert candidate(x, y) == x + y
"""
    plan = split(text, "check")
    assert plan == split(text, "check")
    pairs = arguments(plan)
    assert len(pairs) == 100
    assert len(set(pairs)) > 90
    assert judgements(plan) == [("eq", x + y) for x, y in pairs]


def test_a_helper_of_the_preamble_makes_the_arguments(split: Split) -> None:
    text = """
def check(candidate):
    from random import randint, choice
    letters = 'abc'
    for _ in range(10):
        str = ''.join(choice(letters) for i in range(randint(1, 5)))
        assert candidate(rotated(str)) == str
"""
    source = "def rotated(s: str) -> str:\n    return str(s[1:]) + s[0]\n"
    plan = split(text, "check", source=source)
    for (argument,), (_, expected) in zip(arguments(plan), judgements(plan), strict=True):
        assert argument == expected[1:] + expected[0]


def test_a_helper_of_the_test_judges_a_result_under_a_name(split: Split) -> None:
    text = """
import math
def near(a, b):
    return math.fabs(a - b) < 1e-6
def check(candidate):
    xs = [1, 2]
    found = candidate(xs)
    assert near(found, sum(xs))
"""
    ((name, source, tame),) = judgements(split(text, "check"))
    assert (name, tame) == ("rest", False)
    assert "import math" in source
    assert source.endswith("near(_0, 3)")


def test_the_entry_point_is_the_program_too(split: Split) -> None:
    text = "def check(candidate):\n    assert candidate([2, 1]) == f([1, 2])"
    (part,) = split(text, "check")[1]
    assert part == ((("f", ([2, 1],), {}, {}), ("f", ([1, 2],), {}, {})), ("rest", "_0 == _1", True))


def test_a_parameter_may_have_the_programs_name(split: Split) -> None:
    assert judgements(split("def check(f):\n    assert f(1) == 2", "check")) == [("eq", 2)]


def test_a_method_is_the_candidate(split: Split) -> None:
    plan = split("def check(candidate):\n    assert candidate(n = 1) == 2", "check", "Solution().g")
    assert plan == ("split", (((("Solution().g", (), {"n": 1}, {}),), ("eq", 2)),))


def test_what_the_body_binds_stays_in_the_body(split: Split) -> None:
    text = """
limit = 3
def doubled(x):
    return [x] * limit
def check(candidate):
    limit = 1
    assert candidate(limit) == doubled(1)
"""
    assert judgements(split(text, "check")) == [("eq", [1, 1, 1])]


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("", ("void", "empty")),
        ("x = 1", ("void", "no-check")),
        ("def check(candidate):\n    assert", ("void", "syntax")),
        ("def check(candidate):\n    pass", ("void", "no-call")),
        ("def check(candidate):\n    assert candidate(x) == 1", ("void", "undefined-name")),
        ("def check(candidate):\n    break\n    assert candidate(1) == 1", ("void", "syntax")),
        ("def check(candidate):\n    return\n    assert candidate(1) == 1", ("void", "no-call")),
        ("def check(candidate, other):\n    assert candidate(1) == 1", ("beside", "check-signature")),
        (
            "def check(c):\n    try:\n        c(1)\n        assert False\n    except E: pass\nE = 1",
            ("beside", "statement: Try"),
        ),
        (
            "def check(candidate):\n    a = [1]\n    candidate(a)\n    assert a == [1]",
            ("beside", "argument-read-after-call"),
        ),
    ],
)
def test_other_checks_are_void_or_run_beside(text: str, plan: tuple[str, str], split: Split) -> None:
    assert split(text, "check") == plan
