"""The whole loop with vLLM as its sampler, on a CPU: each round's engine has the weights that the trainer wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import needed

ENGINE = "{enforce_eager = true, kv_cache_memory_bytes = 134217728, max_num_seqs = 128, block_size = 32}"
SETTINGS = (
    "model.door=vllm", f"model.engine_args={ENGINE}", "model.batch_size=", "model.num_threads=",
    "problems.answers_per_kind=40", "suites.answers_per_ask=2", "suites.min_tests=4", "candidates.n=8",
    "consensus.tau=2", "train.epochs=1", "train.num_threads=1", "rounds=2", "validation.n=2", "validation.patience=2",
    "lessons.validation_share=0.2", "evaluation.problems=", "evaluation.tests=",
)  # fmt: skip

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("sandbox"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    needed("vllm")


def test_two_rounds_are_sampled_by_vllm_and_handed_over(tmp_path: Path) -> None:
    sets = [part for one in SETTINGS for part in ("--set", one)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TORCHDYNAMO_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ucoder", "run", "quickstart", "--out", str(tmp_path / "run"), "--json", *sets],
        capture_output=True, text=True, timeout=900, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["round"] for one in told["rounds"]] == [0, 1, 2]
    assert all(one["validation"] for one in told["rounds"])
    markers = [json.loads((tmp_path / f"run/round-0{number}/checkpoint/stage.json").read_text()) for number in (0, 1)]
    assert markers[0]["fingerprint"] != markers[1]["fingerprint"]
    assert all(marker["largest_difference"] < 0.05 for marker in markers)
