"""Millions of cells in one process: `scripts/soak cells --isolation candidate|auto [--cells N]`.

Each judgement is a new task of 64 different tiny programs; a few of them raise, exit or answer with a large value. What
the process and its zygotes hold is measured after the first twentieth and at the end, and after each tenth between.
Prints one JSON object; exit code 1 where descriptors, threads, processes or mappings of shared memory are not the same
at the end, or resident memory of the caller or of a zygote grew by more than 32 MiB.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from processes import children_of, mapped_memfds, num_entries, resident_bytes

from ucoder import AssertionTest, Candidate, Executor, Problem, Task

NUM_PROGRAMS = 64
ODD = ["def f(x): raise KeyError(x)\n", "import os\ndef f(x): os._exit(3)\n", "def f(x): return 'x' * 20_000\n",
       "def f(:\n", "def g(x): return x\n"]  # fmt: skip
MOST_GROWTH = 32 << 20


@dataclass(frozen=True)
class Held:
    """What is held at one moment."""

    cells: int
    forks: int
    seconds: float
    caller_bytes: int
    largest_zygote_bytes: int
    descriptors: int
    threads: int
    zygotes: int
    mapped_memfds: int


def task(number: int, num_tests: int) -> Task:
    programs = [f"def f(x): return x + {(number + i) % 7}  # {number}\n" for i in range(NUM_PROGRAMS - len(ODD))]
    programs = [f"{text}# {i}\n" for i, text in enumerate(programs + ODD)]
    tests = [AssertionTest(f"assert f({x}) == {x + number % 7}") for x in range(num_tests)]
    name = f"soak/{number}"
    return Task(Problem(name, "", "f"), [Candidate(name, solution=text) for text in programs], tests)


def held(cells: int, forks: int, began: float) -> Held:
    zygotes = children_of(os.getpid())
    largest = max(map(resident_bytes, zygotes))
    return Held(
        cells, forks, round(time.monotonic() - began, 1), resident_bytes(os.getpid()), largest,
        num_entries("/proc/self/fd"), num_entries("/proc/self/task"), len(zygotes), mapped_memfds(os.getpid()),
    )  # fmt: skip


def soak(isolation: str, num_cells: int, num_tests: int, workers: int | None) -> list[Held]:
    began, cells, forks, measured = time.monotonic(), 0, 0, []
    marks = [num_cells // 20, *(num_cells * tenth // 10 for tenth in range(1, 11))]
    number = 0
    with Executor(isolation=isolation, workers=workers) as executor:
        while marks:
            one = task(number, num_tests)
            matrix = executor.judge(one.problem, one.candidates, one.tests)
            number += 1
            cells += matrix.outcomes.size
            forks += matrix.counts["workers"]
            if cells >= marks[0]:
                marks = [mark for mark in marks if mark > cells]
                measured.append(held(cells, forks, began))
    return measured


def grew(first: Held, last: Held) -> list[str]:
    names = ["descriptors", "threads", "zygotes", "mapped_memfds"]
    wrong = [name for name in names if getattr(first, name) != getattr(last, name)]
    sizes = ["caller_bytes", "largest_zygote_bytes"]
    return wrong + [name for name in sizes if getattr(last, name) - getattr(first, name) > MOST_GROWTH]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--isolation", choices=["auto", "candidate", "test"], default="candidate")
    parser.add_argument("--cells", type=int, default=0, help="default: a million, at auto ten million")
    parser.add_argument("--tests", type=int, default=0, help="of a task; default: 8, at auto 200")
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    auto = options.isolation == "auto"
    cells = options.cells or (10_000_000 if auto else 1_000_000)
    measured = soak(options.isolation, cells, options.tests or (200 if auto else 8), options.workers)
    wrong = grew(measured[0], measured[-1])
    report: dict[str, Any] = {"isolation": options.isolation, "grew": wrong, "held": [asdict(one) for one in measured]}
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
