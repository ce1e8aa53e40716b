"""Checks programs and tests of the sample against their labels: `python -m sample.verify`, from `examples`.

Needs no executor. Runs the programs labelled "right" and "wrong", which are ours, in child processes with limits;
never one of the other labels. Prints a table of what the sample holds.
"""

import contextlib
import io
import os
import resource
import signal
import sys
from collections import Counter
from multiprocessing import get_context
from typing import Any

from .candidates import Candidate, candidates
from .families import PROBLEMS
from .problem import Problem
from .reference import agrees, printed, returned
from .suites import model_suite

CELL_SECONDS = 2


def main() -> int:
    with get_context("fork").Pool(2, initializer=_limit) as pool:
        complaints = [line for lines in pool.imap(_complaints, range(len(PROBLEMS))) for line in lines]
    sys.stdout.write(_table())
    sys.stdout.write("".join(f"{line}\n" for line in complaints))
    sys.stdout.write(f"{len(PROBLEMS)} problems, {len(complaints)} complaints\n")
    return 1 if complaints else 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))


def _table() -> str:
    kinds = ("right", "wrong", "error", "syntax", "no_entry", "hang", "crash", "memory", "hostile")
    heads = (f"{'problem':17}", "rows", "distinct", *kinds, "tests", "wrong", "void")
    lines = [" ".join(f"{head:>8}" for head in heads)]
    for ordinal, problem in enumerate(PROBLEMS):
        rows = candidates(problem, ordinal)
        labels = Counter(row.label for row in rows)
        suite = Counter(test.label for test in model_suite(problem))
        numbers = [len(rows), len({(row.field, row.text) for row in rows}), *(labels[kind] for kind in kinds)]
        numbers += [suite.total(), suite["wrong"], suite["void"]]
        lines.append(" ".join([f"{problem.name:17}", *(f"{number:8}" for number in numbers)]))
    return "\n".join(lines) + "\n"


def _complaints(ordinal: int) -> list[str]:
    problem = PROBLEMS[ordinal]
    complaints, seen = _suite_complaints(problem), set()
    for made in candidates(problem, ordinal):
        if made.label not in ("right", "wrong") or (made.field, made.text) in seen:
            continue
        seen.add((made.field, made.text))
        passed = [_passes(problem, made, case) for case in problem.cases]
        if all(passed) != (made.label == "right"):
            complaints.append(f"{problem.name}: labelled {made.label} ({made.flaw}), passes {passed}:\n{made.text}")
    return complaints


def _suite_complaints(problem: Problem) -> list[str]:
    return [
        f"{problem.name}: labelled {test.label}: {test.test}"
        for test in model_suite(problem)
        if test.label != "void" and _holds(problem, test.test) != (test.label == "right")
    ]


def _holds(problem: Problem, test: str | dict[str, Any]) -> bool:
    """Whether the reference passes the test."""
    if isinstance(test, str):
        test = {"assert": test}
    if "input" in test:
        return _same_output(problem, printed(_reference(problem), test["input"]), test["output"])
    namespace: dict[str, Any] = {}
    exec(problem.program(problem.right[0]), namespace)
    if "args" in test:
        return agrees(problem, eval(f"{problem.entry_point}(*{test['args']!r})", namespace), test["expected"])
    if "call" in test:
        return agrees(problem, eval(test["call"], namespace), eval(test["expected"]))
    source = test.get("assert") or f"{test['check']}\ncheck({problem.entry_point})"
    try:
        exec(source, namespace)
    except AssertionError:
        return False
    return True


def _passes(problem: Problem, made: Candidate, case: str) -> bool:
    program = made.text if made.field == "solution" else problem.prompt + made.text
    signal.signal(signal.SIGALRM, _interrupt)
    signal.alarm(CELL_SECONDS)
    try:
        if problem.is_script:
            return _same_output(problem, printed(program, case), printed(_reference(problem), case))
        expected = returned(problem, problem.right[0], case)
        with contextlib.redirect_stdout(io.StringIO()):
            namespace: dict[str, Any] = {}
            exec(program, namespace)
            value = eval(f"{problem.entry_point}({case})", namespace)
        return agrees(problem, value, expected)
    except Exception:
        return False
    finally:
        signal.alarm(0)


def _reference(problem: Problem) -> str:
    return problem.completion(problem.right[0])


def _same_output(problem: Problem, printed_text: str, expected: str) -> bool:
    if problem.compare == "exact":
        return printed_text == expected
    if problem.compare == "whitespace":
        return printed_text.split() == expected.split()
    return list(map(float, printed_text.split())) == list(map(float, expected.split()))


def _interrupt(signum: int, frame: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    os.environ["PYTHONHASHSEED"] = "0"
    raise SystemExit(main())
