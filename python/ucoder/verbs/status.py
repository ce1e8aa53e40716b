"""`ucoder status`: where a run or a judging job stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.errors import OtherRunError
from ucoder.report.status import print_job, print_run
from ucoder.rounds import STAGES
from ucoder.run_config import load_config
from ucoder.stages.standing import job_standing, run_standing
from ucoder.verbs.plan import answers_per_input
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
        per_input = answers_per_input(settings) if settings else {}
        stages = default_stages(settings) if settings else STAGES
        print_run(run_standing(folder, stages, per_input), as_json=options.json)
    elif (folder / "job.json").exists():
        print_job(job_standing(folder), as_json=options.json)
    elif (folder / "merge.json").exists():
        raise OtherRunError(f"{folder} holds a merge that is not finished: the same `ucoder merge` goes on with it")
    else:
        raise OtherRunError(f"{folder} is not a run's folder: it has neither run.json nor job.json")
    return 0
