"""Judges cases in a crowd, honest programs among them, and says what each came to and which invariants broke.

`python product_child.py LEVEL`: cases as JSON on standard input, the answer as JSON on standard output. A process of
its own, so that it can be started as another user.
"""

import json
import os
import sys
from typing import Any

from invariants import changed_zygotes, eventually, footprint, is_clean, zygote_states

from ucoder import AssertionTest, Candidate, Executor, Limits, Outcome, Problem, StdioTest

QUICK = Limits(cpu_ms=150, load_cpu_ms=400, wall_ms=800, memory_mb=192, output_bytes=1 << 20, max_timeouts=1)
SLOW = Limits(cpu_ms=1000, load_cpu_ms=1000, wall_ms=5000, memory_mb=192, output_bytes=1 << 20, max_timeouts=1)
SCRIPT = Limits(cpu_ms=500, load_cpu_ms=500, wall_ms=1500, memory_mb=512, output_bytes=1 << 20, max_timeouts=1)

HONEST = "def f(x):\n    return x + 1\n"
HONEST_SCRIPT = "print(sum(map(int, open(0).read().split())))\n"
EVERY = 12  # an honest program before so many hostile ones

Row = dict[str, Any]


class Crowd:
    """One executor and all cases that run under its limits."""

    def __init__(self, level: str, limits: Limits, honest: str, problem: Problem, tests: list[Any]) -> None:
        self.level, self.limits, self.honest, self.problem, self.tests = level, limits, honest, problem, tests
        self.fates: dict[str, list[str]] = {}
        self.broken: list[str] = []

    def judge(self, cases: list[Row]) -> None:
        programs, names = self._mixed(cases)
        with Executor(workers=2, isolation=self.level, limits=self.limits) as executor:
            self._rows(executor, [self.honest, self.honest + "# numpy\n", self.honest + "# numpy \n"])
            before, zygotes = footprint(), zygote_states()
            rows = self._rows(executor, programs)
            if zygote_states().keys() == zygotes.keys() and footprint() != before:
                self.broken.append(f"descriptors and files: {before} before, {footprint()} after")
            if not eventually(is_clean):
                self.broken.append("a process was left")
            self.broken += changed_zygotes(zygotes)
            if self._rows(executor, [self.honest])[0] != ["PASS"] * len(self.tests):
                self.broken.append("an honest program afterwards did not pass")
        for name, row in zip(names, rows, strict=True):
            if name:
                self.fates[name] = row
            elif row != ["PASS"] * len(self.tests) and self.level != "batch":  # which promises nothing among neighbours
                self.broken.append(f"an honest program among them ended with {row}")

    def _mixed(self, cases: list[Row]) -> tuple[list[str], list[str]]:
        """Programs in order, and their names: "" for the honest ones, whose texts differ."""
        programs, names = [], []
        for place, case in enumerate(cases):
            if place % EVERY == 0:
                programs.append(self.honest + "#" * (place + 1))
                names.append("")
            programs.append(case["program"])
            names.append(case["name"])
        return [*programs, self.honest + "##"], [*names, ""]

    def _rows(self, executor: Executor, programs: list[str]) -> list[list[str]]:
        candidates = [Candidate(self.problem.task_id, solution=program) for program in programs]
        matrix = executor.judge(self.problem, candidates, self.tests)
        return [[Outcome(code).name for code in row] for row in matrix.outcomes.tolist()]


def main() -> None:
    level = sys.argv[1]
    cases: list[Row] = json.load(sys.stdin)
    functions, scripts = Problem("attack", "", "f"), Problem("script", profile="script")
    calls = [AssertionTest("assert f(1) == 2"), AssertionTest("assert f(2) == 3")]
    streams = [StdioTest("2\n3\n", "5\n", "exact")]
    crowds = {
        "quick": Crowd(level, QUICK, HONEST, functions, calls),
        "slow": Crowd(level, SLOW, HONEST, functions, calls),
        "script": Crowd(level, SCRIPT, HONEST_SCRIPT, scripts, streams),
    }
    fates: dict[str, list[str]] = {}
    broken: list[str] = []
    for kind, crowd in crowds.items():
        own = [case for case in cases if case["kind"] == kind]
        if own:
            crowd.judge(own)
        fates |= crowd.fates
        broken += [f"{kind}: {what}" for what in crowd.broken]
    sys.stdout.write(json.dumps({"uid": os.getuid(), "fates": fates, "broken": broken}))


if __name__ == "__main__":
    main()
