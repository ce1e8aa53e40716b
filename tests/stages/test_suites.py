"""Suites: many answers become one list of tests in which none is said twice and no input is lost."""

from collections import Counter
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from ucoder.loop_records import Answer, Skeleton
from ucoder.prompts import PromptStyle
from ucoder.records import AssertionTest
from ucoder.stages.suites import SuiteSettings, ask_ids, read, read_one, requests

BASE = PromptStyle.load("base")
SETTINGS = SuiteSettings(min_tests=1)
Make = Callable[..., Answer]


def assertions(*pairs: tuple[str, str]) -> str:
    return "\n".join(f"assert step_gap({inputs}) == {value}" for inputs, value in pairs).removeprefix("assert")


def test_every_ask_is_a_question_of_its_own(skeleton: Skeleton) -> None:
    made = list(requests([skeleton], SETTINGS, BASE, 1, 0))
    assert [request.id.partition("/")[0] for request in made] == ask_ids(skeleton, SETTINGS)
    assert Counter(request.n for request in made) == {2: 5}
    prompts = [request.prompt for request in made if isinstance(request.prompt, str)]
    assert "boundary cases" in prompts[1]
    assert "edge cases" in prompts[2]
    assert all(prompt.endswith("assert") for prompt in prompts)
    compact = list(requests([skeleton], SETTINGS, PromptStyle.load("compact"), 1, 0))
    assert [request.n for request in compact] == [10]


def test_about_a_hundred_tests_are_asked_for_and_twice_as_many_expected(skeleton: Skeleton) -> None:
    asked = sum(request.n for request in requests([skeleton], SuiteSettings(), BASE, 1, 0)) * 20
    assert asked == 200
    assert SuiteSettings().num_tests == 100


def test_answers_take_turns_and_duplicates_are_dropped(answer: Make, skeleton: Skeleton) -> None:
    first, second, *_ = ask_ids(skeleton, SETTINGS)
    answers = [
        answer(first, assertions(("1, 2", "1"), ("1, 1", "0"), ("2, 9", "7"))),
        answer(second, assertions(("0, 0", "0"), ("1,2", "1"), ("5, 5", "0"))),
    ]
    result = read_one(skeleton, reversed(answers), SETTINGS, BASE)
    suite = result.kept[0]
    assert [test.calls[0] for test in suite.tests] == [
        "step_gap(1, 2)", "step_gap(0, 0)", "step_gap(1, 1)", "step_gap(2, 9)", "step_gap(5, 5)",
    ]  # fmt: skip
    assert [test.expectation for test in suite.tests] == ["1", "0", "0", "7", "0"]
    assert result.counts == {"kept": 1, "duplicate": 1}
    assert suite.as_tests()[0] == AssertionTest("assert step_gap(1, 2) == 1")


def test_contradicting_tests_are_both_kept(answer: Make, skeleton: Skeleton) -> None:
    """Which expectation is right is for consensus to say."""
    text = assertions(("1, 2", "1"), ("1, 2", "3"))
    suite = read_one(skeleton, [answer(ask_ids(skeleton, SETTINGS)[0], text)], SETTINGS, BASE).kept[0]
    assert len(suite.tests) == 2
    assert suite.inputs == ("step_gap(1, 2)",)


def test_inputs_of_dubious_tests_are_kept(answer: Make, skeleton: Skeleton) -> None:
    text = assertions(("1, 2", "1"), ("3, 4", "____"), ("1, 2", "unknown"), ("7, 8", "[1,"))
    result = read_one(skeleton, [answer(ask_ids(skeleton, SETTINGS)[0], text)], SETTINGS, BASE)
    suite = result.kept[0]
    assert len(suite.tests) == 1
    assert suite.bare_inputs == ("step_gap(3, 4)", "step_gap(7, 8)")
    assert suite.inputs == ("step_gap(1, 2)", "step_gap(3, 4)", "step_gap(7, 8)")
    assert result.counts["dubious"] == 3


def test_a_suite_has_at_most_so_many_tests_and_at_least_so_many(answer: Make, skeleton: Skeleton) -> None:
    settings = SuiteSettings(num_tests=3, min_tests=3)
    one_id = ask_ids(skeleton, settings)[0]
    many = answer(one_id, assertions(*((f"{n}, 0", str(n)) for n in range(5))))
    few = answer(one_id, assertions(("1, 0", "1"), ("2, 0", "2")))
    assert read_one(skeleton, [many], settings, BASE).counts == {"kept": 1, "too-many": 2}
    result = read([skeleton], [few], settings, BASE)
    assert result.counts == {"kept": 0, "too-few-tests": 1}
    assert result.drops[0].evidence == "2 in 1 answers"


def test_the_last_test_of_an_answer_that_was_cut_off_is_dubious(answer: Make, skeleton: Skeleton) -> None:
    """`== 1` may have been about to say 10."""
    text = assertions(("1, 2", "1"), ("0, 10", "1"))
    one_id = ask_ids(skeleton, SETTINGS)[0]
    suite = read_one(skeleton, [answer(one_id, text, ending="length")], SETTINGS, BASE).kept[0]
    assert [test.text for test in suite.tests] == ["assert step_gap(1, 2) == 1"]
    assert suite.bare_inputs == ("step_gap(0, 10)",)


def test_the_skeletons_imports_are_known_in_tests(answer: Make, skeleton: Skeleton) -> None:
    text = " step_gap(0, math.inf) == math.inf"
    result = read_one(skeleton, [answer(ask_ids(skeleton, SETTINGS)[0], text)], SETTINGS, BASE)
    assert [test.dubious for test in result.kept[0].tests] == [False]


def test_the_order_of_answers_does_not_matter(answer: Make, skeleton: Skeleton) -> None:
    answers = [
        answer(one_id, assertions((f"{place}, {index}", str(index))), index)
        for place, one_id in enumerate(ask_ids(skeleton, SETTINGS))
        for index in range(3)
    ]
    results = [
        read_one(skeleton, listed, SETTINGS, BASE).kept
        for listed in (answers, answers[::-1], answers[7:] + answers[:7])
    ]
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("changes", [{"asks": ()}, {"asks": ("a", "a")}, {"asks": ("",)}, {"num_tests": 0}, {"n": 3}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SuiteSettings(**changes)  # type: ignore[arg-type]
