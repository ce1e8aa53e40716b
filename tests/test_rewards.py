"""Rewards: a batch of model text and tests in, floats out; what is not the candidate's fault is not scored."""

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ucoder import AssertionTest, Candidate, Executor, Outcome, Problem
from ucoder.errors import ConfigError, InputError
from ucoder.rewards import ExecutionReward, score_row, verl_score, verl_scores

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.one_python]

TESTS = ["assert add(1, 2) == 3", "assert add(2, 2) == 4"]
RIGHT = "Sure:\n```python\ndef add(a, b):\n    return a + b\n```"
HALF = "def add(a, b):\n    return a * b\n"


def rewards_of(*completions: Any, pays: Any = "all", **columns: Any) -> list[float | None]:
    given = {"tests": [TESTS] * len(completions), "entry_point": ["add"] * len(completions), **columns}
    return ExecutionReward(pays=pays)(completions=completions, prompts=[""] * len(completions), **given)


def test_a_program_that_passes_every_test_earns_one_and_any_other_nothing() -> None:
    assert rewards_of(RIGHT, HALF, "no program here") == [1.0, 0.0, 0.0]


def test_paid_by_share_a_program_earns_the_share_of_tests_it_passes() -> None:
    assert rewards_of(RIGHT, HALF, pays="share") == [1.0, 0.5]


def test_messages_and_bare_completions_are_read_too() -> None:
    chat = [{"role": "assistant", "content": RIGHT}]
    prompt = "def add(a, b):\n"
    assert rewards_of(chat, "    return a + b\n", code_prompt=[None, prompt]) == [1.0, 1.0]


def test_tests_may_be_json_text_of_any_form_a_tests_file_has() -> None:
    forms = json.dumps([{"args": [1, 2], "expected": 3}, {"call": "add(0, 0)", "expected": "0"}])
    assert rewards_of(RIGHT, tests=[forms]) == [1.0]


def test_scripts_are_judged_by_what_they_print() -> None:
    tests = [{"input": "1 2", "output": "3", "compare": "whitespace"}]
    texts = ["First:\n```python\n1 +\n```\nthen\n```python\nprint(sum(map(int, input().split())))\n```", "print(4)"]
    assert rewards_of(*texts, tests=[tests] * 2, entry_point=[None, None]) == [1.0, 0.0]


@pytest.mark.parametrize(
    "cheat",
    [
        "import os\nos._exit(0)\n" + HALF,
        "class Same(int):\n    __eq__ = lambda self, other: True\ndef add(a, b):\n    return Same()\n",
        "import builtins\nbuiltins.AssertionError = type('No', (Exception,), {})\n" + HALF,
        "import sys\ndef add(a, b):\n    sys.exit(0)\n",
    ],
)
def test_a_cheat_earns_nothing(cheat: str) -> None:
    assert rewards_of(f"```python\n{cheat}```") == [0.0]


def test_tests_that_a_candidate_could_answer_for_itself_are_not_paid_for() -> None:
    beside = "seen = []\nseen.append(add(1, 2))\nassert seen[0].__class__(3) in seen"
    rewards = rewards_of(RIGHT, tests=[[beside]])
    assert rewards == [None]
    assert rewards_of(HALF, tests=[[beside, *TESTS]], pays="share") == [0.5]


def test_tests_that_nobody_could_pass_give_no_score() -> None:
    assert rewards_of(RIGHT, tests=[["assert ____ == add(1, 2)"]]) == [None]
    assert rewards_of(RIGHT, tests=[[]]) == [None]


@pytest.mark.parametrize(
    ("row", "all_pays", "share_pays"),
    [
        ((Outcome.INFRA, Outcome.INFRA), None, None),
        ((Outcome.PASS, Outcome.INFRA), None, None),
        ((Outcome.WRONG, Outcome.INFRA), 0.0, None),
        ((Outcome.PASS, Outcome.PASS), 1.0, 1.0),
    ],
)
def test_a_fault_of_ours_is_masked_unless_the_program_failed_anyway(
    row: tuple[Outcome, Outcome], all_pays: float | None, share_pays: float | None
) -> None:
    with Executor(workers=1) as executor:
        matrix = executor.judge(
            Problem("t", entry_point="add"), [Candidate("t", solution=HALF)], [AssertionTest(test) for test in TESTS]
        )
    matrix = replace(matrix, outcomes=np.array([row], dtype=np.uint8))
    assert score_row(matrix, 0, "all").value == all_pays
    assert score_row(matrix, 0, "share").value == share_pays


def test_verl_gets_a_number_and_a_mask_for_each_sample() -> None:
    truth = {"tests": TESTS, "entry_point": "add"}
    void = json.dumps({"tests": ["assert ____ == add(1, 2)"], "entry_point": "add"})
    scores = verl_scores(["x"] * 3, [RIGHT, HALF, RIGHT], [truth, json.dumps(truth), void], [None] * 3, unknown=1)
    assert scores == [
        {"score": 1.0, "scored": 1.0, "pass_share": 1.0},
        {"score": 0.0, "scored": 1.0, "pass_share": 0.5},
        {"score": 0.0, "scored": 0.0, "pass_share": 0.0},
    ]
    assert verl_score("x", HALF, truth, pays="share")["score"] == 0.5


def test_a_reward_function_can_be_sent_to_another_process() -> None:
    copy = pickle.loads(pickle.dumps(ExecutionReward(pays="share")))
    assert copy(completions=[HALF], tests=[TESTS], entry_point=["add"]) == [0.5]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "no column 'tests'"),
        ({"tests": [TESTS, TESTS], "entry_point": ["add"]}, "2 items for 1 completions"),
        ({"tests": ["[1"], "entry_point": ["add"]}, "completion 0: 'tests' is no list"),
    ],
)
def test_a_data_set_that_cannot_be_judged_is_refused_by_name(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ExecutionReward()(completions=[RIGHT], **columns)


def test_a_test_of_no_known_form_is_named() -> None:
    with pytest.raises(InputError, match=r"completion 0, field 'tests\[0\]\.shout'|completion 0, field 'tests\[0\]'"):
        ExecutionReward()(completions=[RIGHT], tests=[[{"shout": 1}]], entry_point=["add"])


def test_the_name_that_trainers_log_is_there() -> None:
    assert ExecutionReward().__name__ == "execution_reward"
