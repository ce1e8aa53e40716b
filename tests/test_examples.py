"""The examples do what they say. That of C++ is in test_embed."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"

pytestmark = [pytest.mark.usefixtures("sandbox"), pytest.mark.one_python]


def run(name: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_judging_from_asyncio() -> None:
    assert run("asyncio_judging.py").splitlines() == [
        "100% return a + b",
        "0% return a - b",
        "100% return b + a",
        "0% return a",
        "100% return sum((a, b))",
        "0% return 1 / 0",
        "0% return add(a, b)",
        "let go in time: True",
    ]


def test_a_reward_for_verl() -> None:
    lines = run("verl_reward.py").splitlines()
    assert [re.search(r"'score': ([0-9.]+)", line)[1] for line in lines] == ["1.0", "0.0", "0.0"]  # type: ignore[index]


@pytest.mark.timeout(600)
def test_grpo_with_the_real_trainer_on_the_seed_model() -> None:
    for package in ("torch", "transformers", "trl", "datasets"):
        if find_spec(package) is None:
            if package in os.environ.get("UCODER_MODELS_MUST_WORK", "").split():
                pytest.fail(f"{package} is not installed")
            pytest.skip(f"{package} is not installed: scripts/test-models has it")
    output = run("grpo.py", "2", HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")
    rewards = [float(reward) for reward in re.findall(r"^step \d: mean reward ([0-9.]+)$", output, re.MULTILINE)]
    assert len(rewards) == 2
    # The seed model solves about two thirds: a reward of nothing, or of everything, would be a fault.
    assert all(0.2 < reward < 1.0 for reward in rewards)
