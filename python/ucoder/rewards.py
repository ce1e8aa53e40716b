"""Rewards for reinforcement learning: model text and tests in, floats out, a batch at a time.

What is our own fault is never scored as the candidate's: where a verdict is missing for such a reason there is no
score (None for TRL, a mask for verl). Tests whose verdict a candidate could have made itself are left out: a reward
pays for every cheat that it passes. One executor is kept for the process, at level `candidate`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ucoder._core import Outcome
from ucoder.errors import ConfigError
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import Row
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.reading import tests_from
from ucoder.execution.shared import shared_executor
from ucoder.parsing.program import read_program, read_script
from ucoder.records import Candidate, Problem, StdioTest, Task, Test

__all__ = ["ExecutionReward", "Sample", "Score", "score_row", "verl_score", "verl_scores"]

ISOLATION = "candidate"
Pays = Literal["all", "share"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of a model, and what it is held against.

    `prompt` is the code that a bare completion continues; "" where answers are whole programs.
    """

    text: str
    tests: tuple[Test, ...]
    entry_point: str | None = None
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a sample earned. `value` is None where nothing can be said about it, and `why` says why."""

    value: float | None
    num_tests: int = 0
    """Tests that counted: usable, with a verdict that the candidate could not touch"""
    num_passed: int = 0
    why: str = ""


class ExecutionReward:
    """A reward function for TRL: `GRPOTrainer(reward_funcs=ExecutionReward(), ...)`. Threads may share it.

    The data set's columns that it reads, one item a completion:

    tests        a list of tests, each in a form that a tests file may have (an assertion, or an object), or that list
                 as JSON text: columns hold one type only
    entry_point  the function's name; absent, empty or None for scripts
    code_prompt  the code that a bare completion continues; absent where answers are whole programs

    pays      "all": 1.0 for a program that passes every test that counts, else 0.0; "share": the share of them passed
    executor  instead of the process's own one

    A text without a program earns 0.0. ConfigError where a column is missing or holds something else.
    """

    def __init__(self, *, pays: Pays = "all", executor: Executor | None = None) -> None:
        if pays not in ("all", "share"):
            raise ConfigError(f"pays is 'all' or 'share', not {pays!r}")
        self.__name__ = "execution_reward"  # trainers log a reward function by its name
        self._pays = pays
        self._executor = executor

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:  # noqa: ANN401
        """One reward for each completion, in order. A completion is text, or messages, of which the last counts."""
        return [score.value for score in self.score(_samples(completions, columns))]

    def score(self, samples: Iterable[Sample]) -> list[Score]:
        """One score for each sample, in their order. Samples of one problem are judged together."""
        listed = list(samples)
        groups: dict[tuple[str | None, str, str], list[int]] = {}
        for place, sample in enumerate(listed):
            groups.setdefault((sample.entry_point, sample.prompt, repr(sample.tests)), []).append(place)
        scores = [Score(0.0, why="no program in the text")] * len(listed)
        tasks, places = [], []
        for group in groups.values():
            read = [(place, one) for place in group if (one := _candidate(listed[place])) is not None]
            first = listed[group[0]]
            if not first.tests:
                for place in group:
                    scores[place] = Score(None, why="no tests")
            elif read:
                problem = Problem("reward", first.prompt, first.entry_point)
                tasks.append(Task(problem, [one for _, one in read], first.tests))
                places.append([place for place, _ in read])
        executor = self._executor or shared_executor(ISOLATION)
        for group, matrix in zip(places, executor.stream(tasks), strict=True):
            for row, place in enumerate(group):
                scores[place] = score_row(matrix, row, self._pays)
        return scores


def score_row(matrix: ExecutionMatrix, row: int, pays: Pays = "all") -> Score:
    """What one candidate of a judged problem earned."""
    outcomes = matrix.outcomes[row][matrix.usable & matrix.trusted]
    num_passed = int(np.count_nonzero(outcomes == Outcome.PASS))
    num_ours = int(np.count_nonzero(outcomes == Outcome.INFRA))
    num_tests = len(outcomes)
    if not num_tests:
        return Score(None, why="no test that counts: all are void or run beside the program")
    # A test that failed on the program's account settles "all", whatever became of the others.
    is_settled = pays == "all" and num_passed + num_ours < num_tests
    if num_ours and not is_settled:
        return Score(None, num_tests, num_passed, "a fault of the executor")
    value = float(num_passed == num_tests) if pays == "all" else num_passed / num_tests
    return Score(value, num_tests, num_passed)


def verl_scores(
    data_sources: Sequence[str],  # noqa: ARG001  the trainer gives it by this name
    solution_strs: Sequence[str],
    ground_truths: Sequence[str | Mapping[str, Any]],
    extra_infos: Sequence[Any],  # noqa: ARG001
    pays: Pays = "all",
    **_settings: Any,  # noqa: ANN401  trainers hand over more than is asked for
) -> list[dict[str, float]]:
    """A batched `custom_reward_function` for verl. A ground truth is `{"tests", "entry_point", "prompt"}`, or its JSON.

    Each result has `score`, `scored` and `pass_share`. verl wants a number for every sample: where `scored` is 0.0
    there is none, `score` is 0.0, and the sample is to be masked (`scored` comes back among the extra infos of a
    reward). ConfigError where a ground truth is something else.
    """
    reward = ExecutionReward(pays=pays)
    pairs = zip(solution_strs, ground_truths, strict=True)
    return [_as_verl(score) for score in reward.score(_sample_of(text, truth) for text, truth in pairs)]


def verl_score(
    data_source: str,
    solution_str: str,
    ground_truth: str | Mapping[str, Any],
    extra_info: Any = None,  # noqa: ANN401
    pays: Pays = "all",
    **settings: Any,  # noqa: ANN401
) -> dict[str, float]:
    """The same for one sample: for verl's reward managers that ask for each by itself."""
    return verl_scores([data_source], [solution_str], [ground_truth], [extra_info], pays, **settings)[0]


