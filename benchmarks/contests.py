"""Verdicts of `ucoder eval codecontests` on programs of models, beside those that were recorded when they were made.

    python benchmarks/contests.py --work FOLDER [--data ../shared/data/codecontests] [--cpu-limit-ms 5000]

The recorder gave a program's whole run 5 seconds of wall time, ignored how it ended, and compared the output with what
was expected as text, white space at both ends aside. Where the two differ, the program is run again on the tests up to
the one that decided, its outputs are looked at by that rule, and the kind of difference is printed.

An evaluation that was stopped goes on with the same command. Writes FOLDER/different.json.
"""

import argparse
import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ucoder import Candidate, Executor, Outcome, Problem, StdioTest
from ucoder.evaluation.catalogue import benchmark

BENCH = benchmark("codecontests")
Row = dict[str, Any]


def rows_of(file: Path) -> Iterator[Row]:
    with gzip.open(file, "rt") as lines:
        yield from map(json.loads, lines)


@dataclass(frozen=True)
class Program:
    """A program with both verdicts."""

    task_id: str
    solution: str
    recorded: bool | None
    verdict: Row
    """A row of verdicts.parquet"""

    @property
    def differs(self) -> bool:
        return self.recorded is not None and self.recorded != self.verdict["passed"]


def evaluated(work: Path, data: Path, limit_ms: int, workers: int) -> list[Program]:
    samples = [
        (row["task_id"], one["code"], one["recorded_pass"])
        for row in rows_of(data / "codecontests_candidates.jsonl.gz")
        for one in row["candidates"]
    ]
    lines = (json.dumps({"task_id": task_id, "solution": code}) + "\n" for task_id, code, _ in samples)
    (work / "samples.jsonl").write_text("".join(lines))
    command = [sys.executable, "-m", "ucoder", "eval", BENCH.name, "--partial", "--part-candidates", "20"]
    command += ["--data", str(data / "codecontests_problems.jsonl.gz"), "--samples", str(work / "samples.jsonl")]
    subprocess.run(
        [*command, "--out", str(work / "eval"), "--workers", str(workers), "--cpu-limit-ms", str(limit_ms)], check=True
    )
    verdicts = {
        (row["task_id"], row["sample"]): row for row in pq.read_table(work / "eval/verdicts.parquet").to_pylist()
    }
    number: Counter[str] = Counter()
    programs = []
    for task_id, code, recorded in samples:
        programs.append(Program(task_id, code, recorded, verdicts[task_id, number[task_id]]))
        number[task_id] += 1
    return programs


# ---------------------------------------------------------------- what makes a difference


def why(program: Program, tests: list[Row], executor: Executor) -> str:
    """The kind of a difference, from another run."""
    asked = [(test["input"], test["output"][0]) for test in tests]
    if program.recorded:  # the test that it failed here decides
        asked = asked[program.verdict["failed_test"] :][:1]
    matrix = executor.judge(
        Problem(program.task_id),
        [Candidate(program.task_id, solution=program.solution)],
        [StdioTest(given, "", "exact") for given, _ in asked],
    )
    worst = max(matrix.cpu_us[0].tolist()) / 1e6
    for place, (_, expected) in enumerate(asked):
        outcome = Outcome(int(matrix.outcomes[0, place]))
        if outcome not in (Outcome.PASS, Outcome.WRONG):
            return f"{outcome.name} here"
        written = matrix.value(0, place)
        output = written.decode("utf-8", "replace") if isinstance(written, bytes) else str(written)
        if (kind := of_output(output, expected)) is not None:
            return kind
    return f"the same text as expected, after {worst:.1f} s at most" if worst > 1 else "the same text as expected"


def of_output(output: str, expected: str) -> str | None:
    """How an output differs from what is expected; None where the recorder's rule finds it equal."""
    if output.strip() == expected.strip():
        return None
    words, wanted = output.split(), expected.split()
    if words == wanted:
        return "white space within the output"
    if [one.lower() for one in words] == [one.lower() for one in wanted]:
        return "letters in the other case"
    if len(words) == len(wanted) and all(near(*both) for both in zip(words, wanted, strict=True)):
        return "numbers that are near"
    return "another output"


def near(one: str, other: str) -> bool:
    try:
        return one.lower() == other.lower() or abs(float(one) - float(other)) <= 1e-5
    except ValueError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/codecontests"))
    parser.add_argument("--cpu-limit-ms", type=int, default=BENCH.limits.cpu_ms, help="of a program on a test")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    programs = evaluated(options.work, options.data, options.cpu_limit_ms, options.workers)
    tests = {row["task_id"]: row["test_list"] for row in rows_of(options.data / "codecontests_problems.jsonl.gz")}
    counts = Counter((program.recorded, program.verdict["outcome"]) for program in programs)
    for (recorded, outcome), number in sorted(counts.items(), key=str):
        sys.stdout.write(f"{number:6} recorded {recorded!s:6} here {outcome}\n")
    kinds: Counter[tuple[str, str]] = Counter()
    different = []
    with Executor(workers=options.workers, limits=replace(BENCH.limits, cpu_ms=options.cpu_limit_ms)) as executor:
        for program in (one for one in programs if one.differs):
            side = "right there, wrong here" if program.recorded else "wrong there, right here"
            kind = why(program, tests[program.task_id], executor)
            kinds[side, kind] += 1
            different.append({"side": side, "kind": kind, "solution": program.solution, **program.verdict})
    for (side, kind), number in kinds.most_common():
        sys.stdout.write(f"{number:6} {side}: {kind}\n")
    (options.work / "different.json").write_text(json.dumps(different, indent=1))


if __name__ == "__main__":
    main()
