"""What a benchmark is made of: its problems as the executor takes them, and how its files are read."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.config import Limits
from ucoder.errors import InputError
from ucoder.execution.jsonl import Row, iter_lines, iter_rows, kind_of
from ucoder.records import Candidate, Problem, Test

__all__ = ["MACHINE_LIMITS", "BenchmarkProblem", "data_rows", "read_problems"]

MACHINE_LIMITS = Limits(cpu_ms=20_000, load_cpu_ms=30_000, memory_mb=4096)
"""For tests that want a machine of their own: large libraries, processes that start, models that are fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkProblem:
    """One problem of a benchmark."""

    problem: Problem
    """Its `prompt` is what a completion continues"""
    tests: tuple[Test, ...]
    question: str
    """What an instructed model is asked"""
    before: str = ""
    """What the benchmark puts before every program: imports, a stub, files"""
    after: str = ""
    """What it puts behind every program: it may only change how the program's own answer is written"""
    solutions_continue: bool = False
    """Whether whole solutions, too, stand behind the prompt: it holds what they take for granted"""
    num_base: int | None = None
    """Of the tests, how many at their beginning are those of the set that this one extends; None: it extends none"""
    reference: str | None = None
    """A whole program that is right, without `before`; None where none is published"""

    def candidate(
        self, *, solution: str | None = None, completion: str | None = None, mean_logprob: float | None = None
    ) -> Candidate:
        """A sample as a program to run: a whole solution, or what continues the prompt."""
        prompt = "" if solution is not None and not self.solutions_continue else self.problem.prompt
        text = solution if solution is not None else completion or ""
        return Candidate(self.problem.task_id, self.before + prompt + text + self.after, mean_logprob=mean_logprob)


def read_problems(
    read: Callable[[Row], BenchmarkProblem | None], *files: Path, id_field: str = "task_id"
) -> list[BenchmarkProblem]:
    """The problems of the rows that have one, in the files' order.

    InputError for a problem that was there before, in the same file or another (which of the two would be meant?), and
    for a file without any.
    """
    found: list[BenchmarkProblem] = []
    places: dict[str, str] = {}
    for file in files:
        num_before = len(found)
        for row in data_rows(file):
            problem = read(row)
            if problem is None:
                continue
            task_id = problem.problem.task_id
            if task_id in places:
                raise row.error(id_field, f"{task_id!r} was there before: {places[task_id]}")
            places[task_id] = f"{file}, line {row.line}"
            found.append(problem)
        if len(found) == num_before:
            raise InputError(file, 0, "", "holds no problems of this benchmark")
    return found


def data_rows(file: Path) -> Iterator[Row]:
    """The rows of a data file: JSON lines, one JSON list or object of objects, all of them gzipped or not, or Parquet.

    InputError where it cannot be read; lines count from 1 and are rows where the file has no lines.
    """
    if not file.is_file():
        raise InputError(file, 0, "", "there is no such file")
    with file.open("rb") as stream:
        start = stream.read(4)
    if start == b"PAR1":
        yield from _parquet_rows(file)
    elif _is_one_document(file):
        yield from _document_rows(file)
    else:
        yield from iter_rows(file)


def _is_one_document(file: Path) -> bool:
    """Whether the first line is no row: a list, an object that goes on, or an object of objects in one line."""
    first = next((line for line in iter_lines(file) if not line.isspace()), b"").strip()
    if not first.startswith(b"{"):
        return first.startswith(b"[")
    try:
        value = json.loads(first)
    except ValueError:
        return True
    return len(value) > 1 and all(isinstance(inner, dict) for inner in value.values())


def _document_rows(file: Path) -> Iterator[Row]:
    packed = file.read_bytes()[:2] == b"\x1f\x8b"
    try:
        text = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        document = json.loads(text)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise InputError(file, 0, "", f"is not JSON: {error}") from None
    rows = list(document.values()) if isinstance(document, dict) else document
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError(file, number, "", f"expected an object, found {kind_of(row)}")
        yield Row(file, number, row)


def _parquet_rows(file: Path) -> Iterator[Row]:
    number = 0
    try:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=64):
            for fields in batch.to_pylist():
                number += 1
                yield Row(file, number, fields)
    except (pa.ArrowException, OSError) as error:
        raise InputError(file, number + 1, "", f"is not a readable Parquet file: {error}") from None
