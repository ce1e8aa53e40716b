"""Judging and selecting as a user does: the shipped sample, and real candidates where they are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CODET_EVEN = Path(__file__).parents[3] / "shared" / "data" / "codet_even"


def ucoder(*tokens: str) -> str:
    done = subprocess.run([sys.executable, "-m", "ucoder", *tokens], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.usefixtures("sandbox")
@pytest.mark.timeout(300)
def test_the_shipped_sample_from_two_commands(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    ucoder("judge", "--sample", "--out", out, "--cpu-limit-ms", "50", "--load-limit-ms", "200", "--max-timeouts", "1")
    summary = json.loads(ucoder("select", out, "--sample", "--json"))
    assert summary["problems_with_truth"] == summary["problems"] == 26
    assert summary["rules"][0]["pass_at_1"] > 0.9
    table = ucoder("select", out, "--sample")
    for word in ("pass@1", "default", "all candidates", "oracle", "default less codet"):
        assert word in table


@pytest.mark.usefixtures("sandbox")
@pytest.mark.skipif(not CODET_EVEN.is_dir(), reason="the data are not here")
@pytest.mark.timeout(300)
def test_of_real_candidates_those_without_evidence_are_the_few_without_tests(tmp_path: Path) -> None:
    files = {
        name: CODET_EVEN / f"{file}.jsonl.gz"
        for name, file in (("problems", "problems"), ("candidates", "candidates"), ("tests", "asserts"))
    }
    out = str(tmp_path / "out")
    options = [token for name, file in files.items() for token in (f"--{name}", str(file))]
    ucoder("judge", *options, "--out", out, "--cpu-limit-ms", "50", "--max-timeouts", "1")
    summary = json.loads(ucoder("select", out, "--rule", "default", "--resamples", "0", "--json"))
    assert summary["problems"] == 82
    assert 6 <= summary["rules"][0]["nothing"] <= 10
