"""Assertions, form by form: what becomes of each, and why."""

from collections.abc import Callable
from typing import Any

import pytest

from ucoder.jail.assertions import split as split_once
from ucoder.jail.assertions import split_call

Split = Callable[..., tuple[Any, ...]]


def call(*args: Any, refs: dict[int | str, int] | None = None, **kwargs: Any) -> tuple[Any, ...]:
    return "f", args, kwargs, refs or {}


def one(judgement: tuple[Any, ...], *calls: tuple[Any, ...]) -> tuple[Any, ...]:
    return "split", ((calls or (call(1),), judgement),)


DIRECT = {
    "assert f(1) == 2": ("eq", 2),
    "assert 2 == f(1)": ("eq", 2),
    "assert (f(1) == 2)": ("eq", 2),
    "assert f(1) == 2, g(3)": ("eq", 2),
    "    assert f(1) == 2": ("eq", 2),
    "assert f(1) == -1": ("eq", -1),
    "assert f(1) == -2 + 3j": ("eq", -2 + 3j),
    "assert f(1) == {'a': [None, (1.5, b'x')], 2: {3}}": ("eq", {"a": [None, (1.5, b"x")], 2: {3}}),
    "assert f(1) == True": ("eq", True),
    "assert f(1) is None": ("is", None),
    "assert None is f(1)": ("is", None),
    "assert f(1) is False": ("is", False),
    "assert f(1)": ("true",),
    "assert f(1), [2, 3]": ("true",),
    "assert not f(1)": ("false",),
    "assert f(1) == 2 ** 3": ("eq", 8),
    "assert f(1) == [0, 'a'] * 2": ("eq", [0, "a", 0, "a"]),
    "assert f(1) == '[' + '(' + ']'": ("eq", "[(]"),
    "assert f(1) == (1 * -1 + 7 // 2 % 2 - 0.5) / 4": ("eq", -0.125),
    f"assert f(1) == {' + '.join('1' * 50)}": ("eq", 50),
    "x = [1, 2]\nassert f(1) == x + x": ("eq", [1, 2, 1, 2]),
}

COMPUTED = {
    "assert f(1) == 7 ** 99999 % 10": ("eq", 3),  # more than is done while a test is read
    "assert f(1) == len([0] * 20_000)": ("eq", 20_000),
    "assert f(1) == True + 1": ("eq", 2),
    "assert f(1) == '%d' % 2": ("eq", "2"),
    "assert f(1) == sorted([2, 1])": ("eq", [1, 2]),
    "assert f(1) == set()": ("eq", set()),
    "import math\nassert f(1) == math.gcd(4, 6)": ("eq", 2),
    "from collections import Counter\nassert f(1) == dict(Counter('aa'))": ("eq", {"a": 2}),
}

RESTS = {
    "assert f(1) != 2": "_0 != 2",
    "assert f(1) is not None": "_0 is not None",
    "assert not f(1) == 2": "not _0 == 2",
    "assert round(f(1), 2) == 1.5": "round(_0, 2) == 1.5",
    "assert sorted(f(1)) == [1, 2]": "sorted(_0) == [1, 2]",
    "assert len(f(1)) == 2": "len(_0) == 2",
    "assert f(1)[0] == 1": "_0[0] == 1",
    "assert f(1)[1:] == [1]": "_0[1:] == [1]",
    "assert f(1) in (1, 2)": "_0 in (1, 2)",
    "assert isinstance(f(1), (int, str))": "isinstance(_0, (int, str))",
    "assert type(f(1)) == int": "type(_0) == int",
    "assert 0 < f(1) < 1": "0 < _0 < 1",
    "assert set(f(1)) == {1}": "set(_0) == {1}",
    "assert f(1) == 1 or f(1) == 2": "_0 == 1 or _0 == 2",
    "assert (1 if f(1) else 2) == 1": "(1 if _0 else 2) == 1",
    "assert f(1).upper() == 'A'": "_0.upper() == 'A'",
    "assert ' '.join(f(1)) == 'a b'": "' '.join(_0) == 'a b'",
    "assert all(v > 0 for v in f(1))": "all((v > 0 for v in _0))",
    "assert f'{f(1)}' == '1'": "f'{_0}' == '1'",
    "assert f(1) % 2 == 1": "_0 % 2 == 1",
}


