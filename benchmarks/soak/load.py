"""The same matrix whatever else the machine does: `scripts/soak load [--problems N] [--isolation auto]`.

The candidates (of `codet_even` in `../shared/data` where that folder exists, else the sample's harmless ones) are
judged alone, with a busy process on every core, and by four executors at once. Prints how many cells differ from the
first run in outcome, value or detail, and how many of those belong to a program that is recorded as at its time limit.
Exit code 1 where another cell differs, or more than 0.1 % do.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from auto_equality import codet, compare, judge
from test_throughput import CODET, HARMLESS, SAMPLE, Workload, distinct, read_rows

from ucoder import ExecutionMatrix, Limits, Task

NUM_AT_ONCE = 4
MOST_AT_LIMIT = 0.001


def sample() -> Workload:
    problems = {row["task_id"]: row for row in read_rows(SAMPLE / "problems.jsonl.gz") if row.get("entry_point")}
    labelled = zip(read_rows(SAMPLE / "candidates.jsonl.gz"), read_rows(SAMPLE / "truth.jsonl.gz"), strict=True)
    rows = [row for row, truth in labelled if truth["label"] in HARMLESS and row["task_id"] in problems]
    asserts = {row["task_id"]: [test for test in row["tests"] if isinstance(test, str)]
               for row in read_rows(SAMPLE / "tests.jsonl.gz")}  # fmt: skip
    return Workload("sample", problems, distinct(rows, problems), asserts)


@contextmanager
def busy_cores() -> Iterator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


def compared(tasks: list[Task], isolation: str, limits: Limits) -> dict[str, dict[str, Any]]:
    """By condition, how the matrix differs from the one that was computed alone."""

    def once(_: int = 0) -> list[ExecutionMatrix]:
        return judge(tasks, isolation, limits)[0]

    alone = once()
    found = {"alone again": compare(alone, once())}
    with busy_cores():
        found["all cores busy"] = compare(alone, once())
    with ThreadPoolExecutor(NUM_AT_ONCE) as threads:
        for number, other in enumerate(threads.map(once, range(NUM_AT_ONCE))):
            found[f"four at once, {number + 1}"] = compare(alone, other)
    return found


def is_sound(found: dict[str, Any]) -> bool:
    return found["different"] == 0 and found["different_at_limit"] <= MOST_AT_LIMIT * found["cells"]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", action="store_true", help="the sample, also where codet_even is there")
    parser.add_argument("--isolation", choices=["auto", "candidate", "test"], default="auto")
    parser.add_argument("--cpu-ms", type=int, default=100)
    parser.add_argument("--max-timeouts", type=int, default=1)
    parser.add_argument("--problems", type=int, default=0, help="only so many; 0: all")
    options = parser.parse_args()
    workload = codet() if CODET.exists() and not options.sample else sample()
    tasks = workload.tasks(official=False)[: options.problems or None]
    found = compared(tasks, options.isolation, Limits(cpu_ms=options.cpu_ms, max_timeouts=options.max_timeouts))
    report = {"workload": workload.name, "problems": len(tasks), "isolation": options.isolation,
              "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "conditions": found}  # fmt: skip
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 0 if all(is_sound(one) for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
