"""`ucoder select`: from a judged folder to selections, and what it says of them where the truth is known."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ucoder._core import Outcome
from ucoder.cli import run
from ucoder.consensus.rules import RULES
from ucoder.execution.executor import Executor
from ucoder.execution.inputs import InputPaths, Inputs
from ucoder.execution.judged import judged_problem
from ucoder.stages.selecting import iter_problems
from ucoder.store import JsonObject, RunRecord

RIGHT = "def f(x): return x + 1"
RIGHT_TOO = "def f(x): return 1 + x"
WRONG = "def f(x): return x * 2"
CONSTANT = "def f(x): return 2"
CRASHES = "def f(x): return 1 / 0"
CHECK = "def check(candidate):\n    assert candidate(5) == 6\n    assert candidate(7) == 8\n"

PROGRAMS = {
    "clear": [WRONG, RIGHT, RIGHT_TOO, RIGHT, CRASHES, CONSTANT],
    "constant": [CONSTANT, CONSTANT, CONSTANT, RIGHT, RIGHT_TOO],
    "broken": [CRASHES, CRASHES],
    "untested": [RIGHT, WRONG],
}
TESTS = {
    "clear": ["assert f(1) == 2", "assert f(2) == 3", "assert f(3) == 7", "assert ____ == f(4)"],
    "constant": ["assert f(1) == 2", "assert f(2) == 3", "assert f(3) == 4"],
    "broken": ["assert f(1) == 2", "assert f(2) == 3"],
    "untested": ["assert ____ == f(1)"],
}


def write(file: Path, rows: list[JsonObject]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def make_files(folder: Path, programs: dict[str, list[str]] = PROGRAMS) -> dict[str, Path]:
    problems = [{"task_id": task_id, "prompt": "", "entry_point": "f", "test": CHECK} for task_id in PROGRAMS]
    candidates = [
        {"task_id": task_id, "solution": program, "mean_logprob": -0.1 * (1 + index)}
        for task_id, listed in programs.items()
        for index, program in enumerate(listed)
    ]
    tests = [{"task_id": task_id, "tests": listed} for task_id, listed in TESTS.items()]
    return {
        "problems": write(folder / "problems.jsonl", problems),
        "candidates": write(folder / "candidates.jsonl", candidates),
        "tests": write(folder / "tests.jsonl", tests),
    }


def judge(files: dict[str, Path], out: Path, *more: str) -> Path:
    options = [token for name, file in files.items() for token in (f"--{name}", str(file))]
    assert run(["judge", *options, "--out", str(out), *more]) == 0
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, missing_layers: dict[str, str]) -> Path:
    """A folder with `judged`, `truth`, and the files they were made from."""
    if missing_layers:
        pytest.skip(f"no sandbox: {', '.join(missing_layers)}")
    folder = tmp_path_factory.mktemp("runs")
    files = make_files(folder)
    judge(files, folder / "judged")
    judge({**files, "tests": files["problems"]}, folder / "truth")
    return folder


@pytest.fixture
def judged(runs: Path, tmp_path: Path) -> Path:
    return shutil.copytree(runs / "judged", tmp_path / "judged")


Select = Callable[..., JsonObject]


@pytest.fixture
def select(judged: Path, capsys: pytest.CaptureFixture[str]) -> Select:
    def selected(*options: str) -> JsonObject:
        capsys.readouterr()
        assert run(["select", str(judged), *options, "--json"]) == 0
        summary: JsonObject = json.loads(capsys.readouterr().out)
        return summary

    return selected


def selections(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    rows = pq.read_table(folder / "selections" / "selections.parquet").to_pylist()
    return {(row["task_id"], row["rule"]): row for row in rows}


def of_rule(summary: JsonObject, rule: str) -> JsonObject:
    found: JsonObject = next(one for one in summary["rules"] if one["rule"] == rule)
    return found


# -------------------------------------------------------------------- what is written


def test_every_rule_says_of_every_problem_what_it_chose_or_why_not(select: Select, judged: Path) -> None:
    summary = select()
    assert [rule["rule"] for rule in summary["rules"]] == list(RULES)
    rows = selections(judged)
    assert rows.keys() == {(task_id, rule) for task_id in PROGRAMS for rule in RULES}
    for row in rows.values():
        assert (row["candidate"] is None) == bool(row["nothing"])
        if row["candidate"] is not None:
            assert row["program"] == PROGRAMS[row["task_id"]][row["candidate"]]


def test_a_selection_says_what_it_beat(select: Select, judged: Path) -> None:
    select("--rule", "default")
    row = selections(judged)["clear", "default"]
    assert (row["candidate"], row["program"], row["cluster"], row["cluster_size"]) == (1, RIGHT, 1, 3)
    assert (row["ran_share"], row["pass_share"]) == pytest.approx((1.0, 2 / 3))
    assert row["perplexity"] == pytest.approx(np.exp(0.2))
    assert (row["runner_up"], row["runner_up_size"]) == (0, 1)
    assert row["margin"] == pytest.approx(row["score"] - row["runner_up_score"])
    assert 0 <= row["kept_tests"] <= 1
    assert 0 <= row["kept_candidates"] <= 1


def test_reasons_for_nothing_are_counted(select: Select) -> None:
    default = of_rule(select(), "default")
    assert (default["chosen"], default["nothing"]) == (2, 2)
    assert default["reasons"] == {"no candidate that ran to an end on any test": 1, "no usable test": 1}


def test_the_same_command_writes_the_same_bytes(select: Select, judged: Path) -> None:
    first = select("--seed", "3")
    files = {file.name: file.read_bytes() for file in (judged / "selections").iterdir()}
    assert select("--seed", "3") == first
    assert {file.name: file.read_bytes() for file in (judged / "selections").iterdir()} == files
    assert json.loads(files["summary.json"]) == first


def test_the_evidence_is_left_alone_and_judge_still_knows_its_run(select: Select, judged: Path, runs: Path) -> None:
    before = {file: file.read_bytes() for file in judged.rglob("part-*")}
    select()
    assert {file: file.read_bytes() for file in judged.rglob("part-*")} == before
    judge({name: runs / f"{name}.jsonl" for name in ("problems", "candidates", "tests")}, judged)


def test_a_failure_leaves_the_selections_that_were_there(select: Select, judged: Path, tmp_path: Path) -> None:
    select()
    before = (judged / "selections" / "selections.parquet").read_bytes()
    other = write(tmp_path / "other.jsonl", [{"task_id": "clear", "passed": True}])
    assert run(["select", str(judged), "--truth", str(other)]) == 2
    assert (judged / "selections" / "selections.parquet").read_bytes() == before


def test_merged_shards_give_the_selections_of_the_whole(
    select: Select, judged: Path, runs: Path, tmp_path: Path
) -> None:
    whole = select()
    files = {name: runs / f"{name}.jsonl" for name in ("problems", "candidates", "tests")}
    shards = [
        judge(files, tmp_path / f"s{index}", "--part-candidates", "3", "--shard", f"{index}/2") for index in (1, 2)
    ]
    merged = tmp_path / "merged"
    assert run(["merge", *map(str, shards), "--out", str(merged)]) == 0
    assert run(["select", str(merged)]) == 0
    assert json.loads((merged / "selections" / "summary.json").read_text()) == whole
    assert selections(merged) == selections(judged)
    assert run(["select", str(shards[0])]) == 2


def test_a_matrix_and_its_folder_give_the_same_record(runs: Path) -> None:
    read = {one.judged.task_id: one.judged for one in iter_problems(RunRecord.load(runs / "judged"))}
    paths = InputPaths(*(runs / f"{name}.jsonl" for name in ("problems", "candidates", "tests")))
    with Inputs.open(paths) as inputs, Executor(workers=1) as executor:
        task = inputs.task("clear")
        fresh = judged_problem(task, executor.judge(task.problem, task.candidates, task.tests))
    stored = read["clear"]
    for name in ("outcomes", "behaviours", "trusted", "first_twin", "mean_logprob", "source_chars"):
        np.testing.assert_array_equal(getattr(fresh, name), getattr(stored, name), err_msg=name)
    assert fresh.program_ids == stored.program_ids
    assert (stored.behaviours[4] == -1).all()
    assert (stored.outcomes[4] == Outcome.EXCEPTION).all()


def test_the_text_of_a_program_is_stored_once_and_its_length_for_every_candidate(runs: Path) -> None:
    rows = [row for row in pq.read_table(runs / "judged" / "candidates").to_pylist() if row["task_id"] == "constant"]
    assert [row["program"] for row in rows] == [CONSTANT, None, None, RIGHT, RIGHT_TOO]
    assert [row["source_chars"] for row in rows] == [len(program) for program in PROGRAMS["constant"]]


# -------------------------------------------------------------------- options


def test_rules_are_chosen_by_name_and_in_their_order(select: Select) -> None:
    assert [one["rule"] for one in select("--rule", "codet", "--rule", "default")["rules"]] == ["codet", "default"]


@pytest.mark.parametrize(
    ("options", "task_id", "rule", "candidate"),
    [
        ([], "constant", "ucoder", 3),
        (["--uninformative", "keep"], "constant", "ucoder", 0),
        ([], "constant", "output-cluster", 0),
        (["--uninformative", "drop"], "constant", "output-cluster", 3),
        (["--tau", "3"], "constant", "ucoder", None),
        (["--signature", "pass", "--tau", "4"], "clear", "ucoder", None),
        (["--signature", "pass", "--tau", "3"], "clear", "ucoder", 1),
        (["--rho", "0"], "broken", "ucoder", None),
    ],
)
def test_options_change_what_the_rules_choose(
    select: Select, judged: Path, options: list[str], task_id: str, rule: str, candidate: int | None
) -> None:
    select(*options)
    assert selections(judged)[task_id, rule]["candidate"] == candidate


def test_resampling_can_be_left_out(select: Select) -> None:
    assert of_rule(select("--resamples", "0"), "default")["kept_tests"] is None
    assert of_rule(select("--resamples", "5"), "default")["kept_tests"] is not None


def test_the_seed_decides_what_random_draws(select: Select, judged: Path) -> None:
    drawn = set()
    for seed in range(12):
        select("--rule", "random", "--seed", str(seed), "--resamples", "0")
        drawn.add(selections(judged)["clear", "random"]["candidate"])
    assert len(drawn) > 2
    assert drawn <= {0, 1, 2, 3, 5}


@pytest.mark.usefixtures("sandbox")
def test_tests_that_a_candidate_could_touch_can_be_left_out(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    beside = "def check(candidate):\n    class Probe(int):\n        pass\n    assert candidate(Probe(2)) == 3\n"
    tests = [{"task_id": task_id, "tests": [*listed, {"check": beside}]} for task_id, listed in TESTS.items()]
    files["tests"] = write(tmp_path / "more_tests.jsonl", tests)
    out = judge(files, tmp_path / "out")
    trusted = [row["trusted"] for row in pq.read_table(out / "tests").to_pylist() if row["task_id"] == "untested"]
    assert trusted[-1] is False
    assert run(["select", str(out)]) == 0
    assert selections(out)["untested", "default"]["candidate"] == 0
    assert run(["select", str(out), "--trusted-only"]) == 0
    assert selections(out)["untested", "default"]["nothing"] == "no usable test"


# -------------------------------------------------------------------- the truth


def test_the_truth_of_a_judged_folder(select: Select, runs: Path, judged: Path) -> None:
    summary = select("--truth", str(runs / "truth"))
    assert (summary["problems"], summary["problems_with_truth"]) == (4, 4)
    assert summary["mean"] == pytest.approx((3 / 6 + 2 / 5 + 0 + 1 / 2) / 4)
    assert summary["oracle"] == pytest.approx(3 / 4)
    default = of_rule(summary, "default")
    assert default["pass_at_1"] == pytest.approx((1 + 1 + 0 + 1 / 2) / 4)  # nothing chosen: the mean of the candidates
    assert default["pass_at_1_chosen"] == 1.0
    assert default["low"] <= default["pass_at_1"] <= default["high"]
    assert of_rule(summary, "output-cluster")["pass_at_1"] == pytest.approx((1 + 0 + 0 + 1 / 2) / 4)
    (first, second) = summary["differences"]
    assert (first["rule"], first["against"], first["difference"]) == ("default", "output-cluster", pytest.approx(0.25))
    assert second["against"] == "codet"
    assert selections(judged)["constant", "default"]["right"] is True
    assert selections(judged)["constant", "output-cluster"]["right"] is False


def test_the_truth_of_a_file(select: Select, runs: Path, tmp_path: Path) -> None:
    by_folder = select("--truth", str(runs / "truth"))
    right = {RIGHT, RIGHT_TOO}
    rows: list[JsonObject] = [
        {"task_id": task_id, "candidate": index, "passed": program in right}
        for task_id, programs in PROGRAMS.items()
        for index, program in enumerate(programs)
    ]
    assert select("--truth", str(write(tmp_path / "a.jsonl", rows[::-1]))) == by_folder
    labels = [{"task_id": row["task_id"], "label": "right" if row["passed"] else "wrong", "flaw": "?"} for row in rows]
    assert select("--truth", str(write(tmp_path / "b.jsonl", labels))) == by_folder
    known = [row for row in rows if row["task_id"] != "clear"]
    summary = select("--truth", str(write(tmp_path / "c.jsonl", known)))
    assert (summary["problems"], summary["problems_with_truth"]) == (4, 3)


def test_without_truth_there_are_counts_and_no_rates(select: Select) -> None:
    summary = select()
    assert (summary["mean"], summary["oracle"], summary["differences"]) == (None, None, [])
    assert of_rule(summary, "ucoder")["pass_at_1"] is None
    assert of_rule(summary, "ucoder")["chosen"] == 2


def test_shares_of_problems_by_tau_are_reported(select: Select) -> None:
    assert select()["tau"] == {"2": 0.5, "4": 0.0, "8": 0.0}


def test_the_bound_is_written_for_every_problem(select: Select, judged: Path) -> None:
    summary = select()
    rows = pq.read_table(judged / "selections" / "bounds.parquet").to_pylist()
    assert [row["task_id"] for row in rows] == list(PROGRAMS)
    assert summary["bound"]["says_something"] == sum(row["says_something"] for row in rows)
    assert rows[3]["bound"] is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"passed": True}, "field 'task_id': is missing"),
        ({"task_id": "clear"}, "line 2, field 'passed': is missing, and so is 'label'"),
        ({"task_id": "clear", "passed": 1}, "field 'passed': expected true or false, found a number"),
        ({"task_id": "clear", "passed": True, "candidate": "1"}, "field 'candidate': expected a whole number"),
        ({"task_id": "clear", "passed": True, "candidate": -1}, "field 'candidate': counts from 0"),
        ({"task_id": "broken", "passed": True, "candidate": 0}, "candidate 0 of 'broken' was there before"),
        ({"task_id": "broken", "passed": True, "candidate": 3}, "there is no row for candidate 1 of 'broken'"),
        ({"task_id": "clear", "passed": True}, "line 2, field 'candidate': 'clear' has 1 candidates there and 6 here"),
    ],
)
def test_a_faulty_truth_names_file_line_and_field(
    judged: Path, tmp_path: Path, row: JsonObject, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "truth.jsonl", [{"task_id": "broken", "passed": False}, row])
    assert run(["select", str(judged), "--truth", str(file)]) == 2
    said = capsys.readouterr().err
    assert str(file) in said
    assert message in said


@pytest.mark.usefixtures("sandbox")
def test_the_truth_of_other_candidates_is_refused(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = make_files(tmp_path, {**PROGRAMS, "clear": [*PROGRAMS["clear"][:2], WRONG, *PROGRAMS["clear"][3:]]})
    other = judge({**files, "tests": files["problems"]}, tmp_path / "other")
    assert run(["select", str(judged), "--truth", str(other)]) == 2
    said = capsys.readouterr().err
    assert "is about other candidates: 1 of 'clear' differ, the first is candidate 2: program" in said


def test_the_truth_of_other_problems_is_refused(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = write(tmp_path / "truth.jsonl", [{"task_id": "another", "passed": True}])
    for options, source in ((["--truth", str(verdicts)], str(verdicts)), (["--sample"], "truth.jsonl.gz")):
        assert run(["select", str(judged), *options]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert f"{source} is about other problems: it has none of this run's" in said.err
        assert not list(judged.glob("selections/*"))


# -------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rule", "best"], "there is no rule 'best'; there are default, ucoder"),
        (["--rho", "2"], "rho lies between 0 and 1, not at 2.0"),
        (["--tau", "0"], "tau lies between 1 and"),
        (["--signature", "hash"], "hash"),
        (["--sample", "--truth", "x"], "--sample stands instead of --truth"),
        (["--truth", "nowhere.jsonl"], "nowhere.jsonl: there is no such file"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(
    judged: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["select", str(judged), *options]) == 2
    said = capsys.readouterr()
    assert message in " ".join(said.err.replace("│", " ").split())
    assert said.out == ""
    assert not (judged / "selections").exists()


def test_a_folder_that_is_no_finished_run_is_refused(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["select", str(tmp_path)]) == 2
    assert "is not a run's folder" in capsys.readouterr().err
    (judged / "summary.json").unlink()
    assert run(["select", str(judged)]) == 2
    assert "is not finished: run its command again" in capsys.readouterr().err


def test_a_folder_whose_tables_are_damaged_is_failed_work(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (judged / "cells" / "part-00000.parquet").write_bytes(b"nothing")
    assert run(["select", str(judged)]) == 1
    assert "part-00000.parquet cannot be read" in capsys.readouterr().err
