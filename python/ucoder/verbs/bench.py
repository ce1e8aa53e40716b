"""`ucoder bench`: the executor's throughput on this machine, beside a peer's."""

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from cyclopts import Parameter

from ucoder.config import Limits
from ucoder.execution.executor import Executor, num_cores
from ucoder.execution.inputs import Inputs
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.peer import PEER, measure_peer, why_no_peer
from ucoder.records import AssertionTest, Task
from ucoder.report.throughput import Throughput, print_throughput
from ucoder.verbs.judge import SAMPLE

__all__ = ["BenchOptions", "bench"]

# What the sample calls programs that neither hang nor harm: the peer, which has no sandbox, runs them too.
_HARMLESS = ("right", "wrong", "error", "syntax", "no_entry")
_PEER_CANDIDATES_OF_A_TASK = 5  # it is slow; a slice gives the same rate


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """What `ucoder bench` takes."""

    isolation: Literal["auto", "test", "candidate", "batch"] = "auto"
    "What shares a process: programs seen to leave no trace, nothing, a candidate's runs, a problem's (if trusted)."
    workers: int | None = None
    "Programs that run at a time; all cores by default."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the figures as one JSON object."


def bench(options: BenchOptions = BenchOptions()) -> int:
    """Measure, print, return the exit code. The help text stands in `ucoder.cli`."""
    workers = options.workers or num_cores()
    tasks = _harmless_tasks()
    rates = [_own_rate(tasks, options.isolation, workers), _peer_rate(tasks, workers)]
    print_throughput(rates, as_json=options.json)
    return 0


def _harmless_tasks() -> list[Task]:
    """The sample's functions, their assertions, and their distinct candidates that are labelled harmless."""
    labels: dict[str, list[object]] = {}
    for row in iter_rows(SAMPLE.problems.with_name("truth.jsonl.gz")):
        labels.setdefault(row.key("task_id"), []).append(row.fields.get("label"))
    tasks = []
    with Inputs.open(SAMPLE) as inputs:
        for task_id in inputs.num_candidates():
            task = inputs.task(task_id)
            labelled = zip(task.candidates, labels[task_id], strict=True)
            kept = dict.fromkeys(candidate for candidate, label in labelled if label in _HARMLESS)
            tests = [test for test in task.tests if isinstance(test, AssertionTest)]
            if task.problem.entry_point and tests:
                tasks.append(Task(task.problem, list(kept), tests))
    return tasks


def _own_rate(tasks: Sequence[Task], isolation: str, workers: int) -> Throughput:
    num_candidates = sum(len(task.candidates) for task in tasks)
    with Executor(workers=workers, isolation=isolation, limits=Limits(cpu_ms=100, max_timeouts=1)) as executor:
        began = time.perf_counter()
        num_evaluations = sum(matrix.outcomes.size for matrix in executor.stream(tasks))
        seconds = time.perf_counter() - began
    note = f"isolation {isolation}, {workers} workers"
    return Throughput("ucoder", num_candidates / seconds, num_evaluations / seconds, note)


def _peer_rate(tasks: Sequence[Task], workers: int) -> Throughput:
    if reason := why_no_peer():
        return Throughput(PEER, None, None, reason)
    few = [replace(task, candidates=task.candidates[:_PEER_CANDIDATES_OF_A_TASK]) for task in tasks]
    try:
        return Throughput(PEER, measure_peer(few, workers), None, f"a process each, {workers} workers")
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        return Throughput(PEER, None, None, f"failed: {''.join(last) or error.returncode}")
