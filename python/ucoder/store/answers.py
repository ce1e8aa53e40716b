"""AnswerStore: what a model said, by key. Append-only Parquet shards; a row that is there is never sampled again.

Rows are found by key and never by count or position: a changed prompt, model or setting has other keys, and the rows
it leaves behind are not read any more. A shard is named by the keys in it, so folders of several machines are put
together by copying files.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import RunDirectoryError
from ucoder.loop_records import Answer
from ucoder.records import content_id
from ucoder.store.files import publish, remove_temporaries, table_writer

__all__ = ["AnswerStore"]

_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("ask_id", pa.string()),
        ("index", pa.int32()),
        ("text", pa.string()),
        ("num_tokens", pa.int32()),
        ("mean_logprob", pa.float64()),
        ("ending", pa.string()),
    ]
)
_MOST_OPEN = 4  # decoded shards kept: a problem's samples were drawn close together


class AnswerStore:
    """Answers of one stage in a folder. One thread at a time; one process may add.

    shard_rows, shard_seconds   rows or time after which a shard is written: what a killed run draws again at most
    """

    def __init__(self, folder: Path, *, shard_rows: int = 4096, shard_seconds: float = 30.0) -> None:
        self.folder = folder
        self._shard_rows = shard_rows
        self._shard_seconds = shard_seconds
        self._written = time.monotonic()
        self._files: list[Path] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._open: OrderedDict[int, pa.Table] = OrderedDict()
        self._pending: dict[str, Answer] = {}
        if folder.is_dir():
            remove_temporaries(folder)
            for file in sorted(folder.glob("answers-*.parquet")):
                self._take_in(file)

    def __len__(self) -> int:
        return len(self._places) + len(self._pending)

    def __contains__(self, key: object) -> bool:
        return key in self._places or key in self._pending

    def add(self, answers: Iterable[Answer]) -> None:
        """Take in rows; those that are there already are left as they are. StorageError where the disk is full."""
        for answer in answers:
            if answer.key not in self:
                self._pending[answer.key] = answer
        if len(self._pending) >= self._shard_rows or time.monotonic() - self._written >= self._shard_seconds:
            self.flush()

    def flush(self) -> None:
        """Write what was taken in."""
        self._written = time.monotonic()
        if not self._pending:
            return
        rows = list(self._pending.values())
        name = content_id(*(row.key for row in rows))[:16]
        file = self.folder / f"answers-{name}.parquet"
        self.folder.mkdir(parents=True, exist_ok=True)
        publish(file, table_writer(_table(rows)))
        self._pending.clear()
        self._take_in(file)

    def read(self, keys: Sequence[str]) -> list[Answer]:
        """The rows with these keys, in their order. LookupError for one that is not there."""
        found: list[Answer | None] = [self._pending.get(key) for key in keys]
        by_shard: dict[int, list[int]] = {}
        for place, (key, row) in enumerate(zip(keys, found, strict=True)):
            if row is None:
                if key not in self._places:
                    raise LookupError(f"there is no answer with key {key}")
                by_shard.setdefault(self._places[key][0], []).append(place)
        for shard, places in by_shard.items():
            rows = self._rows(shard, [self._places[keys[place]][1] for place in places])
            for place, row in zip(places, rows, strict=True):
                found[place] = row
        return [row for row in found if row is not None]

    def _take_in(self, file: Path) -> None:
        try:
            keys = pq.read_table(file, columns=["key"], partitioning=None)["key"].to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise RunDirectoryError(
                f"{file} cannot be read: {error}; remove it to have its rows drawn again"
            ) from error
        number = len(self._files)
        self._files.append(file)
        for row, key in enumerate(keys):
            self._places.setdefault(key, (number, row))

    def _rows(self, shard: int, rows: list[int]) -> list[Answer]:
        table = self._open.pop(shard, None)
        if table is None:
            table = pq.read_table(self._files[shard], partitioning=None)
        self._open[shard] = table
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)
        return [Answer(**row) for row in table.take(np.asarray(rows)).to_pylist()]


def _table(rows: Sequence[Answer]) -> pa.Table:
    columns = {name: pa.array([getattr(row, name) for row in rows], _SCHEMA.field(name).type) for name in _SCHEMA.names}
    return pa.table(columns, schema=_SCHEMA)
