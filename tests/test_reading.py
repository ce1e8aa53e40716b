"""The three input files: formats of the field are read as they are published, text comes through unharmed."""

import gzip
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucoder.errors import InputError
from ucoder.execution.inputs import InputPaths, Inputs
from ucoder.execution.jsonl import RowIndex, iter_rows
from ucoder.execution.reading import read_problems
from ucoder.records import AssertionTest, CallTest, Candidate, CheckTest, Problem, StdioTest, ValueCallTest

DATA = Path(__file__).parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the public data sets are not here")


def write_rows(file: Path, rows: list[dict[str, Any]]) -> Path:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file.write_bytes(gzip.compress(lines) if file.suffix == ".gz" else lines)
    return file


def paths_of(
    folder: Path, problems: list[dict[str, Any]], candidates: list[dict[str, Any]], tests: list[dict[str, Any]]
) -> InputPaths:
    return InputPaths(
        write_rows(folder / "problems.jsonl", problems),
        write_rows(folder / "candidates.jsonl.gz", candidates),
        write_rows(folder / "tests.jsonl", tests),
    )


PROBLEM = {"task_id": "t/1", "prompt": "def f(x):\n", "entry_point": "f"}


# -------------------------------------------------------------------- the three formats


def test_a_problem_keeps_the_known_fields_and_passes_over_the_rest(tmp_path: Path) -> None:
    row = {**PROBLEM, "test": "T", "canonical_solution": "C", "atol": 0, "base_input": [[1]], "profile": None}
    problems = read_problems(write_rows(tmp_path / "p.jsonl", [row]))
    assert problems == {"t/1": Problem("t/1", "def f(x):\n", "f", "T", "C", None)}


def test_candidates_are_completions_or_solutions_in_the_files_order(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"task_id": "t/1", "completion": "    return 1", "mean_logprob": -0.25},
        {"task_id": "t/2", "solution": "g = 1"},
        {"task_id": "t/1", "solution": "f = 2", "_identifier": "x"},
        {"task_id": "t/1", "solution": "f = 3", "completion": "not this"},
        {"task_id": "t/1", "solution": None, "completion": ""},
    ]
    problems = [PROBLEM, {"task_id": "t/2", "entry_point": "g"}]
    with Inputs.open(paths_of(tmp_path, problems, rows, [{"task_id": "t/1", "tests": []}])) as inputs:
        assert inputs.num_candidates() == {"t/1": 4, "t/2": 1}
        task = inputs.task("t/1")
    assert task.candidates == [
        Candidate("t/1", completion="    return 1", mean_logprob=-0.25),
        Candidate("t/1", solution="f = 2"),
        Candidate("t/1", solution="f = 3"),
        Candidate("t/1", completion=""),
    ]


def test_every_form_of_test_is_read(tmp_path: Path) -> None:
    tests: list[Any] = [
        "assert f(1) == 2",
        {"assert": "assert f(2) == 3"},
        {"check": "def check(candidate): pass"},
        {"call": "f(1)", "expected": "2", "atol": 1e-6, "rtol": 1},
        {"args": [1, [None, True]], "expected": {"a": 1.5}},
        {"kwargs": {"x": 1}, "expected": None, "atol": 0.5},
    ]
    paths = paths_of(
        tmp_path, [PROBLEM], [{"task_id": "t/1", "solution": ""}], [{"task_id": "t/1", "tests": tests, "note": 1}]
    )
    with Inputs.open(paths) as inputs:
        assert inputs.task("t/1").tests == [
            AssertionTest("assert f(1) == 2"),
            AssertionTest("assert f(2) == 3"),
            CheckTest("def check(candidate): pass"),
            CallTest("f(1)", "2", 1e-6, 1.0),
            ValueCallTest([1, [None, True]], {"a": 1.5}),
            ValueCallTest([], None, {"x": 1}, 0.5),
        ]


def test_a_script_is_a_problem_without_entry_point(tmp_path: Path) -> None:
    near = {"input": "1", "output": "2", "compare": "caseless", "atol": 0.5}
    tests = [{"task_id": "s", "tests": [{"input": "1", "output": "2", "compare": "numeric"}, near]}]
    with Inputs.open(
        paths_of(tmp_path, [{"task_id": "s", "prompt": "Add one."}], [{"task_id": "s", "solution": ""}], tests)
    ) as inputs:
        assert inputs.task("s").tests == [StdioTest("1", "2", "numeric"), StdioTest("1", "2", "caseless", 0.5)]


def test_a_problems_file_serves_as_tests_file(tmp_path: Path) -> None:
    problems = [{**PROBLEM, "test": "def check(candidate): pass"}, {"task_id": "t/2", "entry_point": "g", "test": "x"}]
    paths = paths_of(tmp_path, problems, [{"task_id": "t/1", "solution": ""}], [])
    with Inputs.open(InputPaths(paths.problems, paths.candidates, paths.problems)) as inputs:
        assert inputs.task("t/1").tests == [CheckTest("def check(candidate): pass")]


