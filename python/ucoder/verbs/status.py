"""`ucoder status`: where a run or a judging job stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.errors import OtherRunError
from ucoder.report.status import print_job, print_run
from ucoder.rounds import STAGES
from ucoder.run_config import RunConfig, load_config
from ucoder.stages.planning import ASKING, Machines, assumptions, mean_tokens
from ucoder.stages.standing import RunStanding, job_standing, run_standing
from ucoder.store.loop import round_place
from ucoder.verbs.plan import answers_per_input, demand_of
from ucoder.verbs.run import default_stages

__all__ = ["StatusOptions", "status"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """What `ucoder status` takes, beside the folder."""

    json: Annotated[bool, Parameter(negative=())] = False
    "Print it as one JSON object."


def status(
    folder: Annotated[Path, Parameter(help="What `ucoder run`, `ucoder judge` or `ucoder merge` wrote.", negative=())],
    /,
    options: StatusOptions = StatusOptions(),
) -> int:
    """Look, print, return the exit code. The help text stands in `ucoder.cli`."""
    if (folder / "run.json").exists():
        config = folder / "config.resolved.toml"
        settings = load_config(str(config)) if config.exists() else None
        stages = default_stages(settings) if settings else STAGES
        standing = run_standing(folder, stages, answers_per_input(settings) if settings else {})
        left = _seconds_left(standing, settings) if settings else None
        print_run(standing, left, as_json=options.json)
    elif (folder / "job.json").exists():
        print_job(job_standing(folder), as_json=options.json)
    elif (folder / "merge.json").exists():
        raise OtherRunError(f"{folder} holds a merge that is not finished: the same `ucoder merge` goes on with it")
    else:
        raise OtherRunError(f"{folder} is not a run's folder: it has neither run.json nor job.json")
    return 0


def _seconds_left(standing: RunStanding, settings: RunConfig) -> float | None:
    """Of the stages that the run was to do in this round: the stage in hand at its own pace, those after it at the same
    rate of tokens, as if nothing more were dropped. None where no rate is known yet or nothing is left.
    """
    pace = standing.pace
    if standing.state == "finished" or pace is None or not pace.per_second or pace.stage not in ASKING:
        return None
    place = standing.path / round_place(max(standing.rounds, default=0))
    # How many GPUs there are does not matter: only tokens of an answer are taken from the plan.
    assumed = assumptions(demand_of(settings), Machines(gpus=1, cores=1, billions=None))
    tokens = {stage: mean_tokens(place / stage / "answers")[0] or assumed[f"tokens.{stage}"].value for stage in ASKING}
    tokens_per_second = pace.per_second * tokens[pace.stage]
    per_input = answers_per_input(settings)
    records = pace.total if pace.stage == "problems" else pace.total // max(1, per_input[pace.stage])
    later = [stage for stage in ASKING[ASKING.index(pace.stage) + 1 :] if stage in standing.asked]
    to_come = sum(records * per_input[stage] * tokens[stage] for stage in later)
    return (pace.seconds_left or 0.0) + to_come / tokens_per_second if tokens_per_second else None
