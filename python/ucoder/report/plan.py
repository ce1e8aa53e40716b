"""What a run would take, for people as a table and for programs as JSON, on standard output."""

import json

from rich.console import Console
from rich.table import Table

from ucoder.stages.planning import Plan, StagePlan

__all__ = ["print_plan"]

_COLUMNS = (
    "stage", "requests", "answers", "tokens", "programs", "executions", "GPU h", "CPU h", "wall h", "disk", "kept",
)  # fmt: skip


def print_plan(plan: Plan, name: str, *, as_json: bool) -> None:
    """Print the stages of a round, a round, all rounds; then every assumption with its source."""
    if as_json:
        print(json.dumps(plan.as_json()))
        return
    table = Table(title=f"{name}: a round, and all {plan.rounds}, each like the first", title_justify="left", box=None)
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "stage" else "right", no_wrap=True)
    for one in plan.stages:
        table.add_row(*_row(one))
    table.add_section()
    table.add_row(*_row(plan.round))
    table.add_row(*_row(plan.total))
    console = Console()
    # Off a terminal a table is as wide as it is: a log is not cut at 80 columns.
    (console if console.is_terminal else Console(width=160)).print(table)
    print("\nassumed (not counted: starting engines; training, under a tenth of a round)")
    for assumption in plan.assumptions:
        print(f"  {assumption.name:<22}{assumption.value:>12,.6g}  {assumption.source}")


def _row(one: StagePlan) -> tuple[str, ...]:
    counts = (one.requests, one.answers, one.tokens, one.programs, one.executions)
    hours = (one.gpu_hours, one.cpu_hours, one.wall_hours)
    return (
        one.stage,
        *(_count(count) for count in counts),
        *(f"{hour:,.2f}" if hour else "-" for hour in hours),
        _bytes(one.disk_bytes),
        _count(one.kept),
    )


def _count(count: int) -> str:
    for unit, size in (("G", 10**9), ("M", 10**6)):
        if count >= size:
            return f"{count / size:,.2f} {unit}"
    return f"{count:,}" if count else "-"


def _bytes(count: int) -> str:
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if count >= size:
            return f"{count / size:,.3g} {unit}"
    return f"{count / 1000:,.0f} kB"
