"""`ucoder plan`: what a run would take, from its configuration and from stated rates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.errors import ConfigError
from ucoder.execution.executor import num_cores
from ucoder.report.plan import print_plan
from ucoder.run_config import RunConfig, load_config
from ucoder.stages.planning import ASKING, Assumption, Demand, Machines, assumptions, measured
from ucoder.stages.planning import plan as make_plan

__all__ = ["PlanOptions", "answers_per_input", "demand_of", "plan"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What `ucoder plan` takes, beside the configuration."""

    set: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "A changed setting, for example candidates.n=64; may be given often."
    tokens_per_second: float | None = None
    "Tokens that one GPU draws."
    executions_per_second: float | None = None
    "Programs x tests that one core executes."
    candidates_per_second: float | None = None
    "Programs that one core executes, instead of --executions-per-second."
    gpus: int | None = None
    "GPUs that draw at a time; by default what the model's settings name."
    cores: int | None = None
    "Cores that execute at a time; by default execution.workers, else those of this machine."
    tokens: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "Tokens of an answer, STAGE=N, for example candidates=250; may be given often."
    kept: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    "Share of the records that a stage keeps, STAGE=SHARE, for example problems=0.7; may be given often."
    tests_per_problem: float | None = None
    "Tests that a problem has in the end."
    measured: Path | None = None
    "A run (for example a small one) to take tokens, shares and tests from."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the plan as one JSON object."


def plan(config: str, options: PlanOptions = PlanOptions()) -> int:
    """Plan, print, return the exit code. The help text stands in `ucoder.cli`."""
    settings = load_config(config, options.set)
    demand = demand_of(settings)
    machines = _machines(settings, options)
    given = measured(options.measured) if options.measured else []
    given += _given("tokens", options.tokens, ASKING, 1, 1 << 20)
    given += _given("kept", options.kept, ASKING[:-1], 0, 1)
    if options.tests_per_problem is not None:
        _positive("--tests-per-problem", options.tests_per_problem)
        given.append(Assumption("tests_per_problem", options.tests_per_problem, "given"))
    print_plan(make_plan(demand, assumptions(demand, machines, given)), settings.name, as_json=options.json)
    return 0


def answers_per_input(settings: RunConfig) -> dict[str, int]:
    """Answers of each stage for each record of the stage before; of "problems", all. 0 where it asks nothing."""
    return {
        "problems": settings.problems.answers_per_kind * len(settings.problems.kinds),
        "ratings": settings.ratings.n if settings.ratings.enabled else 0,
        "skeletons": settings.skeletons.n if settings.skeletons.source == "model" else 0,
        "suites": settings.suites.answers_per_ask * len(settings.suites.asks),
        "candidates": settings.candidates.n,
        "consensus": 0,
    }


def demand_of(settings: RunConfig) -> Demand:
    """How much a configuration asks."""
    problems = settings.problems
    answers = answers_per_input(settings)
    suites = settings.suites
    return Demand(
        rounds=settings.rounds,
        prompts={
            "problems": -(-problems.answers_per_kind // problems.answers_per_prompt) * len(problems.kinds),
            "ratings": min(1, answers["ratings"]),
            "skeletons": min(1, answers["skeletons"]),
            "suites": len(suites.asks),
            "candidates": 1,
        },
        answers=answers,
        chunk={stage: getattr(settings, stage).chunk for stage in ASKING},
        max_tokens={stage: getattr(settings, stage).max_tokens for stage in ASKING},
        num_tests=min(suites.num_tests, answers["suites"] * suites.tests_per_answer),
    )


def _machines(settings: RunConfig, options: PlanOptions) -> Machines:
    rates = {name: getattr(options, name) for name in
             ("tokens_per_second", "executions_per_second", "candidates_per_second", "gpus", "cores")}  # fmt: skip
    for name, rate in rates.items():
        if rate is not None:
            _positive(f"--{name.replace('_', '-')}", rate)
    if options.executions_per_second is not None and options.candidates_per_second is not None:
        raise ConfigError("--candidates-per-second stands instead of --executions-per-second: give one of them")
    size = re.search(r"(?<![\w.])(\d+(?:\.\d+)?)[bB](?![a-zA-Z])", settings.model.model)
    return Machines(
        gpus=options.gpus or settings.model.tensor_parallel * settings.model.data_parallel,
        cores=options.cores or settings.execution.workers or num_cores(),
        billions=float(size[1]) if size and float(size[1]) > 0 else None,
        tokens_per_second=options.tokens_per_second,
        executions_per_second=options.executions_per_second,
        candidates_per_second=options.candidates_per_second,
    )


def _positive(option: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise ConfigError(f"{option} is a number above 0, not {value:g}")


def _given(option: str, values: Sequence[str], stages: Sequence[str], low: float, high: float) -> list[Assumption]:
    found = []
    for text in values:
        stage, sign, number = text.partition("=")
        if not sign or stage not in stages:
            raise ConfigError(f"--{option} takes STAGE=NUMBER with a stage of {', '.join(stages)}, not {text!r}")
        try:
            value = float(number)
        except ValueError:
            raise ConfigError(f"--{option} {text}: {number!r} is no number") from None
        if not low <= value <= high:
            raise ConfigError(f"--{option} {text}: the number lies between {low:g} and {high:g}")
        found.append(Assumption(f"{option}.{stage}", value, "given"))
    return found