@pytest.mark.parametrize("text", DIRECT)
def test_a_judgement_over_literals_needs_no_evaluation(text: str) -> None:
    assert split_once("assertion", text, "f", frozenset(), None) == one(DIRECT[text])


@pytest.mark.parametrize("text", COMPUTED)
def test_an_expected_value_is_computed_in_the_second_pass_alone(text: str, split: Split) -> None:
    assert split_once("assertion", text, "f", frozenset(), None) == ("evaluate",)
    assert split(text) == one(COMPUTED[text])


@pytest.mark.parametrize("text", RESTS)
def test_the_rest_of_an_assertion_keeps_its_words(text: str, split: Split) -> None:
    assert split(text) == one(("rest", RESTS[text], True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f() == 0", call()),
        ("assert f(-1, 2.5, 'a') == 0", call(-1, 2.5, "a")),
        ("assert f([0] * 3) == 0", call([0, 0, 0])),
        ("assert f('a' * 3) == 0", call("aaa")),
        ("assert f(float('inf')) == 0", call(float("inf"))),
        ("assert f(1, k=[2]) == 0", call(1, k=[2])),
        ("assert f(*[1, 2], **{'k': 3}) == 0", call(1, 2, k=3)),
        ("xs = [3]\nassert f(xs) == 0", call([3])),
        ("xs = [3]\nxs.append(4)\nassert f(xs) == 0", call([3, 4])),
        ("a, b = 1, 2\nassert f(a, b) == 0", call(1, 2)),
        ("assert f(f(1)) == 0", None),
    ],
)
def test_arguments_are_computed_before_the_program_is_called(
    text: str, expected: tuple[Any, ...] | None, split: Split
) -> None:
    calls = (call(1), call(None, refs={0: 0})) if expected is None else (expected,)
    assert split(text) == one(("eq", 0), *calls)


def test_what_an_assertion_that_is_always_true_computes_has_to_come_to_an_end(split: Split) -> None:
    first = ((call(1),), ("eq", 2))
    text = "assert f(1) == 2\nassert (f(2)[0] == 1, 'm')"
    assert split(text) == ("split", (first, ((call(2),), ("rest", "(_0[0] == 1, 'm')", True))))
    text = "assert f(1) == 2\nassert (f(2) == [-1], 'm')"
    assert split(text) == ("split", (first, ((call(2),), ("rest", "True", True))))


def test_a_result_is_an_argument_by_position_or_keyword(split: Split) -> None:
    calls = call(1), call(2, refs={"k": 0}, k=None)
    assert split("assert f(2, k=f(1))") == one(("true",), *calls)
    assert split("r = f(1)\nassert f(2, k=r)") == one(("true",), *calls)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert abs(f(1) - 2.5) <= 0.5", ("near", 2.5, 0.5, 0.0)),
        ("assert abs(2.5 - f(1)) <= 0.5", ("near", 2.5, 0.5, 0.0)),
        ("assert 0.5 >= abs(f(1) - 2.5)", ("near", 2.5, 0.5, 0.0)),
        ("assert abs(f(1) - 2) < 1", ("close", 2.0, 0.9999999999999999, 0.0)),
        ("import math\nassert math.isclose(f(1), 2)", ("isclose", 2.0, 0.0, 1e-9)),
        ("from math import isclose\nassert isclose(2.5, f(1), abs_tol=0.5, rel_tol=0)", ("isclose", 2.5, 0.5, 0.0)),
        ("import pytest\nassert f(1) == pytest.approx(2.0)", ("approx", 2.0, 2e-6, 0.0)),
        ("from pytest import approx\nassert approx(2.0, abs=0.5) == f(1)", ("approx", 2.0, 0.5, 0.0)),
    ],
)
def test_nearness_is_a_tolerance_around_a_float(text: str, expected: tuple[Any, ...], split: Split) -> None:
    assert split(text) == one(expected)


