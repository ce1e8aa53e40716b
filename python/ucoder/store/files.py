"""Files that are there whole or not at all: a temporary name, a sync, a rename, a sync of the folder."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import RunDirectoryError, RunInUseError, StorageError

__all__ = [
    "JsonObject", "bytes_writer", "file_copier", "is_held", "json_writer", "publish", "read_json", "remove_temporaries",
    "table_writer", "take_lock", "write_json",
]  # fmt: skip

JsonObject: TypeAlias = dict[str, Any]

_PEEK_S = 0.05


def publish(file: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file under a temporary name, sync it, rename it, sync its folder. StorageError where that fails."""
    temporary = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.rename(file)
        _sync_folder(file.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise StorageError(
            f"{file} could not be written: {reason}. What was finished before stays; make room and run the same "
            "command again to go on from there"
        ) from error
    except BaseException:  # whoever makes the content could not: no half of it stays
        temporary.unlink(missing_ok=True)
        raise


def write_json(file: Path, content: Mapping[str, object]) -> None:
    """Write an object as JSON, whole or not at all. StorageError where that fails."""
    publish(file, json_writer(content))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def json_writer(content: Mapping[str, object]) -> Callable[[IO[bytes]], None]:
    """For `publish`: an object as JSON."""
    return bytes_writer(json.dumps(content, indent=2).encode() + b"\n")


def bytes_writer(content: bytes) -> Callable[[IO[bytes]], None]:
    """For `publish`: bytes as they are."""
    return lambda stream: _write_all(stream, content)


def table_writer(table: pa.Table) -> Callable[[IO[bytes]], None]:
    """For `publish`: a table as Parquet."""
    return lambda stream: pq.write_table(table, stream, compression="zstd")


def file_copier(source: Path) -> Callable[[IO[bytes]], None]:
    """For `publish`: the bytes of another file."""

    def copy(stream: IO[bytes]) -> None:
        with source.open("rb") as original:
            while chunk := original.read(1 << 20):
                stream.write(chunk)

    return copy


def _write_all(stream: IO[bytes], content: bytes) -> None:
    stream.write(content)


def read_json(file: Path) -> JsonObject:
    """The object a JSON file holds. RunDirectoryError where it holds none."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise RunDirectoryError(f"{file} does not hold an object")
    return content


def remove_temporaries(path: Path) -> None:
    """Remove what a killed process was writing."""
    for leftover in [*path.glob(".*.tmp"), *path.glob("*/.*.tmp")]:
        leftover.unlink(missing_ok=True)


def take_lock(path: Path) -> int:
    """A descriptor that holds `path/lock` until it is closed. RunInUseError where another process does."""
    descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    if not _try_lock(descriptor):
        time.sleep(_PEEK_S)  # `is_held` may have had it for an instant
        if not _try_lock(descriptor):
            os.close(descriptor)
            raise RunInUseError(f"another process is writing to {path}")
    return descriptor


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Whether a process holds `path/lock`."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
