"""`ucoder merge` for shards of `ucoder run`: three machines end as one would have, and the model is asked nothing."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

RECORDS = ("problems", "ratings", "skeletons", "suites", "selections")
SHARDS = (1, 2, 3)


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ucoder", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def done(*arguments: object) -> str:
    finished = ucoder(*arguments)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def refused(*arguments: object) -> str:
    finished = ucoder(*arguments)
    assert finished.returncode == 2, finished.stderr
    return finished.stderr


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(file, partitioning=None).to_pylist()
    return found


def findings(run: Path, *stages: str) -> dict[str, list[dict[str, Any]]]:
    """Records and drops of stages, in their order."""
    return {
        f"{stage}/{table}": rows(run / "round-00" / stage / f"{table}.parquet")
        for stage in stages
        for table in ("records", "drops")
    }


def cells(run: Path) -> list[tuple[Any, ...]]:
    names = ("task_id", "candidate", "test", "outcome", "value", "trusted")
    files = (run / "round-00/cells/cells").glob("*.parquet")
    return sorted(tuple(str(row[name]) for name in names) for file in files for row in rows(file))


@pytest.fixture(scope="module")
def config(config_file: Callable[..., Path]) -> Path:
    return config_file()


@pytest.fixture(scope="module")
def silent(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The setting of a model that is the recorded one and has nothing to say: asking it fails."""
    file = tmp_path_factory.mktemp("silent") / "author.jsonl"
    file.write_text(recording.read_text().splitlines()[0] + "\n")
    return f"model.file={file}"


