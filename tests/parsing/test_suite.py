"""Assertions in model text: found among talk, taken apart, their inputs kept where the rest is no good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.loop_records import SuiteTest
from ucoder.parsing.assertion import read_assertion, salvaged_call
from ucoder.parsing.suite import read_tests


def only(text: str) -> SuiteTest:
    found = read_tests(text, "f", provenance="key")
    assert len(found.tests) == 1, found
    return found.tests[0]


@pytest.mark.parametrize(
    ("text", "calls", "expectation"),
    [
        ("assert f(1) == 2", ("f(1)",), "2"),
        ("assert  2 ==f( 1 )", ("f(1)",), "2"),
        ("assert f(1) == 2, 'message'", ("f(1)",), "2"),
        ("assert (f(1) == 2, 'message')", ("f(1)",), "2"),
        ("assert f([1], k={'a': None}) is None", ("f([1], k={'a': None})",), "None"),
        ("assert f(1)", ("f(1)",), "True"),
        ("assert not f(1)", ("f(1)",), "False"),
        ("assert abs(f(1) - 0.5) < 1e-6", ("f(1)",), None),
        ("assert f(1) == f(2)", ("f(1)", "f(2)"), None),
        ("assert f(1) == f(1)", ("f(1)",), None),
        ("assert sorted(f([2, 1])) == [1, 2]", ("f([2, 1])",), None),
        ("assert all(f(x) == x for x in [1, 2])", (), None),
        ("assert f([x for x in range(3)]) == 3", ("f([x for x in range(3)])",), "3"),
        ("assert f(f(1)) == 2", ("f(1)",), "2"),
        ("assert f(-1, float('inf')) == set()", ("f(-1, float('inf'))",), "set()"),
    ],
)
def test_a_test_is_split_into_calls_and_expectation(text: str, calls: tuple[str, ...], expectation: str | None) -> None:
    test = only(text)
    assert test.calls == calls
    assert test.expectation == expectation
    assert not test.dubious
    assert test.provenance == "key"


@pytest.mark.parametrize(
    "text",
    [
        "Here are tests:\n```python\nassert f(1) == 2\n```\nThey are good.",
        "1. assert f(1) == 2",
        "- `assert f(1) == 2`",
        ">>> assert f(1) == 2",
        "def test_f():\n    assert f(1) == 2",
        "assert f(\n    1,\n) == 2",
        "assert \n    f(1) == 2",
        "assert f(1) == 2  # because 1 + 1 is 2",
        "# 1 + 1 = 2\nassert f(1) == 2",
        "assert f(1) == 2\nassert f(1) == 2",
        "assert f(1) == 2\nassert f(1",
        "assert g(\nassert f(1) == 2",
        "assert f(1) == 2\n\nimport unittest\n",
        "\tassert f(1) == 2\r\n",
        "class Test:\n    def test(self):\n        self.x = f(3)\n        assert f(1) == 2",
    ],
)
def test_what_stands_around_an_assertion_does_not_matter(text: str) -> None:
    tests = [test for test in read_tests(text, "f").tests if not test.dubious]
    assert [test.text for test in tests] == ["assert f(1) == 2"]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("assert f(1, [2, ')']) == [1, ", "f(1, [2, ')'])"),
        ("assert f(1) == _____", "f(1)"),
        ("assert f(1) == expected", "f(1)"),
        ("assert f(1) == ...and so on", "f(1)"),
        ("assert ____ == f(1)", "f(1)"),
        ("assert f(1) == 2 or so", "f(1)"),
    ],
)
def test_an_input_is_kept_where_the_expectation_is_dubious(text: str, call: str) -> None:
    test = only(text)
    assert test.dubious
    assert test.calls == (call,)
    assert test.expectation is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("assert g(1) == 2", "no-call"),
        ("assert x.f(1) == 2", "no-call"),
        ("assert f", "no-call"),
        ("assert f == 3", "no-call"),
        ("assert", "empty"),
        ("assert of a kind", "not-python"),
        ("assert f(1, [2", "not-python"),
        ("assert f(x", "not-python"),
        ("assert xf(1) ==", "not-python"),
    ],
)
def test_what_is_no_test_has_a_reason(text: str, reason: str) -> None:
    found = read_tests(text, "f")
    assert not found.tests
    assert [refused.reason for refused in found.refused] == [reason]


def test_a_test_takes_along_the_assignments_it_needs() -> None:
    test = only("import math\nx = [1, 2]\ny = x + [3]\nz = 5\nassert f(y) == math.pi\n")
    assert test.text == "import math\nx = [1, 2]\ny = x + [3]\nassert f(y) == math.pi"
    assert not test.dubious
    assert test.calls == ()


def test_an_assignment_may_hold_the_call() -> None:
    assert only("got = f(3)\nassert got == 4").text == "got = f(3)\nassert got == 4"


def test_assignments_of_another_function_are_not_taken() -> None:
    assert only("def a():\n    x = 1\ndef b():\n    assert f(x) == 1").dubious


def test_names_of_the_skeletons_imports_are_known() -> None:
    assert not read_tests("assert f(math.pi) == 3", "f", known_names=frozenset({"math"})).tests[0].dubious


def test_spelling_makes_no_test_different() -> None:
    found = read_tests("assert f( 'a',0x10 )==[1,]\nassert f(\"a\", 16) == [1], 'again'\n", "f")
    assert [test.text for test in found.tests] == ["assert f('a', 16) == [1]"]
    assert [refused.reason for refused in found.refused] == ["repeated"]


def test_an_assertion_that_does_not_parse_is_none() -> None:
    assert read_assertion("assert ()", "f") is None
    assert read_assertion("x = 1", "f") is None
    assert salvaged_call("assert f(g(1)) == (", "f") is None


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.lists(LITERALS, max_size=3), LITERALS), min_size=1, max_size=5), st.booleans())
def test_every_test_that_a_model_could_write_is_read_and_split(
    cases: list[tuple[list[object], object]], talk: bool
) -> None:
    lines = [f"assert f({', '.join(map(repr, arguments))}) == {value!r}" for arguments, value in cases]
    text = "\n".join(f"Test {number}:\n{line}" if talk else line for number, line in enumerate(lines))
    found = read_tests(text, "f")
    assert len(found.tests) + len(found.refused) == len(cases)
    assert all(refused.reason == "repeated" for refused in found.refused)
    assert all(test.expectation is not None and len(test.calls) == 1 and not test.dubious for test in found.tests)
    again = read_tests("\n".join(test.text for test in found.tests), "f")
    assert again.tests == found.tests


@given(st.data())
def test_a_test_that_is_cut_off_costs_itself_only(data: st.DataObject) -> None:
    lines = [f"assert f({number}, [{number}]) == {{'a': {number}}}" for number in range(5)]
    text = "\n".join(lines)
    cut = data.draw(st.integers(0, len(text)))
    found = [test for test in read_tests(text[:cut], "f", is_cut=True).tests if not test.dubious]
    whole = text[:cut].count("\n")
    assert [test.text for test in found] == lines[:whole]
