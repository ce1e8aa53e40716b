"""Lessons: pairs as the sampler asks them, from the cluster that won; controls: as many, from the same problems."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from ucoder import Outcome
from ucoder.consensus.ballot import Rows
from ucoder.consensus.choice import choose
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.execution.judged import StoredProblem
from ucoder.loop_records import Chosen, Lesson, Message, Skeleton
from ucoder.prompts import PromptStyle
from ucoder.records import JudgedProblem, Selection, content_id
from ucoder.stages.lessons import LessonSettings, Source, is_held_out, lessons, pair

COMPACT = PromptStyle.load("compact")
BASE = PromptStyle.load("base")
CHAT = PromptStyle.load("chat")
SETTINGS = ConsensusSettings(tau=2, seed=5)
CONTROLS: tuple[Source, ...] = ("random", "lowest-perplexity", "success-rate", "self-distillation")

# What each candidate returns on four tests; None: it did not run to an end. The first three agree, of two texts.
RETURNS: list[list[int | None]] = [
    [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [9, 2, 3, 4], [9, 2, 3, 5], [None, None, None, None],
]  # fmt: skip
BODIES = ["    return a\n", "    return b\n", "    return a\n", "    return c\n", "    return d\n", "    return e\n"]
LOGPROBS = [-0.5, -0.4, -0.5, -0.1, -0.9, -0.05]


def outline(problem_id: str) -> Skeleton:
    header = f"def step_{problem_id}(x: int) -> int:"
    return Skeleton(
        problem_id=problem_id,
        imports="",
        header=header,
        docstring="Step.",
        text=f'{header}\n    """Step."""\n',
        entry_point=f"step_{problem_id}",
        provenance="key",
    )


def stored(problem_id: str) -> StoredProblem:
    programs = [outline(problem_id).text + body for body in BODIES]
    ran = np.array([[value is not None for value in row] for row in RETURNS])
    judged = JudgedProblem(
        task_id=problem_id,
        outcomes=np.where(ran, Outcome.WRONG, Outcome.EXCEPTION).astype(np.uint8),
        behaviours=np.array([[-1 if value is None else value for value in row] for row in RETURNS], dtype=np.int32),
        trusted=np.ones(4, dtype=np.bool_),
        first_twin=np.array([programs.index(program) for program in programs], dtype=np.int32),
        mean_logprob=np.array(LOGPROBS),
        source_chars=np.array([len(program) for program in programs], dtype=np.int32),
        program_ids=tuple(content_id(program) for program in programs),
    )
    return StoredProblem(judged, pa.chunked_array([programs]), np.zeros(6))


def chosen(problem: StoredProblem) -> Chosen:
    ballot = Rows.of(problem.judged).unweighted()
    selection = choose(RULES["output-cluster"], ballot, SETTINGS)
    assert selection.candidate is not None
    return Chosen(
        problem_id=problem.judged.task_id,
        prompt=outline(problem.judged.task_id).text,
        program=problem.program(selection.candidate),
        selection=selection,
    )


def made(settings: LessonSettings, names: str = "pq", seed: int = 5, style: PromptStyle = COMPACT) -> list[Lesson]:
    problems = [stored(name) for name in names]
    outlines = {name: outline(name) for name in names}
    consensus = replace(SETTINGS, seed=seed)
    return list(lessons(problems, map(chosen, problems), outlines, style, settings, consensus).kept)


# -------------------------------------------------------------------- the pair


def test_prompt_and_completion_are_what_the_sampler_was_asked_and_would_say() -> None:
    prompt, completion = pair(outline("p"), outline("p").text + BODIES[0], COMPACT)
    assert prompt == COMPACT.program(skeleton=outline("p"))
    assert prompt == '<|problem|>\ndef step_p(x: int) -> int:\n    """Step."""\n<|program|>'
    assert completion == "    return a\n"


def test_a_whole_program_where_text_goes_on_begins_on_a_line_of_its_own() -> None:
    assert pair(outline("p"), "def step_p(x):\n    return 1\n", COMPACT)[1].startswith("\ndef step_p")
    base_prompt, base_completion = pair(outline("p"), "def step_p(x):\n    return 1\n", BASE)
    assert isinstance(base_prompt, str)
    assert base_completion.startswith("def" if base_prompt.endswith("\n") else "\ndef")


def test_in_a_conversation_the_answer_is_a_code_block_with_the_whole_program() -> None:
    prompt, completion = pair(outline("p"), outline("p").text + BODIES[0], CHAT)
    assert isinstance(prompt, tuple)
    assert all(isinstance(turn, Message) for turn in prompt)
    assert completion == f"```python\n{outline('p').text}    return a\n```"


# -------------------------------------------------------------------- consensus


def test_one_lesson_a_problem_is_the_selected_program_with_its_reason() -> None:
    (first, second) = made(LessonSettings())
    assert first.completion == "    return b\n"  # the lower perplexity of the two texts that agree
    assert first.provenance == content_id(outline("p").text + BODIES[1])
    assert first.reason == "output-cluster: 3 of 6 agree, ran on 100% of the tests"
    assert (first.weight, second.problem_id) == (1.0, "q")


def test_more_lessons_a_problem_are_the_different_texts_of_the_cluster() -> None:
    found = made(LessonSettings(per_problem=9), "p")
    assert [one.completion for one in found] == ["    return b\n", "    return a\n"]


def test_a_problem_without_a_selection_is_dropped_with_the_reason() -> None:
    nothing = Chosen(
        problem_id="p", prompt="", program=None, selection=Selection(task_id="p", rule="ucoder", nothing="no cluster")
    )
    result = lessons([stored("p")], [nothing], {"p": outline("p")}, COMPACT, LessonSettings(), SETTINGS)
    assert result.kept == ()
    assert [(drop.reason, drop.evidence) for drop in result.drops] == [("nothing-selected", "no cluster")]


def test_a_problem_that_consensus_does_not_name_gives_no_lesson() -> None:
    problem = stored("p")
    result = lessons(
        [problem, stored("q")], [chosen(problem)], {"p": outline("p")}, COMPACT, LessonSettings(), SETTINGS
    )
    assert [one.problem_id for one in result.kept] == ["p"]


# -------------------------------------------------------------------- weights


def test_problems_weigh_the_same_however_many_lessons_they_have() -> None:
    found = made(LessonSettings(per_problem=2, weighting="problem", validation_share=0.0))
    assert [one.weight for one in found] == [1.0] * 4


@pytest.mark.parametrize("weighting", ["equal", "problem", "agreement"])
def test_weights_of_what_is_learned_have_the_mean_one(weighting: str) -> None:
    settings = LessonSettings.model_validate({"per_problem": 2, "weighting": weighting, "validation_share": 0.3})
    learned = [one.weight for one in made(settings, "abcdefghij") if not one.held_out]
    assert np.mean(learned) == pytest.approx(1.0)


# -------------------------------------------------------------------- validation


def test_a_problem_is_held_out_by_its_id_and_for_every_control() -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    sides = {one.problem_id: one.held_out for one in made(LessonSettings(validation_share=0.3), names)}
    assert 0 < sum(sides.values()) < len(names)
    for source in CONTROLS:
        found = made(LessonSettings(source=source, validation_share=0.3), names)
        assert {one.problem_id: one.held_out for one in found} == sides


def test_a_larger_share_holds_out_the_same_problems_and_more() -> None:
    ids = [str(number) for number in range(2000)]
    small, large = ({one for one in ids if is_held_out(one, share)} for share in (0.1, 0.2))
    assert small < large
    assert len(small) == pytest.approx(200, abs=45)


# -------------------------------------------------------------------- controls


@pytest.mark.parametrize("source", CONTROLS)
@pytest.mark.parametrize("per_problem", [1, 2])
def test_a_control_has_as_many_pairs_from_the_same_problems(source: Source, per_problem: int) -> None:
    ours = made(LessonSettings(per_problem=per_problem))
    theirs = made(LessonSettings(source=source, per_problem=per_problem))
    assert [(one.problem_id, one.prompt) for one in theirs] == [(one.problem_id, one.prompt) for one in ours]
    assert {one.reason for one in theirs} == {f"control {source}"}


@pytest.mark.parametrize("source", ["random", "lowest-perplexity", "success-rate"])
def test_a_controls_first_choice_is_that_of_the_rule_of_its_name(source: Source) -> None:
    for seed in range(6):
        found = made(LessonSettings(source=source), seed=seed)
        for one in found:
            judged = stored(one.problem_id).judged
            rule = choose(RULES[source], Rows.of(judged).unweighted(), replace(SETTINGS, seed=seed))
            assert one.provenance == rule.program_id


def test_the_random_control_never_takes_a_program_that_did_not_run() -> None:
    drawn = {one.completion for seed in range(40) for one in made(LessonSettings(source="random"), seed=seed)}
    assert "    return e\n" not in drawn
    assert len(drawn) >= 3


def test_self_distillation_takes_programs_that_did_not_run_too() -> None:
    drawn = {
        one.completion for seed in range(40) for one in made(LessonSettings(source="self-distillation"), seed=seed)
    }
    assert "    return e\n" in drawn


@pytest.mark.parametrize("source", CONTROLS)
def test_the_same_seed_draws_the_same_lessons(source: Source) -> None:
    assert made(LessonSettings(source=source)) == made(LessonSettings(source=source))


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match="source"):
        LessonSettings.model_validate({"source": "oracle"})
