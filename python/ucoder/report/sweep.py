"""What sampling settings are worth, for people as a table and for programs as JSON, on standard output."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ucoder.stages.sweeping import GridRow
from ucoder.store import JsonObject

__all__ = ["SweepRow", "print_sweep"]


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A row of the table: the settings of its run, by name, and a size."""

    settings: Mapping[str, str]
    grid: GridRow


def print_sweep(summary: JsonObject, rows: Sequence[SweepRow], out: Path, *, as_json: bool) -> None:
    """Print the table; runs are set apart."""
    if as_json:
        print(json.dumps(summary))
        return
    has_truth = any(row.grid.pass_at_1 is not None for row in rows)
    table = Table(box=None, title_justify="left", title=_title(summary))
    names = list(rows[0].settings)
    quality = ("pass@1", "of chosen") if has_truth else ("agreement",)
    for column in (*names, "n", "tests", "yield", "(draws)", *quality, "tokens", "executions", "CPU s"):
        table.add_column(column, justify="right", no_wrap=True)
    before: Mapping[str, str] | None = None
    for row in rows:
        if before is not None and row.settings != before:
            table.add_section()
        before = row.settings
        table.add_row(*(row.settings[name] for name in names), *_cells(row.grid, has_truth=has_truth))
    console = Console()
    (console if console.is_terminal else Console(width=160)).print(table)
    print(f"in {out}: sweep.json, sweep.parquet, and a run for each setting")


def _title(summary: JsonObject) -> str:
    return f"rule {summary['rule']}, {summary['draws']} draws; the largest size of each setting is what was executed"


def _cells(one: GridRow, *, has_truth: bool) -> tuple[str, ...]:
    quality = (one.pass_at_1, one.pass_at_1_chosen) if has_truth else (one.agreement,)
    return (
        str(one.n),
        str(one.num_tests),
        f"{one.selection_yield:.1%}",
        f"{one.yield_low:.1%} to {one.yield_high:.1%}",
        *("-" if share is None else f"{share:.1%}" for share in quality),
        f"{one.tokens:,}",
        f"{one.executions:,}",
        f"{one.cpu_seconds:,.2f}",
    )
