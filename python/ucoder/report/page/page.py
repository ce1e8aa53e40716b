"""The pages: of one folder, and of several side by side. From what lies there to sections; nothing is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucoder.report.page import agreement, comparison
from ucoder.report.page.blocks import Section, count, number, percent
from ucoder.report.page.cases import MOST_CASES, Case, cases
from ucoder.report.page.cost import Cost, cost, cost_of, duration
from ucoder.report.page.diversity import diversity
from ucoder.report.page.exams import exam
from ucoder.report.page.funnel import funnel
from ucoder.report.page.measures import Measured, measured
from ucoder.report.page.provenance import provenance
from ucoder.report.page.quality import models, precision, scores_by_round
from ucoder.report.page.sources import Origin, read_origin
from ucoder.rounds.result import estimate

__all__ = ["Page", "comparison_page", "page_of"]

_KINDS = {"run": "A run of the loop", "judge": "A judged job", "eval": "An evaluation"}


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template shows."""

    title: str
    kind: str
    headline: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    cases: Sequence[Case] = ()
    cases_left_out: int = 0
    has_cases: bool = True


def page_of(path: Path, most_cases: int = MOST_CASES) -> Page:
    """The page of one folder. Raises what `read_origin` raises."""
    origin = read_origin(path)
    found = [measured(one) for one in origin.evidence]
    took = cost_of(origin)
    make: Sequence[Callable[[], Section]] = (
        lambda: funnel(origin, found),
        lambda: models(origin),
        lambda: precision(origin),
        lambda: agreement.clusters(found),
        lambda: agreement.difficulty(found),
        lambda: agreement.fluency(found),
        lambda: agreement.validity(found),
        lambda: diversity(origin, found),
        lambda: cost(origin, took),
    )
    sections = [section() for section in make]
    if origin.exam is not None:  # whose figures are these: of a loop or a selection it has none
        sections = [exam(origin.exam), *(one for one in sections if not one.absent)]
    shown = cases(found, most_cases)
    return Page(
        _title(origin),
        _KINDS[origin.kind],
        _headline(origin, found, took),
        [*sections, provenance(origin)],
        shown,
        sum(len(one.problems) for one in found) - len(shown),
        has_cases=bool(found),
    )


def comparison_page(paths: Sequence[Path]) -> Page:
    """Several folders side by side."""
    sides = []
    for path in paths:
        origin = read_origin(path)
        found = [measured(one) for one in origin.evidence]
        sides.append(comparison.Side(_title(origin), origin, found, cost_of(origin)))
    names = [side.name for side in sides]
    return Page(" · ".join(names), "Side by side", (), comparison.sections(sides), has_cases=False)


def _title(origin: Origin) -> str:
    return origin.path.resolve().name


def _headline(origin: Origin, found: Sequence[Measured], took: Cost) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    rounds = {n: one for n, scores in scores_by_round(origin, "evaluation").items() if (one := estimate(scores))}
    if rounds:
        last = max(rounds)
        name = "pass@1, start to end" if last and 0 in rounds else "pass@1"
        ends = [rounds[0], rounds[last]] if last and 0 in rounds else [rounds[last]]
        told.append((name, " → ".join(percent(one.mean) for one in ends)))
    if origin.selections is not None and origin.selections["problems_with_truth"]:
        first = origin.selections["rules"][0]
        told.append((f"pass@1 of {first['rule']}", percent(first["pass_at_1"])))
        told.append(("mean of all programs", percent(origin.selections["mean"])))
    if origin.exam is not None:
        shares = [sum(task.right()) / len(task.base) for task in origin.exam.tasks if task.base]
        told += [
            ("pass@1", percent(sum(shares) / len(shares) if shares else None)),
            ("tasks", count(len(origin.exam.tasks))),
        ]
    if origin.rounds:
        told.append(("rounds", count(len(origin.rounds))))
    if found:
        told += [
            ("problems", count(sum(len(one.problems) for one in found))),
            ("programs", count(sum(item.num_candidates for one in found for item in one.problems))),
            ("executions", count(took.evaluations)),
        ]
    if took.seconds:
        told.append(("time", duration(took.seconds)))
    if took.tokens_per_second is not None:
        told.append(("tokens/s", number(took.tokens_per_second, 0)))
    elif took.evaluations_per_second is not None:
        told.append(("executions/s", number(took.evaluations_per_second, 0)))
    return told
