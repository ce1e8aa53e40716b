"""BigCodeBench's reference solutions through the executor: which pass, and of the others why not.

    python benchmarks/bigcodebench.py FILE [--python ENVIRONMENT] [--only NUMBER ...]

The environment has to hold the libraries that the tasks use. Prints a line for each task that does not pass, a table of
reasons, and the CPU time beside that of the workers' own cells.
"""

import argparse
import resource
import sys
from collections import Counter
from pathlib import Path

from ucoder import Executor, Outcome, Task
from ucoder.evaluation.bigcodebench import BigCodeBench
from ucoder.evaluation.exam import MACHINE_LIMITS, read_problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    problems = [
        one
        for one in read_problems(BigCodeBench(calibrated=False).problem, given.file)
        if one.reference is not None and (not given.only or one.problem.task_id.rpartition("/")[2] in given.only)
    ]
    tasks = [Task(one.problem, [one.candidate(solution=one.reference)], one.tests) for one in problems]
    reasons: Counter[str] = Counter()
    cell_us = 0
    with Executor(workers=given.workers, python=given.python, limits=MACHINE_LIMITS) as executor:
        for matrix in executor.stream(tasks):
            cell_us += int(matrix.cpu_us.sum())
            outcome = Outcome(int(matrix.outcomes[0, 0])).name
            reason = f"{outcome} {matrix.detail(0, 0)}".strip()
            reasons[reason] += 1
            if outcome != "PASS":
                sys.stdout.write(f"{matrix.task_id}: {reason}\n")
        version = executor.interpreter.version
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(f"\n{len(tasks)} tasks, Python {version}\n")
    for reason, count in reasons.most_common():
        sys.stdout.write(f"{count:6} {reason}\n")
    sys.stdout.write(f"cells {cell_us / 1e6:.1f} s of CPU; this process {used.ru_utime + used.ru_stime:.1f} s\n")


if __name__ == "__main__":
    main()
