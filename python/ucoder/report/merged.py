"""What `ucoder merge` put together of a run's shards, on standard output; what is missing, on standard error."""

import json
import sys
from pathlib import Path

from ucoder.stages.merging_runs import Merged

__all__ = ["print_merged"]


def print_merged(merged: Merged, out: Path, *, as_json: bool) -> None:
    """Print what shards were put together, and the command that goes on with them."""
    if merged.missing:
        named = ", ".join(map(str, merged.missing))
        sys.stderr.write(f"shard {named} is missing: the run will have to sample what it would have held\n")
    if as_json:
        print(json.dumps({**merged.as_json(), "out": str(out)}))
        return
    files = ", ".join(f"{count:,} of {stage}" for stage, count in merged.answers.items() if count)
    print(f"{'shards':<12}{merged.shards:>8,} of {merged.shards + len(merged.missing):,} ({', '.join(merged.stages)})")
    print(f"{'answers':<12}{sum(merged.answers.values()):>8,} files ({files})")
    print(f"{'cells':<12}{merged.parts:>8,} parts" + _left_out(merged))
    print(f"{'in':<12}{out}")
    print(f"{'next':<12}ucoder run {out / 'config.resolved.toml'} --out {out} --resume")


def _left_out(merged: Merged) -> str:
    if not merged.parts_left_out:
        return ""
    return f"; {merged.parts_left_out:,} overlap with others and are executed again"
