"""`ucoder eval`, killed by `kill -9` again and again and started again, gives what an undisturbed evaluation gives."""

import gzip
import json
import os
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

from ucoder.store import RunRecord

pytestmark = [pytest.mark.usefixtures("works"), pytest.mark.timeout(300)]

REAL = Path(__file__).parents[3] / "shared/data/humaneval/HumanEval.jsonl.gz"
NUM_PROBLEMS = 12
NUM_PARTS = 6
TABLES = ("values", "tests", "candidates", "clusters", "problems")


def own_problem(number: int) -> dict[str, Any]:
    """In the form of HumanEval+, so that references are run, too."""
    return {
        "task_id": f"HumanEval/{9000 + number}", "entry_point": "scale", "contract": "", "atol": 0, "test": "",
        "prompt": f'def scale(xs: list, by: float) -> list:\n    """Each of xs, times by, and {number} more."""\n',
        "canonical_solution": f"    return [x * by + {number} for x in xs]\n",
        "base_input": [[[1, 2], 3], [[], 2]], "plus_input": [[[0.1, 0.7], 3.0], [[number], 0.1]],
    }  # fmt: skip


def completions(right: str) -> Iterator[str]:
    """A right one, one that takes its time, one that fails some tests, one that raises, and a twin."""
    yield right
    yield "    for _ in range(1_000_000): pass\n" + right
    yield "    return []\n"
    yield "    raise KeyError\n"
    yield right


class Evaluation:
    """One command and the folders it may write to, all of them with the same key of digests."""

    def __init__(self, folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
        self.folder = folder
        samples = [
            {"task_id": row["task_id"], "completion": text}
            for row in rows
            for text in completions(row["canonical_solution"])
        ]
        for file, listed in (("data", rows), ("samples", samples)):
            (folder / f"{file}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in listed))
        files = ["--data", str(folder / "data.jsonl"), "--samples", str(folder / "samples.jsonl")]
        self.command = [sys.executable, "-m", "ucoder", "eval", name, *files, "--part-candidates", "10", "--json"]
        self.whole = folder / "whole"
        self.figures = json.loads(self.run(self.whole).stdout)

    def run(self, out: Path) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*self.command, "--out", str(out)], capture_output=True, text=True, check=False, env=self._environment(out)
        )
        assert done.returncode == 0, done.stderr
        return done

    def fresh(self, name: str) -> Path:
        """A folder in which nothing but the key of digests is there, so that bytes can be compared."""
        out = self.folder / name
        out.mkdir()
        shutil.copy(self.whole / "job.json", out)
        return out

    def killed(self, out: Path, when: Callable[[], bool]) -> bool:
        """Run until then, and kill it. Whether it was still running."""
        process = subprocess.Popen(
            [*self.command, "--out", str(out)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment(out),
        )  # fmt: skip
        while process.poll() is None and not when():
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        return process.wait(60) == -signal.SIGKILL

    def _environment(self, out: Path) -> dict[str, str]:
        return {**os.environ, "XDG_CACHE_HOME": str(cache_of(out))}


def cache_of(out: Path) -> Path:
    """Where what references returned is kept for a folder."""
    return out.parent / f"{out.name}-cache"


def num_references(out: Path) -> int:
    return len(list((cache_of(out) / "ucoder/references").glob("*.parquet")))


def num_finished(out: Path) -> int:
    return len(RunRecord.load(out).parts)


def finished(out: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every file of the finished parts: another one has been written anew."""
    files = [file for number in RunRecord.load(out).parts for file in out.glob(f"*/part-{number:05d}.*")]
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def results(out: Path) -> dict[str, Any]:
    """All that an evaluation wrote, without what is measured."""
    found: dict[str, Any] = {
        name: json.loads((out / name).read_text()) for name in ("result.json", "eval_results.json")
    }
    del found["result.json"]["wall_seconds"]
    del found["eval_results.json"]["date"]
    found["verdicts"] = (out / "verdicts.parquet").read_bytes()
    found |= {
        f"{file.parent.name}/{file.name}": file.read_bytes() for name in TABLES for file in (out / name).iterdir()
    }
    cells = sorted((out / "cells").iterdir())
    return found | {file.name: pq.read_table(file).drop_columns(["cpu_us"]).to_pylist() for file in cells}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    rows = [own_problem(number) for number in range(NUM_PROBLEMS)]
    return Evaluation(tmp_path_factory.mktemp("own"), "humaneval+", rows)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    if not REAL.exists():
        pytest.skip("HumanEval's own file is not here")
    with gzip.open(REAL, "rt") as lines:
        rows = [json.loads(next(lines)) for _ in range(NUM_PROBLEMS)]
    return Evaluation(tmp_path_factory.mktemp("real"), "humaneval", rows)


@pytest.mark.parametrize(("problems", "moments"), [("own", (0, 2, 5)), ("real", (3,))])
def test_an_evaluation_that_is_killed_again_and_again_ends_the_same(
    problems: str, moments: tuple[int, ...], request: pytest.FixtureRequest
) -> None:
    """Killed when so many parts are finished, and while the results are written."""
    evaluation: Evaluation = request.getfixturevalue(problems)
    out = evaluation.fresh("killed")
    before: dict[str, tuple[int, int]] = {}
    for num_parts in moments:
        assert evaluation.killed(out, lambda least=num_parts: (out / "lock").exists() and num_finished(out) >= least)
        after = finished(out)
        assert before.items() <= after.items()  # what was finished has not been done again
        assert num_finished(out) < NUM_PARTS
        before = after
    evaluation.killed(out, (out / "verdicts.parquet").exists)  # or it was faster than we
    told = evaluation.run(out)
    assert before.items() <= finished(out).items()
    assert results(out) == results(evaluation.whole)
    assert {**json.loads(told.stdout), "wall_seconds": 0} == {**evaluation.figures, "wall_seconds": 0}


def test_the_evaluation_has_something_to_lose(own: Evaluation) -> None:
    assert own.figures["pass@1"] == pytest.approx(3 / 5)
    assert num_finished(own.whole) == NUM_PARTS


def test_references_that_were_run_before_a_kill_are_not_run_again(own: Evaluation) -> None:
    out = own.fresh("early")
    assert own.killed(out, lambda: num_references(out) >= 3)
    kept = num_references(out)
    assert kept < NUM_PROBLEMS
    assert f"ran {NUM_PROBLEMS - kept} reference solutions" in own.run(out).stderr
    assert results(out) == results(own.whole)
