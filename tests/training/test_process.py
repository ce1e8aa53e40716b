"""A training in a process of its own: followed, killed, resumed with the same weights, stopped, failing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ucoder.training.lesson_files import lessons_digest
from ucoder.training.process import run_training
from ucoder.training.settings import TrainingError, TrainingJob

from .conftest import LESSONS

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("torch")]

Job = Callable[..., TrainingJob]
WEIGHTS = "model.safetensors"
LONG = {"epochs": 6, "save_steps": 4, "keep_checkpoints": 1}


@pytest.fixture(scope="module")
def undisturbed(job: Job, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainingJob, list[Mapping[str, Any]]]:
    one = job(tmp_path_factory.mktemp("undisturbed"), LESSONS, **LONG)
    seen: list[Mapping[str, Any]] = []
    run_training(one, seen.append)
    return one, seen


def test_metrics_come_as_they_are_written(undisturbed: Any) -> None:
    _, seen = undisturbed
    assert [one["step"] for one in seen if "loss" in one] == list(range(1, 31))
    assert {"eval_loss"} <= {name for one in seen for name in one}


def test_a_training_that_was_killed_goes_on_and_ends_with_the_same_weights(
    job: Job, undisturbed: Any, tmp_path: Path
) -> None:
    one = job(tmp_path, LESSONS, **LONG)
    one.work_dir.mkdir()
    file = tmp_path / "job.json"
    file.write_text(one.model_dump_json(), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "ucoder.training.run", str(file)])
    deadline = time.monotonic() + 60
    while not list(one.work_dir.glob("checkpoints/*/checkpoint-*/finished")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not one.out_dir.exists()
    report = run_training(one)
    assert 0 < report.resumed_from < report.steps == 30
    undisturbed_job, _ = undisturbed
    assert (one.out_dir / WEIGHTS).read_bytes() == (undisturbed_job.out_dir / WEIGHTS).read_bytes()


def test_a_checkpoint_that_is_not_whole_is_not_resumed_from(job: Job, undisturbed: Any, tmp_path: Path) -> None:
    one = job(tmp_path, LESSONS, **LONG)
    digest = one.digest(lessons_digest(LESSONS))
    broken = one.work_dir / "checkpoints" / digest / "checkpoint-28"
    broken.mkdir(parents=True)
    (broken / WEIGHTS).write_bytes(b"half")
    report = run_training(one)
    assert (report.digest, report.resumed_from) == (digest, 0)
    assert not broken.exists()
    assert (one.out_dir / WEIGHTS).read_bytes() == (undisturbed[0].out_dir / WEIGHTS).read_bytes()


def test_a_follower_can_end_the_training(job: Job, tmp_path: Path) -> None:
    report = run_training(job(tmp_path, LESSONS, epochs=500), lambda metrics: metrics["step"] >= 2)
    assert report.stopped == "asked"
    assert report.steps < 2500


def test_a_training_that_fails_says_what_its_log_says(job: Job, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="global_batch is 4, which is no multiple"):
        run_training(job(tmp_path, LESSONS, micro_batch=3))


def test_a_training_ends_with_the_process_that_started_it(job: Job, tmp_path: Path) -> None:
    one = job(tmp_path, LESSONS, epochs=1000)
    file = tmp_path / "job.json"
    file.write_text(one.model_dump_json(), encoding="utf-8")
    code = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-m", "ucoder.training.run", sys.argv[1]]).pid, flush=True)
time.sleep(600)
"""
    starter = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    training = Path("/proc") / starter.stdout.readline().strip() / "cmdline"
    deadline = time.monotonic() + 60
    while not (one.work_dir / "metrics.jsonl").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    starter.kill()
    starter.communicate()
    while training.exists() and training.read_bytes():  # one that has ended, and nobody waits for, has no command line
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not one.out_dir.exists()
