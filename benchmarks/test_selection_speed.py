"""All rules over a judged run, after judging: reading its Parquet, scoring, resampling, writing selections.

Judges `codet_even` where it is, else the shipped sample. Run by `scripts/bench`.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ucoder.cli import run
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.stages.selecting import select_run
from ucoder.store import RunDirectory, RunRecord

DATA = Path(__file__).parents[2] / "shared" / "data" / "codet_even"
ROUNDS = 3
ALLOWED_SECONDS = 2.0


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("judged") / "out"
    files = [("problems", "problems"), ("candidates", "candidates"), ("tests", "asserts")]
    given = [token for name, file in files for token in (f"--{name}", str(DATA / f"{file}.jsonl.gz"))]
    options = given if DATA.is_dir() else ["--sample"]
    assert run(["judge", *options, "--out", str(out), "--cpu-limit-ms", "50", "--max-timeouts", "1"]) == 0
    return out


@pytest.mark.timeout(900)
def test_all_rules_over_all_problems_take_less_than_two_seconds(judged: Path) -> None:
    for what, settings in (("rules alone", ConsensusSettings(resamples=0)), ("with resamples", ConsensusSettings())):
        wall, cpu = min(seconds(judged, replace(settings, seed=index)) for index in range(ROUNDS))
        sys.stdout.write(f"\n{what}: {wall:.2f} s, {cpu:.2f} s of CPU time\n")
        assert min(wall, cpu) < ALLOWED_SECONDS, what


def seconds(judged: Path, settings: ConsensusSettings) -> tuple[float, float]:
    record = RunRecord.load(judged)
    wall, cpu = time.perf_counter(), time.process_time()
    with RunDirectory.open(judged, record.identity, record.kept) as directory:
        select_run(directory, list(RULES.values()), settings)
    return time.perf_counter() - wall, time.process_time() - cpu
