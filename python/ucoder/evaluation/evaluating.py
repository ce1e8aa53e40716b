"""Evaluating: a benchmark's problems and somebody's programs become a folder of evidence, verdicts and figures.

The evidence is what `ucoder judge` writes, and is resumed as that is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from ucoder.config import JudgeSettings, Shard
from ucoder.errors import InputError
from ucoder.evaluation.benchmark import Benchmark
from ucoder.evaluation.data import Data
from ucoder.evaluation.exam import BenchmarkProblem
from ucoder.evaluation.results import figures, write_results
from ucoder.evaluation.samples import Programs
from ucoder.evaluation.verdicts import verdicts
from ucoder.execution.executor import Executor
from ucoder.execution.tally import summarize
from ucoder.records import Task
from ucoder.stages.judging import Progress, judge, plan_parts
from ucoder.store import JsonObject, RunDirectory, RunRecord

__all__ = ["Examination", "evaluate", "identity_of", "refuse_missing"]


@dataclass(frozen=True, slots=True)
class Examination:
    """What is evaluated: `stages.judging.TaskSource` over it is `task`."""

    benchmark: Benchmark
    data: Data
    problems: Mapping[str, BenchmarkProblem]
    programs: Programs

    def task(self, task_id: str, /) -> Task:
        """One problem with its samples and tests."""
        problem = self.problems[task_id]
        return Task(problem.problem, self.programs[task_id], problem.tests)


def refuse_missing(source: object, programs: Programs, problems: Iterable[str]) -> None:
    """InputError where a problem has no sample: an average over the others would be of another benchmark."""
    missing = [task_id for task_id in problems if task_id not in programs]
    if missing:
        raise InputError(
            str(source), 0, "task_id", f"{len(missing)} problems have no sample, the first is {missing[0][:80]!r}; "
            "with --partial the figures are of the others"
        )  # fmt: skip


def identity_of(
    benchmark: Benchmark, data: Data, samples: Mapping[str, object], settings: JudgeSettings, **versions: str
) -> JsonObject:
    """What two evaluations must share to be one."""
    return {
        "verb": "eval",
        "benchmark": benchmark.name,
        "data": data.sha256,
        "samples": dict(samples),
        **versions,
        "settings": settings.as_json(),
        "shard": asdict(Shard()),
        "problems_without_candidates": 0,
    }


def evaluate(
    exam: Examination,
    directory: RunDirectory,
    settings: JudgeSettings,
    start: Callable[[], AbstractContextManager[Executor]],
    ks: Sequence[int],
    on_progress: Callable[[Progress], None],
) -> JsonObject:
    """Judge what is not judged yet, write the results, give the figures. Raises what executor and store raise."""
    counts = {task_id: len(programs) for task_id, programs in exam.programs.items()}
    parts = plan_parts(counts, settings.part_candidates)
    if len(directory.finished_parts()) < len(parts):
        with start() as executor:
            judge(exam, directory, executor, parts, on_progress)
    summary = summarize(directory.identity, directory.finished_parts().values())
    judged = list(verdicts(RunRecord.load(directory.path), exam.problems))
    result: JsonObject = {
        "benchmark": exam.benchmark.name,
        **figures(judged, exam.problems, ks),
        "void_tests": sum(summary["void_tests"].values()),
        "trusted_share": summary["trusted_share"],
        "data": exam.data.as_json(),
        "sampling": directory.identity["samples"],
        "limits": asdict(settings.limits),
        "isolation": summary["isolation"],
        "sandbox_layers": summary["sandbox_layers"],
        "versions": {name: directory.identity[name] for name in ("ucoder", "python")},
        "wall_seconds": summary["wall_seconds"],
    }
    write_results(directory.path, judged, exam.problems, exam.programs, result)
    directory.finish(summary)
    return result
