"""Candidates: dense sampling of programs, n for every problem (2512.17385: n = 128), and their assembly.

A candidate need not parse or run: that is evidence, and the executor's to gather. Only an answer with no program in it
is dropped, and counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pydantic import field_validator

from ucoder.llm.asking import chunked
from ucoder.llm.generator import Request, Sampling
from ucoder.loop_records import Answer, CandidateRow, Drop, Skeleton, StageResult, seed_of
from ucoder.loop_settings import SamplingSettings
from ucoder.parsing.program import read_program
from ucoder.prompts import PromptStyle
from ucoder.records import content_id

__all__ = ["ADVICE", "STAGE", "CandidateSettings", "ask_id", "read", "read_one", "requests", "sampling"]

STAGE = "candidates/1"
ADVICE = "The answers hold no program: a base model needs prompt style 'base', an instruct model 'chat'."


class CandidateSettings(SamplingSettings, frozen=True):
    """How programs are drawn."""

    n: int = 128
    """Programs a problem"""

    @field_validator("n")
    @classmethod
    def _several(cls, value: int) -> int:
        if value < 2:
            raise ValueError(
                f"n is {value}, but consensus is agreement among several programs: give at least 2 (the paper has 128)"
            )
        if value > 100_000:
            raise ValueError(f"n is at most 100000, not {value}")
        return value

    @field_validator("temperature")
    @classmethod
    def _varied(cls, value: float) -> float:
        if value == 0.0:
            raise ValueError("temperature 0 gives the same program n times: give one above 0 (the paper has 0.8)")
        return value


def ask_id(skeleton: Skeleton) -> str:
    """The question about this problem."""
    return content_id(STAGE, skeleton.id)


def sampling(settings: CandidateSettings, style: PromptStyle) -> Sampling:
    """How answers of this stage are drawn."""
    return Sampling(
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=settings.max_tokens,
        stop=style.stop("program"),
    )


def requests(
    skeletons: Iterable[Skeleton],
    settings: CandidateSettings,
    style: PromptStyle,
    run_seed: int,
    round_number: int,
) -> Iterator[Request]:
    """What the model is asked: n programs a problem, `chunk` to a request."""
    for skeleton in skeletons:
        one_id = ask_id(skeleton)
        seed = seed_of(run_seed, round_number, one_id)
        yield from chunked(one_id, style.program(skeleton=skeleton), settings.n, seed, settings.chunk)


def read(skeletons: Sequence[Skeleton], answers: Iterable[Answer], style: PromptStyle) -> StageResult[CandidateRow]:
    """The candidates of all problems, problem by problem, each by index. The drops are those of `read_one`."""
    by_ask: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_ask[answer.ask_id].append(answer)
    results = [read_one(skeleton, by_ask[ask_id(skeleton)], style) for skeleton in skeletons]
    kept = tuple(row for result in results for row in result.kept)
    return StageResult(STAGE, kept, tuple(drop for result in results for drop in result.drops))


def read_one(skeleton: Skeleton, answers: Iterable[Answer], style: PromptStyle) -> StageResult[CandidateRow]:
    """The candidates of one problem by index: what the executor can start on. Reason for drops: "empty"."""
    kept: list[CandidateRow] = []
    drops: list[Drop] = []
    for answer in sorted(answers, key=lambda one: one.index):
        program = read_program(style.answer("program", answer.text), skeleton.entry_point)
        if program is None:
            drops.append(Drop.of(STAGE, "empty", answer.key, answer.text))
            continue
        kept.append(
            CandidateRow(
                key=answer.key,
                problem_id=skeleton.problem_id,
                index=answer.index,
                solution=_with_imports(program.solution, skeleton),
                completion=program.completion,
                mean_logprob=answer.mean_logprob,
                num_tokens=answer.num_tokens,
                ending=answer.ending,
            )
        )
    return StageResult(STAGE, tuple(kept), tuple(drops))


def _with_imports(solution: str | None, skeleton: Skeleton) -> str | None:
    """A whole program with the skeleton's imports before it: answers often leave out what the question showed."""
    if solution is None or not skeleton.imports or skeleton.imports in solution or "__future__" in solution:
        return solution
    return f"{skeleton.imports}\n\n{solution}"
