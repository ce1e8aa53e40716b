"""BigCodeBench: its format, its two ways of asking, and its reference solutions."""

import ast
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ucoder import Executor, Outcome, Task
from ucoder.errors import InputError
from ucoder.evaluation.bigcodebench import BigCodeBench
from ucoder.evaluation.exam import read_problems

HARD = Path(__file__).parents[2].parent / "shared/data/bigcodebench_hard/bigcodebench_hard.json.gz"

STUB = "import os\nimport json\ndef task_func(folder, name):\n"
PROMPT = STUB + '    """Write the names of a folder\'s files to a file, and return how many there are."""\n'
SOLUTION = """    names = sorted(os.listdir(folder))
    with open(os.path.join(folder, name), "w") as file:
        json.dump(names, file)
    return len(names)
"""
TEST = """import tempfile
import unittest
class TestCases(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
    def test_case_1(self):
        self.assertEqual(task_func(self.folder, "names"), 0)
        self.assertTrue(os.path.isfile(os.path.join(self.folder, "names")))
    def test_case_2(self):
        open(os.path.join(self.folder, "one"), "w").close()
        self.assertEqual(task_func(self.folder, "names"), 1)
        self.assertEqual(json.load(open(os.path.join(self.folder, "names"))), ["one"])
"""
ROW = {
    "task_id": "BigCodeBench/9001", "complete_prompt": PROMPT, "instruct_prompt": "Write names.",
    "canonical_solution": SOLUTION, "code_prompt": STUB, "test": TEST, "entry_point": "task_func",
    "doc_struct": "{}", "libs": "['os', 'json']",
}  # fmt: skip


def test_a_reference_passes_and_others_do_not(run: Any, written: Any) -> None:
    problem = read_problems(BigCodeBench().problem, written(ROW))[0]
    wrong = PROMPT + "    return 0\n"
    assert run(problem, [problem.reference, wrong, "raise SystemExit(0)"]) == [["PASS"], ["WRONG"], ["LOAD_ERROR"]]


def test_a_completion_continues_the_prompt(written: Any) -> None:
    problem = read_problems(BigCodeBench(calibrated=False).problem, written(ROW))[0]
    assert problem.candidate(completion=SOLUTION).solution == PROMPT + SOLUTION


def test_calibrated_a_forgotten_import_is_forgiven(run: Any, written: Any) -> None:
    forgetful = "def task_func(folder, name):\n" + SOLUTION
    test = TEST[: TEST.index("        self.assertTrue")].replace("import tempfile\n", "")
    data = written({**ROW, "test": test.replace("tempfile.mkdtemp()", "'/dev/shm'")})
    for calibrated, outcome in ((True, "PASS"), (False, "EXCEPTION")):
        problem = read_problems(BigCodeBench(calibrated=calibrated).problem, data)[0]
        assert run(problem, [forgetful]) == [[outcome]]


def test_the_two_ways_ask_different_questions(written: Any) -> None:
    assert read_problems(BigCodeBench().problem, written(ROW))[0].question == PROMPT
    assert read_problems(BigCodeBench(instruct=True).problem, written(ROW))[0].question == "Write names."


def as_lines(path: Path) -> Path:
    path.write_text(json.dumps(ROW) + "\n")
    return path


def as_object(path: Path) -> Path:
    path.write_text(json.dumps({"BigCodeBench/9001": ROW, "BigCodeBench/9002": {**ROW, "task_id": "other"}}))
    return path


def as_indented_list(path: Path) -> Path:
    path.write_bytes(gzip.compress(json.dumps([ROW], indent=1).encode()))
    return path


def as_parquet(path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([ROW]), path)
    return path


@pytest.mark.parametrize("write", [as_lines, as_object, as_indented_list, as_parquet])
def test_published_files_of_every_form_are_read(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    problem = read_problems(BigCodeBench().problem, write(tmp_path / "data"))[0]
    assert (problem.problem.task_id, problem.problem.entry_point) == ("BigCodeBench/9001", "task_func")


def test_a_faulty_row_is_named(written: Any) -> None:
    with pytest.raises(InputError, match="line 2, field 'test'"):
        read_problems(BigCodeBench().problem, written(ROW, {**ROW, "task_id": "other", "test": None}))
    with pytest.raises(InputError, match="was there before"):
        read_problems(BigCodeBench().problem, written(ROW, ROW))


@pytest.mark.skipif(not HARD.exists(), reason="the data is not here")
def test_reference_solutions_of_the_hard_set_pass(executor: Executor) -> None:
    """Of tasks that need the standard library alone and do not wait: `benchmarks/bigcodebench.py` runs the rest."""
    raw = {row["task_id"]: row for row in json.loads(gzip.decompress(HARD.read_bytes())).values()}
    chosen = [
        problem
        for problem in read_problems(BigCodeBench().problem, HARD)
        if {*ast.literal_eval(raw[problem.problem.task_id]["libs"])} <= sys.stdlib_module_names - {"time", "select"}
        and "faker" not in raw[problem.problem.task_id]["test"]
    ]
    assert len(chosen) >= 20
    tasks = [Task(one.problem, [one.candidate(solution=one.reference)], one.tests) for one in chosen]
    failed = {matrix.task_id for matrix in executor.stream(tasks) if matrix.outcomes[0, 0] != Outcome.PASS}
    assert not failed
