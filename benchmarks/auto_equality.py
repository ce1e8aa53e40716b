"""Does level `auto` say what level `candidate` says? On all of `codet_even`, cell by cell, with the price of both.

    python benchmarks/auto_equality.py [--tests asserts|official] [--cpu-ms 100] [--problems N]

Prints one JSON object: cells that differ in outcome, value or detail (cells at the limit apart), the share of tame
candidates with the reasons for the rest, and the CPU seconds of each level's workers. Values that hold an address
("<function f at 0x7f..>") are compared without it. Exit code 1 where a cell differs.
"""

import argparse
import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from test_throughput import CODET, Workload, distinct, read_rows

from ucoder import ExecutionMatrix, Executor, Limits, Outcome, Task

ADDRESS = re.compile(rb"0x[0-9a-f]{6,16}")
TIMED = {Outcome.CPU_LIMIT, Outcome.WALL_LIMIT, Outcome.SKIPPED}


def codet() -> Workload:
    problems = {row["task_id"]: row for row in read_rows(CODET / "problems.jsonl.gz") if row.get("entry_point")}
    asserts = {row["task_id"]: row["tests"] for row in read_rows(CODET / "asserts.jsonl.gz")}
    return Workload("codet_even", problems, distinct(read_rows(CODET / "candidates.jsonl.gz"), problems), asserts)


def judge(tasks: Iterable[Task], isolation: str, limits: Limits) -> tuple[list[ExecutionMatrix], dict[str, float]]:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    own = resource.getrusage(resource.RUSAGE_SELF)
    with Executor(isolation=isolation, limits=limits, digest_key=bytes(16)) as executor:
        matrices = list(executor.stream(tasks))
    after, own_after = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    workers = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    caller = own_after.ru_utime + own_after.ru_stime - own.ru_utime - own.ru_stime
    return matrices, {"wall_s": round(time.perf_counter() - begin, 2), "workers_cpu_s": round(workers, 2),
                      "caller_cpu_s": round(caller, 2)}  # fmt: skip


def cell(matrix: ExecutionMatrix, candidate: int, test: int) -> tuple[Any, ...]:
    """All that is said of one cell, save times."""
    outcome = Outcome(matrix.outcomes[candidate, test])
    index = matrix.values[candidate, test]
    value = ADDRESS.sub(b"0x", matrix.value_bytes[index]) if index >= 0 else None
    return outcome.name, value, matrix.detail(candidate, test), Outcome(matrix.load_causes[candidate]).name


def near_limit(matrix: ExecutionMatrix, candidate: int) -> bool:
    """A cell at the limit decides which of the cells behind it are skipped."""
    return bool(matrix.at_limit[candidate].any())


def compare(one: list[ExecutionMatrix], other: list[ExecutionMatrix]) -> dict[str, Any]:
    """Cells that differ, told apart by whether time played a part."""
    total, at_limit, different = 0, 0, []
    for left, right in zip(one, other, strict=True):
        assert left.test_kinds == right.test_kinds
        for candidate in range(left.num_candidates):
            timed = near_limit(left, candidate) or near_limit(right, candidate)
            for test in range(left.num_tests):
                total += 1
                cells = cell(left, candidate, test), cell(right, candidate, test)
                if cells[0] == cells[1]:
                    continue
                if timed:
                    at_limit += 1
                else:
                    different.append([left.task_id, candidate, test, *map(str, cells)])
    return {"cells": total, "different": len(different), "different_at_limit": at_limit, "examples": different[:10]}


def sharing(matrices: list[ExecutionMatrix]) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    shared = total = 0
    for matrix in matrices:
        total += matrix.num_candidates
        shared += int(matrix.shared.sum())
        reasons.update(matrix.detail_texts[place] if place >= 0 else "no usable test, or one that runs beside"
                       for place, own in zip(matrix.why_alone.tolist(), matrix.shared.tolist(), strict=True)
                       if not own)  # fmt: skip
    return {"candidates": total, "tame": shared, "tame_share": round(shared / total, 4),
            "reasons": dict(reasons.most_common(40))}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tests", choices=["asserts", "official"], default="asserts")
    parser.add_argument("--cpu-ms", type=int, default=100)
    parser.add_argument("--max-timeouts", type=int, default=1)
    parser.add_argument("--problems", type=int, default=0)
    options = parser.parse_args()
    limits = Limits(cpu_ms=options.cpu_ms, max_timeouts=options.max_timeouts)
    tasks = codet().tasks(official=options.tests == "official")[: options.problems or None]
    by_candidate, price = judge(tasks, "candidate", limits)
    by_auto, auto_price = judge(tasks, "auto", limits)
    found = compare(by_candidate, by_auto)
    counts: Counter[str] = Counter()
    for matrix in by_auto:
        counts.update(matrix.counts)
    sys.stdout.write(json.dumps({"tests": options.tests, "limits": {"cpu_ms": options.cpu_ms}, **found,
                                 "candidate": price, "auto": auto_price, "counts": dict(counts),
                                 "sharing": sharing(by_auto)}, indent=1) + "\n")  # fmt: skip
    return 1 if found["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
