"""`ucoder merge`: shards of one job or of one run, into one folder."""

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.errors import ConfigError, OtherRunError
from ucoder.report.summary import print_summary
from ucoder.stages.judging import fresh_keep
from ucoder.stages.merging import check_shards, merged_identity
from ucoder.stages.merging import merge as merge_parts
from ucoder.store import RunDirectory, RunRecord

__all__ = ["MergeOptions", "merge"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOptions:
    """What `ucoder merge` takes, beside the folders."""

    out: Path
    "Folder for the whole run."
    allow_missing: Annotated[bool, Parameter(negative=())] = False
    "Of a run's shards: merge those that are there. The run then samples what the others would have."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the summary as one JSON object."


def merge(
    folders: Annotated[
        list[Path], Parameter(help="What `ucoder judge` or `ucoder run` wrote with --shard I/N.", negative=())
    ],
    /,
    options: MergeOptions,
) -> int:
    """Merge, print the summary, return the exit code. The help text stands in `ucoder.cli`."""
    kinds = {folder: _kind(folder) for folder in folders}
    if len(set(kinds.values())) > 1:
        named = "; ".join(f"{folder} is of `ucoder {kind}`" for folder, kind in kinds.items())
        raise OtherRunError(f"shards of one kind are merged: {named}")
    if "run" in kinds.values():
        # Loaded only now: it needs packages that shards of judging do without.
        import_module("ucoder.verbs.merge_runs").merge(folders, options)
        return 0
    if options.allow_missing:
        raise ConfigError("--allow-missing is for shards of `ucoder run`: no program is judged without its shard")
    shards = [RunRecord.load(folder) for folder in folders]
    check_shards(shards)
    with RunDirectory.open(options.out, merged_identity(shards), fresh_keep()) as directory:
        summary = directory.summary
        if summary is not None:
            sys.stderr.write(f"{options.out} is merged already; this is its summary\n")
        else:
            summary = merge_parts(shards, directory)
    print_summary(summary, options.out, as_json=options.json)
    return 0


def _kind(folder: Path) -> str:
    """The verb that wrote a folder. OtherRunError where none did."""
    if (folder / "run.json").exists():
        return "run"
    if not (folder / "job.json").exists():
        raise OtherRunError(f"{folder} is not a run's folder: it has neither run.json nor job.json")
    return "judge"
