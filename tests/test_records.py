"""Records and settings: what they refuse, what names them, how a problem's tests choose its profile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.config import JudgeSettings, Limits, Shard
from ucoder.errors import ConfigError
from ucoder.records import (
    AssertionTest,
    CallTest,
    Candidate,
    CheckTest,
    ModuleTest,
    Problem,
    StdioTest,
    Test,
    UnittestTest,
    ValueCallTest,
    content_id,
    encode_text,
    id_of_test,
    profile_of,
    text_of_test,
)

STDIO = StdioTest("1\n", "2\n", "exact")
ASSERTION = AssertionTest("assert f(1) == 2")


# -------------------------------------------------------------------- records


def test_a_completion_continues_the_prompt_and_a_solution_stands_alone() -> None:
    problem = Problem("t", prompt="def f(x):\n", entry_point="f")
    assert Candidate("t", completion="    return x").program(problem) == "def f(x):\n    return x"
    assert Candidate("t", solution="f = abs").program(problem) == "f = abs"
    assert Candidate("t", completion="").program(problem) == "def f(x):\n"


@pytest.mark.parametrize(("solution", "completion"), [(None, None), ("a", "b")])
def test_a_candidate_is_one_program(solution: str | None, completion: str | None) -> None:
    with pytest.raises(ValueError, match="either a solution or a completion"):
        Candidate("t", solution, completion)


@pytest.mark.parametrize(
    ("test", "text"),
    [
        (ASSERTION, "assert f(1) == 2"),
        (CheckTest("def check(c): pass"), "def check(c): pass"),
        (CallTest("f(1)", "2"), "f(1) == 2"),
        (ValueCallTest([1, None], 2, {"k": "a"}), "(1, None, k='a') -> 2"),
        (STDIO, "1\n\n-> 2\n"),
    ],
)
def test_every_kind_of_test_can_be_read(test: Test, text: str) -> None:
    assert text_of_test(test) == text


def test_tolerances_and_comparisons_that_make_no_sense_are_refused() -> None:
    for tolerance in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="tolerance"):
            CallTest("f(1)", "2", absolute=tolerance)
        with pytest.raises(ValueError, match="tolerance"):
            ValueCallTest([1], 2, relative=tolerance)
    with pytest.raises(ValueError, match="comparison is one of exact, whitespace, numeric"):
        StdioTest("", "", "fuzzy")  # type: ignore[arg-type]


@given(
    st.lists(st.text(st.characters(codec=None)), max_size=4), st.lists(st.text(st.characters(codec=None)), max_size=4)
)
def test_content_ids_are_equal_exactly_for_equal_content(left: list[str], right: list[str]) -> None:
    assert (content_id(*left) == content_id(*right)) == (left == right)


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_encoded(text: str) -> None:
    assert encode_text(text).decode("utf-8", "surrogatepass") == text


def test_tests_of_different_kinds_never_share_an_id() -> None:
    tests: list[Test] = [
        AssertionTest("x"),
        CheckTest("x"),
        CallTest("x", "x"),
        CallTest("x", "x", absolute=0.1),
        ValueCallTest([1], 2),
        ValueCallTest([1.0], 2),
        ValueCallTest([True], 2),
        ValueCallTest([], 2, {"x": 1}),
        StdioTest("x", "x", "exact"),
        StdioTest("x", "x", "numeric"),
    ]
    assert len({id_of_test(test) for test in tests}) == len(tests)


# -------------------------------------------------------------------- profiles


@pytest.mark.parametrize(
    ("problem", "tests", "profile"),
    [
        (Problem("t", entry_point="f"), [ASSERTION], "pure"),
        (Problem("t", entry_point="f"), [], "pure"),
        (Problem("t"), [STDIO], "script"),
        (Problem("t"), [], "script"),
        (Problem("t", entry_point="main", profile="script"), [STDIO], "script"),
        (Problem("t"), [UnittestTest("")], "full"),
        (Problem("t"), [ModuleTest("")], "full"),
        (Problem("t", entry_point="f", profile="full"), [ASSERTION], "full"),
    ],
)
def test_the_profile_follows_from_entry_point_and_tests(problem: Problem, tests: list[Test], profile: str) -> None:
    assert profile_of(problem, tests) == profile


@pytest.mark.parametrize(
    ("problem", "tests", "message"),
    [
        (Problem("t"), [ASSERTION], "need the problem's entry_point"),
        (Problem("t"), [STDIO, ASSERTION], "need the problem's entry_point"),
        (Problem("t", entry_point="f", profile="pure"), [UnittestTest("")], "unit tests need the profile 'full'"),
        (Problem("t", profile="full"), [STDIO], "the profile 'full' runs functions"),
        (Problem("t", profile="full"), [ASSERTION], "need the problem's entry_point"),
        (Problem("t", entry_point="f"), [STDIO], "give the problem no entry_point, or profile 'script'"),
        (Problem("t", entry_point="f"), [ASSERTION, STDIO], "stdin/stdout tests run scripts"),
        (Problem("t", entry_point="f", profile="script"), [ASSERTION], "stdin/stdout tests only"),
        (Problem("t", profile="pure"), [ASSERTION], "needs the problem's entry_point"),
    ],
)
def test_tests_that_do_not_fit_their_problem_are_refused(problem: Problem, tests: list[Test], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profile_of(problem, tests)


# -------------------------------------------------------------------- settings


def test_an_unknown_limit_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no limit 'cpu_limit'; there are cpu_ms"):
        Limits.from_mapping({"cpu_limit": 5})
    assert Limits.from_mapping({"cpu_ms": 5}) == Limits(cpu_ms=5)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"cpu_ms": 0}, "cpu_ms lies between 1 and"),
        ({"memory_mb": 10**9}, "memory_mb lies between"),
        ({"cpu_ms": True}, "cpu_ms is a whole number, not True"),
        ({"cpu_ms": 1.5}, "cpu_ms is a whole number, not 1.5"),
        ({"cpu_ms": "5"}, "cpu_ms is a whole number, not '5'"),
    ],
)
def test_limits_out_of_range_are_refused(limits: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Limits.from_mapping(limits)


def test_an_unknown_level_of_isolation_is_refused_with_the_levels_there_are() -> None:
    assert JudgeSettings().isolation == "auto"
    with pytest.raises(ConfigError, match="isolation is one of auto, test, candidate, batch, not 'thread'"):
        JudgeSettings(isolation="thread")


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3", " 1/2", "1/2\n"])
def test_a_shard_is_i_of_n(text: str) -> None:
    with pytest.raises(ConfigError):
        Shard.parse(text)


@given(st.integers(1, 20), st.integers(0, 200))
def test_every_part_belongs_to_exactly_one_shard(count: int, part: int) -> None:
    assert sum(Shard(index, count).holds(part) for index in range(1, count + 1)) == 1
