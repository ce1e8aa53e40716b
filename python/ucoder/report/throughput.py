"""Rates of executors side by side, as a table for people and as JSON for programs."""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Contender", "Figure", "Report", "Spread", "report_json", "report_lines"]


@dataclass(frozen=True, slots=True)
class Spread:
    """What several measurements of one thing gave."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread | None":
        """None of no values."""
        return cls(statistics.median(values), min(values), max(values)) if values else None


@dataclass(slots=True)
class Contender:
    """One executor. A list has an entry for each pair it was measured in; `note` says how it ran, or why not."""

    name: str
    note: str
    all_rates: list[float]
    """Candidates a second on all candidates"""
    calm_rates: list[float]
    """Candidates a second on those that do not hang"""
    calm_cpu_ms: list[float]
    """CPU time of a candidate that does not hang, in all processes"""


@dataclass(frozen=True, slots=True)
class Figure:
    """Anything else that was measured, or why it was not."""

    name: str
    unit: str
    values: list[float]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured. The first contender is compared with the others, pair by pair."""

    workload: dict[str, Any]
    machine: dict[str, Any]
    contenders: list[Contender]
    compared_with: dict[str, str]
    """For a contender that is to be compared with another one than the first, that one's name"""
    figures: list[Figure]


def report_json(report: Report) -> str:
    """Every figure, with its spread and the single measurements."""
    rows = []
    for contender in report.contenders:
        reference = _reference(report, contender)
        ratios = {
            "all": _ratios(reference.all_rates, contender.all_rates),
            "calm": _ratios(reference.calm_rates, contender.calm_rates),
            "calm_cpu": _ratios(contender.calm_cpu_ms, reference.calm_cpu_ms),
        }
        rows.append({
            **asdict(contender), "reference": reference.name,
            "times": {name: {"values": values, **_spread(values)} for name, values in ratios.items()},
        })  # fmt: skip
    figures = [asdict(figure) | _spread(figure.values) for figure in report.figures]
    return json.dumps({**asdict(report), "contenders": rows, "figures": figures}, indent=1)


def report_lines(report: Report) -> Iterator[str]:
    """The table."""
    work, machine = report.workload, report.machine
    yield (
        f"{work['name']}: {work['candidates']:,} distinct candidates of {work['problems']} problems, {work['tests']:,} "
        f"assertions; a time limit stops {work['hanging']}; limit {work['limit_ms']:,} ms"
    )
    yield f"{machine['model']}, {machine['cores']} cores, load {machine['load']}, Python {machine['python']}"
    yield f"{work['pairs']} interleaved rounds: median (least to most)"
    yield ""
    yield f"{'':<24}{'candidates/s, all':>26}{'that do not hang':>26}{'CPU ms each':>13}"
    for contender in report.contenders:
        if not contender.calm_rates:
            yield f"{contender.name:<24}  {contender.note}"
            continue
        columns = [_text(contender.all_rates, ",.0f"), _text(contender.calm_rates, ",.0f")]
        cpu = f"{statistics.median(contender.calm_cpu_ms):.2f}"
        yield f"{contender.name:<24}{columns[0]:>26}{columns[1]:>26}{cpu:>13}  {contender.note}"
    yield ""
    yield f"{'':<40}{'times, all':>26}{'that do not hang':>26}{'by CPU':>13}"
    for contender in report.contenders:
        reference = _reference(report, contender)
        if contender is reference or not contender.calm_rates or not reference.calm_rates:
            continue
        columns = [
            _text(_ratios(reference.all_rates, contender.all_rates), ",.1f"),
            _text(_ratios(reference.calm_rates, contender.calm_rates), ",.1f"),
        ]
        cpu = f"{statistics.median(_ratios(contender.calm_cpu_ms, reference.calm_cpu_ms)):.1f}"
        yield f"{reference.name + ' / ' + contender.name:<40}{columns[0]:>26}{columns[1]:>26}{cpu:>13}"
    yield ""
    for figure in report.figures:
        text = f"{_text(figure.values, ',.2f')} {figure.unit}" if figure.values else ""
        yield f"{figure.name:<40}{text}  {figure.note}".rstrip()


def _reference(report: Report, contender: Contender) -> Contender:
    name = report.compared_with.get(contender.name, report.contenders[0].name)
    return next(one for one in report.contenders if one.name == name)


def _ratios(ones: Sequence[float], others: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(ones, others, strict=False) if other]


def _spread(values: Sequence[float]) -> dict[str, float]:
    spread = Spread.of(values)
    return asdict(spread) if spread else {}


def _text(values: Sequence[float], form: str) -> str:
    spread = Spread.of(values)
    return f"{spread.median:{form}} ({spread.least:{form}} to {spread.most:{form}})" if spread else "-"
