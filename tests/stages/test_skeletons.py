"""Skeletons: the first good answer of each problem, or the reason of the first bad one."""

from collections.abc import Callable

import pytest

from ucoder.loop_records import Answer, ProblemStatement
from ucoder.parsing.source import parse
from ucoder.prompts import PromptStyle
from ucoder.records import Candidate
from ucoder.stages.skeletons import SkeletonSettings, ask_id, from_problems, read, requests

BASE = PromptStyle.load("base")
SETTINGS = SkeletonSettings()
GOOD = '''
import math

def step_gap(left: int, right: int) -> int:
    """Say the gap.

    Args:
        left: One height.
        right: The other.

    Returns:
        The gap.
    """
'''

Make = Callable[..., Answer]
State = Callable[..., ProblemStatement]


def test_the_first_good_answer_is_taken(answer: Make, statement: State) -> None:
    problem = statement()
    answers = [
        answer(ask_id(problem), text, index) for index, text in enumerate(["", GOOD, GOOD.replace("gap", "rise")])
    ]
    result = read([problem], reversed(answers), SETTINGS, BASE)
    assert result.counts == {"kept": 1}
    skeleton = result.kept[0]
    assert skeleton.provenance == answers[1].key
    assert skeleton.imports == "import math"
    task = skeleton.as_problem()
    assert (task.task_id, task.entry_point) == (problem.id, "step_gap")
    program = Candidate(problem.id, completion="    return abs(left - right)\n").program(task)
    assert parse(program) is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (GOOD.replace("step_gap", "gap"), "other-name"),
        (GOOD.replace("right: int", "other: int"), "other-parameters"),
        (GOOD.replace("left: int", "left"), "untyped"),
        (GOOD.replace("Returns", "Gives"), "no-sections"),
        (GOOD.replace("Say the gap", "Say \\ud800"), "not-python"),
        (GOOD + "\n\ndef other():\n    pass\n", "several-functions"),
        ("def step_gap(left: int, right: int) -> int:\n    return 1", "no-docstring"),
    ],
)
def test_a_problem_without_a_skeleton_is_dropped(answer: Make, statement: State, text: str, reason: str) -> None:
    problem = statement()
    result = read([problem], [answer(ask_id(problem), text)], SETTINGS, BASE)
    assert [(drop.reason, drop.subject) for drop in result.drops] == [(reason, problem.id)]


def test_a_problem_nobody_answered_is_dropped(statement: State) -> None:
    assert read([statement()], [], SETTINGS, BASE).counts == {"kept": 0, "no-answer": 1}


def test_what_is_asked_of_a_skeleton_can_be_less(answer: Make, statement: State) -> None:
    problem = statement()
    loose = SkeletonSettings(require_types=False, require_sections=False)
    text = "def step_gap(left, right):\n    'Say.'\n"
    assert read([problem], [answer(ask_id(problem), text)], loose, BASE).counts == {"kept": 1}


def test_skeletons_can_be_made_from_problems(statement: State) -> None:
    problem = statement(description='He said """no""" \\ and left', example="step_gap(1, 2)")
    made = from_problems([problem, statement(description="lone \ud800")])
    assert made.counts == {"kept": 1, "not-python": 1}
    assert parse(made.kept[0].text + "    pass\n") is not None
    assert list(requests([problem], SkeletonSettings(source="problem"), BASE, 1, 0)) == []
