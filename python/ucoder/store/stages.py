"""StageFolder: what a stage of a round left behind: its answers, its records, what it dropped, and a marker last.

A stage is finished when its marker carries the key that it would have now: the digest of everything it depends on. A
changed setting gives another key; then the records are made anew, from the answers that are still right and those that
are missing.

    STAGE/answers/answers-<id>.parquet     what the model said, see AnswerStore
    STAGE/records.parquet drops.parquet    what was made of it
    STAGE/stage.json                       the marker: key, counts
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from pydantic import TypeAdapter, ValidationError

from ucoder.errors import RunDirectoryError
from ucoder.store.answers import AnswerStore
from ucoder.store.files import JsonObject, json_writer, publish, read_json, remove_temporaries, table_writer

__all__ = ["StageFolder"]

R = TypeVar("R")

_MARKER = "stage.json"


class StageFolder:
    """One stage's folder. It is made when something is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def answers(self) -> AnswerStore:
        """What the model said so far."""
        return AnswerStore(self.path / "answers")

    @property
    def marker(self) -> JsonObject | None:
        """The marker of the stage as it was last finished; None where it never was."""
        file = self.path / _MARKER
        return read_json(file) if file.exists() else None

    def is_finished(self, key: str) -> bool:
        """Whether the stage was finished with this key."""
        marker = self.marker
        return marker is not None and marker.get("key") == key

    def load(self, table: str, kind: type[R]) -> list[R]:
        """The records of a finished stage, in their order. RunDirectoryError where they are not what they should be."""
        file = self.path / f"{table}.parquet"
        try:
            rows = pq.read_table(file, partitioning=None).to_pylist()
            return TypeAdapter(list[kind]).validate_python(rows)  # type: ignore[valid-type]
        except (OSError, pa.ArrowException, ValidationError) as error:
            raise RunDirectoryError(f"{file} cannot be read: {error}") from error

    def reopen(self) -> None:
        """Make the folder if there is none, and take its marker away: it is not finished from now on."""
        self.path.mkdir(parents=True, exist_ok=True)
        remove_temporaries(self.path)
        (self.path / _MARKER).unlink(missing_ok=True)

    def finish(self, key: str, tables: Mapping[str, Sequence[Any]], report: Mapping[str, object]) -> None:
        """Write the tables of records, then the marker. StorageError where the disk would not take them."""
        # Of the marker and the tables only a whole set is ever seen: the old marker goes before the first table.
        self.reopen()
        for name, records in tables.items():
            publish(self.path / f"{name}.parquet", table_writer(_table_of(records)))
        publish(self.path / _MARKER, json_writer({"key": key, **report}))


def _table_of(records: Sequence[Any]) -> pa.Table:
    """Dataclasses as rows; fields that follow from others are left out, so that they are made again when read."""
    return pa.Table.from_pylist([_row_of(record) for record in records])


def _row_of(record: Any) -> dict[str, object]:  # noqa: ANN401  any dataclass
    made = {name for name, field in record.__dataclass_fields__.items() if not field.init}
    return {name: value for name, value in asdict(record).items() if name not in made}
