"""From evidence back to records: what a run's tables say of its problems, for those who select from them.

The inverse of `evidence`, as far as a selection needs it. Tables come from the caller, a part of a run at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Outcome
from ucoder.errors import RunDirectoryError
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.records import JudgedProblem, Task, content_id

__all__ = ["COLUMNS", "StoredProblem", "judged_problem", "outcome_codes", "rows_by_task", "stored_problems"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "problems": ("task_id", "num_candidates", "num_usable"),
    "cells": ("outcome", "value"),
    "values": ("task_id", "digest"),
    "tests": ("task_id", "kind", "trusted"),
    "candidates": (
        "task_id", "program_id", "first_twin", "mean_logprob", "pass_share", "source_chars", "program",
    ),
}  # fmt: skip
"""The tables that are read, and their columns"""


@dataclass(frozen=True, eq=False, slots=True)
class StoredProblem:
    """A problem of a run, ready to select from."""

    judged: JudgedProblem
    programs: pa.ChunkedArray
    """Program texts by candidate; null for all but the first of equal ones"""
    passed_all: NDArray[np.float64]
    """(C,) 1 where the candidate passed every usable test, 0 where not, NaN where none could be used"""

    def program(self, candidate: int) -> str:
        """The text of a candidate's program."""
        text: str = self.programs[int(self.judged.first_twin[candidate])].as_py()
        return text


def stored_problems(tables: Mapping[str, pa.Table], source: str) -> Iterator[StoredProblem]:
    """The problems of one part, in order. RunDirectoryError, naming the source, where tables do not fit together."""
    problems = tables["problems"].to_pydict()
    num_candidates, num_usable = (np.array(problems[name]) for name in ("num_candidates", "num_usable"))
    cells = np.concatenate([[0], np.cumsum(num_candidates * num_usable)])
    rows = np.concatenate([[0], np.cumsum(num_candidates)])
    if cells[-1] != len(tables["cells"]) or rows[-1] != len(tables["candidates"]):
        raise RunDirectoryError(f"{source}: the tables do not hold the cells that problems count")
    outcomes = outcome_codes(tables["cells"]["outcome"])
    values = tables["cells"]["value"].fill_null(-1).to_numpy()
    digests = rows_by_task(tables["values"], problems["task_id"])
    tests = rows_by_task(tables["tests"], problems["task_id"])
    for index, (cell_span, row_span) in enumerate(zip(pairwise(cells.tolist()), pairwise(rows.tolist()), strict=True)):
        shape = (num_candidates[index], num_usable[index])
        yield _stored(
            problems["task_id"][index],
            outcomes[slice(*cell_span)].reshape(shape),
            values[slice(*cell_span)].reshape(shape),
            digests[index]["digest"].to_pylist(),
            tests[index],
            tables["candidates"].slice(row_span[0], row_span[1] - row_span[0]),
        )


def rows_by_task(table: pa.Table, task_ids: list[str]) -> list[pa.Table]:
    """A table cut into problems, whose rows follow one another in the order of the problems."""
    counts: dict[str, int] = dict.fromkeys(task_ids, 0)
    runs = table["task_id"].combine_chunks().value_counts()
    for run in runs.to_pylist():
        counts[run["values"]] = run["counts"]
    bounds = np.concatenate([[0], np.cumsum(list(counts.values()))]).tolist()
    return [table.slice(begin, end - begin) for begin, end in pairwise(bounds)]


def outcome_codes(column: pa.ChunkedArray) -> NDArray[np.uint8]:
    """Outcomes by name, as cells have them, as places in OUTCOME_NAMES."""
    codes = {name: code for code, name in enumerate(OUTCOME_NAMES)}
    combined = column.combine_chunks()
    chunks = combined.chunks if isinstance(combined, pa.ChunkedArray) else [combined]
    parts = [
        np.array([codes[name] for name in chunk.dictionary.to_pylist()], dtype=np.uint8)[chunk.indices.to_numpy()]
        for chunk in chunks
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)


def _stored(
    task_id: str,
    outcomes: NDArray[np.uint8],
    values: NDArray[np.int32],
    digests: list[bytes],
    tests: pa.Table,
    candidates: pa.Table,
) -> StoredProblem:
    usable = np.array([kind != "void" for kind in tests["kind"].to_pylist()], dtype=np.bool_)
    judged = JudgedProblem(
        task_id=task_id,
        outcomes=np.ascontiguousarray(outcomes),
        behaviours=_behaviours(outcomes, values, digests),
        trusted=tests["trusted"].to_numpy(zero_copy_only=False)[usable] if len(tests) else usable,
        first_twin=candidates["first_twin"].to_numpy(),
        mean_logprob=candidates["mean_logprob"].to_numpy().astype(np.float64),
        source_chars=candidates["source_chars"].to_numpy(),
        program_ids=tuple(candidates["program_id"].to_pylist()),
    )
    pass_share = candidates["pass_share"].to_numpy().astype(np.float64)
    passed_all = np.where(np.isnan(pass_share), np.nan, pass_share == 1.0)
    return StoredProblem(judged, candidates["program"], passed_all)


def _behaviours(outcomes: NDArray[np.uint8], values: NDArray[np.int32], digests: list[bytes]) -> NDArray[np.int32]:
    """(C, T) one number for each digest. A cell that ran and has no value stands with its verdict."""
    numbers: dict[bytes, int] = {}
    of_value = np.array([numbers.setdefault(one, len(numbers)) for one in digests] + [-1], dtype=np.int32)
    behaviours = of_value[values]
    for extra, outcome in enumerate((Outcome.PASS, Outcome.WRONG)):
        behaviours[(values < 0) & (outcomes == outcome)] = len(numbers) + extra
    behaviours[~np.isin(outcomes, (Outcome.PASS, Outcome.WRONG))] = -1
    return behaviours


def judged_problem(task: Task, matrix: ExecutionMatrix) -> JudgedProblem:
    """The record of a problem that was judged just now, without a folder between."""
    usable = matrix.usable
    programs = [candidate.program(task.problem) for candidate in task.candidates]
    logprobs = [np.nan if one.mean_logprob is None else one.mean_logprob for one in task.candidates]
    digests = [digest.tobytes() for digest in matrix.value_digests]
    outcomes = np.ascontiguousarray(matrix.outcomes[:, usable])
    return JudgedProblem(
        task_id=matrix.task_id,
        outcomes=outcomes,
        behaviours=_behaviours(outcomes, matrix.values[:, usable], digests),
        trusted=matrix.trusted[usable],
        first_twin=matrix.first_twin,
        mean_logprob=np.array(logprobs, dtype=np.float64),
        source_chars=np.array([len(program) for program in programs], dtype=np.int32),
        program_ids=tuple(content_id(program) for program in programs),
    )
