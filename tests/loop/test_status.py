"""`ucoder status`: what it says of a run that is at work, was killed, is finished; and its numbers add up."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import tomli_w

from conftest import config_of
from ucoder.rounds import LEARNING
from ucoder.rounds import STAGES as ALL_STAGES

HERE = Path(__file__).parent
STAGES = ALL_STAGES[: -len(LEARNING)]  # a recorded model does not learn


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ucoder", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def standing(folder: Path) -> dict[str, Any]:
    done = ucoder("status", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert ucoder("status", folder).returncode == 0
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def states(told: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["state"] for one in told["rounds"][0]["stages"]}


def stage(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in told["rounds"][0]["stages"] if one["name"] == name)
    return found


def num_rows(folder: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def finished(config_file: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "run"
    assert ucoder("run", config_file(), "--out", out).returncode == 0
    return out


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A run that was brought to its tests and goes on with them slowly: 19 questions, two seconds each."""
    out = tmp_path_factory.mktemp("slow") / "run"
    fast = subprocess.Popen([sys.executable, HERE / "slow_run.py", out, "0.05"], stderr=subprocess.DEVNULL)
    wait_for((out / "round-00/skeletons/stage.json").exists)
    fast.kill()
    fast.wait()
    config = config_of({"door": "scripted", "file": "not used"})
    (out / "config.resolved.toml").write_text(tomli_w.dumps(config.model_dump(mode="json", exclude_unset=True)))
    process = subprocess.Popen([sys.executable, HERE / "slow_run.py", out, "2"], stderr=subprocess.DEVNULL)
    wait_for(
        lambda: json.loads((out / "progress.json").read_text()).items() >= {"attempt": 1, "stage": "suites"}.items()
    )
    yield out, process
    process.kill()
    process.wait()


def test_of_a_finished_run_everything_is_there(finished: Path) -> None:
    told = standing(finished)
    assert (told["kind"], told["state"], told["attempts"], told["shard"]) == ("run", "finished", 1, "1/1")
    assert set(states(told).values()) == {"finished"}
    assert list(states(told)) == list(STAGES)


def test_its_numbers_add_up(finished: Path) -> None:
    told = standing(finished)
    for one in told["rounds"][0]["stages"]:
        folder = finished / "round-00" / one["name"]
        assert one["answers_stored"] == one["answers_wanted"] == num_rows(folder / "answers"), one["name"]
        if one["name"] in ("problems", "suites"):
            assert one["counts"]["kept"] == num_rows(folder) - pq.read_metadata(folder / "drops.parquet").num_rows
    kept = {one["name"]: one["counts"]["kept"] for one in told["rounds"][0]["stages"]}
    cells = told["rounds"][0]["cells"]
    assert cells["problems"] == cells["problems_wanted"] == kept["suites"]
    assert cells["candidates"] == kept["candidates"]
    assert cells["evaluations"] == num_rows(finished / "round-00/cells/cells")
    assert told["pace"]["done"] == told["pace"]["total"] == stage(told, "candidates")["answers_wanted"]
    assert told["pace"]["seconds_left"] == 0
    assert told["pace"]["executor_waited_s"] >= 0


def test_of_a_run_at_work_it_says_how_long_the_stage_will_take(at_work: tuple[Path, subprocess.Popen[bytes]]) -> None:
    out, process = at_work
    time.sleep(5)  # its notes are two seconds old at most
    told = standing(out)
    assert process.poll() is None, "looking must not disturb it"
    assert told["state"] == "running"
    assert states(told) == {
        **dict.fromkeys(("problems", "ratings", "skeletons"), "finished"),
        "suites": "running",
        **dict.fromkeys(("candidates", "consensus"), "missing"),
    }
    pace = told["pace"]
    assert pace["stage"] == "suites"
    assert 0 < pace["done"] < pace["total"] == stage(told, "suites")["answers_wanted"]
    assert pace["seconds_left"] == pytest.approx((pace["total"] - pace["done"]) / pace["per_second"])
    assert stage(told, "candidates")["answers_wanted"] is None
    # After three tests each for so many problems come eight programs each.
    assert told["round_seconds_left"] > pace["seconds_left"] + pace["total"] / 3 * 8 / pace["per_second"] / 10
    assert "for this round" in ucoder("status", out).stdout


