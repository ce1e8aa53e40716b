"""Merging: the shards of one job become the run that an unsharded job would have written.

Parts keep their numbers and bytes. Only the keys of the value digests differ from shard to shard; each part's marker
holds its own.
"""

from collections.abc import Sequence

from ucoder.errors import IncompleteRunError, OtherRunError
from ucoder.execution.tally import summarize
from ucoder.store import JsonObject, RunDirectory, RunRecord, differences

__all__ = ["check_shards", "merge", "merged_identity"]


def check_shards(shards: Sequence[RunRecord]) -> None:
    """Raise OtherRunError unless all are of one job, and IncompleteRunError unless all of it is there."""
    if not shards:
        raise IncompleteRunError("there is nothing to merge")
    seen: dict[int, RunRecord] = {}
    for shard in shards:
        if changes := differences(_job_of(shards[0]), _job_of(shard)):
            raise OtherRunError(f"{shards[0].path} and {shard.path} are of different jobs: {'; '.join(changes)}")
        index = shard.identity["shard"]["index"]
        if index in seen:
            raise OtherRunError(f"{seen[index].path} and {shard.path} are both shard {index}")
        seen[index] = shard
        if shard.summary is None:
            raise IncompleteRunError(f"{shard.path} is not finished: run its command again, it goes on from there")
    count = shards[0].identity["shard"]["count"]
    if missing := [str(index) for index in range(1, count + 1) if index not in seen]:
        raise IncompleteRunError(f"of {count} shards there is no {', '.join(missing[:10])}")


def merged_identity(shards: Sequence[RunRecord]) -> JsonObject:
    """The identity of the job as one run."""
    return {**shards[0].identity, "shard": {"index": 1, "count": 1}}


def merge(shards: Sequence[RunRecord], directory: RunDirectory) -> JsonObject:
    """Copy every part that the folder does not have yet, and write the summary, which is returned."""
    finished = directory.finished_parts()
    for shard in shards:
        for number in shard.parts:
            if number not in finished:
                directory.copy_part(number, shard)
    markers = directory.finished_parts()
    if len(markers) != directory.identity["num_parts"]:
        raise IncompleteRunError(f"{len(markers)} of {directory.identity['num_parts']} parts are there")
    summary = {**summarize(directory.identity, markers.values()), "shards": len(shards)}
    directory.finish(summary)
    return summary


def _job_of(shard: RunRecord) -> JsonObject:
    """The identity without which shard it is."""
    return {**shard.identity, "shard": shard.identity["shard"]["count"]}
