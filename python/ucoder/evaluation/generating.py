"""Samples from a model: questions in a prompt style, answers that are kept as they come, programs read from them.

A problem whose prompt holds the function's head is asked as the loop asks it; any other gets its question, with the
request for a whole program. Answers are stored by key, so what was drawn is never drawn again. An answer without a
program is an empty one: it counts and is wrong.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.samples import Programs
from ucoder.llm.asking import Asking, chunked
from ucoder.llm.generator import Generator, Message, Prompt, Request, Sampling
from ucoder.loop_records import Answer, seed_of
from ucoder.parsing.marked import fenced_blocks
from ucoder.parsing.program import read_program
from ucoder.prompts import PromptStyle
from ucoder.records import Candidate, content_id
from ucoder.stages.answering import answered
from ucoder.stages.evaluation import skeleton_of
from ucoder.store.answers import AnswerStore

__all__ = ["STAGE", "as_lines", "draw", "stops"]

STAGE = "eval/1"

_ASK = "{question}\n\nAnswer with one Python code block that holds the whole program and nothing else."
_ENDS_OF_FUNCTIONS = ("\nif __name__", "\nassert ", "\nprint(", "\n```")


def stops(problems: Iterable[BenchmarkProblem], style: PromptStyle) -> tuple[str, ...]:
    """Strings that end an answer. Whole programs end where the model ends them."""
    if style.form == "chat":
        return style.stop("program")
    listed = list(problems)
    if all(_has_head(one) for one in listed):
        return style.stop("program")
    return _ENDS_OF_FUNCTIONS if all(one.problem.entry_point for one in listed) else ("\n```",)


def draw(  # noqa: PLR0913  each by its name
    problems: Mapping[str, BenchmarkProblem],
    generator: Generator,
    sampling: Sampling,
    style: PromptStyle,
    store: AnswerStore,
    *,
    n: int,
    seed: int,
    chunk: int,
    on_answers: Callable[[int, int], None],
) -> Programs:
    """`n` programs of each problem. `on_answers` is told how many problems are answered, of how many.

    Raises what the generator and the store raise; what was drawn stays.
    """
    task_ids = {_ask_id(one): task_id for task_id, one in problems.items()}
    asked: list[Request] = []
    for ask_id, task_id in task_ids.items():
        prompt = _prompt(problems[task_id], style)
        asked += chunked(ask_id, prompt, n, seed_of(seed, 0, STAGE, task_id), chunk)
    answers: dict[str, Sequence[Answer]] = {}
    for done in answered(Asking(STAGE, generator, sampling), asked, store):
        answers[task_ids[done.ask_id]] = done.answers
        on_answers(len(answers), len(problems))
    return {
        task_id: [_program(problem, style, answer) for answer in answers[task_id]]
        for task_id, problem in problems.items()
    }


def as_lines(programs: Programs) -> bytes:
    """The programs as a file of samples, which `--samples` reads."""
    rows = ({"task_id": one.task_id, "solution": one.solution} for found in programs.values() for one in found)
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


# ---------------------------------------------------------------- questions


def _ask_id(problem: BenchmarkProblem) -> str:
    return content_id(STAGE, problem.problem.task_id, problem.question)


def _has_head(problem: BenchmarkProblem) -> bool:
    """Whether the prompt ends in the function that is to be written."""
    return (
        f"def {problem.problem.entry_point}(" in problem.problem.prompt and problem.question == problem.problem.prompt
    )


def _prompt(problem: BenchmarkProblem, style: PromptStyle) -> Prompt:
    if _has_head(problem):
        return style.program(skeleton=skeleton_of(problem.problem))
    if style.form == "chat":
        return (Message("user", _ASK.format(question=problem.question)),)
    return problem.question if problem.problem.entry_point else f'"""\n{problem.question}\n"""\n'


# ---------------------------------------------------------------- answers


def _program(problem: BenchmarkProblem, style: PromptStyle, answer: Answer) -> Candidate:
    text = style.answer("program", answer.text)
    name = problem.problem.entry_point or ""
    if not name.isidentifier():  # a script, or a method of a class: the block, or all that was said
        block = next((one for one in fenced_blocks(text) if one.strip()), text)
        return problem.candidate(solution=block, mean_logprob=answer.mean_logprob)
    read = read_program(text, name)
    if read is None:
        return problem.candidate(solution="", mean_logprob=answer.mean_logprob)
    if read.solution is None:
        return problem.candidate(completion=read.completion, mean_logprob=answer.mean_logprob)
    imports = skeleton_of(problem.problem).imports if _has_head(problem) else ""
    needed = imports and imports not in read.solution and "__future__" not in read.solution
    whole = f"{imports}\n\n{read.solution}" if needed else read.solution
    return problem.candidate(solution=whole, mean_logprob=answer.mean_logprob)
