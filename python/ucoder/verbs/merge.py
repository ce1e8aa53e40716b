"""`ucoder merge`: shards of one job, into one folder."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

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
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the summary as one JSON object."


def merge(
    folders: Annotated[list[Path], Parameter(help="What `ucoder judge --shard I/N` wrote, for every I.", negative=())],
    /,
    options: MergeOptions,
) -> int:
    """Merge, print the summary, return the exit code. The help text stands in `ucoder.cli`."""
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
