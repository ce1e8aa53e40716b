"""`ucoder merge` of shards of a loop's run. Needs what the loop needs (`ucoder[loop]`)."""

from collections.abc import Sequence
from pathlib import Path

from ucoder.report.merged import print_merged
from ucoder.stages.merging_runs import RunShard, merge_runs
from ucoder.verbs.merge import MergeOptions

__all__ = ["merge"]


def merge(folders: Sequence[Path], options: MergeOptions) -> None:
    """Merge and print. Raises as `merge_runs` does."""
    merged = merge_runs([RunShard.load(folder) for folder in folders], options.out, allow_missing=options.allow_missing)
    print_merged(merged, options.out, as_json=options.json)
