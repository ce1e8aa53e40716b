"""Contamination: a benchmark's problem is found by its words, its signature, or by what a solution can do."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ucoder import Executor
from ucoder.loop_records import ProblemStatement
from ucoder.records import AssertionTest, CheckTest
from ucoder.stages.contamination import (
    BenchmarkIndex,
    ContaminationSettings,
    Solution,
    benchmark_task,
    drop_contaminated,
    drop_contaminated_solutions,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
State = Callable[..., ProblemStatement]
SETTINGS = ContaminationSettings()
WORDS = "Given a row of buckets under a leaking roof, say after which hour the fullest of them runs over first."
HUMANEVAL_LIKE = {
    "task_id": "Bench/1",
    "prompt": f'def first_overflow(buckets: list, rate: int) -> int:\n    """{WORDS}"""\n',
    "entry_point": "first_overflow",
    "canonical_solution": "    return max(buckets) // rate\n",
    "test": "def check(candidate):\n    assert candidate([4, 8], 2) == 4\n    assert candidate([1], 1) == 1\n"
    "    assert candidate([9, 3], 3) == 3\n",
}
MBPP_LIKE = {
    "task_id": 7,
    "prompt": "Write a function to halve each bucket of a row.",
    "code": "def halve_all(row):\n    return [b / 2 for b in row]",
    "test_list": ["assert halve_all([2]) == [1]", "assert halve_all([]) == []", "assert halve_all([4, 0]) == [2, 0]"],
}


def index(settings: ContaminationSettings = SETTINGS) -> BenchmarkIndex:
    return BenchmarkIndex([benchmark_task("bench", HUMANEVAL_LIKE), benchmark_task("other", MBPP_LIKE)], settings)


def test_rows_of_public_files_become_tasks() -> None:
    one, other = index().tasks
    assert (one.name, one.signature and one.signature.entry_point) == ("bench Bench/1", "first_overflow")
    assert one.tests == (CheckTest(HUMANEVAL_LIKE["test"]),)
    assert (other.name, other.signature and other.signature.parameters) == ("other 7", ("row",))
    assert other.tests[0] == AssertionTest("assert halve_all([2]) == [1]")
    empty = benchmark_task("x", {"task_id": None, "prompt": 3, "test_list": "no"})
    assert (empty.text, empty.signature, empty.tests) == ("", None, ())


def test_a_run_of_words_gives_a_problem_away(statement: State) -> None:
    copied = statement(description=f"In the attic: {WORDS.upper().replace(',', ' -')} Use a loop.")
    result = drop_contaminated([copied, statement()], index())
    assert result.kept == (statement(),)
    assert result.drops[0].reason == "words"
    assert result.drops[0].evidence.startswith("bench Bench/1: given a row of buckets")


def test_a_short_benchmark_text_is_compared_as_a_whole(statement: State) -> None:
    result = drop_contaminated(
        [statement(description="Please: write a function to halve each bucket of a row!")], index()
    )
    assert result.drops[0].evidence == "other 7: write a function to halve each bucket of a row"


def test_the_same_signature_gives_a_problem_away_however_it_is_spelt(statement: State) -> None:
    same = statement(signature="def firstOverflow(buckets: list[int], rate: float=1.0) -> int:")
    near = statement(signature="def first_overflow(buckets: list[int]) -> int:")
    result = drop_contaminated([same, near], index())
    assert result.kept == (near,)
    assert (result.drops[0].reason, result.drops[0].evidence.partition(":")[0]) == ("signature", "bench Bench/1")
    assert drop_contaminated([same], index(ContaminationSettings(signatures=False))).kept == (same,)


def test_boilerplate_that_many_tasks_share_is_no_evidence(statement: State) -> None:
    shared = "You are given the following task and have to complete the function below in Python without any help"
    rows = [{"task_id": str(number), "prompt": f"{shared}. Then do {number}."} for number in range(30)]
    built = BenchmarkIndex([benchmark_task("bench", row) for row in rows], SETTINGS)
    assert drop_contaminated([statement(description=shared)], built).kept


@pytest.mark.usefixtures("sandbox")
def test_a_solution_that_passes_a_benchmarks_tests_gives_its_problem_away() -> None:
    solutions = [
        Solution("same", "pour", "def pour(a, b=1):\n    return max(a) // b\n"),
        Solution("wrong", "pour", "def pour(a, b):\n    return min(a) // b\n"),
        Solution("other arity", "pour", "def pour(a, b, c):\n    return max(a) // b\n"),
        Solution("halves", "half", "def half(row):\n    return [b / 2 for b in row]\n"),
        Solution("broken", "pour", "def pour(a, b:\n"),
    ]
    with Executor(workers=1) as executor:
        result = drop_contaminated_solutions(solutions, index(), executor)
        assert {drop.subject: drop.evidence for drop in result.drops} == {
            "same": "bench Bench/1: passes all of its 3 tests",
            "halves": "other 7: passes all of its 3 tests",
        }
        assert [solution.problem_id for solution in result.kept] == ["wrong", "other arity", "broken"]
        strict = index(ContaminationSettings(min_tests=4))
        assert not drop_contaminated_solutions(solutions, strict, executor).drops


# -------------------------------------------------------------------- public benchmarks


def rows(name: str) -> Iterator[dict[str, Any]]:
    for file in sorted((DATA / name).glob("*.gz")):
        text = gzip.decompress(file.read_bytes()).decode()
        table = json.loads(text) if file.name.endswith(".json.gz") else [json.loads(x) for x in text.splitlines()]
        yield from (table.values() if isinstance(table, dict) else table)


public = pytest.mark.skipif(not DATA.is_dir(), reason=f"no public data at {DATA}")


@public
@pytest.mark.one_python
@pytest.mark.parametrize(
    ("name", "share_of_texts", "share_of_signatures"),
    [
        ("humaneval", 1.0, 1.0),
        ("mbpp", 0.8, 0.99),
        ("mbppplus", 0.9, 0.99),
        ("bigcodebench_hard", 1.0, 0.99),
        ("leetcode", 1.0, 0.99),
    ],
)
def test_benchmarks_find_themselves(
    statement: State, name: str, share_of_texts: float, share_of_signatures: float
) -> None:
    tasks = [benchmark_task(name, row) for row in rows(name)]
    built = BenchmarkIndex(tasks, SETTINGS)
    found = [built.match(f"Once upon a time. {task.text}", None)[0] == "words" for task in tasks]
    assert sum(found) >= share_of_texts * len(tasks)
    assert sum(task.signature is not None for task in tasks) >= share_of_signatures * len(tasks)
    copies = [statement(signature=task.signature.text, title=task.task_id) for task in tasks if task.signature]
    assert all(
        built.match("", task.signature)[0] == "signature"
        for task in tasks
        if task.signature and task.signature.parameters
    )
    assert len(copies) == len(drop_contaminated(copies, built).drops) + len(drop_contaminated(copies, built).kept)


@public
@pytest.mark.one_python
def test_a_benchmark_of_one_author_does_not_accuse_another() -> None:
    """False alarms: of MBPP's tasks, hardly any matches BigCodeBench or the problems of LeetCode by its words."""
    index_of_others = BenchmarkIndex(
        [benchmark_task(name, row) for name in ("bigcodebench_hard", "leetcode") for row in rows(name)], SETTINGS
    )
    tasks = [benchmark_task("mbpp", row) for row in rows("mbpp")]
    assert sum(index_of_others.match(task.text, None)[0] != "" for task in tasks) <= 2


@public
@pytest.mark.one_python
@pytest.mark.usefixtures("sandbox")
@pytest.mark.timeout(300)
def test_renamed_references_of_humaneval_are_found_by_execution() -> None:
    listed = list(rows("humaneval"))[:40]
    built = BenchmarkIndex([benchmark_task("humaneval", row) for row in listed], SETTINGS)
    solutions = []
    for row in listed:
        program = (row["prompt"] + row["canonical_solution"]).replace(row["entry_point"], "renamed")
        solutions.append(Solution(row["task_id"], "renamed", program))
    with Executor() as executor:
        result = drop_contaminated_solutions(solutions, built, executor)
    missed = {solution.problem_id for solution in result.kept}
    assert missed <= {
        "HumanEval/29",
        "HumanEval/32",
        "HumanEval/34",
        "HumanEval/35",
        "HumanEval/38",
    }  # few tests or odd