# ---------------------------------------------------------------- from what trainers have to samples


def _samples(completions: Sequence[Any], columns: Mapping[str, Any]) -> Iterable[Sample]:
    if "tests" not in columns:
        raise ConfigError("the data set has no column 'tests': what is a completion to be held against?")
    names = ("tests", "entry_point", "code_prompt")
    given = {name: columns[name] for name in names if columns.get(name) is not None}
    for name, column in given.items():
        if len(column) != len(completions):
            raise ConfigError(f"column {name!r} has {len(column)} items for {len(completions)} completions")
    for place, completion in enumerate(completions):
        row = {name: column[place] for name, column in given.items()}
        yield _sample(f"completion {place}", _text_of(completion), row, "code_prompt")


def _sample_of(text: str, truth: str | Mapping[str, Any]) -> Sample:
    try:
        fields = json.loads(truth) if isinstance(truth, str) else truth
    except ValueError as error:
        raise ConfigError(f"a ground truth is not JSON: {error}") from None
    if not isinstance(fields, Mapping) or "tests" not in fields:
        raise ConfigError("a ground truth is an object with 'tests', and 'entry_point' unless they are for scripts")
    return _sample("ground truth", text, fields, "prompt")


def _sample(where: str, text: str, fields: Mapping[str, Any], prompt_name: str) -> Sample:
    """InputError, which is no program's fault, for tests of no known form."""
    tests = fields["tests"]
    try:
        listed = json.loads(tests) if isinstance(tests, str) else list(tests)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: 'tests' is no list of tests, nor the JSON of one: {error}") from None
    problem = Problem(where, fields.get(prompt_name) or "", fields.get("entry_point") or None)
    row = Row(Path(where), 0, {"task_id": where, "tests": listed})
    return Sample(text, tests_from(row, {where: problem}), problem.entry_point, problem.prompt)


def _text_of(completion: Any) -> str:  # noqa: ANN401  as the trainer has it
    if isinstance(completion, str):
        return completion
    match completion:
        case [*_, {"content": str(text)}]:
            return text
    raise ConfigError(f"a completion is text or a list of messages, not {type(completion).__name__}")


def _candidate(sample: Sample) -> Candidate | None:
    """The program in the text; None where there is none."""
    name = sample.entry_point or ""
    if not name.isidentifier() or all(isinstance(test, StdioTest) for test in sample.tests):
        script = read_script(sample.text)
        return Candidate("reward", solution=script) if script else None
    program = read_program(sample.text, name)
    if program is None:
        return None
    return Candidate("reward", solution=program.solution, completion=program.completion)


def _as_verl(score: Score) -> dict[str, float]:
    share = score.num_passed / score.num_tests if score.num_tests else 0.0
    return {"score": score.value or 0.0, "scored": float(score.value is not None), "pass_share": share}