def test_conditions_joined_by_and_are_parts(split: Split) -> None:
    status, parts = split("assert f(1) == 2 and f(3) is None\nassert f(4)")
    assert status == "split"
    assert [judgement for _, judgement in parts] == [("eq", 2), ("is", None), ("true",)]


def test_a_chain_of_equalities_is_one_call(split: Split) -> None:
    assert split("assert [1] == f(1) == [1]") == ("split", (((call(1),), ("eq", [1])),) * 2)


def test_two_calls_are_compared_by_the_rest(split: Split) -> None:
    assert split("assert f(1) == f(2)") == one(("rest", "_0 == _1", True), call(1), call(2))


def test_a_helper_of_the_preamble_judges_by_name(split: Split) -> None:
    source = "def poly(x):\n    return x + 1\n"
    assert split("assert poly(f(1)) == 2", source=source) == one(("rest", "poly(_0) == 2", False))
    assert split("assert f(poly(1)) == 2", source=source) == one(("eq", 2), call(2))


def test_a_builtin_that_the_preamble_replaces_is_not_tame(split: Split) -> None:
    source = "def round(x, digits):\n    return 7\n"
    assert split("assert round(f(1), 2) == 7", source=source) == one(("rest", "round(_0, 2) == 7", False))
    assert split("assert f(1) == round(1, 2)", source=source) == one(("eq", 7))


def test_the_tests_own_names_go_along_with_the_rest(split: Split) -> None:
    text = "import math\nk = 7\ndef g(x):\n    return x + k\nassert math.floor(g(f(1))) == k"
    status, (((found,), (name, rest, tame)),) = split(text)
    assert (status, found, name, tame) == ("split", call(1), "rest", False)
    assert set(rest.splitlines()[:-1]) == set(text.splitlines()[:-1])
    assert rest.endswith("\nmath.floor(g(_0)) == 7")


def test_a_result_under_a_name_is_the_same_call_in_every_part(split: Split) -> None:
    text = "r = f(1)\nassert len(r) == 2\nassert r[0] == 1"
    assert split(text) == (
        "split",
        (((call(1),), ("rest", "len(_0) == 2", True)), ((call(1),), ("rest", "_0[0] == 1", True))),
    )


def test_a_call_that_nothing_asserts_about_has_to_return(split: Split) -> None:
    assert split("f(1)\nassert f(2) == 3") == (
        "split",
        (((call(2),), ("eq", 3)), ((call(1),), ("rest", "True", True))),
    )


@pytest.mark.parametrize(
    "text",
    [
        "for x, y in [(1, 2), (3, 4)]:\n    assert f(x) == y",
        "assert all(f(x) == y for x, y in [(1, 2), (3, 4)])",
        "assert all([f(x) == x + 1 for x in range(4) if x % 2])",
        "for x in range(9):\n    if x in (0, 2):\n        continue\n    if x > 3: break\n    assert f(x) == x + 1",
    ],
)
def test_a_loop_over_known_values_is_unrolled(text: str, split: Split) -> None:
    assert split(text) == ("split", (((call(1),), ("eq", 2)), ((call(3),), ("eq", 4))))


def test_a_loop_of_its_own_leaves_the_outer_names_alone(split: Split) -> None:
    status, parts = split("x = 5\nassert all(f(x) == x for x in [1])\nassert f(x) == x")
    assert status == "split"
    assert [judgement for _, judgement in parts] == [("eq", 1), ("eq", 5)]


