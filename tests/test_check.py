"""The one-call form: one program, some tests, one answer."""

import multiprocessing
import os
import threading

import pytest

import ucoder
from ucoder import CallTest, CheckTest, Outcome, StdioTest, Test, ValueCallTest

pytestmark = pytest.mark.usefixtures("sandbox")

RIGHT = "def f(x):\n    return x + 1\n"


def test_a_right_program_passes() -> None:
    result = ucoder.check(RIGHT, ["assert f(1) == 2", "assert f(-1) == 0"])
    assert result.passed
    assert result
    assert result.outcomes == (Outcome.PASS, Outcome.PASS)
    assert result.trusted == (True, True)


def test_a_wrong_program_does_not() -> None:
    result = ucoder.check("def f(x):\n    return x + 2\n", "assert f(1) == 2")
    assert not result.passed
    assert not result
    assert result.outcomes == (Outcome.WRONG,)


def test_every_kind_of_test_can_be_used() -> None:
    tests: list[str | Test] = [
        "assert f(1) == 2",
        CallTest("f(0.1)", "1.1", absolute=1e-9),
        ValueCallTest([1], 2),
        CheckTest("def check(candidate):\n    assert candidate(1) == 2\n"),
    ]
    assert ucoder.check(RIGHT, tests, entry_point="f").passed
    assert ucoder.check("print(int(input()) + 1)", StdioTest("1\n", "2\n", "exact")).passed


def test_what_the_program_does_is_an_outcome_and_never_an_exception() -> None:
    assert ucoder.check("def f(x):\n    1 / 0\n", "assert f(1) == 2").outcomes == (Outcome.EXCEPTION,)
    broken = ucoder.check("def f(x: return", "assert f(1) == 2", entry_point="f")
    assert broken.outcomes == (Outcome.LOAD_ERROR,)
    assert broken.load_cause != Outcome.NOT_RUN
    assert ucoder.check("x = 1", "assert f(1) == 2", entry_point="f").outcomes == (Outcome.NO_ENTRY,)
    assert ucoder.check("import os\ndef f(x):\n    os._exit(0)\n", "assert f(1) == 2").outcomes == (Outcome.EXIT,)


def test_void_tests_alone_prove_nothing() -> None:
    result = ucoder.check(RIGHT, "assert ____ == f(1)")
    assert result.void == (True,)
    assert result.details[0] != ""
    assert not result.passed


def test_the_prompt_holds_helpers_for_the_tests() -> None:
    assert ucoder.check("def f(x): return x", "assert twice(f(2)) == 4", "f", prompt="def twice(x): return 2 * x\n")


def test_the_entry_point_is_found_where_it_is_clear() -> None:
    two = "def f(x): return x\ndef g(x): return f(x)\n"
    assert ucoder.check(two, "assert g(1) == 1").passed
    with pytest.raises(ucoder.ConfigError, match="names both defined and tested are f, g"):
        ucoder.check(two, ["assert g(1) == 1", "assert f(1) == 1"])
    with pytest.raises(ucoder.ConfigError, match="are none"):
        ucoder.check("x = 1", "assert f(1) == 1")


def test_no_tests_are_no_question() -> None:
    with pytest.raises(ucoder.ConfigError, match="there are no tests"):
        ucoder.check(RIGHT, [])


def test_threads_share_the_default_executor() -> None:
    passed: list[bool] = []
    threads = [
        threading.Thread(target=lambda: passed.append(ucoder.check(RIGHT, "assert f(1) == 2").passed)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed == [True] * 8


def check_in_child() -> None:
    os._exit(0 if ucoder.check(RIGHT, "assert f(1) == 2").passed else 1)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking with threads is what is tried here
def test_a_child_by_fork_starts_an_executor_of_its_own() -> None:
    assert ucoder.check(RIGHT, "assert f(1) == 2").passed
    child = multiprocessing.get_context("fork").Process(target=check_in_child)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert ucoder.check(RIGHT, "assert f(1) == 2").passed
