"""What a section of the page is made of. Plain values: how they look is the templates' business."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ucoder.report.page.charts import Histogram, Trend

__all__ = ["Bar", "Bars", "Block", "Chart", "Facts", "Note", "Section", "Source", "Table", "count", "number", "percent"]


@dataclass(frozen=True, slots=True)
class Note:
    """A line or two of text."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with values, in order."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, already formatted. Columns in `words` (0-based) hold words, the others numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart. Shares from 0 to 1; `low` and `high` are an interval, where there is one."""

    label: str
    share: float
    text: str
    low: float | None = None
    high: float | None = None
    note: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars on a scale from 0 to 1."""

    caption: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and what is to be seen in it."""

    caption: str
    drawing: Trend | Histogram


@dataclass(frozen=True, slots=True)
class Source:
    """Text as it is, closed until a reader opens it."""

    title: str
    text: str


Block: TypeAlias = Note | Facts | Table | Bars | Chart | Source


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the page. One without blocks says in `absent` why there is nothing."""

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    absent: str = ""


def percent(share: float | None, digits: int = 1) -> str:
    """Like "47.7 %", which no line breaks apart; a dash where it is not known."""
    return "–" if share is None or share != share else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"  # noqa: PLR0124  NaN


def count(value: float | None) -> str:
    """Like "1,234"; a dash where it is not known."""
    return "–" if value is None else f"{value:,.0f}"


def number(value: float | None, digits: int = 2) -> str:
    """Like "1,234.56"; a dash where it is not known."""
    return "–" if value is None or value != value else f"{value:,.{digits}f}"  # noqa: PLR0124  NaN
