"""`ucoder run`: the stages from problems to consensus, on a recorded model and the real executor."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ucoder.rounds import LEARNING
from ucoder.rounds import STAGES as ALL_STAGES

HERE = Path(__file__).parent
STAGES = ALL_STAGES[: -len(LEARNING)]  # a recorded model does not learn
RECORDS = ("problems", "ratings", "skeletons", "suites", "selections")


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ucoder", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def rows(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(file, partitioning=None).to_pylist()
    return found


def records(run: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything a run found out, in the order of its records; cells by problem, without what is measured."""
    found = {name: rows(run / "round-00" / name / "records.parquet") for name in RECORDS}
    found |= {f"{name} dropped": rows(run / "round-00" / name / "drops.parquet") for name in RECORDS}
    cells = [row for file in sorted((run / "round-00/cells/cells").glob("*.parquet")) for row in rows(file)]
    measured = ("cpu_us", "at_limit", "detail")
    kept = [{name: value for name, value in row.items() if name not in measured} for row in cells]
    found["cells"] = sorted(kept, key=lambda row: (row["task_id"], row["candidate"], row["test"]))
    return found


def metrics(run: Path) -> list[dict[str, Any]]:
    file = run / "metrics.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(scope="module")
def finished(config_file: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A configuration and the run it gave."""
    config, out = config_file(), tmp_path_factory.mktemp("runs") / "run"
    done = ucoder("run", config, "--out", out)
    assert done.returncode == 0, done.stderr
    return config, out


def test_a_run_selects_a_right_program_for_every_problem(finished: tuple[Path, Path]) -> None:
    selections = rows(finished[1] / "round-00/selections/records.parquet")
    assert len(selections) > 10
    assert all(row["program"] is not None and "undefined" not in row["program"] for row in selections)


def test_its_folder_has_what_a_reader_needs(finished: tuple[Path, Path]) -> None:
    names = {"run.json", "config.resolved.toml", "environment.json", "metrics.jsonl", "round-00"}
    assert names <= {entry.name for entry in finished[1].iterdir()}


def test_the_resolved_configuration_is_one_that_can_be_run(finished: tuple[Path, Path]) -> None:
    out = finished[1]
    done = ucoder("run", out / "config.resolved.toml", "--out", out, "--resume", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["selected"] > 10


def test_a_finished_run_does_nothing_again(finished: tuple[Path, Path]) -> None:
    config, out = finished
    before = len(metrics(out))
    assert ucoder("run", config, "--out", out, "--resume").returncode == 0
    assert {line["stage"] for line in metrics(out)[before:]} <= {"rating filter"}


def test_which_side_waited_is_in_the_metrics(finished: tuple[Path, Path]) -> None:
    line = next(line for line in metrics(finished[1]) if line["stage"] == "candidates")
    assert line["sampler_waited_s"] >= 0
    assert line["executor_waited_s"] >= 0


def test_the_cells_of_a_run_can_be_selected_from_by_other_rules(finished: tuple[Path, Path]) -> None:
    done = ucoder("select", finished[1] / "round-00/cells", "--rule", "codet", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rules"][0]["rule"] == "codet"


def test_a_second_run_of_the_folder_needs_resume(finished: tuple[Path, Path]) -> None:
    done = ucoder("run", finished[0], "--out", finished[1])
    assert done.returncode == 2
    assert "--resume" in done.stderr


def test_two_runs_on_one_folder_are_one_too_many(tmp_path: Path) -> None:
    first = subprocess.Popen([sys.executable, HERE / "slow_run.py", tmp_path / "run", "0.2"])
    try:
        wait_for((tmp_path / "run" / "run.json").exists)
        second = subprocess.run(
            [sys.executable, HERE / "slow_run.py", tmp_path / "run", "0"], capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert "another process is writing" in second.stderr
    finally:
        first.kill()
        first.wait()


# ---------------------------------------------------------------- what a setting changes


def changed(finished: tuple[Path, Path], folder: Path, *changes: str) -> tuple[set[str], Path]:
    """Run a copy of the finished folder with other settings: which stages were done again."""
    out = folder / "changed"
    subprocess.run(["cp", "-r", finished[1], out], check=True)
    before = len(metrics(out))
    sets = [part for change in changes for part in ("--set", change)]
    done = ucoder("run", finished[0], "--out", out, "--resume", *sets)
    assert done.returncode == 0, done.stderr
    return {line["stage"] for line in metrics(out)[before:]} - {"rating filter"}, out


def test_another_rule_selects_anew_and_nothing_else(finished: tuple[Path, Path], tmp_path: Path) -> None:
    again, _ = changed(finished, tmp_path, "consensus.rule=codet")
    assert again == {"selections"}


def test_fewer_candidates_leave_earlier_stages_alone_and_draw_nothing(
    finished: tuple[Path, Path], tmp_path: Path
) -> None:
    again, out = changed(finished, tmp_path, "candidates.n=6")
    assert again == {"candidates", "selections"}
    assert metrics(out)[-2]["drawn_here"] == 0
    assert len(rows(next((out / "round-00/cells/candidates").glob("*.parquet")))) == 6 * metrics(out)[-2]["problems"]


def test_another_time_limit_executes_anew_what_was_drawn(finished: tuple[Path, Path], tmp_path: Path) -> None:
    again, out = changed(finished, tmp_path, "execution.cpu_limit_ms=150")
    assert again == {"candidates", "selections"}
    assert (out / "round-00/cells.retired-0").is_dir()


def test_programs_of_another_environment_are_executed_anew(finished: tuple[Path, Path], tmp_path: Path) -> None:
    again, out = changed(finished, tmp_path, f"execution.python={sys.prefix}")
    assert again == {"candidates", "selections"}
    assert (out / "round-00/cells.retired-0").is_dir()
    assert "packages" in json.loads((out / "round-00/cells/job.json").read_text())["identity"]
    assert records(out) == records(finished[1])


def test_a_setting_that_is_put_back_finds_everything_drawn(finished: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = changed(finished, tmp_path, "candidates.n=6")
    before = len(metrics(out))
    assert ucoder("run", finished[0], "--out", out, "--resume").returncode == 0
    drawn = [line["drawn_here"] for line in metrics(out)[before:] if line["stage"] == "candidates"]
    assert drawn == [0]
    assert records(out) == records(finished[1])


def test_a_benchmark_is_looked_for_in_problems_and_in_what_solutions_can_do(
    finished: tuple[Path, Path], tmp_path: Path
) -> None:
    """Drops keep what shows it. A benchmark file that changes under its name is another one."""
    words = "Children share sweets fairly in a circle of 5; tell what nobody gets in the end."
    same_words = {"task_id": "B/1", "prompt": f"{words} Write it down.", "entry_point": ""}
    same_signature = {"task_id": "B/2", "prompt": "def shelves_3(x):\n    ...\n", "entry_point": "shelves_3"}
    tests = (
        "def check(candidate):\n    assert candidate(1) == 3\n    assert candidate(0) == 0\n    assert candidate(9) == "
    )
    same_deeds = {
        "task_id": "B/3",
        "prompt": "def thrice(n):\n    ...\n",
        "entry_point": "thrice",
        "test": f"{tests}27\n",
    }
    bench = tmp_path / "bench.jsonl"
    bench.write_text("".join(json.dumps(task) + "\n" for task in (same_words, same_signature, same_deeds)))
    again, out = changed(finished, tmp_path, f"benchmarks=['{bench}']")
    assert again == {"problems", "ratings", "skeletons", "suites", "candidates", "selections"}
    dropped = rows(out / "round-00/problems/drops.parquet")
    evidence = {row["reason"]: row["evidence"] for row in dropped if row["stage"].startswith("contamination")}
    assert evidence.keys() == {"words", "signature"}
    assert f"{tmp_path.name}/bench B/1: children share sweets" in evidence["words"]
    assert f"{tmp_path.name}/bench B/2: def shelves_3" in evidence["signature"]
    by_deeds = [row for row in rows(out / "round-00/selections/drops.parquet") if row["reason"] == "execution"]
    assert [row["evidence"] for row in by_deeds] == [f"{tmp_path.name}/bench B/3: passes all of its 3 tests"]
    selected = {row["problem_id"] for row in rows(out / "round-00/selections/records.parquet")}
    assert by_deeds[0]["subject"] not in selected

    bench.write_text(bench.read_text().replace("== 27", "== 28"))
    before = len(metrics(out))
    sets = ("--set", f"benchmarks=['{bench}']")
    assert ucoder("run", finished[0], "--out", out, "--resume", *sets).returncode == 0
    assert {line["stage"] for line in metrics(out)[before:]} - {"rating filter"} == {"problems", "selections"}
    assert by_deeds[0]["subject"] in {row["problem_id"] for row in rows(out / "round-00/selections/records.parquet")}


def test_what_came_of_it_is_printed(finished: tuple[Path, Path]) -> None:
    """Kept and dropped by stage, what the filter on ratings did, which side waited, what was selected."""
    done = ucoder("run", finished[0], "--out", finished[1], "--resume")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert [*lines][:3] == ["problems", "ratings", "filter"]
    assert "dropped: " in lines["problems"]
    assert "problems pass; mean quality 4.0, 0% of them at the top" in lines["filter"]
    assert "sampler" in lines["waited"]
    assert "executor" in lines["waited"]
    assert "problems" in lines["selected"]
    told = json.loads(ucoder("run", finished[0], "--out", finished[1], "--resume", "--json").stdout)
    assert told["rating_filter"]["num_kept"] == told["rating_filter"]["num_problems"] == told["selected"]
    assert told["waits"].keys() == {"sampler_waited_s", "executor_waited_s"}


# ---------------------------------------------------------------- killed


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    subprocess.run([sys.executable, HERE / "slow_run.py", out, "0"], check=True, timeout=300)
    return out


def killed_in_every_stage(out: Path) -> Iterator[str]:
    """Start the run and kill it soon after each stage began; the stages in which it was."""
    for before, stage in zip(("", *STAGES), STAGES[:-1], strict=False):
        process = subprocess.Popen([sys.executable, HERE / "slow_run.py", out, "0.06"])
        finished = {"": "run.json"}.get(before, f"round-00/{before}/stage.json")
        wait_for(lambda at=finished: (out / at).exists())  # type: ignore[misc]
        time.sleep(0.35)
        if process.poll() is None and not (out / "round-00" / stage / "stage.json").exists():
            yield stage
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_run_killed_in_every_stage_ends_as_an_undisturbed_one(undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert list(killed_in_every_stage(out)) == list(STAGES[:-1])
    subprocess.run([sys.executable, HERE / "slow_run.py", out, "0"], check=True, timeout=300)
    assert records(out) == records(undisturbed)


def test_a_killed_run_leaves_no_process(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = subprocess.Popen([sys.executable, HERE / "slow_run.py", out, "0.05"], start_new_session=True)
    wait_for(lambda: any((out / "round-00/cells").glob("lock")))
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not in_session(process.pid), 10)


def in_session(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getsid(int(entry.name)) == session:
                found.append(int(entry.name))
        except (ProcessLookupError, PermissionError):
            continue
    return found
