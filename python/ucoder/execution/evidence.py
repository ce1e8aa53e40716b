"""Evidence: judged problems as the tables a run's folder keeps. One row order for one matrix: nothing depends on time.

    cells       task_id candidate test outcome value cpu_us trusted at_limit detail      one row per cell; void tests
                                                                                         have none
    values      task_id value encoded digest text                                        the values cells point to
    tests       task_id test test_id form kind trusted note text                         void ones included
    candidates  task_id candidate program_id first_twin load_cause ran_share pass_share mean_logprob
                pass_bits ran_bits pass_cluster value_cluster source_chars program
    clusters    task_id signature cluster size distinct first_candidate ran_share pass_share
    problems    task_id num_candidates num_distinct num_tests num_usable prompt

Shares are null where no test could be used. `pass_bits` and `ran_bits` are the words of the signature, little-endian,
bit t of the row for the t-th usable test. `program` is the text that was run, once for each distinct text: at its
first twin, null elsewhere. Lone surrogates in it are written out (no such program can be compiled); `program_id` is of
the text as it was. `prompt` and a test's `text` are there to be read by people: their beginning, where they are long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

from ucoder._core import OUTCOME_NAMES, Clusters, decode
from ucoder.execution.matrix import ExecutionMatrix
from ucoder.execution.tally import Tally
from ucoder.records import EncodedCallTest, Task, Test, content_id, id_of_test, text_of_test

__all__ = ["Evidence"]

_MAX_TEXT = 200  # characters of a value's text; the value itself is whole in `encoded`
_MAX_READ = 4000  # characters of a prompt or a test, which only people read here


@dataclass(slots=True)
class Evidence:
    """The tables and the tally of some problems, one after another."""

    tally: Tally = field(default_factory=Tally)
    _tables: dict[str, list[pa.Table]] = field(default_factory=dict)

    def add(self, task: Task, matrix: ExecutionMatrix) -> None:
        """Take in one judged problem."""
        self.tally.add(matrix)
        clusters = {"pass": matrix.pass_clusters(), "value": matrix.value_clusters()}
        texts = _Texts()
        for name, table in (
            ("cells", _cells(matrix)),
            ("values", _values(matrix, texts)),
            ("tests", _tests(task, matrix, texts)),
            ("candidates", _candidates(task, matrix, clusters)),
            ("clusters", _clusters(matrix, clusters)),
            ("problems", _problem(task, matrix)),
        ):
            self._tables.setdefault(name, []).append(table)

    def tables(self) -> dict[str, pa.Table]:
        """The tables by name, problems in the order they were added."""
        return {name: pa.concat_tables(parts).unify_dictionaries() for name, parts in self._tables.items()}


def _cells(matrix: ExecutionMatrix) -> pa.Table:
    usable = np.flatnonzero(matrix.usable)
    num_cells = matrix.num_candidates * len(usable)
    values = matrix.values[:, usable].ravel()
    details = matrix.details[:, usable].ravel()
    return pa.table(
        {
            "task_id": _repeated(matrix.task_id, num_cells),
            "candidate": np.repeat(np.arange(matrix.num_candidates, dtype=np.int32), len(usable)),
            "test": np.tile(usable.astype(np.int32), matrix.num_candidates),
            "outcome": _outcome_names(matrix.outcomes[:, usable].ravel()),
            "value": pa.array(values, mask=values < 0),
            "cpu_us": matrix.cpu_us[:, usable].ravel(),
            "trusted": np.tile(matrix.trusted[usable], matrix.num_candidates),
            "at_limit": matrix.at_limit[:, usable].ravel(),
            "detail": pa.DictionaryArray.from_arrays(pa.array(details, mask=details < 0), _texts(matrix.detail_texts)),
        }
    )


def _values(matrix: ExecutionMatrix, texts: "_Texts") -> pa.Table:
    digests = [digest.astype("<u8").tobytes() for digest in matrix.value_digests]
    return pa.table(
        {
            "task_id": _repeated(matrix.task_id, len(digests)),
            "value": np.arange(len(digests), dtype=np.int32),
            "encoded": pa.array(matrix.value_bytes, pa.binary()),
            "digest": pa.array(digests, pa.binary(16)),
            "text": _texts([texts[encoded] for encoded in matrix.value_bytes]),
        }
    )


def _tests(task: Task, matrix: ExecutionMatrix, texts: "_Texts") -> pa.Table:
    return pa.table(
        {
            "task_id": _repeated(matrix.task_id, matrix.num_tests),
            "test": np.arange(matrix.num_tests, dtype=np.int32),
            "test_id": pa.array([id_of_test(test) for test in task.tests], pa.string()),
            "form": pa.array([type(test).__name__ for test in task.tests], pa.string()),
            "kind": pa.array(matrix.test_kinds, pa.string()),
            "trusted": matrix.trusted,
            "note": _texts(matrix.test_notes),
            "text": _texts([_beginning(_text_of_test(test, texts), _MAX_READ) for test in task.tests]),
        }
    )


def _candidates(task: Task, matrix: ExecutionMatrix, clusters: dict[str, Clusters]) -> pa.Table:
    signatures = matrix.signatures()
    programs = [candidate.program(task.problem) for candidate in task.candidates]
    is_first = (matrix.first_twin == np.arange(matrix.num_candidates)).tolist()
    return pa.table(
        {
            "task_id": _repeated(matrix.task_id, matrix.num_candidates),
            "candidate": np.arange(matrix.num_candidates, dtype=np.int32),
            "program_id": pa.array([content_id(program) for program in programs], pa.string()),
            "first_twin": matrix.first_twin,
            "load_cause": _outcome_names(matrix.load_causes),
            "ran_share": pa.array(matrix.ran_share, from_pandas=True),
            "pass_share": pa.array(matrix.pass_share, from_pandas=True),
            "mean_logprob": pa.array([one.mean_logprob for one in task.candidates], pa.float64()),
            "pass_bits": _rows_as_bytes(signatures.pass_words),
            "ran_bits": _rows_as_bytes(signatures.ran_words),
            **{f"{name}_cluster": grouped.labels for name, grouped in clusters.items()},
            "source_chars": pa.array([len(program) for program in programs], pa.int32()),
            "program": pa.array(
                [_text(program) if first else None for program, first in zip(programs, is_first, strict=True)],
                pa.string(),
            ),
        }
    )


def _clusters(matrix: ExecutionMatrix, clusters: dict[str, Clusters]) -> pa.Table:
    return pa.concat_tables(_grouping(matrix, name, grouped) for name, grouped in clusters.items())


def _grouping(matrix: ExecutionMatrix, signature: str, clusters: Clusters) -> pa.Table:
    labels = clusters.labels
    sizes = clusters.sizes
    _, first = np.unique(labels, return_index=True)
    twins = np.unique(np.stack([labels.astype(np.int64), matrix.first_twin.astype(np.int64)]), axis=1)
    return pa.table(
        {
            "task_id": _repeated(matrix.task_id, len(sizes)),
            "signature": _repeated(signature, len(sizes)),
            "cluster": np.arange(len(sizes), dtype=np.uint32),
            "size": sizes,
            "distinct": np.bincount(twins[0], minlength=len(sizes)).astype(np.uint32),
            "first_candidate": first.astype(np.int32),
            "ran_share": _means(matrix.ran_share, labels, sizes),
            "pass_share": _means(matrix.pass_share, labels, sizes),
        }
    )


def _problem(task: Task, matrix: ExecutionMatrix) -> pa.Table:
    counts = {
        "num_candidates": matrix.num_candidates,
        "num_distinct": len(np.unique(matrix.first_twin)),
        "num_tests": matrix.num_tests,
        "num_usable": int(np.count_nonzero(matrix.usable)),
    }
    columns = {name: pa.array([count], pa.int32()) for name, count in counts.items()}
    prompt = _texts([_beginning(task.problem.prompt, _MAX_READ)])
    return pa.table({"task_id": _repeated(matrix.task_id, 1), **columns, "prompt": prompt})


# ---------------------------------------------------------------- columns


def _repeated(text: str, times: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, dtype=np.int32)), pa.array([text], pa.string()))


def _outcome_names(codes: NDArray[np.uint8]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(OUTCOME_NAMES, pa.string()))


def _texts(texts: Sequence[str]) -> pa.Array:
    return pa.array([_text(text) for text in texts], pa.string())


def _text(text: str) -> str:
    """Text as Arrow can hold it: lone surrogates written out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _rows_as_bytes(words: NDArray[np.uint64]) -> pa.Array:
    return pa.array([row.astype("<u8").tobytes() for row in words], pa.binary())


