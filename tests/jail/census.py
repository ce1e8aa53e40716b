"""How the tests of public benchmarks split, where their data lies beside the repository.

`python tests/jail/census.py` prints the tables; `test_census` holds the figures. Texts are handled in a process
without a network and under limits (`census_worker`).
"""

import ast
import gzip
import json
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ucoder.jail

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WORKER = Path(__file__).with_name("census_worker.py")

Job = dict[str, Any]
Answer = dict[str, Any]


def can_run() -> bool:
    return DATA.is_dir() and shutil.which("unshare") is not None


def rows(path: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / path, "rt", encoding="utf-8") as file:
        text = file.read()
    return json.loads(text) if path.endswith(".json.gz") else [json.loads(line) for line in text.splitlines()]


def answers(jobs: Iterable[Job]) -> Iterator[tuple[Job, Answer]]:
    """Each job with what the worker says of it."""
    assert ucoder.jail.__file__ is not None
    folder = str(Path(ucoder.jail.__file__).parent)
    jobs = list(jobs)
    lines = "".join(json.dumps(job) + "\n" for job in jobs)
    command = ["unshare", "-rn", sys.executable, "-B", str(WORKER), folder]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=3000)
    return zip(jobs, map(json.loads, done.stdout.splitlines()), strict=True)


def humaneval_jobs() -> Iterator[Job]:
    for row in rows("humaneval/HumanEval.jsonl.gz"):
        yield {
            "task": row["task_id"],
            "entry_point": row["entry_point"],
            "preamble": row["prompt"],
            "tests": [["check", row["test"]]],
            "programs": [row["prompt"] + row["canonical_solution"], row["prompt"] + "    return None\n"],
        }


def leetcode_jobs() -> Iterator[Job]:
    for row in rows("leetcode/LeetCodeDataset-v0.3.1-test.jsonl.gz"):
        yield {
            "task": row["task_id"],
            "entry_point": row["entry_point"],
            "preamble": row["prompt"],
            "tests": [["check", row["test"]]],
            "programs": [],
        }


def mbpp_jobs() -> Iterator[Job]:
    for row in rows("mbpp/sanitized-mbpp.json.gz"):
        text = row["test_list"][0]
        names = [name for name in _called_names(text) if name in _defined_names(row["code"])]
        yield {
            "task": str(row["task_id"]),
            "entry_point": names[0],
            "preamble": "\n".join(row["test_imports"]),
            "tests": [["assertion", test] for test in row["test_list"]],
            "programs": ["\n".join([*row["test_imports"], row["code"]])],
        }


def codet_jobs(num_programs: int = 0) -> Iterator[Job]:
    problems = {row["task_id"]: row for row in rows("codet_even/problems.jsonl.gz")}
    programs: dict[str, list[str]] = {}
    for row in rows("codet_even/candidates.jsonl.gz") if num_programs else []:
        programs.setdefault(row["task_id"], []).append(problems[row["task_id"]]["prompt"] + row["completion"])
    for row in rows("codet_even/asserts.jsonl.gz"):
        problem = problems[row["task_id"]]
        yield {
            "task": row["task_id"],
            "entry_point": problem["entry_point"],
            "preamble": problem["prompt"],
            "tests": [["assertion", text] for text in row["tests"]],
            "programs": programs.get(row["task_id"], [])[:num_programs],
        }


def _defined_names(source: str) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes in the references' strings
        tree = ast.parse(source)
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def _called_names(text: str) -> list[str]:
    calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [function.id for function in calls if isinstance(function, ast.Name)]


def table(found: Iterable[tuple[Job, Answer]]) -> Counter[tuple[str, str]]:
    """How many tests had each (status, reason)."""
    return Counter((status, reason) for _, answer in found for status, reason, _ in answer["plans"])


def split_share(counts: Counter[tuple[str, str]]) -> float:
    """Of the tests that are not void, those that were split."""
    split = counts["split", ""]
    others = sum(count for (status, _), count in counts.items() if status in ("beside", "lost"))
    return split / (split + others)


def show(name: str, counts: Counter[tuple[str, str]]) -> None:
    print(f"{name}: {counts.total()} tests, {100 * split_share(counts):.2f} % of those not void are split")
    for (status, reason), count in sorted(counts.items(), key=lambda item: (item[0][0] != "split", -item[1])):
        print(f"  {count:5} {status:7} {reason}")


if __name__ == "__main__":
    jobs = {"humaneval": humaneval_jobs, "mbpp": mbpp_jobs, "leetcode": leetcode_jobs, "codet_even": codet_jobs}
    for chosen in sys.argv[1:] or jobs:
        show(chosen, table(answers(jobs[chosen]())))