@pytest.fixture(scope="module")
def one_machine(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("one") / "run"
    done("run", config, "--out", out)
    return out


@pytest.fixture(scope="module")
def shards(config: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folder of a first machine, copied to three that share out suites and candidates."""
    folder = tmp_path_factory.mktemp("three")
    done("run", config, "--out", folder / "first", "--stages", "problems..skeletons")
    for index in SHARDS:
        shutil.copytree(folder / "first", folder / f"shard{index}")
        shared = ("--stages", "suites..candidates", "--shard", f"{index}/3", "--resume")
        done("run", config, "--out", folder / f"shard{index}", *shared)
    return [folder / f"shard{index}" for index in SHARDS]


@pytest.fixture(scope="module")
def merged(shards: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("merged") / "run"
    summary = json.loads(done("merge", *reversed(shards), "--out", out, "--json"))
    assert summary["stages"] == ["suites", "candidates"]
    assert summary["missing"] == []
    return out


def test_each_shard_draws_and_executes_a_share(shards: list[Path]) -> None:
    tasks = [{row[0] for row in cells(shard)} for shard in shards]
    assert all(tasks)
    assert sum(map(len, tasks)) == len(set.union(*tasks))
    assert not any((shard / "round-00/suites/stage.json").exists() for shard in shards)


def test_three_shards_end_as_one_machine_and_the_model_is_asked_nothing(
    config: Path, merged: Path, one_machine: Path, silent: str
) -> None:
    done("run", config, "--set", silent, "--out", merged, "--resume")
    assert findings(merged, *RECORDS) == findings(one_machine, *RECORDS)
    assert cells(merged) == cells(one_machine)
    lines = [json.loads(line) for line in (merged / "metrics.jsonl").read_text().splitlines()]
    last = next(line for line in reversed(lines) if line["stage"] == "candidates")
    assert (last["drawn_here"], last["executed_here"]) == (0, 0)


def test_a_merge_that_was_stopped_goes_on(shards: list[Path], merged: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    done("merge", *shards, "--out", out)
    plan = {"from": [[i, 3, json.loads((s / "run.json").read_text())["attempts"][-1]["began"]]
                     for i, s in zip(SHARDS, shards, strict=True)]}  # fmt: skip
    (out / "run.json").unlink()
    next((out / "round-00/suites/answers").glob("*.parquet")).unlink()
    next((out / "round-00/cells/parts").glob("*.json")).unlink()
    (out / "merge.json").write_text(json.dumps(plan))
    assert "no run's folder" in refused("run", shards[0] / "config.resolved.toml", "--out", out, "--resume")
    assert "another merge" in refused("merge", shards[0], "--out", out, "--allow-missing")
    done("merge", *shards, "--out", out)
    assert cells(out) == cells(merged)
    assert not (out / "merge.json").exists()


def test_a_missing_shard_is_noticed(shards: list[Path], tmp_path: Path) -> None:
    message = refused("merge", shards[0], shards[2], "--out", tmp_path / "out")
    assert "of 3 shards there is no 2" in message
    assert "sample that share again" in message
    assert not (tmp_path / "out").exists()


def test_without_a_shard_the_run_asks_for_it_again(
    config: Path, shards: list[Path], one_machine: Path, silent: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    partial = ucoder("merge", shards[0], shards[2], "--out", out, "--allow-missing")
    assert partial.returncode == 0
    assert "shard 2 is missing" in partial.stderr
    assert ucoder("run", config, "--set", silent, "--out", out, "--resume").returncode == 1
    done("run", config, "--out", out, "--resume")
    assert findings(out, *RECORDS) == findings(one_machine, *RECORDS)


def test_problems_alone_can_be_shared_out(config: Path, one_machine: Path, silent: str, tmp_path: Path) -> None:
    for index in SHARDS:
        done("run", config, "--out", tmp_path / str(index), "--stages", "problems", "--shard", f"{index}/3")
    out = tmp_path / "out"
    done("merge", *(tmp_path / str(index) for index in SHARDS), "--out", out)
    done("run", config, "--set", silent, "--out", out, "--resume", "--stages", "problems")
    assert findings(out, "problems") == findings(one_machine, "problems")


def test_problems_are_not_shared_out_with_later_stages(config: Path, tmp_path: Path) -> None:
    assert "--stages problems" in refused("run", config, "--out", tmp_path / "out", "--shard", "1/3")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("seed = 0", "seed = 7"), "seed is 0 there and 7 here"),
        (("tau = 2", "tau = 3"), "consensus.tau is 2 there and 3 here"),
    ],
)
def test_shards_of_different_runs_are_refused(
    shards: list[Path], tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    text = (other / "config.resolved.toml").read_text()
    (other / "config.resolved.toml").write_text(text.replace(*change))
    assert message in refused("merge", shards[0], other, shards[2], "--out", tmp_path / "out")


def test_machines_may_differ_in_what_is_the_machines(shards: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    text = (other / "config.resolved.toml").read_text()
    (other / "config.resolved.toml").write_text(text.replace("workers = 2", "workers = 5"))
    done("merge", shards[0], other, shards[2], "--out", tmp_path / "out")


def test_cells_that_two_shards_hold_are_taken_once(shards: list[Path], merged: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    for file in (shards[0] / "round-00/cells").glob("*/part-00000.*"):
        shutil.copyfile(file, other / "round-00/cells" / file.parent.name / f"part-00007{file.suffix}")
    done("merge", shards[0], other, shards[2], "--out", tmp_path / "out")
    assert cells(tmp_path / "out") == cells(merged)


def test_what_is_no_shard_is_refused(shards: list[Path], one_machine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "are both shard 1" in refused("merge", shards[0], shards[0], "--out", out)
    assert "had no --shard" in refused("merge", shards[0], one_machine, "--out", out)
    assert "neither run.json nor job.json" in refused("merge", tmp_path, "--out", out)
    assert "shards of one kind" in refused("merge", shards[0], one_machine / "round-00/cells", "--out", out)
    assert "holds a run already" in refused("merge", *shards, "--out", one_machine)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.tex").touch()
    assert "thesis.tex" in refused("merge", *shards, "--out", tmp_path / "full")


def test_a_shard_that_did_not_end_is_refused(shards: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(shards[1], other)
    run = json.loads((other / "run.json").read_text())
    del run["attempts"][-1]["ended"]
    (other / "run.json").write_text(json.dumps(run))
    assert "is not finished" in refused("merge", shards[0], other, shards[2], "--out", tmp_path / "out")
