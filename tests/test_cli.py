"""The command line: what it says, what it writes, how it ends."""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ucoder._core import OUTCOME_NAMES
from ucoder.cli import run
from ucoder.store import JsonObject, RunRecord

SUMMARY_KEYS = {
    "problems", "candidates", "distinct_candidates", "tests", "evaluations", "wall_seconds", "candidates_per_second",
    "evaluations_per_second", "outcomes", "trusted_share", "isolation", "sandbox_layers", "workers",
}  # fmt: skip

PROGRAMS = [
    "def f(x): return x + 1",
    "def f(x): return x * 2",
    "def f(x): return 1 / 0",
    "def f(x): return x + 1",
    "def f(x: pass",
    "g = 1",
]


def make_files(folder: Path, num_problems: int = 6) -> list[str]:
    """Problems with the same six programs and four tests each, one of them void. Returns the three options."""
    rows: dict[str, list[Any]] = {"problems": [], "candidates": [], "tests": []}
    for number in range(num_problems):
        task_id = f"p/{number}"
        rows["problems"].append({"task_id": task_id, "prompt": "", "entry_point": "f"})
        rows["candidates"] += [
            {"task_id": task_id, "solution": f"{program}  # {number}", "mean_logprob": -0.5} for program in PROGRAMS
        ]
        tests = ["assert f(1) == 2", "assert _____ == f(2)", {"args": [3], "expected": 4}, "assert f(0) == 1"]
        rows["tests"].append({"task_id": task_id, "tests": tests})
    options = []
    for name, content in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        options += [f"--{name}", str(folder / f"{name}.jsonl")]
    return options


def judged(folder: Path, out: Path, *more: str) -> JsonObject:
    assert run(["judge", *make_files(folder), "--out", str(out), *more]) == 0
    summary: JsonObject = json.loads((out / "summary.json").read_text())
    return summary


def rows_of(out: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out / table).to_pylist()
    return rows


# -------------------------------------------------------------------- judge


@pytest.mark.usefixtures("sandbox")
def test_judge_writes_the_summary_it_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = judged(tmp_path, tmp_path / "out", "--json")
    assert json.loads(capsys.readouterr().out) == summary
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["problems"] == 6
    assert summary["candidates"] == 36
    assert summary["distinct_candidates"] == 30
    assert summary["tests"] == 24
    assert summary["evaluations"] == sum(summary["outcomes"].values()) == 36 * 3
    assert summary["outcomes"] == {"EXCEPTION": 18, "LOAD_ERROR": 18, "NO_ENTRY": 18, "PASS": 42, "WRONG": 12}
    assert summary["test_kinds"] == {"split": 18, "void": 6}
    assert sum(summary["void_tests"].values()) == 6
    assert summary["trusted_share"] == 1.0
    assert summary["isolation"] == "auto"
    assert "seccomp" in summary["sandbox_layers"]


@pytest.mark.usefixtures("sandbox")
def test_judge_writes_the_tables_it_promises(tmp_path: Path) -> None:
    out = tmp_path / "out"
    judged(tmp_path, out)
    cells = rows_of(out, "cells")
    assert cells[0].keys() >= {"task_id", "candidate", "test", "outcome", "value", "cpu_us", "trusted", "at_limit"}
    assert [(cell["candidate"], cell["test"]) for cell in cells if cell["task_id"] == "p/0"] == [
        (candidate, test) for candidate in range(6) for test in (0, 2, 3)
    ]
    assert {cell["outcome"] for cell in cells} <= set(OUTCOME_NAMES)
    values = {(row["task_id"], row["value"]): row["text"] for row in rows_of(out, "values")}
    first = [cell for cell in cells if cell["task_id"] == "p/3" and cell["candidate"] == 0]
    assert [values["p/3", cell["value"]] for cell in first] == ["2", "4", "1"]
    assert all(cell["value"] is None for cell in cells if cell["outcome"] == "EXCEPTION")
    assert {cell["detail"] for cell in cells if cell["outcome"] == "EXCEPTION"} != {None}


