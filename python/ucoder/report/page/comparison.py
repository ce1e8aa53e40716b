"""Runs side by side: a column each, a series each. What one of them does not have is a dash."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ucoder.report.page.blocks import Block, Chart, Note, Section, Table, count, number, percent
from ucoder.report.page.charts import Point, Series, trend
from ucoder.report.page.cost import Cost, duration
from ucoder.report.page.exams import rates_of
from ucoder.report.page.funnel import steps
from ucoder.report.page.measures import Measured
from ucoder.report.page.provenance import versions
from ucoder.report.page.quality import interval, scores_by_round
from ucoder.report.page.sources import Origin
from ucoder.rounds.result import estimate, gain
from ucoder.store import differences

__all__ = ["Side", "sections"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the folders."""

    name: str
    origin: Origin
    measured: Sequence[Measured]
    cost: Cost


def sections(sides: Sequence[Side]) -> list[Section]:
    """All that can be compared."""
    exams = [_exams(sides)] if any(side.origin.exam for side in sides) else []
    return [*exams, _models(sides), _rules(sides), _funnel(sides), _agreement(sides), _cost(sides), _settings(sides)]


def _exams(sides: Sequence[Side]) -> Section:
    by_side = [
        {f"{k}, {tests}": f"{rate} ({low_high})" for tests, k, rate, low_high in rates_of(side.origin.exam)}
        if side.origin.exam
        else {}
        for side in sides
    ]
    names = list(dict.fromkeys(name for found in by_side for name in found))
    rows = ((name, [found.get(name, "–") for found in by_side]) for name in names)
    return Section("exam", "Evaluation", [_table("pass@k, with 95 % intervals where they are known", sides, rows)])


def _models(sides: Sequence[Side]) -> Section:
    title = "Models by round"
    series, rows = [], []
    for side in sides:
        by_round = scores_by_round(side.origin, "evaluation")
        found = {n: one for n, scores in by_round.items() if (one := estimate(scores))}
        if found:
            series.append(
                Series(side.name, [Point(float(n), one.mean, one.low, one.high, _round(n)) for n, one in found.items()])
            )
        rows += [(side.name, _round(n), percent(one.mean), interval(one)) for n, one in found.items()]
    if not series:
        return Section("models", title, absent="None of these has measured a model.")
    numbers = sorted({point.x for one in series for point in one.points})
    chart = trend(series, "model", "pass@1", labels=[(n, _round(int(n))) for n in numbers])
    blocks: list[Block] = [
        Chart("pass@1 after each round, 95 % intervals", chart),
        Table("By round", ("", "model", "pass@1", "95 % interval"), rows, frozenset({0, 1})),
        *_differences(sides),
    ]
    return Section("models", title, blocks)


def _differences(sides: Sequence[Side]) -> Iterator[Block]:
    """Last models in pairs, over the problems that both were measured on."""
    measured = {side.name: scores_by_round(side.origin, "evaluation") for side in sides}
    last = {name: by_round[max(by_round)] for name, by_round in measured.items() if by_round}
    first, *others = last
    rows = [
        (name, first, f"{100 * one.mean:+.1f}", interval(one, sign="+"))
        for name in others
        if (one := gain(last[name], last[first])) is not None
    ]
    if rows:
        head = ("last model of", "less that of", "points", "95 % interval")
        yield Table("Differences of pass@1, paired over the same problems", head, rows, frozenset({0, 1}))


def _round(number_of: int) -> str:
    return f"round {number_of}" if number_of else "start"


def _rules(sides: Sequence[Side]) -> Section:
    by_side = [{rule["rule"]: rule for rule in (side.origin.selections or {}).get("rules", [])} for side in sides]
    names = list(dict.fromkeys(name for rules in by_side for name in rules))
    if not names:
        return Section("selection", "Selection", absent="In none of these `ucoder select` has selected anything.")
    blocks: list[Block] = []
    if any(rule["pass_at_1"] is not None for rules in by_side for rule in rules.values()):
        blocks.append(
            _table(
                "pass@1 of each rule", sides, ((name, [_rate(rules.get(name)) for rules in by_side]) for name in names)
            )
        )
    chosen = ((name, [count(rules.get(name, {}).get("chosen")) for rules in by_side]) for name in names)
    blocks.append(_table("Problems for which each rule chose a program", sides, chosen))
    return Section("selection", "Selection", blocks)


def _rate(rule: dict[str, float] | None) -> str:
    if rule is None or rule["pass_at_1"] is None:
        return "–"
    return f"{percent(rule['pass_at_1'])} ({100 * rule['low']:.1f} to {100 * rule['high']:.1f})"