@pytest.mark.parametrize(
    "trailing",
    [
        "import nowhere_to_be_found",
        "from . import *\nprose that is no Python",
        'x = """an open string',
        "assert f(2) ==",
        "def f(x):\n    return 1",
        "\0",
        "\ud800",
    ],
)
def test_what_a_model_goes_on_writing_is_cut_off(trailing: str, split: Split) -> None:
    assert split(f"assert f(1) == 2\n{trailing}") == one(("eq", 2))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("\0", "syntax"),
        ("assert f('\ud800') == 1", "syntax"),
        ("assert f('\0') == 1", "syntax"),
        ("# a comment\nassert f(1) ==", "syntax"),
        ("some prose about f(1)", "syntax"),
        ("assert f(1) ==", "syntax"),
        ("assert " + "(" * 100_000, "syntax"),
        ("x" * 10_000_000, "too-large"),
        ("f(1) == 2", "no-assert"),
        ("assert True", "no-call"),
        ("assert g(1) == 2", "undefined-name"),
        ("assert ____ == f(1)", "undefined-name"),
        ("assert f(x) == 1", "undefined-name"),
        ("assert (f(1) == 2, 'message')", "always-true-tuple"),
        ("assert f(1) == 2\nassert False", "never-true"),
        ("assert 1 == 2 and f(1)", "never-true"),
        ("assert f(1) == 1 / 0", "evaluation-error: ZeroDivisionError"),
        ("assert f({[]: 1}) == 1", "evaluation-error: TypeError"),
        ("import nowhere_to_be_found as n\nassert f(n.x) == 1", "evaluation-error: ModuleNotFoundError"),
        ("raise SystemExit\nassert f(1)", "evaluation-error: SystemExit"),
        ("def f(x):\n    return 2\nassert f(1) == 2", "entry-redefined"),
        ("assert await f(1)", "syntax"),
    ],
)
def test_a_test_that_says_nothing_about_programs_is_void(text: str, reason: str, split: Split) -> None:
    assert split(text) == ("void", reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = [1]\nf(a)\nassert a == [2]", "argument-read-after-call"),
        ("a = [1]\nr = f(a)\nassert a == [1] and r", "argument-read-after-call"),
        ("assert f(1) == 1 or f(2) == 2", "conditional-call"),
        ("assert (1 if f(1) else f(2)) == 1", "conditional-call"),
        ("assert [f(x) for x in (1, 2)] == [1, 2]", "conditional-call"),
        ("assert list(map(f, [1])) == [1]", "uncalled"),
        ("assert f(lambda x: x) == 1", "argument-type: function"),
        ("assert f(range(3)) == 1", "argument-type: range"),
        ("assert f(iter([])) == 1", "argument-type: list_iterator"),
        ("assert f(1) == range(3)", "expected-type: range"),
        ("assert f(f(1)[0]) == 1", "argument-from-result"),
        ("assert f(1) is 1", "identity"),
        ("assert f(1) is f(1)", "identity"),
        ("assert not f(1) is 1.5", "identity"),
        ("assert 1.5 is f(1) != 2", "identity"),
        ("assert f(1) is 'a' or f(1) == 'b'", "identity"),
        ("r = f(1)\nr.sort()\nassert r == [1]", "mutated-result"),
        ("r = f(1)\nassert r.pop() == 1\nassert r == []", "mutated-result"),
        ("r = iter(f(1))\nassert next(r) == 1\nassert next(r) == 2", "derived-value"),
        ("r = f(1)\nr += 1\nassert r == 2", "statement: AugAssign"),
        ("try:\n    f(1)\nexcept ValueError:\n    pass\nassert f(2)", "statement: Try"),
        ("import pytest\nwith pytest.raises(ValueError):\n    f(1)\nassert f(2)", "statement: With"),
        ("def g(x):\n    return f(x)\nassert g(1) == 1", "statement: FunctionDef"),
        ("while True:\n    assert f(1)", "statement: While"),
        ("if f(1):\n    assert f(2)", "condition-on-result"),
        ("for x in f(1):\n    assert x", "loop-over-result"),
        ("for x in range(10**9):\n    assert f(x)", "too-long"),
        ("assert (y := f(1)) == 1", "binding-expression"),
        ("assert sorted([1], key=lambda f: f) == f(1)", "shadowing"),
        ("assert f(_0) == 1\n_0 = 1\nassert f(1)", "reserved-name"),
        ("assert " + "-" * 200 + "f(1)", "too-deep"),
        ("class A:\n    pass\nassert isinstance(f(1), A)", "helper-type: type"),
    ],
)
def test_what_needs_the_programs_own_process_runs_beside_it(text: str, reason: str, split: Split) -> None:
    assert split(text) == ("beside", reason)