@pytest.mark.usefixtures("sandbox")
def test_judge_writes_candidates_and_clusters(tmp_path: Path) -> None:
    out = tmp_path / "out"
    judged(tmp_path, out)
    candidates = [row for row in rows_of(out, "candidates") if row["task_id"] == "p/1"]
    assert [row["first_twin"] for row in candidates] == [0, 1, 2, 0, 4, 5]
    assert [row["load_cause"] for row in candidates][:4] == ["NOT_RUN"] * 4
    assert [row["pass_share"] for row in candidates] == pytest.approx([1, 1 / 3, 0, 1, 0, 0])
    assert [row["ran_share"] for row in candidates] == [1, 1, 0, 1, 0, 0]
    assert [row["pass_cluster"] for row in candidates] == [0, 1, 2, 0, 2, 2]
    assert [row["value_cluster"] for row in candidates] == [0, 1, 2, 0, 2, 2]
    assert [int.from_bytes(row["pass_bits"], "little") for row in candidates] == [7, 1, 0, 7, 0, 0]
    assert {row["mean_logprob"] for row in candidates} == {-0.5}
    assert candidates[0]["program_id"] == candidates[3]["program_id"] != candidates[1]["program_id"]
    clusters = [row for row in rows_of(out, "clusters") if row["task_id"] == "p/1" and row["signature"] == "pass"]
    assert [(row["cluster"], row["size"], row["distinct"], row["first_candidate"]) for row in clusters] == [
        (0, 2, 1, 0),
        (1, 1, 1, 1),
        (2, 3, 3, 2),
    ]
    assert clusters[0]["pass_share"] == 1.0
    tests = [row for row in rows_of(out, "tests") if row["task_id"] == "p/1"]
    assert [row["kind"] for row in tests] == ["split", "void", "split", "split"]
    assert [bool(row["note"]) for row in tests] == [False, True, False, False]


@pytest.mark.usefixtures("sandbox")
def test_a_finished_folder_says_so_and_shows_its_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = judged(tmp_path, tmp_path / "out")
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.parquet")}
    capsys.readouterr()
    assert judged(tmp_path, tmp_path / "out", "--json") == first
    said = capsys.readouterr()
    assert "is finished already" in said.err
    assert json.loads(said.out) == first
    assert before == {file: file.stat().st_mtime_ns for file in (tmp_path / "out").rglob("*.parquet")}


