"""Progress of a run on standard error: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from ucoder.stages.judging import Progress

__all__ = ["sentence", "showing_progress"]

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def showing_progress() -> Iterator[Callable[[Progress], None]]:
    """Give a function that shows how far a run is whenever it is called."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    with Bar(TextColumn("judging"), BarColumn(), TextColumn("{task.fields[text]}"), console=console) as bar:
        task = bar.add_task("", total=None, text="")

        def show(progress: Progress) -> None:
            bar.update(task, total=progress.all_candidates, completed=progress.done_candidates, text=sentence(progress))

        yield show


class _Lines:
    """Writes a line when the last one is some seconds old, so that a log stays short."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            print(f"judging: {sentence(progress)}", file=sys.stderr, flush=True)


def sentence(progress: Progress) -> str:
    """For example "1,200 of 8,200 candidates, 210.4/s, 0:00:33 left"."""
    left = progress.seconds_left
    remaining = f", {timedelta(seconds=round(left))} left" if left is not None else ""
    return (
        f"{progress.done_candidates:,} of {progress.all_candidates:,} candidates, "
        f"{progress.candidates_per_second:.1f}/s{remaining}"
    )
