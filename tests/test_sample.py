"""The shipped sample: it is what its sources make, it holds what it should, and verdicts agree with its labels."""

import gzip
import json
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ucoder
from ucoder import Executor, Limits, Outcome
from ucoder.execution.inputs import InputPaths, Inputs

ROOT = Path(__file__).parents[1]
SHIPPED = Path(ucoder.__file__).parent / "presets" / "sample"
NAMES = ("problems", "candidates", "tests", "truth", "truth_tests", "test_labels")
LABELS = {"right", "wrong", "error", "syntax", "no_entry", "hang", "crash", "memory", "hostile"}

Row = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    with gzip.open(SHIPPED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    command = [sys.executable, "-B", "-m", "sample.build", str(folder)]
    subprocess.run(command, cwd=ROOT / "examples", check=True)
    return folder


@pytest.fixture(scope="module")
def candidates() -> list[Row]:
    return [row | truth for row, truth in zip(rows_of("candidates"), rows_of("truth"), strict=True)]


# ---------------------------------------------------------------- what it is


@pytest.mark.parametrize("name", NAMES)
def test_the_sources_make_the_shipped_rows(rebuilt: Path, name: str) -> None:
    shipped, made = (gzip.decompress((folder / f"{name}.jsonl.gz").read_bytes()) for folder in (SHIPPED, rebuilt))
    assert made == shipped


@pytest.mark.skipif("zlib-ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs the same rows in other bytes")
@pytest.mark.parametrize("name", NAMES)
def test_the_sources_make_the_shipped_bytes(rebuilt: Path, name: str) -> None:
    assert (rebuilt / f"{name}.jsonl.gz").read_bytes() == (SHIPPED / f"{name}.jsonl.gz").read_bytes()


def test_it_is_small() -> None:
    assert sum((SHIPPED / f"{name}.jsonl.gz").stat().st_size for name in NAMES) < 300_000


# ---------------------------------------------------------------- what it holds


def test_there_are_twenty_problems_with_fifty_candidates_each(candidates: list[Row]) -> None:
    problems = [row["task_id"] for row in rows_of("problems")]
    counts = Counter(row["task_id"] for row in candidates)
    assert len(set(problems)) == len(problems) >= 20
    assert set(counts) == set(problems)
    assert min(counts.values()) >= 50


def test_every_kind_of_candidate_is_there_and_few_hang(candidates: list[Row]) -> None:
    counts = Counter(row["label"] for row in candidates)
    assert set(counts) == LABELS
    assert counts["hang"] < 0.025 * len(candidates)
    for task_id in {row["task_id"] for row in candidates}:
        labels = {row["label"] for row in candidates if row["task_id"] == task_id}
        assert {"right", "wrong", "error", "syntax", "crash", "memory", "hostile"} <= labels, task_id


def test_rows_repeat_as_samples_of_a_model_do(candidates: list[Row]) -> None:
    texts = {(row["task_id"], row.get("completion"), row.get("solution")) for row in candidates}
    assert 0.2 < 1 - len(texts) / len(candidates) < 0.3
    assert all(("completion" in row) != ("solution" in row) for row in candidates)
    assert {"completion", "solution"} < {key for row in candidates for key in row}


def test_a_share_of_the_tests_is_wrong_and_some_are_void() -> None:
    labels = Counter(label for row in rows_of("test_labels") for label in row["labels"])
    assert 0.1 < labels["wrong"] / labels.total() < 0.3
    assert labels["void"] > 0
    for tests, row in zip(rows_of("tests"), rows_of("test_labels"), strict=True):
        assert tests["task_id"] == row["task_id"]
        assert len(tests["tests"]) == len(row["labels"])


# ---------------------------------------------------------------- what the executor says of it


@pytest.fixture(scope="module")
def verdicts(missing_layers: dict[str, str]) -> dict[str, tuple[list[str], ucoder.ExecutionMatrix]]:
    """By problem, the candidates' labels and the matrix of the true tests."""
    if missing_layers:
        pytest.skip(f"no sandbox: {', '.join(missing_layers)}")
    labels: dict[str, list[str]] = {}
    for row in rows_of("truth"):
        labels.setdefault(row["task_id"], []).append(row["label"])
    files = [SHIPPED / f"{name}.jsonl.gz" for name in ("problems", "candidates", "truth_tests")]
    with Inputs.open(InputPaths(*files)) as inputs, Executor(limits=Limits(cpu_ms=200, max_timeouts=1)) as executor:
        tasks = (inputs.task(task_id) for task_id in inputs.problems)
        return {matrix.task_id: (labels[matrix.task_id], matrix) for matrix in executor.stream(tasks)}


@pytest.mark.timeout(300)
def test_exactly_the_right_programs_pass_the_true_tests(
    verdicts: dict[str, tuple[list[str], ucoder.ExecutionMatrix]],
) -> None:
    for task_id, (labels, matrix) in verdicts.items():
        passed = np.all(matrix.outcomes == Outcome.PASS, axis=1)
        disagree = [(index, label) for index, label in enumerate(labels) if passed[index] != (label == "right")]
        assert not disagree, task_id


EXPECTED = {
    "syntax": {Outcome.LOAD_ERROR, Outcome.EXCEPTION},  # a script is compiled when it runs
    "no_entry": {Outcome.NO_ENTRY},
    "hang": {Outcome.CPU_LIMIT, Outcome.WALL_LIMIT, Outcome.LOAD_ERROR},
    "memory": {Outcome.MEMORY},
    "crash": {Outcome.SIGNAL, Outcome.MEMORY, Outcome.EXCEPTION},
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("label", EXPECTED)
def test_a_flaw_shows_as_its_outcome(verdicts: dict[str, tuple[list[str], ucoder.ExecutionMatrix]], label: str) -> None:
    for task_id, (labels, matrix) in verdicts.items():
        for index, own in enumerate(labels):
            if own == label:
                found = {Outcome(int(outcome)).name for outcome in matrix.outcomes[index]}
                assert found & {outcome.name for outcome in EXPECTED[label]}, (task_id, index, found)


def test_no_cell_is_our_fault(verdicts: dict[str, tuple[list[str], ucoder.ExecutionMatrix]]) -> None:
    for _, matrix in verdicts.values():
        assert not np.any(matrix.outcomes == Outcome.INFRA)
