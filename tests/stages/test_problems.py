"""Problems: what is asked, what an answer must hold, what becomes of the rest."""

from collections import Counter
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from ucoder.loop_records import KINDS, Answer, NothingUsable
from ucoder.prompts import PromptStyle
from ucoder.stages.problems import ADVICE, ProblemAsk, ProblemSettings, asks, read, requests, sampling

BASE = PromptStyle.load("base")
SETTINGS = ProblemSettings(answers_per_kind=40)
GOOD = """ Two piles
Category: games
Description: Two children take stones from two piles in turn, one or two at a time; say who takes the last one.
Signature: def last_taker(left: int, right: int) -> str:
Example: last_taker(1, 0) returns 'first'
Hint: Look at remainders.
"""
ASK = ProblemAsk("ask", "prompt", 4, "tool usage", "text", "hard")

Make = Callable[..., Answer]


def test_every_kind_is_asked_for_equally_often() -> None:
    made = asks(SETTINGS, BASE, 1, 0)
    assert Counter(dict.fromkeys(KINDS, 40)) == sum((Counter({ask.kind: ask.n}) for ask in made), start=Counter[str]())
    assert len({ask.id for ask in made}) == len(made) == 40
    assert {ask.difficulty for ask in made} == {"easy", "medium", "hard"}


def test_the_paper_s_number_of_answers_is_asked_for_by_default() -> None:
    assert abs(sum(ask.n for ask in asks(ProblemSettings(), BASE, 1, 0)) - 16_867) < 10


def test_questions_follow_from_run_and_round_alone() -> None:
    assert asks(SETTINGS, BASE, 1, 0) == asks(SETTINGS, BASE, 1, 0)
    ids = [{ask.id for ask in asks(SETTINGS, BASE, seed, number)} for seed, number in [(1, 0), (2, 0), (1, 1)]]
    assert ids[0] != ids[1] != ids[2] != ids[0]


def test_equal_prompts_become_one_question_with_more_answers() -> None:
    made = asks(SETTINGS, PromptStyle.load("compact"), 1, 0)
    assert [ask.n for ask in made] == [160]
    listed = list(requests(made, SETTINGS, 1, 0))
    assert [request.first_index for request in listed] == list(range(0, 160, SETTINGS.chunk))
    assert len({request.seed for request in listed}) == 1
    assert len({request.id for request in listed}) == len(listed)


def test_an_answer_becomes_a_problem(answer: Make) -> None:
    result = read([ASK], [answer("ask", GOOD)], SETTINGS, BASE)
    assert result.counts == {"kept": 1}
    problem = result.kept[0]
    assert (problem.title, problem.kind, problem.category, problem.difficulty) == (
        "Two piles",
        "tool usage",
        "games",
        "hard",
    )
    assert problem.signature == "def last_taker(left: int, right: int) -> str:"
    assert problem.entry_point == "last_taker"
    assert problem.provenance == "ask-0"


@pytest.mark.parametrize(
    ("text", "ending", "reason"),
    [
        ("  \n", "stop", "empty"),
        (GOOD.replace("Example:", "Note:"), "stop", "no-example"),
        (GOOD.replace("Hint: Look at remainders.", ""), "stop", "no-hint"),
        (GOOD.replace("Hint: Look at remainders.", ""), "length", "cut-off"),
        (GOOD, "length", "cut-off"),
        (GOOD + "<PROBLEM_END>", "length", ""),
        (GOOD.replace("def last_taker(left: int, right: int) -> str:", "last_taker(a, b)"), "stop", "no-signature"),
        (GOOD.replace("def last_taker", "def sum"), "stop", "no-signature"),
        (GOOD.replace("Look at remainders.", "TODO"), "stop", "placeholder"),
        (GOOD.replace("Two children take stones from two piles in turn, one or", "Take"), "stop", "too-short"),
        (GOOD.replace("one or two", "one or two " * 500), "stop", "too-long"),
        ("I cannot help with that.", "stop", "no-description"),
    ],
)
def test_what_is_incomplete_is_dropped_with_its_reason(answer: Make, text: str, ending: str, reason: str) -> None:
    result = read([ASK], [answer("ask", text, ending=ending)], SETTINGS, BASE)
    assert [drop.reason for drop in result.drops] == ([reason] if reason else [])
    assert len(result.kept) == (not reason)
    assert all(drop.subject == "ask-0" for drop in result.drops)


def test_the_same_problem_twice_is_one(answer: Make) -> None:
    result = read([ASK], [answer("ask", GOOD, 0), answer("ask", GOOD, 1)], SETTINGS, BASE)
    assert result.counts == {"kept": 1, "repeated": 1}
    assert result.kept[0].provenance == "ask-0"


def test_a_stage_that_gave_nothing_says_so_with_examples(answer: Make) -> None:
    texts = ["", "no", "Title only", GOOD.replace("Hint", "Tip")]
    result = read([ASK], [answer("ask", text, index) for index, text in enumerate(texts)], SETTINGS, BASE)
    with pytest.raises(
        NothingUsable, match=r"problems/1: none of 4 can be used \(no-description 2, empty 1, no-hint 1\)"
    ) as caught:
        result.require_some(ADVICE)
    assert "max_tokens" in str(caught.value)
    assert len(caught.value.examples) == 3
    assert "'Title only'" not in str(caught.value)  # one example a reason
    kept = read([ASK], [answer("ask", GOOD)], SETTINGS, BASE)
    assert kept.require_some(ADVICE) is kept


def test_sampling_has_the_styles_stop_strings() -> None:
    made = sampling(SETTINGS, BASE)
    assert (made.temperature, made.top_p, made.max_tokens) == (0.8, 0.95, 1024)
    assert "<PROBLEM_END>" in made.stop


@pytest.mark.parametrize(
    "changes",
    [
        {"answers_per_kind": 0},
        {"kinds": ()},
        {"kinds": ("poetry",)},
        {"categories": {"tool usage": ()}},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"num_prompts": 3},
    ],
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProblemSettings(**changes)  # type: ignore[arg-type]
