"""Rounds, shown: progress of the stages on standard error, what came of a round on standard output."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from ucoder.rounds import STAGES, Chosen, Report
from ucoder.store import JsonObject
from ucoder.store.loop import LoopDirectory

__all__ = ["print_round", "showing_stages"]

_SECONDS_BETWEEN_LINES = 10.0


class _Rate:
    """Of one stage: how fast it is since it was first seen, what was stored before left out."""

    def __init__(self, done: int) -> None:
        self._before = done
        self._began = time.monotonic()

    def sentence(self, done: int, total: int, drawn: int | None) -> str:
        elapsed = time.monotonic() - self._began
        new = done - self._before if drawn is None else drawn
        rate = new / elapsed if elapsed > 0 else 0.0
        left = f", {timedelta(seconds=round((total - done) / rate))} left" if rate > 0 and done < total else ""
        return f"{done:,} of {total:,}, {rate:,.1f}/s{left}"


@contextmanager
def showing_stages() -> Iterator[Report]:
    """Give a function that shows how far a stage is whenever it is called."""
    console = Console(stderr=True)
    rates: dict[str, _Rate] = {}

    def sentence(stage: str, done: int, total: int, drawn: int | None) -> str:
        return rates.setdefault(stage, _Rate(done)).sentence(done, total, drawn)

    if not console.is_terminal:
        last: dict[str, float] = {}

        def line(stage: str, done: int, total: int, drawn: int | None = None, /) -> None:
            now = time.monotonic()
            text = sentence(stage, done, total, drawn)
            if done == total or now - last.setdefault(stage, now) >= _SECONDS_BETWEEN_LINES:
                last[stage] = now
                print(f"{stage}: {text}", file=sys.stderr, flush=True)

        yield line
        return
    columns = (TextColumn("{task.description:>12}"), BarColumn(), TextColumn("{task.fields[text]}"))
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int, drawn: int | None = None, /) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, text="")
            bars.update(tasks[stage], total=total, completed=done, text=sentence(stage, done, total, drawn))

        yield show


def print_round(directory: LoopDirectory, chosen: Sequence[Chosen], last: str, *, as_json: bool) -> None:
    """Print what a round came to: what each stage kept and dropped, and what was selected."""
    stages = _counts_by_stage(directory)
    effect, waits = _rating_effect(directory, stages), _waits(directory)
    nothing = Counter(one.selection.nothing for one in chosen if one.program is None)
    selected = sum(one.program is not None for one in chosen)
    if as_json:
        print(
            json.dumps(
                {
                    "out": str(directory.path),
                    "stages": stages,
                    "rating_filter": effect,
                    "waits": waits,
                    "last_stage": last,
                    "selected": selected,
                    "nothing": dict(nothing),
                }
            )
        )
        return
    for name, counts in stages.items():
        dropped = ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if reason != "kept" and count)
        print(f"{name:<12}{counts.get('kept', 0):>8,} kept" + (f"; dropped: {dropped}" if dropped else ""))
        if name == "ratings" and effect is not None:
            print(f"{'filter':<12}{_sentence_of(effect)}")
        if name == "candidates" and waits is not None:
            print(
                f"{'waited':<12}sampler {waits['sampler_waited_s']:,.1f} s for the executor, "
                f"executor {waits['executor_waited_s']:,.1f} s for the sampler"
            )
    if last == "consensus":
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in nothing.most_common())
        print(
            f"{'selected':<12}{selected:>8,} of {len(chosen):,} problems" + (f"; nothing: {reasons}" if reasons else "")
        )
    print(f"{'in':<12}{directory.path}")


def _counts_by_stage(directory: LoopDirectory) -> dict[str, dict[str, int]]:
    markers = {name: directory.stage(0, name).marker for name in (*STAGES[:-1], "selections")}
    return {name: marker["counts"] for name, marker in markers.items() if marker is not None}


def _rating_effect(directory: LoopDirectory, stages: Mapping[str, object]) -> JsonObject | None:
    """What the filter on ratings did when it last ran; None where there are no ratings."""
    return directory.last_metric(0, "rating filter") if "ratings" in stages else None


def _sentence_of(effect: JsonObject) -> str:
    mean = effect["mean_quality"]
    told = f"{effect['num_kept']:,} of {effect['num_problems']:,} problems pass"
    if mean is not None:
        told += f"; mean quality {mean:.1f}, {effect['top_share']:.0%} of them at the top"
    return told + (": it tells nothing apart" if effect["is_saturated"] else "")


def _waits(directory: LoopDirectory) -> dict[str, float] | None:
    """Seconds that sampler and executor waited for each other; None before the candidates are finished."""
    marker = directory.stage(0, "candidates").marker or {}
    names = ("sampler_waited_s", "executor_waited_s")
    return {name: marker[name] for name in names} if set(names) <= marker.keys() else None
