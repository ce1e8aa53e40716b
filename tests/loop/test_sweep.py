"""`ucoder sweep`: one command, one table; what costs more never shows as less, and nothing is asked twice."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

SIZES = ("--n", "2,4,8", "--num-tests", "5,10,18")
OVER = ("--over", "candidates.temperature=0.4,0.8")


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ucoder", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def swept(*arguments: object) -> dict[str, Any]:
    done = ucoder("sweep", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def corner(table: list[dict[str, Any]]) -> dict[str, Any]:
    return max(table, key=lambda row: (row["n"], row["num_tests"]))


@pytest.fixture(scope="module")
def config(config_file: Callable[..., Path]) -> Path:
    return config_file()


@pytest.fixture(scope="module")
def sweep(config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("sweep") / "sweep"
    return out, swept(config, "--out", out, *OVER, *SIZES)


def test_the_table_has_a_row_for_each_setting_and_size(sweep: tuple[Path, dict[str, Any]]) -> None:
    table = sweep[1]["table"]
    found = [(row["candidates.temperature"], row["n"], row["num_tests"]) for row in table]
    assert found == [(t, n, k) for t in ("0.4", "0.8") for n in (2, 4, 8) for k in (5, 10, 18)]
    assert pq.read_table(sweep[0] / "sweep.parquet").to_pylist() == table
    assert json.loads((sweep[0] / "sweep.json").read_text()) == sweep[1]


@pytest.mark.parametrize("cost", ["tokens", "executions", "cpu_seconds"])
def test_more_candidates_or_tests_never_cost_less(sweep: tuple[Path, dict[str, Any]], cost: str) -> None:
    table = {(row["candidates.temperature"], row["n"], row["num_tests"]): row[cost] for row in sweep[1]["table"]}
    for temperature in ("0.4", "0.8"):
        for less, more in pairwise((2, 4, 8)):
            assert all(table[temperature, less, k] <= table[temperature, more, k] for k in (5, 10, 18))
        for less, more in pairwise((5, 10, 18)):
            assert all(table[temperature, n, less] <= table[temperature, n, more] for n in (2, 4, 8))


def test_the_largest_size_is_the_run_itself(sweep: tuple[Path, dict[str, Any]], config: Path) -> None:
    out, summary = sweep
    last = corner(summary["table"])
    cells = json.loads((out / "candidates.temperature=0.4/round-00/cells/summary.json").read_text())
    assert last["executions"] == cells["evaluations"]
    assert last["yield_low"] == last["yield_high"] == last["selection_yield"]
    assert last["agreement"] == 1.0
    run = out / "candidates.temperature=0.4"
    done = ucoder("run", run / "config.resolved.toml", "--out", run, "--resume", "--json")
    selected = json.loads(done.stdout)["selected"]
    assert last["selection_yield"] == pytest.approx(selected / last["problems"])
    assert config.exists()


def test_settings_share_what_does_not_depend_on_them(sweep: tuple[Path, dict[str, Any]]) -> None:
    out = sweep[0]
    stages = {line["stage"] for line in metrics(out / "candidates.temperature=0.8")} - {"rating filter"}
    assert stages == {"candidates"}
    first, second = (out / f"candidates.temperature={t}/round-00/suites/stage.json" for t in ("0.4", "0.8"))
    assert first.read_text() == second.read_text()


@pytest.mark.parametrize(
    ("over", "again", "drawn"),
    [("suites.temperature=0.4,0.8", {"suites", "candidates"}, 152), ("consensus.tau=2,3", {"candidates"}, 0)],
)
def test_what_depends_on_a_setting_is_done_again(
    config: Path, tmp_path: Path, over: str, again: set[str], drawn: int
) -> None:
    summary = swept(config, "--out", tmp_path / "out", "--over", over, "--n", "4,8", "--draws", "1")
    lines = metrics(tmp_path / "out" / summary["runs"][1]["folder"])
    assert {line["stage"] for line in lines} - {"rating filter"} == again
    assert lines[-1]["drawn_here"] == drawn


def test_the_same_command_again_gives_the_same_table_and_draws_nothing(
    sweep: tuple[Path, dict[str, Any]], config: Path
) -> None:
    out, summary = sweep
    before = sum(len(metrics(out / run["folder"])) for run in summary["runs"])
    assert swept(config, "--out", out, *OVER, *SIZES)["table"] == summary["table"]
    lines = [line for run in summary["runs"] for line in metrics(out / run["folder"])]
    assert len(lines) - before <= len(summary["runs"])  # the rating filter tells of itself each time


def test_fewer_candidates_select_less_surely(sweep: tuple[Path, dict[str, Any]]) -> None:
    table = {(row["n"], row["num_tests"]): row for row in sweep[1]["table"]}
    assert table[2, 18]["agreement"] < table[8, 18]["agreement"]
    assert table[2, 18]["selection_yield"] <= table[8, 18]["selection_yield"]


def test_true_tests_say_who_is_right(config: Path, sweep: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """Of three problems the truth is known; one of them has a truth that no program meets."""
    run = sweep[0] / "candidates.temperature=0.8"
    names = [row["problem_id"] for row in pq.read_table(run / "round-00/suites/records.parquet").to_pylist()[:3]]
    skeletons = pq.read_table(run / "round-00/skeletons/records.parquet").to_pylist()
    entry = {row["problem_id"]: row["entry_point"] for row in skeletons}
    formula = {"surplus": "x - {k}", "stretch": "x * {k}", "padded": "x + {k}", "leftover": "x % {k}",
               "shelves": "x // {k}", "mirror": "{k} - x"}  # fmt: skip
    lines = []
    for number, name in enumerate(names):
        family, k = entry[name].rsplit("_", 1)
        expected = [eval(formula[family].format(k=k), {}, {"x": x}) + (number == 0) * 100 for x in range(9)]
        tests = [f"assert {entry[name]}({x}) == {value}" for x, value in enumerate(expected)]
        lines.append(json.dumps({"task_id": name, "tests": tests}))
    lines.append(json.dumps({"task_id": "of another run", "tests": ["assert f(1) == 1"]}))
    truth = tmp_path / "truth.jsonl"
    truth.write_text("\n".join(lines) + "\n")
    summary = swept(config, "--out", sweep[0], *OVER, *SIZES, "--truth", truth)
    last = corner(summary["table"])
    assert last["pass_at_1"] == pytest.approx(2 / 3)
    assert last["pass_at_1_chosen"] == pytest.approx(2 / 3)
    assert all(0 <= row["pass_at_1"] <= 2 / 3 + 1e-9 for row in summary["table"])
    shown = ucoder("sweep", config, "--out", sweep[0], *OVER, *SIZES, "--truth", truth)
    assert "pass@1" in shown.stdout


def test_without_over_the_configuration_itself_is_swept(config: Path, tmp_path: Path) -> None:
    summary = swept(config, "--out", tmp_path / "out", "--set", "suites.num_tests=18")
    assert summary["n"] == [2, 4, 8]
    assert summary["num_tests"] == [5, 10, 18]
    assert (tmp_path / "out/run/run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--over", "candidates.temprature=0.4"), "there is no setting candidates.temprature"),
        (("--over", "candidates.temperature=0.4,9"), "candidates.temperature"),
        (("--over", "candidates.temperature"), "--over takes a.b=value,value"),
        (("--over", "candidates.n=4,8"), "--over candidates.n: give --n"),
        (("--over", "suites.num_tests=4,8"), "give --num-tests"),
        (("--over", "candidates.top_p=1", "--over", "candidates.top_p=0.9"), "--over candidates.top_p is given twice"),
        (("--n", "1,2"), "candidates.n is 1"),
        (("--n", "two"), "--n takes whole numbers"),
        (("--n", "2,200000"), "candidates.n: n is at most 100000"),
        (("--num-tests", "0,5"), "suites.num_tests is 0"),
        (("--num-tests", "2,3"), "suites.min_tests is 5"),
        (("--draws", "0"), "--draws lies between"),
        (("--set", "candidates.m=3"), "there is no setting candidates.m"),
    ],
)
def test_bad_input_is_refused_by_name_before_anything_is_done(
    config: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = ucoder("sweep", config, "--out", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_refused(config: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    done = ucoder("sweep", config, "--out", tmp_path)
    assert done.returncode == 2
    assert "thesis.tex" in done.stderr


def test_a_truth_about_other_problems_is_refused(
    config: Path, sweep: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    truth = tmp_path / "truth.jsonl"
    truth.write_text('{"task_id": "other", "tests": ["assert f(1) == 1"]}\n')
    done = ucoder("sweep", config, "--out", sweep[0], *OVER, *SIZES, "--truth", truth)
    assert done.returncode == 2
    assert "no row is about a problem" in done.stderr
