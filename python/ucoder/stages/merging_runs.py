"""Merging runs: what the shards of one run of the loop drew and executed becomes one folder that a run goes on with.

Nothing is decided here. Answers are found by key and cells by the key of their problem, so both are put together by
copying; the run that goes on with the folder finds all of them, asks the model nothing and marks the stages finished.
run.json is written last: until then the folder is no run's, and the same merge goes on with it.
"""

import json
import os
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from ucoder.errors import IncompleteRunError, OtherRunError, RunDirectoryError, StorageError
from ucoder.store import JsonObject, RunDirectory, RunRecord, differences, publish, write_json
from ucoder.store.files import bytes_writer, file_copier, read_json, take_lock
from ucoder.store.loop import read_run, write_run

__all__ = ["Merged", "RunShard", "check_run_shards", "merge_runs"]

_PLAN = "merge.json"
_CONFIG = "config.resolved.toml"
_METRICS = "metrics.jsonl"

# Settings that say how or where a machine works. Others decide what is asked and what comes of it.
_OF_THE_MACHINE = frozenset(
    {
        "name", "execution.workers", "execution.allow_weaker",
        *(f"model.{name}" for name in (
            "device", "tensor_parallel", "data_parallel", "gpu_memory_utilization", "max_restarts", "stall_s",
            "batch_size", "max_in_flight", "base_url", "api_key_env", "concurrency", "retries", "timeout_s", "file",
        )),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunShard:
    """The folder of one share of a run."""

    path: Path
    record: JsonObject
    """Its run.json"""
    config: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a run's folder. OtherRunError where it is none, RunDirectoryError where it lacks its configuration."""
        record = read_run(path)
        file = path / _CONFIG
        try:
            config = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunDirectoryError(f"{file} cannot be read: {error}") from error
        return cls(path, record, config)

    @property
    def attempt(self) -> JsonObject:
        """What the last attempt says of itself."""
        last: JsonObject = self.record["attempts"][-1]
        return last

    @property
    def index(self) -> int:
        """Which share it is, from 1."""
        return int(self.attempt["shard"]["index"])

    @property
    def count(self) -> int:
        """Of how many."""
        return int(self.attempt["shard"]["count"])

    @property
    def stages(self) -> list[str]:
        """What was shared out."""
        return list(self.attempt["stages"])


@dataclass(slots=True)
class Merged:
    """What a merge came to."""

    shards: int = 0
    missing: list[int] = field(default_factory=list)
    """Shares that were not there: the run will ask for them again"""
    stages: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    """Files of answers by stage"""
    finished: list[str] = field(default_factory=list)
    """Stages that were finished before they were shared out"""
    parts: int = 0
    parts_left_out: int = 0
    """Parts of cells that repeat problems of other parts; what else is in them is executed again"""

    def as_json(self) -> JsonObject:
        """Plain values."""
        return asdict(self)


def check_run_shards(shards: Sequence[RunShard], *, allow_missing: bool) -> list[int]:
    """The shares that are not there, from 1; raises IncompleteRunError for one unless they are allowed to miss.

    OtherRunError where the folders are of different runs or none is a share; the message says what differs.
    """
    first = shards[0]
    seen: dict[int, RunShard] = {}
    for shard in shards:
        if "shard" not in shard.attempt or shard.count == 1:
            raise OtherRunError(f"{shard.path} is no share of a run: its last attempt had no --shard")
        if changes := differences(_decisive(first), _decisive(shard)):
            raise OtherRunError(f"{first.path} and {shard.path} are of different runs: {'; '.join(changes)}")
        if shard.index in seen:
            raise OtherRunError(f"{seen[shard.index].path} and {shard.path} are both shard {shard.index}")
        seen[shard.index] = shard
        if "ended" not in shard.attempt and not allow_missing:
            raise IncompleteRunError(
                f"{shard.path} is not finished: run its command again, it goes on from there"
                " (--allow-missing merges what is there; the run then has to sample the rest)"
            )
    missing = [index for index in range(1, first.count + 1) if index not in seen]
    if missing and not allow_missing:
        named = ", ".join(map(str, missing[:10]))
        raise IncompleteRunError(
            f"of {first.count} shards there is no {named}: without it the run would have to sample that share again "
            "(--allow-missing merges what is there)"
        )
    return missing


def _decisive(shard: RunShard) -> JsonObject:
    """What shares of one run agree in, by dotted name."""
    found: JsonObject = {"version": shard.attempt["ucoder"], "shards": shard.count, "stages": shard.stages}

    def walk(table: Mapping[str, Any], prefix: str) -> None:
        for name, value in table.items():
            if isinstance(value, Mapping):
                walk(value, f"{prefix}{name}.")
            elif prefix + name not in _OF_THE_MACHINE:
                found[prefix + name] = value

    walk(shard.config, "")
    return found


def merge_runs(shards: Sequence[RunShard], out: Path, *, allow_missing: bool = False) -> Merged:
    """Put shards together in a new or empty folder, or go on where the same merge was stopped.

    Raises what `check_run_shards` raises; OtherRunError where the folder holds something else, RunInUseError where
    another process works there, StorageError where the disk would not take it.
    """
    missing = check_run_shards(shards, allow_missing=allow_missing)
    ordered = sorted(shards, key=lambda shard: shard.index)
    lock = _take(out, {"from": [[shard.index, shard.count, shard.attempt["began"]] for shard in ordered]})
    try:
        merged = Merged(shards=len(ordered), missing=missing, stages=ordered[0].stages)
        places = {entry.name for shard in ordered for entry in shard.path.iterdir() if _is_place(entry)}
        for name in sorted(places):
            rounds = [shard.path / name for shard in ordered if (shard.path / name).is_dir()]
            for stage in sorted({entry.name for one in rounds for entry in one.iterdir() if _is_stage(entry)}):
                _merge_stage([one / stage for one in rounds], out / name / stage, merged)
            _merge_cells([one / "cells" for one in rounds], out / name / "cells", ordered[0].record, merged)
        _merge_logs(ordered, out)
        attempts = {json.dumps(one, sort_keys=True): one for shard in ordered for one in shard.record["attempts"]}
        history = sorted(attempts.values(), key=lambda one: one["began"])
        # The next attempt's number must be new to each share: engines draw by it.
        write_run(out, {"digest_key": ordered[0].record["digest_key"], "attempts": history, "merged": merged.as_json()})
        (out / _PLAN).unlink(missing_ok=True)
    finally:
        os.close(lock)
    return merged


def _take(out: Path, plan: JsonObject) -> int:
    """Hold the folder, which says from now on what is merged into it."""
    if (out / "run.json").exists():
        raise OtherRunError(f"{out} holds a run already: `ucoder run ... --out {out} --resume` goes on with it")
    try:
        out.mkdir(parents=True, exist_ok=True)
        foreign = sorted(entry.name for entry in out.iterdir() if entry.name not in ("lock", f".{_PLAN}.tmp"))
        if foreign and _PLAN not in foreign:
            raise OtherRunError(f"{out} holds {foreign[0]!r} and is no merge: give a new or an empty folder")
        lock = take_lock(out)
    except OSError as error:
        raise StorageError(f"{out} cannot be written: {error.strerror}") from error
    try:
        if (out / _PLAN).exists() and read_json(out / _PLAN) != plan:
            raise OtherRunError(f"{out} holds the beginning of another merge: give a new folder, or remove this one")
        write_json(out / _PLAN, plan)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _is_place(entry: Path) -> bool:
    return entry.is_dir() and (entry.name.startswith("round-") or entry.name == "start")


def _is_stage(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith(("cells", "controls"))


def _merge_stage(sources: Sequence[Path], target: Path, merged: Merged) -> None:
    """The union of the answers; records and marker of the first that finished the stage, the marker last."""
    files = {file.name: file for source in sources for file in sorted(source.glob("answers/answers-*.parquet"))}
    target.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        (target / "answers").mkdir(exist_ok=True)
        if not (target / "answers" / name).exists():
            publish(target / "answers" / name, file_copier(file))
    merged.answers[target.name] = merged.answers.get(target.name, 0) + len(files)
    finished = next((source for source in sources if (source / "stage.json").exists()), None)
    if finished is None:
        return
    merged.finished.append(target.name)
    for folder in finished.iterdir():
        if folder.is_dir() and folder.name != "answers":  # a checkpoint's model
            shutil.copytree(folder, target / folder.name, dirs_exist_ok=True)
    for file in [*sorted(finished.glob("*.parquet")), *sorted(finished.glob("*.jsonl")), finished / "stage.json"]:
        publish(target / file.name, file_copier(file))


def _merge_cells(sources: Sequence[Path], target: Path, record: JsonObject, merged: Merged) -> None:
    """Every part whose problems no other part has, under a new number.

    Shards of a copied folder share the key of their value digests. Where they do not, nothing is lost: digests are
    compared within a problem only, a problem lies in one part, and each part's marker holds its own key.
    """
    records = [RunRecord.load(source) for source in sources if (source / "job.json").exists()]
    if not records:
        return
    for one in records[1:]:
        if changes := differences(records[0].identity, one.identity):
            raise OtherRunError(
                f"{records[0].path} and {one.path} were executed under different settings: {'; '.join(changes)}"
            )
    with RunDirectory.open(target, records[0].identity, {"digest_key": record["digest_key"]}) as directory:
        taken: set[str] = set()
        number = 0
        there = directory.finished_parts()
        for one in records:
            for part in sorted(one.parts):
                keys = set(one.parts[part]["keys"])
                if keys & taken:
                    merged.parts_left_out += not keys <= taken
                    continue
                taken |= keys
                if number not in there:
                    directory.copy_part(part, one, as_number=number)
                number += 1
        merged.parts += number


def _merge_logs(shards: Sequence[RunShard], out: Path) -> None:
    lines: dict[str, float] = {}
    for shard in shards:
        file = shard.path / _METRICS
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            lines.setdefault(line, float(json.loads(line)["time"]))
    text = "".join(f"{line}\n" for line in sorted(lines, key=lambda line: lines[line]))
    publish(out / _METRICS, bytes_writer(text.encode()))
    for name in (_CONFIG, "environment.json"):
        if (shards[0].path / name).exists():
            publish(out / name, file_copier(shards[0].path / name))
