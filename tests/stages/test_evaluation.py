"""Evaluation: who is right by true tests, who does as consensus said; files with faults; the same draws for all."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ucoder import AssertionTest, Executor
from ucoder.errors import ConfigError, InputError
from ucoder.llm.asking import Asking
from ucoder.loop_records import Answer, Skeleton
from ucoder.prompts import PromptStyle
from ucoder.stages.candidates import read_one
from ucoder.stages.evaluation import (
    STAGE,
    EvaluationSettings,
    Exam,
    ValidationSettings,
    read_exams,
    requests,
    sampling,
    scores,
)

STYLE = PromptStyle.load("compact")
READ = partial(read_one, style=STYLE)
PROMPT = 'def step_gap(left: int, right: int) -> int:\n    """Say the gap."""\n'
TESTS = (AssertionTest("assert step_gap(3, 5) == 2"), AssertionTest("assert step_gap(5, 3) == 2"))
BODIES = [
    "    return abs(left - right)\n",
    "    return right - left\n",
    "    while True: pass\n",
    "",
    "    return max(left, right) - min(left, right)\n",
]


def write(file: Path, *rows: dict[str, Any]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def asked(exams: list[Exam], speaker: Callable[..., Any], n: int = 5) -> list[Answer]:
    generator = speaker(lambda _prompt, index: BODIES[index])
    asking = Asking(STAGE, generator, sampling(EvaluationSettings(), STYLE))
    return list(asking.answers(requests(exams, n, 2, STYLE, seed=3)))


@pytest.mark.usefixtures("sandbox")
def test_right_is_who_passes_every_test_and_no_answer_is_wrong(skeleton: Skeleton, speaker: Callable[..., Any]) -> None:
    exams = [Exam(skeleton, TESTS)]
    with Executor(workers=1) as executor:
        found = scores(exams, asked(exams, speaker), READ, executor)
    (score,) = found.kept
    assert (score.problem_id, score.num_samples, score.num_right) == (skeleton.problem_id, 5, 2)
    assert score.share == 0.4


@pytest.mark.usefixtures("sandbox")
def test_without_truth_right_is_who_does_as_the_selected_program(
    skeleton: Skeleton, speaker: Callable[..., Any]
) -> None:
    exams = [Exam(skeleton, TESTS, skeleton.text + BODIES[1])]
    with Executor(workers=1) as executor:
        (score,) = scores(exams, asked(exams, speaker), READ, executor).kept
    assert score.num_right == 1


@pytest.mark.usefixtures("sandbox")
def test_what_cannot_be_decided_is_dropped_with_its_reason(skeleton: Skeleton, speaker: Callable[..., Any]) -> None:
    void = [Exam(skeleton, (AssertionTest("assert ____ == step_gap(1, 2)"),))]
    broken = [Exam(skeleton, TESTS, skeleton.text + "    raise ValueError\n")]
    with Executor(workers=1) as executor:
        for exams, reason in ((void, "no-usable-test"), (broken, "no-answer")):
            found = scores(exams, asked(exams, speaker), READ, executor)
            assert (found.kept, [drop.reason for drop in found.drops]) == ((), [reason])
        unasked = scores(void, [], READ, executor)
        assert [drop.reason for drop in unasked.drops] == ["no-answer"]


def test_a_problem_has_the_same_seed_whatever_else_is_asked(skeleton: Skeleton) -> None:
    from dataclasses import replace

    other = Exam(replace(skeleton, problem_id="other"), TESTS)
    alone = list(requests([Exam(skeleton, TESTS)], 4, 4, STYLE, seed=3))
    among = list(requests([other, Exam(skeleton, TESTS)], 4, 4, STYLE, seed=3))
    assert alone[0] == among[1]
    assert among[0].seed != among[1].seed


def test_files_become_exams_in_their_order(tmp_path: Path) -> None:
    problems = write(
        tmp_path / "p.jsonl",
        {"task_id": "b", "prompt": PROMPT, "entry_point": "step_gap"},
        {"task_id": "a", "prompt": "K = 3\n\n\ndef f(x):\n", "entry_point": "f"},
    )
    tests = write(
        tmp_path / "t.jsonl",
        {"task_id": "a", "tests": [{"call": "f(1)", "expected": "1"}]},
        {"task_id": "b", "tests": ["assert step_gap(1, 2) == 1"]},
    )
    first, second = read_exams(EvaluationSettings(problems=problems, tests=tests))
    assert (first.skeleton.problem_id, first.skeleton.docstring, first.skeleton.text) == ("b", "Say the gap.", PROMPT)
    assert (second.skeleton.header, second.skeleton.text) == ("", "K = 3\n\n\ndef f(x):\n")
    assert first.digest != second.digest


def test_faults_of_the_files_are_named(tmp_path: Path) -> None:
    row = {"task_id": "a", "prompt": PROMPT, "entry_point": "step_gap"}
    problems = write(tmp_path / "p.jsonl", row)
    with pytest.raises(ConfigError, match=r"evaluation\.problems: there is no file .*nowhere"):
        read_exams(EvaluationSettings(problems=str(tmp_path / "nowhere.jsonl")))
    with pytest.raises(InputError, match="there are no tests for problem 'a'"):
        read_exams(EvaluationSettings(problems=problems, tests=write(tmp_path / "t.jsonl")))
    nameless = write(tmp_path / "n.jsonl", {"task_id": "a", "prompt": PROMPT})
    tests = write(tmp_path / "u.jsonl", {"task_id": "a", "tests": ["assert step_gap(1, 2) == 1"]})
    with pytest.raises(InputError, match="entry_point"):
        read_exams(EvaluationSettings(problems=nameless, tests=tests))


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="tests are given without problems"):
        EvaluationSettings(tests="t.jsonl")
    with pytest.raises(ValidationError, match="set n = 1"):
        EvaluationSettings(temperature=0.0)
    with pytest.raises(ValidationError):
        ValidationSettings(patience=0)
