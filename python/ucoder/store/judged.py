"""A run's folder: Parquet parts and JSON records that are there whole or not at all.

Every file is written under a temporary name, synced, renamed, and its folder synced; a part's marker comes last. So a
process killed at any moment leaves finished parts and at most some files that nobody reads. A part that has a marker
is never written again.

    DIR/job.json                     what the run is: the identity two runs must share, and what was kept from its start
    DIR/<table>/part-00000.parquet   rows, zstd
    DIR/parts/part-00000.json        the part's marker: its tables are complete; what is to be known of it
    DIR/summary.json                 all parts are there
    DIR/lock                         held (flock) by the process that writes
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import OtherRunError, RunDirectoryError, StorageError
from ucoder.store.files import JsonObject, file_copier, json_writer, publish, read_json, table_writer, take_lock

__all__ = ["RunDirectory", "RunRecord", "differences"]

_FORMAT = 1
_MARKERS = "parts"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run's folder says about itself, read without writing to it."""

    path: Path
    identity: JsonObject
    kept: JsonObject
    parts: dict[int, JsonObject]
    """Markers of the finished parts, by number"""
    summary: JsonObject | None
    """None until the run is finished"""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a run's folder. OtherRunError where it is not one."""
        job = _read_job(path)
        if job is None:
            raise OtherRunError(f"{path} is not a run's folder: it has no job.json")
        summary = path / "summary.json"
        return cls(path, job["identity"], job["kept"], _markers(path), read_json(summary) if summary.exists() else None)

    def tables(self) -> list[str]:
        """Names of the tables that there are parts of."""
        return sorted({file.parent.name for file in self.path.glob("*/part-*.parquet")})

    def columns(self, table: str, number: int) -> list[str]:
        """Names of the columns of a table's part. RunDirectoryError where it is not there."""
        file = self.path / table / _part_name(number, "parquet")
        try:
            return list(pq.read_schema(file).names)
        except (OSError, pa.ArrowException) as error:
            raise RunDirectoryError(f"{file} cannot be read: {error}") from error

    def read_part(self, table: str, number: int, columns: Sequence[str]) -> pa.Table:
        """Some columns of a table's part. RunDirectoryError where it is not there or lacks one of them."""
        file = self.path / table / _part_name(number, "parquet")
        try:
            return pq.read_table(file, columns=list(columns), partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise RunDirectoryError(f"{file} cannot be read: {error}") from error


class RunDirectory:
    """A run's folder, held for writing. A context manager; one thread at a time may use it."""

    def __init__(self, path: Path, identity: JsonObject, kept: JsonObject, lock: int) -> None:
        self.path = path
        self.identity = identity
        self.kept = kept
        self._lock = lock

    @classmethod
    def open(cls, path: Path, identity: Mapping[str, object], keep: Mapping[str, object]) -> Self:
        """Start a run in a new or empty folder, or go on with the one that is there.

        `identity` must be what it was when the run started; `keep` is recorded then and given back ever after.
        OtherRunError says what differs, RunInUseError that another process writes there, StorageError that the folder
        cannot be written.
        """
        wanted = json.loads(json.dumps(identity))
        try:
            path.mkdir(parents=True, exist_ok=True)
            _refuse_foreign(path)
            lock = take_lock(path)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}") from error
        try:
            job = _started(path, wanted, keep)
            _remove_leftovers(path)
        except BaseException:
            os.close(lock)
            raise
        return cls(path, job["identity"], job["kept"], lock)

    def finished_parts(self) -> dict[int, JsonObject]:
        """Markers of the finished parts, by number."""
        return _markers(self.path)

    @property
    def summary(self) -> JsonObject | None:
        """The summary of a finished run, else None."""
        file = self.path / "summary.json"
        return read_json(file) if file.exists() else None

    def write_part(self, number: int, tables: Mapping[str, pa.Table], marker: Mapping[str, object]) -> None:
        """Write a part's tables, then its marker. StorageError where the disk would not take them."""
        for name, table in tables.items():
            publish(self.path / name / _part_name(number, "parquet"), table_writer(table))
        publish(self.path / _MARKERS / _part_name(number, "json"), json_writer(marker))

    def copy_part(self, number: int, source: RunRecord, as_number: int | None = None) -> None:
        """Take over a finished part of another folder: its tables byte by byte, then its marker.

        Under its own number, or another one; no row holds the number.
        """
        own = number if as_number is None else as_number
        for name in source.tables():
            file = source.path / name / _part_name(number, "parquet")
            publish(self.path / name / _part_name(own, "parquet"), file_copier(file))
        publish(self.path / _MARKERS / _part_name(own, "json"), json_writer(source.parts[number]))

    def retire_part(self, number: int) -> None:
        """Set a finished part aside: its files go to `retired/`, the marker first. StorageError where that fails."""
        folder = self.path / "retired"
        found = sorted(self.path.glob(f"*/part-{number:05d}.*"), key=lambda file: file.parent.name != _MARKERS)
        try:
            folder.mkdir(exist_ok=True)
            attempt = sum(1 for _ in folder.glob(f"*-{_MARKERS}-{number:05d}.json"))
            for file in found:
                if file.parent != folder:
                    file.rename(folder / f"{attempt:03d}-{file.parent.name}-{number:05d}{file.suffix}")
        except OSError as error:
            raise StorageError(f"part {number} of {self.path} could not be set aside: {error.strerror}") from error

    def reopen(self) -> None:
        """Take back that all parts are there."""
        (self.path / "summary.json").unlink(missing_ok=True)

    def finish(self, summary: Mapping[str, object]) -> None:
        """Record that all parts are there."""
        publish(self.path / "summary.json", json_writer(summary))

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