def _funnel(sides: Sequence[Side]) -> Section:
    by_side = [_steps(side) for side in sides]
    names = list(dict.fromkeys(name for found in by_side for name in found))
    if not names:
        return Section("funnel", "Funnel", absent="In none of these a program was executed.")
    rows = ((name, [found.get(name, "–") for found in by_side]) for name in names)
    return Section("funnel", "Funnel", [_table("Over all rounds", sides, rows)])


def _steps(side: Side) -> dict[str, str]:
    sums: dict[str, tuple[int, int]] = {}
    for one in side.measured:
        for name, many, of, _ in chain(*steps(one)):
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + many, before[1] + of)
    return {name: f"{many:,}" + (f" ({percent(many / of)})" if many != of else "") for name, (many, of) in sums.items()}


def _agreement(sides: Sequence[Side]) -> Section:
    every = [[item for one in side.measured for item in one.problems] for side in sides]
    if not any(every):
        return Section("clusters", "Agreement", absent="In none of these a program was executed.")

    def row(name: str, values: Iterable[float | None], form: str) -> tuple[str, list[str]]:
        return name, ["–" if value is None else percent(value) if form == "%" else number(value) for value in values]

    def mean(values: Sequence[float]) -> float | None:
        return float(np.mean(values)) if values else None

    rows = [
        row("in the largest cluster, mean", [mean([one.largest_share for one in found]) for found in every], "%"),
        row("entropy, mean bits", [mean([one.entropy_bits for one in found]) for found in every], ""),
        row("clusters, mean", [mean([float(len(one.cluster_sizes)) for one in found]) for found in every], ""),
        row(
            "tests that agree with the choice",
            [mean([one.agreeing for one in found if one.agreeing is not None]) for found in every],
            "%",
        ),
        row(
            "ran to an end, mean program",
            [mean([float(one.ran_share.mean()) for one in found if one.num_candidates]) for found in every],
            "%",
        ),
        row(
            "passed, mean program",
            [mean([float(one.pass_share.mean()) for one in found if one.num_candidates]) for found in every],
            "%",
        ),
    ]
    return Section("clusters", "Agreement", [_table("Means over problems", sides, rows)])


def _cost(sides: Sequence[Side]) -> Section:
    costs = [side.cost for side in sides]
    rows = [
        ("time of all stages", [duration(one.seconds) for one in costs]),
        ("tokens drawn", [count(one.tokens) if one.tokens else "–" for one in costs]),
        ("tokens/s", [number(one.tokens_per_second, 0) for one in costs]),
        ("executions", [count(one.evaluations) for one in costs]),
        ("executions/s", [number(one.evaluations_per_second, 0) for one in costs]),
        ("CPU time of programs", [duration(one.cells_cpu_seconds) for one in costs]),
        ("core hours held for judging", [number(one.core_hours, 3) for one in costs]),
        ("sampler waited", [duration(one.sampler_waited_s) for one in costs]),
        ("executor waited", [duration(one.executor_waited_s) for one in costs]),
        ("GPU hours", [number(one.gpu_hours, 3) for one in costs]),
    ]
    return Section("cost", "Time and cost", [_table("In sum", sides, rows)])


def _settings(sides: Sequence[Side]) -> Section:
    by_side = [dict(versions(side.origin)) for side in sides]
    names = list(dict.fromkeys(name for found in by_side for name in found))
    blocks: list[Block] = [_words("Versions", sides, ((n, [found.get(n, "–") for found in by_side]) for n in names))]
    first = sides[0]
    for side in sides[1:]:
        changes = differences(first.origin.settings, side.origin.settings)
        caption = f"Settings that differ: {first.name} (there) and {side.name} (here)"
        if changes:
            blocks.append(Table(caption, ("setting",), [(change,) for change in changes]))
        else:
            blocks.append(Note(f"{first.name} and {side.name} have the same settings."))
    return Section("provenance", "Provenance", blocks)


def _table(caption: str, sides: Sequence[Side], rows: Iterable[tuple[str, Sequence[str]]]) -> Table:
    return Table(caption, ("", *(side.name for side in sides)), [(name, *values) for name, values in rows])


def _words(caption: str, sides: Sequence[Side], rows: Iterable[tuple[str, Sequence[str]]]) -> Table:
    plain = _table(caption, sides, rows)
    return Table(plain.caption, plain.head, plain.rows, frozenset(range(len(plain.head))))
