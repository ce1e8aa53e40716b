"""Public data that lies beside a checkout, where it does: real models' programs and tests, recorded verdicts."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

pytestmark = [
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.one_python,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no public data at {DATA}"),
    pytest.mark.timeout(900),
]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def judge(out: Path, problems: Path, candidates: Path, tests: Path, *options: str) -> dict[str, Any]:
    paths = ["--problems", problems, "--candidates", candidates, "--tests", tests, "--out", out]
    run = subprocess.run(
        [sys.executable, "-m", "ucoder", "judge", *map(str, paths), *options, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    summary: dict[str, Any] = json.loads(run.stdout)
    return summary


def test_all_references_of_humaneval_pass_its_checks(tmp_path: Path) -> None:
    problems = DATA / "humaneval" / "HumanEval.jsonl.gz"
    references = tmp_path / "references.jsonl"
    lines = [
        json.dumps({"task_id": row["task_id"], "completion": row["canonical_solution"]}) + "\n"
        for row in rows(problems)
    ]
    references.write_text("".join(lines), encoding="utf-8")
    summary = judge(tmp_path / "run", problems, references, problems)
    assert summary["outcomes"] == {"PASS": 164}
    tests = pq.read_table(tmp_path / "run" / "tests", columns=["kind"])["kind"].to_pylist()
    assert Counter(tests)["split"] >= 150


def test_model_written_asserts_are_judged_outside_the_candidates_process(tmp_path: Path) -> None:
    folder = DATA / "codet_even"
    inputs = [folder / f"{name}.jsonl.gz" for name in ("problems", "candidates", "asserts")]
    summary = judge(tmp_path / "run", *inputs, "--cpu-limit-ms", "100", "--max-timeouts", "1")
    assert (summary["problems"], summary["candidates"], summary["tests"]) == (82, 8200, 4143)
    kinds = Counter(pq.read_table(tmp_path / "run" / "tests", columns=["kind"])["kind"].to_pylist())
    assert kinds["split"] / (kinds["split"] + kinds["beside"]) >= 0.98
    assert summary["outcomes"].get("INFRA", 0) == 0
    cells = pq.read_table(tmp_path / "run" / "cells", columns=["at_limit"])["at_limit"].to_pylist()
    assert sum(cells) <= 0.001 * len(cells)


def test_recomputed_verdicts_of_scripts_agree_with_recorded_ones(tmp_path: Path) -> None:
    problems = list(rows(DATA / "codecontests" / "codecontests_problems.jsonl.gz"))[:6]
    chosen = {problem["pid"] for problem in problems}
    for problem in problems:
        problem["test_list"] = problem["test_list"][:40]
    candidates = [
        row for row in rows(DATA / "codecontests" / "codecontests_candidates.jsonl.gz") if row["task_id"] in chosen
    ]
    for name, records in (("problems", problems), ("candidates", candidates)):
        text = "".join(json.dumps(record) + "\n" for record in records)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    script = [sys.executable, str(EXAMPLES / "codecontests.py")]
    given = [str(tmp_path / "problems.jsonl"), str(tmp_path / "candidates.jsonl")]
    subprocess.run([*script, "convert", *given, str(tmp_path / "in")], check=True)
    files = [tmp_path / "in" / f"{name}.jsonl" for name in ("problems", "candidates", "tests")]
    judge(tmp_path / "run", *files, "--cpu-limit-ms", "2000", "--max-timeouts", "1")
    compared = subprocess.run(
        [*script, "compare", str(tmp_path / "in"), str(tmp_path / "run")], check=True, capture_output=True, text=True
    )
    # Every program that was recorded as right is right here; one recorded as wrong may fail on a later test only.
    assert "recorded True, now False" not in compared.stdout
    assert "recorded True, now True" in compared.stdout