@pytest.mark.usefixtures("sandbox")
def test_another_runs_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged(tmp_path, tmp_path / "out")
    options = make_files(tmp_path)
    assert run(["judge", *options, "--out", str(tmp_path / "out"), "--cpu-limit-ms", "77"]) == 2
    assert "settings.limits.cpu_ms is 1000 there and 77 here" in capsys.readouterr().err
    with (tmp_path / "candidates.jsonl").open("a") as stream:
        stream.write('{"task_id": "p/0", "solution": ""}\n')
    assert run(["judge", *options, "--out", str(tmp_path / "out")]) == 2
    assert "inputs.candidates is" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_check_functions_of_a_problems_file_are_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n"
    problems = tmp_path / "problems.jsonl"
    problems.write_text(json.dumps({"task_id": "t", "prompt": "def f(x):\n", "entry_point": "f", "test": check}))
    candidates = tmp_path / "candidates.jsonl"
    candidates.write_text(json.dumps({"task_id": "t", "completion": "    return x + 1\n"}))
    files = ["--problems", problems, "--candidates", candidates, "--tests", problems]
    assert run(["judge", *map(str, files), "--out", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"] == {"PASS": 1}


# -------------------------------------------------------------------- shards


@pytest.mark.usefixtures("sandbox")
def test_merged_shards_are_the_run_that_one_process_would_have_written(tmp_path: Path) -> None:
    whole = judged(tmp_path, tmp_path / "whole", "--part-candidates", "10")
    for index in (1, 2, 3):
        judged(tmp_path, tmp_path / f"s{index}", "--part-candidates", "10", "--shard", f"{index}/3")
    folders = [str(tmp_path / f"s{index}") for index in (3, 1, 2)]
    assert run(["merge", *folders, "--out", str(tmp_path / "merged")]) == 0
    merged = json.loads((tmp_path / "merged" / "summary.json").read_text())
    for key in SUMMARY_KEYS - {"wall_seconds", "candidates_per_second", "evaluations_per_second", "workers"}:
        assert merged[key] == whole[key], key
    for table in RunRecord.load(tmp_path / "whole").tables():
        left, right = (pq.read_table(tmp_path / name / table) for name in ("whole", "merged"))
        left, right = (without(one, "cpu_us", "digest") for one in (left, right))
        assert left.equals(right), table
    assert run(["judge", *make_files(tmp_path), "--out", str(tmp_path / "merged"), "--part-candidates", "10"]) == 0


@pytest.mark.usefixtures("sandbox")
def test_more_shards_than_parts_leave_some_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(tmp_path, tmp_path / "s2", "--shard", "2/2")["candidates"] == 0
    assert "this shard of the job is empty" in capsys.readouterr().out
    assert judged(tmp_path, tmp_path / "s1", "--shard", "1/2")["candidates"] == 36
    assert run(["merge", str(tmp_path / "s1"), str(tmp_path / "s2"), "--out", str(tmp_path / "merged")]) == 0
    assert json.loads((tmp_path / "merged" / "summary.json").read_text())["candidates"] == 36


def without(table: pa.Table, *columns: str) -> pa.Table:
    return table.drop_columns([name for name in columns if name in table.column_names])


@pytest.mark.usefixtures("sandbox")
def test_shards_that_do_not_make_a_whole_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, shard in (("a", "1/3"), ("b", "2/3"), ("other", "1/2")):
        judged(tmp_path, tmp_path / name, "--part-candidates", "10", "--shard", shard)
    (tmp_path / "unfinished").mkdir()
    shutil.copy(tmp_path / "b" / "job.json", tmp_path / "unfinished")
    capsys.readouterr()
    for folders, message in (
        (["a", "b"], "of 3 shards there is no 3"),
        (["a", "a"], "are both shard 1"),
        (["a", "other"], "are of different jobs: shard is 3 there and 2 here"),
        (["a", "unfinished"], "is not finished: run its command again"),
        (["a", "nowhere"], "is not a run's folder"),
    ):
        assert run(["merge", *(str(tmp_path / name) for name in folders), "--out", str(tmp_path / "out")]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# -------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["judge"], "--out"),
        (["judge", "--out", "x"], "--problems and --candidates and --tests must be given, or --sample"),
        (["judge", "--out", "x", "--sample", "--tests", "t"], "--sample stands instead of --tests"),
        (["judge", "--out", "x", "--sample", "--isolation", "thread"], "isolation"),
        (["judge", "--out", "x", "--sample", "--shard", "3/2"], "shard lies between 1 and 2"),
        (["judge", "--out", "x", "--sample", "--workers", "0"], "--workers is a whole number from 1"),
        (["judge", "--out", "x", "--sample", "--cpu-limit-ms", "0"], "cpu_ms lies between 1 and"),
        (["judge", "--out", "x", "--sample", "--cpu-limit-ms", "fast"], "fast"),
        (["judge", "--out", "x", "--sample", "--unknown", "1"], "--unknown"),
        (["juge"], "juge"),
        (["merge", "--out", "x"], "FOLDERS"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(
    tokens: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tokens) == 2
    said = capsys.readouterr()
    assert message in " ".join(said.err.replace("│", " ").split())
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_help_is_there_for_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out
    for verb in ("judge", "merge", "bench", "doctor"):
        assert verb in listed
        assert run([verb, "--help"]) == 0
        assert f"Usage: ucoder {verb}" in capsys.readouterr().out


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __import__("ucoder").__version__


# -------------------------------------------------------------------- how it ends


@pytest.mark.usefixtures("sandbox")
def test_ctrl_c_ends_the_run_at_once_and_says_how_to_go_on(tmp_path: Path) -> None:
    options = make_files(tmp_path)
    hanging = {"task_id": "p/0", "solution": "def f(x):\n    while True: pass"}
    (tmp_path / "candidates.jsonl").write_text(json.dumps(hanging) + "\n")
    command = [sys.executable, "-m", "ucoder", "judge", *options, "--out", str(tmp_path / "out")]
    with subprocess.Popen([*command, "--cpu-limit-ms", "600000"], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not (tmp_path / "out" / "job.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(20) == 130
    assert time.monotonic() - began < 10
    assert said == "ucoder: interrupted; the same command goes on from what is finished\n"


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_of_the_output_that_goes_away_is_no_traceback(tmp_path: Path, unbuffered: str) -> None:
    judged(tmp_path, tmp_path / "out")
    command = [sys.executable, "-m", "ucoder", "judge", *make_files(tmp_path), "--out", str(tmp_path / "out")]
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    os.close(write)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == 1


# -------------------------------------------------------------------- doctor


def test_doctor_says_what_works(missing_layers: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] == (not missing_layers)
    assert code == (1 if missing_layers else 0)
    found = {finding["name"]: finding for finding in report["findings"]}
    assert {"cores", "memory", "python", "gpu", "seccomp", "user_namespace", "numpy", "torch"} <= found.keys()
    for layer, problem in missing_layers.items():
        assert found[layer]["problem"] == problem
        assert found[layer]["advice"]
    assert run(["doctor"]) == code
    assert "The executor " in capsys.readouterr().out


def test_doctor_tells_how_to_get_a_package_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--json"])
    packages = [found for found in json.loads(capsys.readouterr().out)["findings"] if found["topic"] == "packages"]
    assert {"numpy", "torch", "pydantic", "vllm"} <= {found["name"] for found in packages}
    for found in packages:
        missing = found["found"] == "not installed"
        assert found["advice"].startswith("pip install 'ucoder[") == missing, found


def test_doctor_names_only_pythons_that_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What pyenv leaves on PATH for a version that is not switched on.
    for version, says in (("3.11", "exit 0"), ("3.12", "exit 0"), ("3.13", "exit 127")):
        shim = tmp_path / f"python{version}"
        shim.write_text(f"#!/bin/sh\n{says}\n")
        shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    run(["doctor", "--json"])
    found = {found["name"]: found["found"] for found in json.loads(capsys.readouterr().out)["findings"]}
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    others = [f"python{version}" for version in ("3.11", "3.12") if version != own]
    assert found["other pythons"] == ", ".join(others)


@pytest.mark.usefixtures("sandbox")
def test_doctor_says_what_to_do_where_namespaces_are_forbidden() -> None:
    """A user namespace in which no other may be made: as on a machine whose administrator switched them off."""
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh", sys.executable, "-m", "ucoder"]
    report = subprocess.run([*command, "doctor"], capture_output=True, text=True, check=False)
    if "unshare" in report.stderr or "/proc/sys" in report.stderr:
        pytest.skip(f"no such namespace here: {report.stderr.strip()}")
    assert report.returncode == 1
    said = " ".join(report.stdout.split())
    assert "user_namespace missing why: could not make a user namespace" in said
    assert "do: as root: sysctl -w user.max_user_namespaces=15000" in said
    assert "The executor will not run here: user_namespace missing." in said


@pytest.mark.usefixtures("sandbox")
def test_the_shipped_sample_needs_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--cpu-limit-ms", "50", "--load-limit-ms", "200", "--max-timeouts", "1", "--shard", "1/4"]
    assert run(["judge", "--sample", "--out", str(tmp_path / "out"), *few]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["candidates"] >= 100
    assert math.isclose(sum(summary["outcomes"].values()), summary["evaluations"])
    assert "candidates/s" in capsys.readouterr().out
