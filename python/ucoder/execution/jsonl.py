"""JSON lines with their whereabouts: every complaint names file, line and field.

Reads plain and gzipped files line by line. An index of a file finds all rows of a task again without keeping them:
it stores offsets into the file itself, or into an unpacked copy where the file cannot be read twice.
"""

import gzip
import hashlib
import json
import math
import os
import stat
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from ucoder.errors import InputError

__all__ = ["Row", "RowIndex", "can_name", "iter_lines", "iter_rows", "parse_row"]

_UNREADABLE = (OSError, EOFError, zlib.error)  # gzip.BadGzipFile is an OSError
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(type(value), "a number")


@dataclass(frozen=True, slots=True)
class Row:
    """One line's object, or an object inside it. The readers below raise InputError for a field of the wrong type."""

    file: Path
    line: int
    fields: dict[str, object]
    place: str = ""

    def error(self, field: str, message: str) -> InputError:
        """An InputError at a field of this object, for the caller to raise."""
        return InputError(self.file, self.line, f"{self.place}.{field}" if self.place else field, message)

    def inner(self, place: str, fields: dict[str, object]) -> "Row":
        """An object inside this one, at `place`."""
        return Row(self.file, self.line, fields, place)

    def optional_text(self, name: str) -> str | None:
        """Text, or None where the field is absent or null."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise self.error(name, f"expected text, found {kind_of(value)}")
        return value

    def text(self, name: str) -> str:
        """Text that must be there."""
        value = self.optional_text(name)
        if value is None:
            raise self.error(name, "is missing" if name not in self.fields else "expected text, found null")
        return value

    def key(self, name: str) -> str:
        """Text that must be there and can name something: not empty, no lone surrogates."""
        value = self.text(name)
        if not value:
            raise self.error(name, "is empty")
        if not can_name(value):
            raise self.error(name, "holds a lone surrogate, which no name can")
        return value

    def optional_number(self, name: str) -> float | None:
        """A finite number, or None where the field is absent or null."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.error(name, f"expected a number, found {kind_of(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error(name, f"expected a finite number, found {str(value)[:40]}")
        return number


def can_name(text: str) -> bool:
    """Whether text can be a name: UTF-8 has no lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def iter_lines(file: Path) -> Iterator[bytes]:
    """The lines of a plain or gzipped file, ends included. InputError where it cannot be read."""
    line = 0
    try:
        with file.open("rb") as raw:
            # The first two bytes tell, not the name.
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            for content in gzip.GzipFile(fileobj=raw) if packed else raw:
                line += 1
                yield content
    except FileNotFoundError:
        raise InputError(file, 0, "", "there is no such file") from None
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(file, line + 1, "", f"cannot be read: {reason}") from error


def iter_rows(file: Path) -> Iterator[Row]:
    """The rows of a file; blank lines are passed over. InputError as `iter_lines` and `parse_row`."""
    for number, content in enumerate(iter_lines(file), 1):
        if not content.isspace():
            yield parse_row(file, number, content)


def parse_row(file: Path, line: int, content: bytes) -> Row:
    """One line as a row. InputError where it is not UTF-8, not JSON, or not an object."""
    try:
        text = content.decode("utf-8-sig" if line == 1 else "utf-8")
        fields = json.loads(text.rstrip("\r\n"))  # else a line that breaks off is at fault in column 1 of the next
    except UnicodeDecodeError as error:
        raise InputError(file, line, "", f"is not UTF-8 at byte {error.start + 1}: {error.reason}") from None
    except json.JSONDecodeError as error:
        raise InputError(file, line, "", f"is not JSON at column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise InputError(file, line, "", "is nested too deeply") from None
    except ValueError as error:  # an integer beyond Python's limit of digits
        raise InputError(file, line, "", f"cannot be read: {error}") from None
    if not isinstance(fields, dict):
        raise InputError(file, line, "", f"expected an object, found {kind_of(fields)}")
    return Row(file, line, fields)


class RowIndex:
    """Where each task's rows stand in one file, in the file's order.

    16 bytes a row are kept. The whole file is read, parsed and given to `check` once when the index is built, so that
    a fault in the last line is known before the first task runs. One thread at a time may read rows.
    """

    def __init__(self, file: Path, stream: IO[bytes]) -> None:
        self.file = file
        self.sha256 = ""
        self.num_rows = 0
        self._stream = stream
        self._spots: dict[str, array[int]] = {}
        self._state = os.fstat(stream.fileno())

    @classmethod
    def build(cls, file: Path, check: Callable[[Row], str]) -> Self:
        """Index a file. `check` returns a row's task id, or raises InputError. `sha256` is of the unpacked content."""
        spool = None if _can_be_read_twice(file) else tempfile.TemporaryFile()  # noqa: SIM115  the index owns it
        index = cls(file, file.open("rb") if spool is None else spool)
        try:
            index._read(check, spool)
        except BaseException:
            index.close()
            raise
        return index

    def _read(self, check: Callable[[Row], str], spool: IO[bytes] | None) -> None:
        state = hashlib.sha256()
        offset = 0
        for number, content in enumerate(iter_lines(self.file), 1):
            state.update(content)
            if not content.isspace():
                self._add(check(parse_row(self.file, number, content)), offset, number)
            if spool is not None:
                spool.write(content)
            offset += len(content)
        if spool is not None:
            spool.flush()
            self._state = os.fstat(spool.fileno())
        self.sha256 = state.hexdigest()

    def _add(self, task_id: str, offset: int, line: int) -> None:
        self._spots.setdefault(task_id, array("q")).extend((offset, line))
        self.num_rows += 1

    def num_rows_of(self, task_id: str) -> int:
        """How many rows the task has; 0 for one that is not in the file."""
        return len(self._spots.get(task_id, ())) // 2

    def rows_of(self, task_id: str) -> Iterator[Row]:
        """The task's rows, read again. InputError when the file has changed since it was indexed."""
        now = os.fstat(self._stream.fileno())
        if (now.st_mtime_ns, now.st_size) != (self._state.st_mtime_ns, self._state.st_size):
            raise InputError(self.file, 0, "", "has changed while it was being read")
        spots = self._spots.get(task_id, array("q"))
        for offset, line in zip(spots[::2], spots[1::2], strict=True):
            self._stream.seek(offset)
            yield parse_row(self.file, line, self._stream.readline())

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()


def _can_be_read_twice(file: Path) -> bool:
    """Whether offsets into the file will find its lines again: not in a pipe, which is not even looked into."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return False
        with file.open("rb") as stream:
            return stream.peek(2)[:2] != b"\x1f\x8b"
    except FileNotFoundError:
        raise InputError(file, 0, "", "there is no such file") from None
    except OSError as error:
        raise InputError(file, 0, "", f"cannot be read: {error.strerror}") from None
