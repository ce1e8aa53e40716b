"""Planning: what a run would take, from how much is asked and from stated assumptions; nothing is run.

    answers = records of the stage before x answers for each       tokens = answers x tokens of an answer
    programs = candidates' answers                                 executions = programs x tests of a problem
    GPU hours = tokens / rate of a GPU                             CPU hours = executions / rate of a core
    wall hours = sum over stages; in stage "candidates" sampling and execution overlap, so the longer of the two

Every assumption has a value and a source, and each can be given or measured on a run instead.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import IncompleteRunError, RunDirectoryError
from ucoder.store import JsonObject, RunRecord
from ucoder.store.files import read_json
from ucoder.store.loop import read_metrics, read_run

__all__ = [
    "ASKING",
    "Assumption",
    "Demand",
    "Machines",
    "Plan",
    "StagePlan",
    "assumptions",
    "mean_tokens",
    "measured",
    "plan",
]

ASKING = ("problems", "ratings", "skeletons", "suites", "candidates")
"""Stages that ask the model"""

_OURS = "our estimate; no figure is published"
_NOTHING_LOST = "upper bound: nothing is lost, as in the paper's own figures (16,867 problems x 128 x 100 tests)"
_TOKENS: Mapping[str, tuple[int, str]] = {
    "problems": (300, _OURS),
    "ratings": (100, _OURS),
    "skeletons": (200, _OURS),
    "suites": (600, "20 assertions of 30 tokens; " + _OURS),
    "candidates": (400, "function-level programs: 10,000 problems x 128 x 400 tokens = 512 M tokens"),
}
_EXECUTIONS_PER_CORE = 12_600.0
_EXECUTIONS_SOURCE = (
    "benchmarks/README.md: 6,104 programs of a 16B model, 312,001 cells, hanging ones included, in 12.3 s on two cores"
)
_BYTES_SOURCE = "Parquet of 8,200 judged programs x 51 tests: 0.6 for the cell, 0.9 for values and tests"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that a plan rests on, and where it comes from."""

    name: str
    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How much a configuration asks, by stage of ASKING."""

    rounds: int
    prompts: Mapping[str, int]
    """Prompts for each record of the stage before; of "problems", all"""
    answers: Mapping[str, int]
    """Answers for each record of the stage before; of "problems", all"""
    chunk: Mapping[str, int]
    """Answers of one request"""
    max_tokens: Mapping[str, int]
    num_tests: int
    """At most, a problem"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What does the work. Rates are of one GPU and one core; None for a rate that is assumed."""

    gpus: int
    cores: int
    billions: float | None
    """Parameters of the model, in billions; None where its name does not say"""
    tokens_per_second: float | None = None
    executions_per_second: float | None = None
    candidates_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """What one stage takes, or several together."""

    stage: str
    prompts: int = 0
    requests: int = 0
    answers: int = 0
    tokens: int = 0
    programs: int = 0
    executions: int = 0
    gpu_hours: float = 0.0
    cpu_hours: float = 0.0
    wall_hours: float = 0.0
    disk_bytes: int = 0
    kept: int = 0
    """Records that go on to the next stage"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run takes: the stages of a round, a round, all rounds (each like the first)."""

    rounds: int
    stages: tuple[StagePlan, ...]
    round: StagePlan
    total: StagePlan
    assumptions: tuple[Assumption, ...]

    def as_json(self) -> JsonObject:
        """Plain values."""
        return asdict(self)


# ---------------------------------------------------------------- what is assumed


def assumptions(demand: Demand, machines: Machines, given: Sequence[Assumption] = ()) -> dict[str, Assumption]:
    """All that a plan rests on, by name; what is given, the last of a name, stands instead of ours."""
    listed = [_capped(stage, *_TOKENS[stage], demand.max_tokens[stage]) for stage in ASKING]
    listed += [Assumption(f"kept.{stage}", 1.0, _NOTHING_LOST) for stage in ASKING[:-1]]
    listed += [
        Assumption("tests_per_problem", demand.num_tests, "the settings of suites: at most so many"),
        Assumption("distinct_share", 1.0, "upper bound: no two programs are the same text (those are executed once)"),
        _tokens_rate(machines),
        *_execution_rate(machines),
        Assumption("gpus", machines.gpus, "model.tensor_parallel x model.data_parallel, unless --gpus"),
        Assumption("cores", machines.cores, "execution.workers, else this machine's, unless --cores"),
        Assumption("bytes_per_token", 2.0, "text of answers, compressed; " + _OURS),
        Assumption("bytes_per_answer", 60.0, "keys and counts; " + _OURS),
        Assumption(
            "bytes_per_program", 90.0, "Parquet of 8,200 judged programs, their text once for each distinct one"
        ),
        Assumption("bytes_per_execution", 1.5, _BYTES_SOURCE),
    ]
    return {one.name: one for one in [*listed, *given]}


def _capped(stage: str, tokens: int, source: str, most: int) -> Assumption:
    if tokens > most:
        return Assumption(f"tokens.{stage}", most, f"{stage}.max_tokens")
    return Assumption(f"tokens.{stage}", tokens, source)


def _tokens_rate(machines: Machines) -> Assumption:
    name = "tokens_per_second"
    if machines.tokens_per_second is not None:
        return Assumption(name, machines.tokens_per_second, "given; of one GPU")
    source = "one H100, 7B in bf16, well batched (5,000 where it is not); prompts are shared by prefix caching"
    if machines.billions is None:
        return Assumption(name, 12_500.0, f"{source}; the model's name does not tell its size")
    rate = round(12_500.0 * 7 / machines.billions, 1)
    return Assumption(name, rate, f"{source}; scaled by size to {machines.billions:g}B")