def _means(shares: NDArray[np.float64], labels: NDArray[np.uint32], sizes: NDArray[np.uint32]) -> pa.Array:
    sums = np.bincount(labels, weights=shares, minlength=len(sizes))
    return pa.array(sums / sizes, pa.float64(), from_pandas=True)


def _text_of(encoded: bytes) -> str:
    """The beginning of repr(value). Python's own limit on digits bounds the time that a huge int takes."""
    try:
        value: Any = decode(encoded)
    except ValueError as error:  # it is well-formed: such a value is an answer like another
        return f"<{error}>"
    try:
        text = repr(_without_rest(value))
    except ValueError:
        return f"<{type(value).__name__} with more digits than are written out>"
    return _beginning(text, _MAX_TEXT)


def _without_rest(value: object) -> object:
    """The beginning of a long value, where it has one: an item takes at least a character of its text."""
    if isinstance(value, str | bytes | list | tuple) and len(value) > _MAX_TEXT:
        return value[:_MAX_TEXT]
    return value


class _Texts(dict[bytes, str]):
    """Values' texts by their encoding: what most programs answer is what a test expects."""

    def __missing__(self, encoded: bytes) -> str:
        text = self[encoded] = _text_of(encoded)
        return text


def _text_of_test(test: Test, texts: _Texts) -> str:
    """As `text_of_test`, with the values of an encoded test written out: their beginning, where they are long."""
    if not isinstance(test, EncodedCallTest):
        return text_of_test(test)
    return f"({', '.join(texts[one] for one in test.args)}) -> {texts[test.expected]}"


def _beginning(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
