"""Results of an evaluation in EvalPlus's shape: each sample's status on the base tests and on the further ones."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ucoder.errors import RunDirectoryError
from ucoder.report.page.blocks import Bar, Bars, Block, Section, Table, count, percent
from ucoder.report.page.estimates import mean_of
from ucoder.store import JsonObject
from ucoder.store.files import read_json

__all__ = ["ExamResults", "ExamTask", "exam", "exam_results", "rates_of"]

_PASS = "pass"
_MOST_TASKS = 40


@dataclass(frozen=True, slots=True)
class ExamTask:
    """One task's samples: their statuses on the base tests, and on these and the further ones ("" without such)."""

    task_id: str
    base: Sequence[str]
    plus: Sequence[str]

    def right(self) -> list[bool]:
        """By sample: whether it passes all tests that there are."""
        return [b == _PASS and p in ("", _PASS) for b, p in zip(self.base, self.plus, strict=True)]


@dataclass(frozen=True, slots=True)
class ExamResults:
    """All of it."""

    about: JsonObject
    """What stands beside the samples: date, settings, versions, and what result.json says where it is there"""
    tasks: Sequence[ExamTask]
    pass_at_k: Mapping[str, Mapping[str, float]]


def exam_results(path: Path) -> ExamResults | None:
    """Of a folder; None where it holds none. RunDirectoryError where the file is not in that shape."""
    files = sorted(path.glob("*eval_results.json"))
    if not files:
        return None
    content = read_json(files[0])
    tasks = content.get("eval")
    if not isinstance(tasks, dict):
        raise RunDirectoryError(f"{files[0]}, field 'eval': expected an object of tasks")
    rates = content.get("pass_at_k", {})
    result = path / "result.json"
    about = {name: value for name, value in content.items() if name not in ("eval", "pass_at_k")}
    return ExamResults(
        about | (read_json(result) if result.exists() else {}),
        [_task(files[0], task_id, samples) for task_id, samples in tasks.items()],
        {name: dict(of) for name, of in rates.items() if isinstance(of, dict)} if isinstance(rates, dict) else {},
    )


def _task(file: Path, task_id: str, samples: object) -> ExamTask:
    if not isinstance(samples, list) or not all(isinstance(one, dict) for one in samples):
        raise RunDirectoryError(f"{file}, field 'eval.{task_id[:80]}': expected a list of samples")
    base, plus = ([str(one.get(f"{name}_status") or "") for one in samples] for name in ("base", "plus"))
    return ExamTask(task_id, base, plus)


def exam(found: ExamResults) -> Section:
    """pass@k, what samples failed by, the hardest tasks."""
    tasks = [task for task in found.tasks if task.base]
    if not tasks:
        return Section("exam", "Evaluation", absent="There is no sample in the results.")
    return Section("exam", "Evaluation", list(_blocks(found, tasks)))


def _blocks(found: ExamResults, tasks: Sequence[ExamTask]) -> Iterator[Block]:
    columns = {"base tests": [np.mean([status == _PASS for status in task.base]) for task in tasks]}
    if any(status for task in tasks for status in task.plus):
        columns["base and further tests"] = [np.mean(task.right()) for task in tasks]
    bars = []
    for name, values in columns.items():
        one = mean_of(np.array(values))
        bars.append(Bar(name, one.mean, percent(one.mean), one.low, one.high))
    yield Bars(f"pass@1 over {len(tasks):,} tasks, 95 % intervals", bars)
    yield from _rates(found)
    statuses = Counter((b, p) for task in tasks for b, p in zip(task.base, task.plus, strict=True))
    yield Table(
        "What became of the samples",
        ("base tests", "further tests", "samples", "share"),
        [(b, p or "–", count(many), percent(many / statuses.total())) for (b, p), many in statuses.most_common()],
        frozenset({0, 1}),
    )
    shares = {task.task_id: float(np.mean(task.right())) for task in tasks}
    hardest = sorted((share, task_id) for task_id, share in shares.items() if share < 1)
    if hardest:
        yield Table(
            f"The hardest {min(_MOST_TASKS, len(hardest)):,} of {len(hardest):,} tasks that have a wrong sample",
            ("task", "right"),
            [(task_id, percent(share, 0)) for share, task_id in hardest[:_MOST_TASKS]],
        )


def _rates(found: ExamResults) -> Iterator[Block]:
    """pass@k for each k, with the intervals of result.json."""
    rows = list(rates_of(found))
    if rows:
        head = ("tests", "k", "rate", "95 % interval")
        yield Table("pass@k, the unbiased estimator", head, rows, frozenset({0, 1}))


def rates_of(found: ExamResults) -> Iterator[tuple[str, str, str, str]]:
    """Tests, k, rate and interval, in words."""
    names = {"base": "base tests", "plus": "base and further tests"}
    for kind, of in found.pass_at_k.items():
        beside = found.about if kind == "plus" or len(found.pass_at_k) == 1 else found.about.get("base", {})
        intervals = beside.get("intervals", {}) if isinstance(beside, dict) else {}
        for k, rate in of.items():
            interval = intervals.get(k)
            told = f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}" if interval else "–"
            yield names.get(kind, kind), k, percent(rate), told
