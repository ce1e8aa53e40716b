"""For every text: splitting ends with one of its answers, and parts hold exactly when the test does."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.jail import beside
from ucoder.jail.assertions import split, split_call

Holds = Callable[[str, tuple[Any, ...]], bool]
Split = Callable[..., tuple[Any, ...]]

WORDS = st.sampled_from(
    [
        *"assert f ( ) [ ] { } , : = == != is not in and or if else for lambda def check candidate".split(),
        *"""return import math random pytest approx round abs sorted 1 -2.5 'a' "b" x _0 ____ True None ** .""".split(),
        *"""f(1) f(x) (f(1)==2,'m') x=[1] await yield := @ with try except class f"{f(1)}" """.split(),
        *("\\", "#", "\n", "\n    ", "\0", "\ud800", "assert f(1)==2\n"),
    ]
)
TEXTS = st.text() | st.lists(WORDS, max_size=30).map(" ".join) | st.lists(WORDS, max_size=30).map("".join)


def is_plan(plan: object) -> bool:
    match plan:
        case ("void" | "beside", str(reason)):
            return bool(reason)
        case ("evaluate",):
            return True
        case ("split", [_, *_] as parts):
            return all(is_part(part) for part in parts)
    return False


def is_part(part: object) -> bool:
    match part:
        case (
            [("f", tuple(), dict(), dict()), *_],
            ("eq", _) | ("is", None | True | False) | ("true",) | ("false",)
            | ("close" | "near" | "approx" | "isclose", float(), float(), float()) | ("rest", str(), bool()),
        ):  # fmt: skip
            return True
    return False


@given(st.sampled_from(["assertion", "check"]), TEXTS)
def test_no_text_makes_the_first_pass_raise(kind: str, text: str) -> None:
    assert is_plan(split(kind, text, "f", frozenset(), None))
    assert is_plan(split(kind, f"def check(candidate):\n    {text}", "f", None, None))
    assert is_plan(split_call(text, text, 0.0, 0.0, "f", None))


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(...),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(), inner, max_size=3)
        | st.frozensets(st.integers(), min_size=1, max_size=3).map(set)
    ),
    max_leaves=8,
).map(repr)
FORMS = st.sampled_from(
    ["f({0}) == {1}", "{1} == f({0}, {1})", "f() is {0}", "{0} is f({1})", "f({0}) is not {1}", "f({0})", "not f({0})",
     "f({0}) != {1}", "f(x={0}) == {1}", "f(*{0}) == {1}", "f({0}) == f({1})", "f({0}) == -{1}", "f({0}) == {1}, {0}"]
)  # fmt: skip


@given(FORMS, LITERALS, LITERALS, st.sampled_from(["f", "_0", "len"]))
def test_an_assertion_that_is_read_at_once_is_read_as_all_others_are(form: str, one: str, two: str, name: str) -> None:
    text = "assert " + form.format(one, two).replace("f(", f"{name}(")
    in_general = split("assertion", f"pass\n{text}", name, frozenset(), None)
    assert repr(split("assertion", text, name, frozenset(), None)) == repr(in_general)


LONG = {
    "brackets": "assert f(" + "[" * 100_000,
    "closed brackets": "assert f(" + "[" * 90 + "]" * 90 + ") == 1",
    "minus": "assert " + "-" * 1_000_000 + "f(1)",
    "terms": "assert f(1) == 1" + " + 1" * 200_000,
    "attributes": "assert f(1)" + ".a" * 300_000,
    "lambdas": "assert f(1) == " + "lambda: " * 100_000 + "1",
    "items": "assert f([" + "1," * 400_000 + "]) == 1",
    "asserts": "assert f(1) == 1\n" * 50_000,
    "names": "".join(f"r{i} = f({i})\nassert r{i} == {i}\n" for i in range(9_000)),
    "broken lines": "assert f(1) == 1\n" + "assert (\n" * 100_000,
    "text": "a" * 10_000_000,
    "bracket text": f"assert f({'([{' * 300_000!r}) == 1",
    "nul": "assert f(1) == 1\n" + "\0" * 1_000_000,
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_text_is_answered_in_time(name: str) -> None:
    begin = time.process_time()
    assert is_plan(split("assertion", LONG[name], "f", frozenset(), None))
    assert time.process_time() - begin < 60


PROGRAMS = [
    "def f(*a, **k): return a[0] if a else None",
    "def f(*a, **k): return [2, 1, 2]",
    "def f(*a, **k): return len(a) + len(k)",
    "def f(*a, **k): return 1.5",
    "def f(*a, **k): return a[0] * 2",
    "def f(*a, **k): return 'ba'",
    "def f(*a, **k): return True",
    "def f(*a, **k): raise ValueError",
    "def f(*a, **k): return {'a': 1}",
]
VALUE = st.sampled_from(
    "1|0|-1|1.5|True|None|'ba'|[2, 1, 2]|[]|(1, 2)|{'a': 1}|{1, 2}|float('nan')|x|[x] * 2".split("|")
)
CALL = st.builds("f({})".format, st.lists(VALUE, max_size=2).map(", ".join)) | st.just("f(f(1))") | st.just("r")
AROUND_TERM = st.sampled_from(
    """len({})|sorted({})|{}[0]|abs({})|round({}, 1)|{} + 1|set({})|({} - 1)|str({})|isinstance({}, int)|[{}, 1]
    |[v for v in {}]|k({})""".split("|")
)
TERM = st.recursive(CALL, lambda inner: st.builds(str.format, AROUND_TERM, inner), max_leaves=3)
SIDE = TERM | VALUE
AROUND_CONDITION = st.sampled_from(["not ({})", "({}) and f(1) != 7", "({}) or f(1) == 1", "({}) if x else None"])
CONDITION = st.recursive(
    TERM
    | st.builds("{} {} {}".format, SIDE, st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]), SIDE)
    | st.builds("{} == {} == {}".format, VALUE, TERM, VALUE)
    | st.builds("abs({} - {}) < {}".format, CALL, VALUE, VALUE)
    | st.builds("{} is {}".format, TERM, st.sampled_from(["None", "True", "not None"]))
    | st.builds("all({} == v for v in {})".format, CALL, VALUE),
    lambda inner: st.builds(str.format, AROUND_CONDITION, inner),
    max_leaves=3,
)
STATEMENTS = st.lists(
    st.builds("assert {}".format, CONDITION)
    | st.builds("for x in {}:\n    assert {}".format, VALUE, CONDITION)
    | st.sampled_from(["x = x", "r = f(x)", "f(2)", "x = 3", "if x:\n    assert f(x)"]),
    min_size=1,
    max_size=4,
)


@given(STATEMENTS)
def test_the_parts_hold_exactly_when_the_test_does(holds: Holds, split: Split, statements: list[str]) -> None:
    text = "\n".join(["x = 1", "r = f(1)", "def k(v):\n    return v * x", *statements, "assert f(0) != 77"])
    plan = split(text)
    assert is_plan(plan)
    if plan[0] != "split":
        return
    for program in PROGRAMS:
        assert holds(program, plan[1]) == passes(program, text), (program, text, plan)


def passes(program: str, text: str) -> bool:
    namespace: dict[str, Any] = {}
    exec(program, namespace)
    random.seed(0)
    try:
        beside.run("assertion", text, namespace, "f")
    except Exception:
        return False
    return True
