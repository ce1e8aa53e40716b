"""From prompts to judged programs: each stage's records are what the next one takes, whatever the prompt style.

The model here knows the worked examples of the prompts by heart and answers in the form each style asks for.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ucoder import Executor, Outcome
from ucoder.llm.asking import Asking
from ucoder.llm.generator import Prompt, Request, Sampling
from ucoder.loop_records import Answer, ProblemStatement
from ucoder.prompts import Example, PromptStyle
from ucoder.stages import candidates, contamination, duplicates, problems, ratings, skeletons, suites

EXAMPLES = PromptStyle.load("base").examples


def asked_about(text: str) -> Example:
    """The example whose function the question, which comes last, is about."""
    names = {example.signature.partition("(")[0].removeprefix("def "): example for example in EXAMPLES}
    return names[max(names, key=text.rfind)]


def fenced(code: str) -> str:
    return f"Here you are.\n\n```python\n{code}\n```\nI hope this helps!"


def speech(prompt: Prompt, index: int) -> str:
    """What the model says; chat answers are wrapped in talk."""
    is_chat = not isinstance(prompt, str)
    text = prompt if isinstance(prompt, str) else prompt[1].content
    if text.endswith(("Title:", "<|problem|>")) or "Invent one" in text:
        e = EXAMPLES[index % len(EXAMPLES)]
        if text.endswith("<|problem|>"):
            return f'\n{e.signature}\n    """{e.description}\n\n    >>> {e.example}\n    """\n<|end|>'
        body = (
            f"{e.title}\nDescription: {e.description}\nSignature: {e.signature}\nExample: {e.example}\nHint: {e.hint}\n"
        )
        return f"Sure!\n<PROBLEM_START>\nTitle: {body}<PROBLEM_END>" if is_chat else f" {body}<PROBLEM_END>\nmore"
    e = asked_about(text)
    if "<RATING_START>" in text or text.endswith("<|rating|>"):
        return f"\n<RATING_START>\nQuality: {e.quality}/5\nDifficulty: {e.difficulty}\n<RATING_END>"
    if "SKELETON" in text or text.endswith("<|skeleton|>"):
        return (
            f"\n<SKELETON_START>\n{e.skeleton}\n<SKELETON_END>"
            if is_chat
            else f"\n{e.skeleton}\n<SKELETON_END>\n<|end|>"
        )
    if text.endswith(("assert", "<|tests|>")) or "different tests for" in text:
        lines = "\n".join(e.tests)
        begun = "assert" if text.endswith("assert") else ""
        return fenced(lines) if is_chat else f"{lines.removeprefix(begun)}\n<|end|>"
    return fenced(f"{e.skeleton}\n{e.body}") if is_chat else f"{e.body}\n\nprint(1)\n"


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("name", ["base", "chat", "compact"])
def test_a_model_that_knows_the_answers_gets_through_every_stage(name: str, speaker: Callable[..., Any]) -> None:
    style = PromptStyle.load(name)

    def answers(stage: str, requests: Iterable[Request], sampling: Sampling) -> list[Answer]:
        return list(Asking(stage, speaker(speech), sampling).answers(requests))

    asking = problems.ProblemSettings(
        answers_per_kind=40, answers_per_prompt=20, required=("description", "example"), num_examples=1
    )
    asks = problems.asks(asking, style, 7, 0)
    found = answers(problems.STAGE, problems.requests(asks, asking, 7, 0), problems.sampling(asking, style))
    stated = problems.read(asks, found, asking, style).require_some(problems.ADVICE).kept
    distinct = duplicates.drop_near_duplicates(stated, duplicates.DuplicateSettings()).kept
    assert len(distinct) == len(EXAMPLES)
    clean = contamination.drop_contaminated(
        distinct, contamination.BenchmarkIndex([], contamination.ContaminationSettings())
    ).kept

    rating = ratings.RatingSettings(min_quality=4.0, num_examples=0)
    found = answers(ratings.STAGE, ratings.requests(clean, rating, style, 7, 0), ratings.sampling(rating, style))
    good: tuple[ProblemStatement, ...] = ratings.keep(clean, ratings.read(clean, found, style).kept, rating).kept
    assert len(good) == sum(example.quality >= 4 for example in EXAMPLES)

    shape = skeletons.SkeletonSettings(num_examples=1)
    found = answers(skeletons.STAGE, skeletons.requests(good, shape, style, 7, 0), skeletons.sampling(shape, style))
    shapes = skeletons.read(good, found, shape, style).kept
    assert len(shapes) == len(good)

    tests = suites.SuiteSettings(min_tests=4)
    found = answers(suites.STAGE, suites.requests(shapes, tests, style, 7, 0), suites.sampling(tests, style))
    made = suites.read(shapes, found, tests, style).kept
    assert len(made) == len(shapes)

    many = candidates.CandidateSettings(n=4, chunk=3)
    found = answers(candidates.STAGE, candidates.requests(shapes, many, style, 7, 0), candidates.sampling(many, style))
    rows = candidates.read(shapes, found, style).kept
    assert len(rows) == 4 * len(shapes)
    with Executor(workers=1) as executor:
        for skeleton, suite in zip(shapes, made, strict=True):
            programs = [row.as_candidate() for row in rows if row.problem_id == skeleton.problem_id]
            matrix = executor.judge(skeleton.as_problem(), programs, suite.as_tests())
            assert matrix.usable.all()
            assert (matrix.outcomes == Outcome.PASS).all()