def _execution_rate(machines: Machines) -> list[Assumption]:
    if machines.candidates_per_second is not None:
        return [Assumption("candidates_per_second", machines.candidates_per_second, "given; of one core")]
    if machines.executions_per_second is not None:
        return [Assumption("executions_per_second", machines.executions_per_second, "given; of one core")]
    return [Assumption("executions_per_second", _EXECUTIONS_PER_CORE, f"of one core; {_EXECUTIONS_SOURCE}")]


# ---------------------------------------------------------------- the arithmetic


def plan(demand: Demand, assumed: Mapping[str, Assumption]) -> Plan:
    """The plan. Each number is a product of the demand and what is assumed; halves are rounded at the end of each."""
    value = {name: one.value for name, one in assumed.items()}
    stages: list[StagePlan] = []
    inputs = 1
    for stage in ASKING:
        answers = inputs * demand.answers[stage]
        if stage == "problems":
            records = answers
        elif stage == "candidates":
            records = 0
        else:
            records = inputs
        kept = round(records * value.get(f"kept.{stage}", 0.0))
        prompts = inputs * demand.prompts[stage]
        per_prompt = demand.answers[stage] / demand.prompts[stage] if demand.prompts[stage] else 0
        one = StagePlan(
            stage=stage,
            prompts=prompts,
            requests=prompts * math.ceil(per_prompt / demand.chunk[stage]),
            answers=answers,
            tokens=round(answers * value[f"tokens.{stage}"]),
            programs=answers if stage == "candidates" else 0,
            kept=kept,
        )
        stages.append(_costed(one, value))
        inputs = kept
    per_round = _sum("round", stages, 1)
    return Plan(
        rounds=demand.rounds,
        stages=tuple(stages),
        round=per_round,
        total=_sum("total", [per_round], demand.rounds),
        assumptions=tuple(assumed.values()),
    )


def _costed(one: StagePlan, value: Mapping[str, float]) -> StagePlan:
    """The stage with executions, hours and disk."""
    executions = round(one.programs * value["tests_per_problem"])
    gpu_hours = one.tokens / value["tokens_per_second"] / 3600
    executed = value["distinct_share"] / 3600
    if "candidates_per_second" in value:
        cpu_hours = one.programs * executed / value["candidates_per_second"]
    else:
        cpu_hours = executions * executed / value["executions_per_second"]
    disk = (
        one.tokens * value["bytes_per_token"]
        + one.answers * value["bytes_per_answer"]
        + one.programs * value["bytes_per_program"]
        + executions * value["bytes_per_execution"]
    )
    return replace(
        one,
        executions=executions,
        gpu_hours=gpu_hours,
        cpu_hours=cpu_hours,
        wall_hours=max(gpu_hours / value["gpus"], cpu_hours / value["cores"]),
        disk_bytes=round(disk),
    )


def _sum(name: str, stages: Sequence[StagePlan], times: int) -> StagePlan:
    added = {one.name: times * sum(getattr(stage, one.name) for stage in stages) for one in fields(StagePlan)[1:]}
    return StagePlan(stage=name, **{**added, "kept": 0})


# ---------------------------------------------------------------- what a run has shown


def measured(path: Path) -> list[Assumption]:
    """Tokens, shares and tests as a run had them in its first round, for the stages that it finished.

    OtherRunError where the folder is no run's, IncompleteRunError where it has not finished a stage.
    """
    read_run(path)
    folder = path / "round-00"
    source = f"measured on {path}"
    found: list[Assumption] = []
    kept: int | None = None
    for stage in ASKING:
        marker = folder / stage / "stage.json"
        if not marker.exists():
            continue
        mean, num_answers = mean_tokens(folder / stage / "answers")
        if mean is not None:
            found.append(Assumption(f"tokens.{stage}", mean, source))
        inputs = num_answers if stage == "problems" else kept
        kept = _kept(path, stage, read_json(marker)["counts"]["kept"])
        if inputs and kept is not None and stage != "candidates":
            found.append(Assumption(f"kept.{stage}", min(1.0, kept / inputs), source))
    if not found:
        raise IncompleteRunError(f"--measured: {path} has not finished a stage of its first round yet")
    if (folder / "cells" / "summary.json").exists():
        summary = RunRecord.load(folder / "cells").summary or {}
        if summary.get("candidates"):
            found.append(Assumption("tests_per_problem", summary["evaluations"] / summary["candidates"], source))
            share = summary["distinct_candidates"] / summary["candidates"]
            found.append(Assumption("distinct_share", share, source))
    return found


def mean_tokens(folder: Path) -> tuple[float | None, int]:
    """Mean tokens of an answer, and how many there are."""
    try:
        columns = [
            pq.read_table(file, columns=["num_tokens"])["num_tokens"] for file in folder.glob("answers-*.parquet")
        ]
    except (OSError, pa.ArrowException) as error:
        raise RunDirectoryError(f"{folder} cannot be read: {error}") from error
    total = sum(len(column) for column in columns)
    return (sum(pc.sum(column).as_py() for column in columns) / total if total else None), total


def _kept(path: Path, stage: str, written: int) -> int | None:
    """Records that went on: of ratings those that passed the filter, which is not a stage of its own."""
    if stage != "ratings":
        return written
    effects = [one for one in read_metrics(path) if one.get("stage") == "rating filter"]
    return int(effects[-1]["num_kept"]) if effects else None