def test_nothing_of_the_test_is_executed_in_the_first_pass() -> None:
    text = "raise SystemExit\nassert f(print('heard')) == 1"
    assert split_once("assertion", text, "f", frozenset(), None) == ("evaluate",)


def test_without_the_preambles_names_nothing_is_held_to_be_a_builtin_or_undefined() -> None:
    assert split_once("assertion", "assert len(f(1)) == 2", "f", None, None) == ("evaluate",)
    assert split_once("assertion", "assert f(x) == 2", "f", None, None) == ("evaluate",)


def test_a_random_argument_is_the_same_every_time(split: Split) -> None:
    text = "import random\nx = random.random()\nassert f(x, [random.randint(0, 9) for _ in range(9)]) == x"
    assert split(text) == split(text)


def test_a_later_change_of_a_variable_does_not_reach_an_earlier_call(split: Split) -> None:
    status, parts = split("x = []\nfor i in range(3):\n    x.append(i)\n    assert f(x) == i")
    assert status == "split"
    assert [calls[0][1] for calls, _ in parts] == [([0],), ([0, 1],), ([0, 1, 2],)]


@pytest.mark.parametrize(
    "text",
    [
        "assert Solution().f(1) == 2",
        "s = Solution()\nassert s.f(1) == 2",
        "g = Solution().f\nassert g(1) == 2",
    ],
)
def test_a_method_is_called_on_an_instance_of_its_class(text: str, split: Split) -> None:
    assert split(text, entry="Solution().f") == ("split", (((("Solution().f", (1,), {}, {}),), ("eq", 2)),))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("assert Solution(3).f(1) == 2", "constructor-arguments"),
        ("assert Solution().g(1) == 2", "uncalled"),
        ("s = Solution()\ns.x = 1\nassert s.f(1) == 2", "assignment-target"),
    ],
)
def test_an_instance_with_a_state_runs_beside(text: str, reason: str, split: Split) -> None:
    assert split(text, entry="Solution().f") == ("beside", reason)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (("f(1)", "2", 0.0, 0.0), one(("eq", 2))),
        ((" f(1)", "[2.5]", 0.5, 0.25), one(("close", [2.5], 0.5, 0.25))),
        (("sorted(f(1))", "[2]", 0.0, 0.0), one(("rest", "sorted(_0) == [2]", True))),
        (("sorted(f(1))", "[2]", 0.5, 0.0), ("beside", "tolerance")),
        (("f(1)", "1 / 0", 0.0, 0.0), ("void", "evaluation-error: ZeroDivisionError")),
        (("f(1", "2", 0.0, 0.0), ("void", "syntax")),
        (("f(1)", "x = 2", 0.0, 0.0), ("void", "syntax")),
        (("g(1)", "2", 0.0, 0.0), ("void", "no-call")),
        (("f(y)", "2", 0.0, 0.0), ("void", "undefined-name")),
    ],
)
def test_a_call_and_its_value_are_a_test(test: tuple[str, str, float, float], expected: tuple[Any, ...]) -> None:
    assert split_call(*test, "f", {}) == expected
