"""`ucoder eval` on the benchmarks that want a machine or packages, on small files in their published formats."""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Evaluate = Callable[..., dict[str, Any]]

SUITE = """import unittest
class TestCases(unittest.TestCase):
    def test_value(self):
        self.assertEqual(task_func(2), 3)
"""
BIGCODE = {
    "task_id": "BigCodeBench/9001", "complete_prompt": "import only_there\ndef task_func(x):\n    '''Add.'''\n",
    "instruct_prompt": "Add.", "canonical_solution": "    return x + only_there.ONE\n",
    "code_prompt": "import only_there\ndef task_func(x):\n", "test": SUITE, "entry_point": "task_func",
}  # fmt: skip
LIVE = {
    "question_content": "Double it.", "question_id": "abc1_a", "starter_code": "", "metadata": "{}",
    "public_test_cases": json.dumps([{"input": "2\n", "output": "4\n", "testtype": "stdin"}]),
    "private_test_cases": json.dumps([{"input": "3\n", "output": "6\n", "testtype": "stdin"}]),
}  # fmt: skip
FULL_STACK = {
    "id": 7, "content": "Add.", "canonical_solution": "def add(a, b):\n    return a + b\n",
    "labels": {"programming_language": "python"}, "test": {"code": "assert add(1, 2) == 3\n", "asset": None},
}  # fmt: skip


@pytest.fixture
def evaluate(works: None, tmp_path: Path) -> Evaluate:  # noqa: ARG001
    """The figures that the command prints."""

    def run(name: str, data: object, samples: str, *options: str) -> dict[str, Any]:
        (tmp_path / "data.jsonl").write_text(json.dumps(data) + "\n")
        (tmp_path / "samples").write_text(samples)
        command = [sys.executable, "-m", "ucoder", "eval", name, "--data", str(tmp_path / "data.jsonl")]
        command += ["--samples", str(tmp_path / "samples"), "--out", str(tmp_path / "out"), "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return run


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("name", ["bigcodebench", "bigcodebench-hard-instruct"])
def test_bigcodebench_runs_with_the_packages_of_an_environment(evaluate: Evaluate, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (site / "only_there.py").write_text("ONE = 1\n")
    samples = lines(
        {"task_id": "BigCodeBench/9001", "completion": BIGCODE["canonical_solution"]},
        {"task_id": "BigCodeBench/9001", "solution": "def task_func(x): return x + only_there.ONE\n"},
        {"task_id": "BigCodeBench/9001", "solution": "import os\nos._exit(0)\n"},
        {"task_id": "BigCodeBench/9001", "solution": "def task_func(x): return x\n"},
    )
    result = evaluate(name, BIGCODE, samples, "--python", str(folder))
    assert result["outcomes"] == {"PASS": 2, "LOAD_ERROR": 1, "WRONG": 1}
    assert result["pass@1"] == 0.5
    assert result["trusted_share"] == 0.0


def test_livecodebench_takes_its_authors_samples(evaluate: Evaluate) -> None:
    codes = ["print(2 * int(input()))", "print(4)", "print(1 / 0)"]
    result = evaluate("livecodebench", LIVE, json.dumps([{"question_id": "abc1_a", "code_list": codes}]))
    assert result["outcomes"] == {"PASS": 1, "WRONG": 1, "EXCEPTION": 1}
    assert result["trusted_share"] == 1.0


def test_fullstackbench_takes_programs(evaluate: Evaluate) -> None:
    samples = lines(
        {"task_id": "7", "solution": FULL_STACK["canonical_solution"]},
        {"task_id": "7", "solution": "def add(a, b): raise SystemExit(0)\n"},
    )
    result = evaluate("fullstackbench", FULL_STACK, samples)
    assert result["outcomes"] == {"PASS": 1, "EXIT": 1}
    assert result["trusted_share"] == 0.0
