"""`ucoder judge`, killed by `kill -9` at any moment and started again, gives what an undisturbed run gives."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from ucoder.store import RunRecord

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.timeout(300)]

NUM_PROBLEMS = 8
PART_CANDIDATES = "8"  # two problems of five make a part

# A right one, a wrong one, one that raises, one that takes its time, and a twin.
PROGRAMS = [
    "def f(x): return x + {n}",
    "def f(x): return [x, {n}]",
    "def f(x): raise KeyError(x)",
    "def f(x):\n    for _ in range(1_000_000): pass\n    return x + {n}",
    "def f(x): return x + {n}",
]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("inputs")
    rows: dict[str, list[Any]] = {"problems": [], "candidates": [], "tests": []}
    for number in range(NUM_PROBLEMS):
        task_id = f"p/{number}"
        rows["problems"].append({"task_id": task_id, "entry_point": "f"})
        rows["candidates"] += [{"task_id": task_id, "solution": text.format(n=number)} for text in PROGRAMS]
        tests = [f"assert f({x}) == {x + number}" for x in range(4)]
        rows["tests"].append({"task_id": task_id, "tests": [*tests, "assert ___ == f(0)"]})
    random.Random(0).shuffle(rows["candidates"])
    command = [sys.executable, "-m", "ucoder", "judge", "--part-candidates", PART_CANDIDATES]
    for name, content in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
        command += [f"--{name}", str(folder / f"{name}.jsonl")]
    return command


@pytest.fixture(scope="module")
def undisturbed(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The folder of a run that nobody disturbed, and the seconds it took."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    began = time.monotonic()
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    return out, time.monotonic() - began


def fresh_copy_of_job(of: Path, out: Path) -> Path:
    """A folder that has only just been started, with the same key of digests: so that bytes can be compared."""
    out.mkdir()
    shutil.copy(of / "job.json", out)
    return out


def written(out: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file of the finished parts: another one has been written anew."""
    parts = RunRecord.load(out).parts
    files = [file for number in parts for file in out.glob(f"*/part-{number:05d}.*")]
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def assert_same_results(left: Path, right: Path) -> None:
    for table in ("cells", "values", "tests", "candidates", "clusters", "problems"):
        files = sorted(file.name for file in (left / table).iterdir())
        assert files == sorted(file.name for file in (right / table).iterdir())
        for name in files:
            if table == "cells":  # cpu_us is measured
                rows = [pq.read_table(out / table / name).drop_columns(["cpu_us"]) for out in (left, right)]
                assert rows[0].equals(rows[1]), name
            else:
                assert (left / table / name).read_bytes() == (right / table / name).read_bytes(), f"{table}/{name}"
    summaries = [json.loads((out / "summary.json").read_text()) for out in (left, right)]
    for summary in summaries:
        for measured in ("wall_seconds", "candidates_per_second", "evaluations_per_second", "work"):
            del summary[measured]
    assert summaries[0] == summaries[1]


def killed_after(command: list[str], seconds: float) -> bool:
    """Run for so long, then kill -9. Whether it was still running."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            return True
    return False


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_killed_again_and_again_ends_the_same(
    command: list[str], undisturbed: tuple[Path, float], tmp_path: Path, seed: int
) -> None:
    whole, seconds = undisturbed
    out = fresh_copy_of_job(whole, tmp_path / "out")
    chance = random.Random(seed)
    before: dict[str, tuple[int, int]] = {}
    num_kills = 0
    while num_kills < 30 and killed_after([*command, "--out", str(out)], chance.uniform(0.2, 0.7) * seconds):
        num_kills += 1
        after = written(out)
        assert before.items() <= after.items()  # what was finished has not been done again
        before = after
    if num_kills == 30:
        subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    assert num_kills > 0, "the undisturbed run was so slow that this one was never caught running"
    assert before.items() <= written(out).items()
    assert_same_results(whole, out)


def test_workers_and_interruptions_leave_no_trace(
    command: list[str], undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    whole, _ = undisturbed
    out = fresh_copy_of_job(whole, tmp_path / "out")
    for workers in ("1", "3"):
        process = subprocess.Popen([*command, "--out", str(out), "--workers", workers], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(RunRecord.load(out).parts) < int(workers) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (130, 0)
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    left, right = (json.loads((run / "summary.json").read_text()) for run in (whole, out))
    assert left["outcomes"] == right["outcomes"]
    for table in ("values", "tests", "candidates", "clusters", "problems"):
        for file in (whole / table).iterdir():
            assert file.read_bytes() == (out / table / file.name).read_bytes()


def test_wall_time_adds_up_over_sessions(command: list[str], undisturbed: tuple[Path, float], tmp_path: Path) -> None:
    whole, _ = undisturbed
    out = fresh_copy_of_job(whole, tmp_path / "out")
    shutil.copytree(whole, out, dirs_exist_ok=True)
    (out / "summary.json").unlink()
    (out / "parts" / "part-00002.json").unlink()
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    laps = [marker["tally"]["wall_seconds"] for marker in RunRecord.load(out).parts.values()]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["wall_seconds"] == pytest.approx(sum(laps), abs=0.01)
    assert_same_results(whole, out)


def test_a_second_process_is_kept_out(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (out / "job.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)  # it would be done before the other has started
    try:
        second = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False)
    finally:
        first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 0
    assert second.returncode == 1
    assert "another process is writing" in second.stderr
