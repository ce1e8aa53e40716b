"""Candidates: n programs a problem in chunks, found again by key, assembled and never judged here."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from ucoder.llm.asking import Asking
from ucoder.llm.generator import Sampling
from ucoder.loop_records import Answer, Skeleton
from ucoder.prompts import PromptStyle
from ucoder.records import Candidate
from ucoder.stages.candidates import STAGE, CandidateSettings, ask_id, read, read_one, requests, sampling

BASE = PromptStyle.load("base")
CHAT = PromptStyle.load("chat")
Make = Callable[..., Answer]


def test_a_problem_is_asked_for_n_programs_in_chunks(skeleton: Skeleton) -> None:
    made = list(requests([skeleton], CandidateSettings(n=40, chunk=16), BASE, 1, 0))
    assert [(request.first_index, request.n) for request in made] == [(0, 16), (16, 16), (32, 8)]
    assert {request.seed for request in made} == {made[0].seed}
    assert {request.prompt for request in made} == {skeleton.text}
    other = list(requests([skeleton], CandidateSettings(n=40, chunk=40), BASE, 1, 0))
    assert other[0].seed == made[0].seed


def test_the_defaults_are_the_papers(skeleton: Skeleton) -> None:
    settings = CandidateSettings()
    assert sum(request.n for request in requests([skeleton], settings, BASE, 1, 0)) == 128
    made = sampling(settings, BASE)
    assert (made.temperature, made.top_p) == (0.8, 0.95)


def test_one_program_is_refused_with_the_reason() -> None:
    with pytest.raises(
        ValidationError, match="n is 1, but consensus is agreement among several programs: give at least 2"
    ):
        CandidateSettings(n=1)
    with pytest.raises(ValidationError, match="temperature 0 gives the same program n times"):
        CandidateSettings(temperature=0)
    with pytest.raises(ValidationError, match="extra_forbidden|not permitted"):
        CandidateSettings(samples=3)  # type: ignore[call-arg]


def test_answers_become_programs(answer: Make, skeleton: Skeleton) -> None:
    one_id = ask_id(skeleton)
    texts = [
        "    return abs(left - right)\n\n\ndef other():\n    pass\n",
        "\n",
        "```python\ndef step_gap(left: int, right: int) -> int:\n    return 0\n```",
        "    this is no Python",
    ]
    answers = [answer(one_id, text, index) for index, text in enumerate(texts)]
    result = read([skeleton], reversed(answers), BASE)
    assert result.counts == {"kept": 3, "empty": 1}
    assert [row.index for row in result.kept] == [0, 2, 3]
    first, whole, broken = (row.as_candidate() for row in result.kept)
    problem = skeleton.as_problem()
    assert first == Candidate(problem.task_id, completion="    return abs(left - right)\n\n\n", mean_logprob=-0.25)
    assert first.program(problem) == skeleton.text + "    return abs(left - right)\n\n\n"
    assert whole.program(problem).startswith("import math\n\ndef step_gap")
    assert broken.completion == "    this is no Python"


def test_imports_are_not_said_twice(answer: Make, skeleton: Skeleton) -> None:
    text = "```python\nimport math\ndef step_gap(left, right):\n    return 0\n```"
    row = read_one(skeleton, [answer(ask_id(skeleton), text)], CHAT).kept[0]
    assert row.solution == "import math\ndef step_gap(left, right):\n    return 0\n"


# -------------------------------------------------------------------- asking


def asking(speaker: Callable[..., Any], temperature: float = 0.8) -> Asking:
    return Asking(STAGE, speaker(lambda _, index: f"    return {index}\n"), Sampling(temperature=temperature))


def test_samples_are_numbered_rows_with_keys(speaker: Callable[..., Any], skeleton: Skeleton) -> None:
    made = list(requests([skeleton], CandidateSettings(n=20), BASE, 1, 0))
    ask = asking(speaker)
    answers = list(ask.answers(made))
    assert sorted(answer.index for answer in answers) == list(range(20))
    assert {answer.ask_id for answer in answers} == {ask_id(skeleton)}
    assert all(answer.text == f"    return {answer.index}\n" for answer in answers)
    assert {answer.key for answer in answers} == set(ask.keys(made))
    assert len(set(ask.keys(made))) == 20


def test_only_what_is_not_known_is_asked_again(speaker: Callable[..., Any], skeleton: Skeleton) -> None:
    settings = CandidateSettings(n=20, chunk=10)
    made = list(requests([skeleton], settings, BASE, 1, 0))
    ask = asking(speaker)
    answers = {answer.index: answer for answer in ask.answers(made)}
    known = {answers[index].key for index in (0, 1, 2, 5, 12)}
    rest = list(ask.remaining(made, known))
    assert [(request.first_index, request.n) for request in rest] == [(3, 2), (6, 4), (10, 2), (13, 7)]
    again = list(ask.answers(rest))
    assert {answer.key for answer in again} | known == set(ask.keys(made))
    assert all(answers[answer.index] == answer for answer in again)
    assert list(ask.remaining(made, set(ask.keys(made)))) == []


def test_another_setting_is_another_key(speaker: Callable[..., Any], skeleton: Skeleton) -> None:
    made = list(requests([skeleton], CandidateSettings(n=4), BASE, 1, 0))
    keys = [set(asking(speaker, temperature).keys(made)) for temperature in (0.8, 0.9)]
    assert not keys[0] & keys[1]
    chunked = list(requests([skeleton], CandidateSettings(n=4, chunk=2), BASE, 1, 0))
    assert set(asking(speaker).keys(chunked)) == keys[0]