def test_of_a_killed_run_it_says_what_is_left(at_work: tuple[Path, subprocess.Popen[bytes]]) -> None:
    out, process = at_work
    process.send_signal(signal.SIGKILL)
    process.wait()
    told = standing(out)
    assert told["state"] == "stopped"
    assert states(told)["suites"] == "begun"
    assert told["pace"]["done"] < told["pace"]["total"]


def test_a_share_is_told_from_a_whole(finished: Path, config_file: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "shard"
    shutil.copytree(finished, out)
    for name in ("suites", "candidates", "selections", "cells"):
        shutil.rmtree(out / "round-00" / name)
    shared = ("--stages", "suites..candidates", "--shard", "2/3", "--resume")
    assert ucoder("run", config_file(), "--out", out, *shared).returncode == 0
    told = standing(out)
    assert told["shard"] == "2/3"
    assert states(told) == {
        **dict.fromkeys(("problems", "ratings", "skeletons"), "finished"),
        **dict.fromkeys(("suites", "candidates"), "share done"),
        "consensus": "missing",
    }
    assert stage(told, "suites")["answers_stored"] < stage(told, "suites")["answers_wanted"]


def test_what_was_finished_before_something_was_begun_again_is_marked(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    (out / "round-00/suites/stage.json").unlink()
    told = states(standing(out))
    assert (told["suites"], told["candidates"], told["consensus"]) == ("begun", "earlier", "earlier")


def test_ratings_that_are_switched_off_are_not_waited_for(config_file: Callable[..., Path], tmp_path: Path) -> None:
    config = config_file(ratings={"enabled": False})
    assert ucoder("run", config, "--out", tmp_path / "run", "--stages", "problems..skeletons").returncode == 0
    told = standing(tmp_path / "run")
    assert "ratings" not in states(told)
    assert stage(told, "skeletons")["state"] == "finished"
    assert stage(told, "suites")["answers_wanted"] == 3 * stage(told, "skeletons")["counts"]["kept"]


def test_of_a_judging_job_it_counts_parts(tmp_path: Path) -> None:
    out = tmp_path / "job"
    rows: dict[str, list[dict[str, Any]]] = {
        "problems": [{"task_id": f"t{k}", "prompt": "", "entry_point": "f"} for k in range(6)],
        "candidates": [{"task_id": f"t{k}", "solution": f"def f(): return {i}"} for k in range(6) for i in range(3)],
        "tests": [{"task_id": f"t{k}", "tests": ["assert f() == 1"]} for k in range(6)],
    }
    for name, lines in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    files = [part for name in rows for part in (f"--{name}", tmp_path / f"{name}.jsonl")]
    cut = ("--part-candidates", "3", "--isolation", "candidate", "--shard", "1/2")
    done = ucoder("judge", *files, "--out", out, *cut, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    told = standing(out)
    assert (told["kind"], told["state"], told["shard"]) == ("judge", "finished", "1/2")
    assert told["parts"] == told["parts_wanted"] == summary["parts"] == 3
    assert told["candidates"] == summary["candidates"]
    (out / "summary.json").unlink()
    last = max((out / "parts").glob("*.json"))
    lost = json.loads(last.read_text())["tally"]["candidates"]
    last.unlink()
    told = standing(out)
    assert (told["state"], told["parts_wanted"] - told["parts"]) == ("stopped", 1)
    assert told["candidates"] == summary["candidates"] - lost
    assert told["seconds_left"] > 0


def test_the_cells_of_a_run_are_a_job_of_their_own(finished: Path) -> None:
    told = standing(finished / "round-00/cells")
    assert (told["state"], told["parts_wanted"]) == ("finished", None)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        done = ucoder("status", folder)
        assert done.returncode == 2
        assert "is not a run's folder" in done.stderr
    (tmp_path / "merge.json").write_text("{}")
    assert "a merge that is not finished" in ucoder("status", tmp_path).stderr
    (tmp_path / "run.json").write_text('{"format": 99}')
    assert "another version" in ucoder("status", tmp_path).stderr
