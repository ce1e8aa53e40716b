"""What reference solutions return: run once in the sandbox, kept by content, so that a second evaluation runs none.

A value is kept under the key of all that decides it: program, entry point, arguments, Python, ucoder. The folder may be
shared and thrown away at any time.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder._core import Outcome, decode, encode, validate
from ucoder.evaluation.benchmark import Arguments
from ucoder.execution.executor import Executor
from ucoder.execution.jsonl import Row
from ucoder.records import Candidate, EncodedCallTest, Problem, content_id
from ucoder.store.files import publish, table_writer

__all__ = ["StoredReferences"]

_FORMAT = "references/2"
_NOTHING = encode(None)
_ROOM = encode(bytes(16 << 20), 17 << 20)
"""An expected value of this size: what answers may take together follows from what is expected."""
_PLACED = "_placed_answer"
_IN_PLACE = f"\n\ndef {_PLACED}(place, *arguments):\n    return place, {{entry_point}}(*arguments)\n"
"""Behind the program: with its number each answer is another one. Of equal answers a matrix keeps the first, and an
oracle may tell 1 from 1.0."""


class StoredReferences:
    """`evaluation.benchmark.References` over a folder. A context manager; the executor is started when it is wanted.

    version   of whatever runs programs: another one has other keys
    """

    def __init__(self, folder: Path, version: str, start: Callable[[], Executor]) -> None:
        self._folder = folder
        self._version = version
        self._start = start
        self._opened = ExitStack()
        self._executor: Executor | None = None
        self.num_run = 0
        """Solutions that were run because nothing was kept of them"""

    def values(self, row: Row, problem: Problem, program: str, calls: Sequence[Arguments]) -> list[bytes]:
        """What the program of a row returns for each call, encoded. InputError where it does not run to an end."""
        arguments = "|".join(",".join(one.hex() for one in call) for call in calls)
        key = content_id(_FORMAT, self._version, problem.entry_point or "", program, arguments)
        kept = self._kept(key, len(calls))
        if kept is not None:
            return kept
        values = self._run(row, problem, program, calls)
        self._folder.mkdir(parents=True, exist_ok=True)
        publish(self._folder / f"{key}.parquet", table_writer(pa.table({"value": pa.array(values, pa.binary())})))
        return values

    def _kept(self, key: str, num_calls: int) -> list[bytes] | None:
        """None where nothing is kept, or not what it should be."""
        try:
            values = pq.read_table(self._folder / f"{key}.parquet", partitioning=None)["value"].to_pylist()
        except (OSError, pa.ArrowException, KeyError):
            return None
        fits = len(values) == num_calls and all(
            isinstance(one, bytes) and validate(one, max_bytes=len(one)) is None for one in values
        )
        return values if fits else None

    def _run(self, row: Row, problem: Problem, program: str, calls: Sequence[Arguments]) -> list[bytes]:
        self.num_run += 1
        values, _ = self._answers(problem, program, calls)
        # Answers of one judgement are bounded together: what did not fit is asked for alone.
        for place, value in enumerate(values):
            if value is None:
                alone, why = self._answers(problem, program, calls[place : place + 1], _ROOM)
                values[place] = alone[0]
                if alone[0] is None:
                    raise row.error("canonical_solution", f"returns nothing for input {place}: {why}")
        return [value for value in values if value is not None]

    def _answers(
        self, problem: Problem, program: str, calls: Sequence[Arguments], expected: bytes = _NOTHING
    ) -> tuple[list[bytes | None], str]:
        """Each call's value, None where there is none; and what became of the first call."""
        if self._executor is None:
            self._executor = self._opened.enter_context(self._start())
        placed = replace(problem, entry_point=_PLACED)
        candidates = [Candidate(problem.task_id, solution=program + _IN_PLACE.format(entry_point=problem.entry_point))]
        tests = [EncodedCallTest((encode(place), *call), expected) for place, call in enumerate(calls)]
        matrix = self._executor.judge(placed, candidates, tests)
        why = f"{Outcome(int(matrix.outcomes[0, 0])).name} {matrix.detail(0, 0)}".strip() if calls else ""
        kept = [matrix.value_bytes[index] if index >= 0 else None for index in matrix.values[0].tolist()]
        return [None if one is None else encode(decode(one)[1], len(one)) for one in kept], why

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()
