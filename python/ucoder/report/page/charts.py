"""Geometry of the page's drawings: from values to places on a canvas. What is drawn there, templates say.

Why no plotting library: plotly's script alone is 4.8 MB of a page that is to stay under 5 MB, and its colours are fixed
when it is made. Lines, intervals and columns in SVG take a few kilobytes, follow the reader's light or dark setting
through CSS, and need no script.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Histogram", "Mark", "Point", "Series", "Trend", "histogram", "trend"]

WIDTH, HEIGHT = 440, 256
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 26, 46
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Point:
    """One value with its interval; `label` says which it is, at full length."""

    x: float
    mean: float
    low: float | None = None
    high: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together, from left to right."""

    name: str
    points: Sequence[Point]
    joined: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the canvas."""

    x: float
    y: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series on the canvas."""

    name: str
    marks: Sequence[Mark]
    path: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Points with intervals over an axis."""

    lines: Sequence[Line]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    x_title: str
    y_title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a histogram on the canvas."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often values fall between edges."""

    columns: Sequence[Column]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    x_title: str
    y_title: str
    summary: str


def trend(
    series: Sequence[Series],
    x_title: str,
    y_title: str,
    *,
    labels: Sequence[tuple[float, str]] = (),
    as_share: bool = True,
) -> Trend:
    """Draw series over a common axis. `labels` name places on the x axis; without them it has round numbers."""
    points = [point for one in series for point in one.points]
    xs = [*(point.x for point in points), *(place for place, _ in labels)] or [0.0]
    highest = max((point.high if point.high is not None else point.mean for point in points), default=1.0)
    y_values = [0.0, 0.25, 0.5, 0.75, 1.0] if as_share else _round_ticks(0.0, highest)
    top = max(y_values[-1], highest)
    low_x, high_x = min(xs), max(xs)
    margin = (high_x - low_x) * 0.06 or 0.5
    x_of = _scale(low_x - margin, high_x + margin, LEFT, WIDTH - RIGHT)
    y_of = _scale(0.0, top, HEIGHT - BOTTOM, TOP)
    shift = 5.0  # series lie beside one another, so that their intervals can be told apart

    def place(number: int, point: Point) -> Mark:
        x = x_of(point.x) + shift * (number - (len(series) - 1) / 2)
        low, high = (None if value is None else round(y_of(value), 1) for value in (point.low, point.high))
        return Mark(round(x, 1), round(y_of(point.mean), 1), low, high, _title(series[number].name, point, as_share))

    lines = []
    for number, one in enumerate(series):
        marks = [place(number, point) for point in one.points]
        path = " ".join(f"{mark.x},{mark.y}" for mark in marks) if one.joined and len(marks) > 1 else ""
        lines.append(Line(one.name, marks, path))
    places = labels or [(value, _short(value)) for value in _round_ticks(low_x, high_x) if low_x <= value <= high_x]
    return Trend(
        lines,
        [Tick(round(x_of(value), 1), text) for value, text in places],
        [Tick(round(y_of(value), 1), f"{100 * value:.0f} %" if as_share else _short(value)) for value in y_values],
        x_title,
        y_title,
        f"{y_title} over {x_title}: " + "; ".join(mark.title for line in lines for mark in line.marks),
    )


def histogram(
    values: NDArray[np.float64], edges: Sequence[float], x_title: str, y_title: str, *, open_end: bool = False
) -> Histogram:
    """Count values between edges; the last interval takes both ends in, what lies outside is put into the ends.

    `open_end`: values beyond the last edge are to be expected, and the axis says so.
    """
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=np.asarray(edges))
    y_values = _round_ticks(0.0, float(max(counts.max(), 1)))
    y_of = _scale(0.0, y_values[-1], HEIGHT - BOTTOM, TOP)
    step = (WIDTH - LEFT - RIGHT) / len(counts)
    columns = [
        Column(
            round(LEFT + index * step + 1, 1),
            round(y_of(float(number)), 1),
            round(step - 2, 1),
            round(HEIGHT - BOTTOM - y_of(float(number)), 1),
            f"{_short(edges[index])} to {_short(edges[index + 1])}: {number:,}",
        )
        for index, number in enumerate(counts.tolist())
    ]
    every = max(1, math.ceil(len(edges) / (_MOST_TICKS + 1)))
    ticks = [Tick(round(LEFT + index * step, 1), _short(edges[index])) for index in range(0, len(edges), every)]
    if open_end:
        last = f"{_short(edges[-2])}+"
        columns[-1] = replace(columns[-1], title=f"{last}: {counts[-1]:,}")
        ticks = [*(tick for tick in ticks if tick.at < columns[-1].x - step), Tick(round(columns[-1].x, 1), last)]
    return Histogram(
        columns,
        ticks,
        [Tick(round(y_of(value), 1), _short(value)) for value in y_values],
        x_title,
        y_title,
        f"{y_title} by {x_title}: " + "; ".join(column.title for column in columns),
    )


class _scale:  # noqa: N801  used as a function
    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self._low, self._begin = low, begin
        self._slope = (end - begin) / ((high - low) or 1.0)

    def __call__(self, value: float) -> float:
        return self._begin + (value - self._low) * self._slope


def _round_ticks(low: float, high: float) -> list[float]:
    """Round numbers from the one at or below `low` to the one at or above `high`."""
    if high <= low:
        high = low + 1.0
    raw = (high - low) / (_MOST_TICKS - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
    begin, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * index for index in range(begin, end + 1)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"


def _title(name: str, point: Point, as_share: bool) -> str:
    def told(value: float) -> str:
        return f"{100 * value:.1f} %" if as_share else f"{value:,.3g}"

    where = point.label or _short(point.x)
    interval = f" ({told(point.low)} to {told(point.high)})" if point.low is not None and point.high is not None else ""
    return f"{name}, {where}: {told(point.mean)}{interval}"
