"""The whole loop on the seed model: it learns, is measured, stops, resumes, and tells a gain of consensus from others.

A small one: few problems, few programs. What the quickstart is worth is measured by `benchmarks/quickstart.md`.
"""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import needed

from ucoder.rounds import STAGES

SEED = Path(sys.modules["ucoder"].__file__ or "").parent / "presets" / "seed"
WEIGHTS = "checkpoint/model/model.safetensors"
EVERY = 10  # of the held-out problems that come with the seed model
SMALL = (
    "problems.answers_per_kind=64", "suites.answers_per_ask=2", "suites.min_tests=4", "candidates.n=12",
    "consensus.tau=3", "train.epochs=3", "train.num_threads=1", "train.global_batch=8", "train.micro_batch=8",
    "evaluation.n=5", "validation.n=3", "lessons.validation_share=0.2", "rounds=2", "model.num_threads=1",
)  # fmt: skip
RATE = "train.learning_rate=6e-4"

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("sandbox"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """Skips where torch is missing; fails where it must not be."""
    for package in ("torch", "transformers", "accelerate", "tokenizers"):
        needed(package)


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Settings of a benchmark of few held-out problems."""
    folder = tmp_path_factory.mktemp("exams")
    found = []
    for name in ("problems", "tests"):
        with gzip.open(SEED / f"test_{name}.jsonl.gz", "rt") as lines:
            rows = list(lines)[::EVERY]
        (folder / f"{name}.jsonl").write_text("".join(rows))
        found.append(f"evaluation.{name}={folder / name}.jsonl")
    return tuple(found)


def command(out: Path, *changes: str, stages: str = "") -> list[str]:
    sets = [part for change in changes for part in ("--set", change)]
    chosen = ["--stages", stages] if stages else []
    return [
        sys.executable,
        "-m",
        "ucoder",
        "run",
        "quickstart",
        "--out",
        str(out),
        "--resume",
        "--json",
        *chosen,
        *sets,
    ]


def run(out: Path, *changes: str, stages: str = "") -> dict[str, Any]:
    done = subprocess.run(
        command(out, *changes, stages=stages), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(file, partitioning=None).to_pylist()
    return found


def metrics(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def redone(out: Path, before: int) -> set[tuple[str, str]]:
    """Place and stage of what was done since."""
    lines = metrics(out)[before:]
    return {
        (line.get("place", f"round-{line['round']:02d}"), line["stage"])
        for line in lines
        if line["stage"] not in ("rating filter", "training step")
    }


@pytest.fixture(scope="module")
def finished(exams: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("learning") / "run"
    return out, run(out, *SMALL, *exams, RATE)


@pytest.fixture
def settings(exams: tuple[str, ...]) -> tuple[str, ...]:
    return (*SMALL, *exams, RATE)


@pytest.fixture
def copied(finished: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    shutil.copytree(finished[0], tmp_path / "run", symlinks=True)
    return tmp_path / "run"


def test_every_round_is_measured_and_the_first_against_the_start(finished: tuple[Path, dict[str, Any]]) -> None:
    told = finished[1]
    assert [one["round"] for one in told["rounds"]] == [0, 1, 2]
    for one in told["rounds"]:
        assert one["low"] <= one["pass@1"] <= one["high"]
        assert 0 <= one["validation"]["mean"] <= 1
    first = told["rounds"][1]
    assert first["gain"]["mean"] == pytest.approx(first["pass@1"] - told["rounds"][0]["pass@1"])
    assert told["ended"]


def test_what_is_learned_from_consensus_helps(finished: tuple[Path, dict[str, Any]]) -> None:
    start, *later = finished[1]["rounds"]
    assert max(one["pass@1"] for one in later) > start["pass@1"]


def test_each_round_begins_with_the_model_of_the_one_before(finished: tuple[Path, dict[str, Any]]) -> None:
    out = finished[0]
    cards = [(out / f"round-0{number}" / "checkpoint/model/README.md").read_text() for number in (0, 1)]
    marker = json.loads((out / "round-00/checkpoint/stage.json").read_text())
    assert f"| parent | `{marker['fingerprint']}` |" in cards[1]
    assert "| round | 1 |" in cards[1]


def test_the_best_model_is_linked_and_loads(finished: tuple[Path, dict[str, Any]]) -> None:
    from transformers import AutoModelForCausalLM

    out, told = finished
    assert told["best"] >= 1
    assert (out / "best").resolve() == (out / f"round-0{told['best'] - 1}" / "checkpoint/model").resolve()
    assert AutoModelForCausalLM.from_pretrained(out / "best", local_files_only=True).num_parameters() < 2_000_000


def test_lessons_can_be_read_by_others_and_keep_problems_held_out(finished: tuple[Path, dict[str, Any]]) -> None:
    folder = finished[0] / "round-00/lessons"
    found = rows(folder / "lessons.parquet")
    lines = (folder / "lessons.jsonl").read_text().splitlines()
    assert [json.loads(line)["prompt"] for line in lines] == [one["prompt"] for one in found]
    assert {one["held_out"] for one in found} == {True, False}
    assert all(one["prompt"].endswith("<|program|>") and one["completion"].strip() for one in found)


def test_the_sampler_was_seen_to_have_the_new_model(finished: tuple[Path, dict[str, Any]]) -> None:
    marker = json.loads((finished[0] / "round-00/checkpoint/stage.json").read_text())
    assert (marker["other_texts"], marker["largest_difference"] < 1e-3) == (0, True)


def test_a_finished_run_does_nothing_again(copied: Path, settings: tuple[str, ...]) -> None:
    before = len(metrics(copied))
    run(copied, *settings)
    assert redone(copied, before) == set()


def test_other_training_trains_and_measures_anew_and_samples_nothing_of_its_round(
    copied: Path, settings: tuple[str, ...]
) -> None:
    before = len(metrics(copied))
    told = run(copied, *settings, "train.epochs=1", "rounds=1")
    assert redone(copied, before) == {(place, stage) for place in ("round-00",) for stage in STAGES[-2:]} | {
        ("round-00", "validation")
    }
    assert [one["round"] for one in told["rounds"]] == [0, 1]


def test_stages_that_end_before_training_leave_a_run_that_goes_on(
    copied: Path, settings: tuple[str, ...], finished: tuple[Path, dict[str, Any]]
) -> None:
    shutil.rmtree(copied / "round-01")
    told = run(copied, *settings, stages="problems..consensus")
    assert (told["last_round"], told["ended"]) == (1, "the stages end at consensus")
    assert (copied / "round-01/selections/stage.json").exists()
    assert not (copied / "round-01/lessons").exists()
    assert run(copied, *settings)["rounds"] == _here(finished[1]["rounds"], copied)
    assert (copied / "round-01" / WEIGHTS).read_bytes() == (finished[0] / "round-01" / WEIGHTS).read_bytes()


def _here(rounds: list[dict[str, Any]], out: Path) -> list[dict[str, Any]]:
    """Figures of a run as those of a copy."""
    return [
        {**one, "model": str(out.resolve() / Path(*Path(one["model"]).parts[-3:])) if one["round"] else one["model"]}
        for one in rounds
    ]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_killed_in_training_and_between_rounds_ends_as_an_undisturbed_one(
    finished: tuple[Path, dict[str, Any]], settings: tuple[str, ...], tmp_path: Path
) -> None:
    out, (undisturbed, told) = tmp_path / "run", finished
    moments: list[Callable[[], object]] = [
        (out / "round-00/lessons/stage.json").exists,  # before the training begins
        lambda: any((out / "round-00/checkpoint/work").glob("checkpoints/*/checkpoint-*/finished")),  # in its midst
        (out / "round-00/checkpoint/work/report.json").exists,  # before it is handed over
        (out / "round-00/validation/stage.json").exists,  # between rounds
        lambda: any((out / "round-01/checkpoint/work").glob("metrics.jsonl")),
    ]
    for moment in moments:
        process = subprocess.Popen(
            command(out, *settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(moment, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert run(out, *settings)["rounds"] == _here(told["rounds"], out)
    for number in (0, 1):
        place = f"round-0{number}"
        assert (out / place / WEIGHTS).read_bytes() == (undisturbed / place / WEIGHTS).read_bytes()
        for records in ("problems/records", "selections/records", "lessons/lessons", "evaluation/records"):
            assert rows(out / place / f"{records}.parquet") == rows(undisturbed / place / f"{records}.parquet")


def test_controls_learn_as_many_pairs_from_the_same_problems(copied: Path, settings: tuple[str, ...]) -> None:
    controls = (
        'controls.sources=["random", "self-distillation"]',
        "controls.seeds=2", "rounds=1",
    )  # fmt: skip
    told = run(copied, *settings, *controls)
    assert list(told["controls"]) == ["consensus", "random", "self-distillation"]
    consensus = rows(copied / "round-00/lessons/lessons.parquet")
    for source in ("random-0", "random-1", "self-distillation-0"):
        folder = copied / "round-00/controls" / source
        control = rows(folder / "lessons/lessons.parquet")
        assert [one["problem_id"] for one in control] == [one["problem_id"] for one in consensus]
        assert not (folder / "checkpoint/model").exists()
    drawn = [rows(copied / f"round-00/controls/random-{seed}/lessons/lessons.parquet") for seed in (0, 1)]
    assert [one["completion"] for one in drawn[0]] != [one["completion"] for one in drawn[1]]
    assert told["controls"]["random"]["less_consensus"]["mean"] == pytest.approx(
        told["controls"]["random"]["pass@1"] - told["controls"]["consensus"]["pass@1"]
    )
    before = len(metrics(copied))
    assert run(copied, *settings, *controls)["controls"] == told["controls"]
    assert redone(copied, before) == set()


def test_rounds_end_where_validation_is_no_better(copied: Path, exams: tuple[str, ...]) -> None:
    told = run(copied, *SMALL, *exams, "train.learning_rate=1e-12", "validation.patience=1")
    assert [one["round"] for one in told["rounds"]] == [0, 1]
    assert (told["best"], told["ended"][:20]) == (0, "validation was best ")
    assert not (copied / "best").exists()


def test_a_round_can_begin_with_the_first_model_again(copied: Path, settings: tuple[str, ...]) -> None:
    run(copied, *settings, "train.start_from=base")
    cards = [(copied / f"round-0{number}" / "checkpoint/model/README.md").read_text() for number in (0, 1)]
    parents = [next(line for line in card.splitlines() if "parent" in line) for card in cards]
    assert parents[0] == parents[1]
    assert "| round | 1 |" in cards[1]


def test_without_a_benchmark_the_rounds_are_validated_all_the_same(copied: Path, settings: tuple[str, ...]) -> None:
    without = [one for one in settings if not one.startswith("evaluation.")]
    told = run(copied, *without, "evaluation.problems=", "evaluation.tests=", "rounds=1")
    assert [one["pass@1"] for one in told["rounds"]] == [None, None]
    assert all(one["validation"] for one in told["rounds"])


def test_learning_is_not_shared_out(tmp_path: Path) -> None:
    done = subprocess.run(
        [*command(tmp_path / "run", stages="lessons..training"), "--shard", "1/2"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "only problems to candidates are shared out" in done.stderr