def test_a_problem_without_tests_has_none(tmp_path: Path) -> None:
    problems = [PROBLEM, {"task_id": "t/2", "entry_point": "g"}]
    candidates = [{"task_id": "t/1", "solution": ""}, {"task_id": "t/2", "solution": ""}]
    with Inputs.open(paths_of(tmp_path, problems, candidates, [{"task_id": "t/1", "tests": []}])) as inputs:
        assert inputs.task("t/1").tests == []
        assert inputs.task("t/2").tests == []


# -------------------------------------------------------------------- text and lines


@given(st.text(st.characters(codec=None)))
def test_any_text_comes_through(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("text")
    tests = [{"task_id": "t/1", "tests": [text]}]
    with Inputs.open(paths_of(folder, [PROBLEM], [{"task_id": "t/1", "solution": text}], tests)) as inputs:
        task = inputs.task("t/1")
    assert task.candidates[0].solution == text
    assert task.tests == [AssertionTest(text)]


def test_blank_lines_a_byte_order_mark_and_a_missing_last_newline_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"task_id": "a"}\r\n\n  \n{"task_id": "b"}')
    assert list(read_problems(file)) == ["a", "b"]
    assert [row.line for row in iter_rows(file)] == [1, 4]


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    file.write_bytes(gzip.compress(b'{"task_id": "a"}\n'))
    assert list(read_problems(file)) == ["a"]


def test_a_candidate_of_ten_megabytes_is_data(tmp_path: Path) -> None:
    program = "x = 1\n" * 1_750_000
    paths = paths_of(tmp_path, [PROBLEM], [{"task_id": "t/1", "solution": program}], [{"task_id": "t/1", "tests": []}])
    with Inputs.open(paths) as inputs:
        assert inputs.task("t/1").candidates[0].solution == program


# -------------------------------------------------------------------- finding rows again


def task_of() -> Callable[[Any], str]:
    return lambda row: str(row.key("task_id"))


def test_digests_are_of_the_unpacked_content(tmp_path: Path) -> None:
    rows = [{"task_id": "a", "n": n} for n in range(3)]
    plain = RowIndex.build(write_rows(tmp_path / "a.jsonl", rows), task_of())
    packed = RowIndex.build(write_rows(tmp_path / "b.jsonl.gz", rows), task_of())
    other = RowIndex.build(write_rows(tmp_path / "c.jsonl", rows[:2]), task_of())
    assert plain.sha256 == packed.sha256 != other.sha256
    for index in (plain, packed, other):
        index.close()


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.booleans())
def test_rows_of_a_task_are_found_in_order_however_they_are_mixed(
    tmp_path_factory: pytest.TempPathFactory, owners: list[int], packed: bool
) -> None:
    rows = [{"task_id": str(owner), "n": n} for n, owner in enumerate(owners)]
    file = tmp_path_factory.mktemp("rows") / ("r.jsonl.gz" if packed else "r.jsonl")
    index = RowIndex.build(write_rows(file, rows), task_of())
    for owner in range(4):
        found = [(row.fields["n"], row.line) for row in index.rows_of(str(owner))]
        assert found == [(n, n + 1) for n, other in enumerate(owners) if other == owner]
        assert index.num_rows_of(str(owner)) == len(found)
    index.close()


def test_a_pipe_can_be_read_though_only_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b'{"task_id": "a"}\n{"task_id": "b"}\n'))
    writer.start()
    index = RowIndex.build(pipe, task_of())
    writer.join()
    assert [row.line for row in index.rows_of("b")] == [2]
    index.close()


def test_a_file_that_changes_underneath_is_noticed(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "a.jsonl", [{"task_id": "a"}])
    index = RowIndex.build(file, task_of())
    with file.open("a") as stream:
        stream.write('{"task_id": "b"}\n')
    with pytest.raises(InputError, match="has changed while it was being read"):
        list(index.rows_of("a"))
    index.close()


# -------------------------------------------------------------------- published files


@needs_data
def test_published_files_are_read_whole() -> None:
    even = DATA / "codet_even"
    with Inputs.open(
        InputPaths(even / "problems.jsonl.gz", even / "candidates.jsonl.gz", even / "asserts.jsonl.gz")
    ) as inputs:
        assert sum(inputs.num_candidates().values()) == 8200
        assert sum(len(inputs.task(task_id).tests) for task_id in inputs.problems) == 4143
    assert len(read_problems(DATA / "humaneval" / "HumanEval.jsonl.gz")) == 164
    assert len(read_problems(DATA / "humanevalplus" / "HumanEvalPlus.jsonl.gz")) == 164
    assert len(read_problems(DATA / "mbppplus" / "MbppPlus.jsonl.gz")) == 378
