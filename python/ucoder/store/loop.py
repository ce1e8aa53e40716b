"""LoopDirectory: the folder of one run of the loop, held for writing by one process.

RUN/run.json                what the run is: format, version, when each attempt began
RUN/config.resolved.toml    every setting, as the last attempt had it
RUN/environment.json        versions and machine of the last attempt
RUN/start/                  evaluation and validation of the model that the run began with
RUN/round-00/<stage>/       see StageFolder; cells/ is a folder as `ucoder judge` writes them
RUN/round-00/checkpoint/    model/, which the round made, and work/, which its training left
RUN/round-00/controls/      the same of models that learned something else from the round
RUN/best                    a link to the best round's model
RUN/metrics.jsonl           one line for each thing that was finished, in order of time
RUN/progress.json           how far the stage in hand was some seconds ago, at most
RUN/lock                    held (flock) by the process that writes
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ucoder.errors import OtherRunError, StorageError
from ucoder.store.files import JsonObject, bytes_writer, json_writer, publish, read_json, take_lock
from ucoder.store.stages import StageFolder

__all__ = ["FOLDERS", "LoopDirectory", "read_metrics", "read_run", "round_place", "write_run"]

FOLDERS = {"consensus": "selections", "training": "checkpoint"}
"""Stages whose folder is named for what is in it"""

_FORMAT = 1
_SECONDS_BETWEEN_NOTES = 2.0


def round_place(number: int) -> str:
    """The folder of a round, by its name: "round-00"."""
    return f"round-{number:02d}"


class LoopDirectory:
    """A run of the loop. A context manager; one thread at a time may use it."""

    def __init__(self, path: Path, record: JsonObject, lock: int) -> None:
        self.path = path
        self._record = record
        self._lock = lock
        self._progress: JsonObject = {}
        self._noted = 0.0

    @classmethod
    def open(cls, path: Path, version: str, *, resume: bool) -> Self:
        """Start a run in a new or empty folder; with `resume`, go on with the one that is there, if there is one.

        A run that came to nothing, because its model could not be opened, say, is begun again without `resume`.
        OtherRunError where the folder holds something else, or a run and `resume` was not said; RunInUseError where
        another process writes there; StorageError where the folder cannot be written.
        """
        record = path / "run.json"
        if path.is_dir() and not record.exists():
            foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in ("lock", ".run.json.tmp"))
            if foreign:
                raise OtherRunError(f"{path} holds {foreign[0]!r} and is no run's folder: give a new or an empty one")
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = take_lock(path)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}") from error
        try:
            if record.exists() and any(path.glob("round-*")) and not resume:
                raise OtherRunError(f"{path} holds a run already: --resume goes on with it; or give another folder")
            run = _started(record, version)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, run, lock)

    @property
    def attempt(self) -> int:
        """Which start of this run this is, from 0."""
        return len(self._record["attempts"]) - 1

    @property
    def digest_key(self) -> str:
        """32 hexadecimal digits, drawn when the run began: the key of its value digests."""
        key: str = self._record["digest_key"]
        return key

    def note_attempt(self, **values: object) -> None:
        """Add to what run.json says of this attempt: its stages, its shard, when it ended."""
        self._record["attempts"][-1] |= values
        publish(self.path / "run.json", json_writer(self._record))

    def progress(self, *, round: int, stage: str, done: int, total: int, **more: object) -> None:  # noqa: A002
        """Note how far a stage is: at its first and last call, and every few seconds between."""
        now = time.time()
        if (self._progress.get("round"), self._progress.get("stage")) != (round, stage):
            self._progress = {"attempt": self.attempt, "round": round, "stage": stage, "began": now}
        elif done < total and now - self._noted < _SECONDS_BETWEEN_NOTES:
            return
        self._noted = now
        self._progress |= {"time": now, "done": done, "total": total, **more}
        publish(self.path / "progress.json", json_writer(self._progress))

    def note(self, name: str, content: Mapping[str, object]) -> None:
        """Write one of the run's JSON records."""
        publish(self.path / f"{name}.json", json_writer(content))

    def note_text(self, name: str, text: str) -> None:
        """Write one of the run's text files."""
        publish(self.path / name, bytes_writer(text.encode()))

    def at(self, place: str, stage: str) -> StageFolder:
        """A stage's folder in "round-00", "start" and the like."""
        return StageFolder(self.path / place / FOLDERS.get(stage, stage))

    def stage(self, round_number: int, name: str) -> StageFolder:
        """A stage's folder in a round."""
        return self.at(round_place(round_number), name)

    def metric(self, **values: object) -> None:
        """Append a line to metrics.jsonl. StorageError where the disk would not take it."""
        line = json.dumps({"time": round(time.time(), 3), "attempt": self.attempt, **values}) + "\n"
        try:
            with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError as error:
            raise StorageError(f"{self.path / 'metrics.jsonl'} could not be written: {error.strerror}") from error

    def last_metric(self, round_number: int, stage: str) -> JsonObject | None:
        """The last line of metrics.jsonl about this, of any attempt."""
        whole = reversed(read_metrics(self.path))
        return next((one for one in whole if (one.get("round"), one.get("stage")) == (round_number, stage)), None)

    def close(self) -> None:
        """Let another process write here."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_run(path: Path) -> JsonObject:
    """What run.json of a run's folder says. OtherRunError where it is another version's, or not there."""
    record = path / "run.json"
    if not record.exists():
        raise OtherRunError(f"{path} is not a run's folder: it has no run.json")
    run = read_json(record)
    if run.get("format") != _FORMAT or not {"digest_key", "attempts"} <= run.keys():
        raise OtherRunError(
            f"{record} was written by another version: its format is {run.get('format')}, not {_FORMAT}"
        )
    return run


def read_metrics(path: Path) -> list[JsonObject]:
    """The lines of metrics.jsonl, in order of time; none where there is no such file.

    A line that is no object is passed over: a process that was killed may have left half of one, and the next one
    writes behind it.
    """
    file = path / "metrics.jsonl"
    found: list[JsonObject] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict):
            found.append(content)
    return found


def write_run(path: Path, content: Mapping[str, object]) -> None:
    """Make a folder one of a run, whose parts are there already."""
    publish(path / "run.json", json_writer({"format": _FORMAT, **content}))


def _started(record: Path, version: str) -> JsonObject:
    run: JsonObject = {"format": _FORMAT, "digest_key": os.urandom(16).hex(), "attempts": []}
    if record.exists():
        run = read_run(record.parent)
    run["attempts"].append({"ucoder": version, "began": round(time.time(), 3)})
    publish(record, json_writer(run))
    return run