# ---------------------------------------------------------------- what lies in a folder


def _part_name(number: int, extension: str) -> str:
    return f"part-{number:05d}.{extension}"


def _read_job(path: Path) -> JsonObject | None:
    file = path / "job.json"
    if not file.exists():
        return None
    job = read_json(file)
    if job.get("format") != _FORMAT or not {"identity", "kept"} <= job.keys():
        raise OtherRunError(f"{file} was written by another version: its format is {job.get('format')}, not {_FORMAT}")
    return job


def _started(path: Path, identity: JsonObject, keep: Mapping[str, object]) -> JsonObject:
    """The folder's job.json, which is written now where there is none. OtherRunError where it is another run's."""
    job = _read_job(path)
    if job is None:
        job = {"format": _FORMAT, "identity": identity, "kept": dict(keep)}
        publish(path / "job.json", json_writer(job))
    if changes := differences(job["identity"], identity):
        raise OtherRunError(f"{path} holds another run: {'; '.join(changes)}. Give another folder, or remove this one")
    return job


def _markers(path: Path) -> dict[int, JsonObject]:
    files = sorted((path / _MARKERS).glob("part-*.json"))
    return {int(file.stem.removeprefix("part-")): read_json(file) for file in files}


def _refuse_foreign(path: Path) -> None:
    """A folder without job.json may hold nothing but what a run leaves that was killed before it had one."""
    if not (path / "job.json").exists():
        foreign = sorted(entry.name for entry in path.iterdir() if entry.name not in ("lock", ".job.json.tmp"))
        if foreign:
            raise OtherRunError(f"{path} holds {foreign[0]!r} and is no run's folder: give a new or an empty one")


def _remove_leftovers(path: Path) -> None:
    for leftover in [*path.glob(".*.tmp"), *path.glob("*/.part-*.tmp")]:
        leftover.unlink(missing_ok=True)


# ---------------------------------------------------------------- what makes two runs different


def differences(there: Mapping[str, object], here: Mapping[str, object]) -> list[str]:
    """Each setting that differs, in words: "settings.limits.cpu_ms is 100 there and 1000 here"."""
    old, new = dict(_leaves(there, "")), dict(_leaves(here, ""))
    names = [*old, *(name for name in new if name not in old)]
    return [
        f"{name} is {_short(old.get(name))} there and {_short(new.get(name))} here"
        for name in names
        if old.get(name) != new.get(name)
    ]


def _leaves(content: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _short(value: object) -> str:
    text = "absent" if value is None else json.dumps(value)
    if len(text) <= 40:
        return text
    return f'{text[:16]}..."' if text.startswith('"') else f"{text[:16]}..."
