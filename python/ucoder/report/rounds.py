"""Rounds, shown: progress of the stages on standard error, what came of a run on standard output."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from ucoder.consensus.comparison import Estimate
from ucoder.rounds import STAGES, ControlFigures, Figures, LoopResult, Report
from ucoder.store import JsonObject
from ucoder.store.loop import LoopDirectory

__all__ = ["print_run", "showing_stages"]

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


class _Stages:
    """Which stage is shown: one that begins again is another one, with a rate of its own."""

    def __init__(self) -> None:
        self._rates: dict[str, tuple[int, _Rate]] = {}

    def sentence(self, stage: str, done: int, total: int, drawn: int | None) -> str:
        last, rate = self._rates.get(stage, (done, None))
        if rate is None or done < last:
            rate = _Rate(done)
        self._rates[stage] = (done, rate)
        return rate.sentence(done, total, drawn)


@contextmanager
def showing_stages() -> Iterator[Report]:
    """Give a function that shows how far a stage is whenever it is called."""
    console = Console(stderr=True)
    stages = _Stages()
    if not console.is_terminal:
        last: dict[str, float] = {}

        def line(stage: str, done: int, total: int, drawn: int | None = None, /) -> None:
            now = time.monotonic()
            text = stages.sentence(stage, done, total, drawn)
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
            bars.update(tasks[stage], total=total, completed=done, text=stages.sentence(stage, done, total, drawn))

        yield show


# ---------------------------------------------------------------- what came of it


def print_run(directory: LoopDirectory, result: LoopResult, last: str, *, as_json: bool) -> None:
    """Print what a run came to: what each stage of the last round kept, how good the models are, what controls say."""
    stages = _counts_by_stage(directory, result.last_round)
    effect, waits = _rating_effect(directory, result.last_round, stages), _waits(directory, result.last_round)
    nothing = Counter(one.selection.nothing for one in result.chosen if one.program is None)
    selected = sum(one.program is not None for one in result.chosen)
    if as_json:
        found = {
            "last_round": result.last_round,
            "stages": stages,
            "rating_filter": effect,
            "waits": waits,
            "last_stage": last,
            "selected": selected,
        }
        print(json.dumps({**_figures_as_json(result), **found, "nothing": dict(nothing), "out": str(directory.path)}))
        return
    if result.last_round:
        print(f"round {result.last_round}")
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
    if result.chosen:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in nothing.most_common())
        of = f"{selected:>8,} of {len(result.chosen):,} problems"
        print(f"{'selected':<12}{of}" + (f"; nothing: {reasons}" if reasons else ""))
    for line in _figures(result):
        print(line)
    print(f"{'ended':<12}{result.ended}")
    print(f"{'in':<12}{directory.path}")


def _counts_by_stage(directory: LoopDirectory, number: int) -> dict[str, dict[str, int]]:
    markers = {name: directory.stage(number, name).marker for name in STAGES}
    return {name: marker["counts"] for name, marker in markers.items() if marker is not None}


def _rating_effect(directory: LoopDirectory, number: int, stages: Mapping[str, object]) -> JsonObject | None:
    """What the filter on ratings did when it last ran; None where there are no ratings."""
    return directory.last_metric(number, "rating filter") if "ratings" in stages else None


def _sentence_of(effect: JsonObject) -> str:
    mean = effect["mean_quality"]
    told = f"{effect['num_kept']:,} of {effect['num_problems']:,} problems pass"
    if mean is not None:
        told += f"; mean quality {mean:.1f}, {effect['top_share']:.0%} of them at the top"
    return told + (": it tells nothing apart" if effect["is_saturated"] else "")


def _waits(directory: LoopDirectory, number: int) -> dict[str, float] | None:
    """Seconds that sampler and executor waited for each other; None before the candidates are finished."""
    marker = directory.stage(number, "candidates").marker or {}
    names = ("sampler_waited_s", "executor_waited_s")
    return {name: marker[name] for name in names} if set(names) <= marker.keys() else None


def _figures_as_json(result: LoopResult) -> dict[str, object]:
    rounds = [
        {
            "round": one.round,
            "pass@1": one.evaluation and one.evaluation.mean,
            "low": one.evaluation and one.evaluation.low,
            "high": one.evaluation and one.evaluation.high,
            "gain": _as_json(one.gain),
            "validation": _as_json(one.validation),
            "model": one.model,
        }
        for one in result.figures
    ]
    controls = {
        one.source: {
            "pass@1": one.evaluation.mean,
            "low": one.evaluation.low,
            "high": one.evaluation.high,
            "by_seed": one.by_seed,
            "less_consensus": _as_json(one.less_consensus),
        }
        for one in result.controls
    }
    return {"rounds": rounds, "controls": controls, "best": result.best, "ended": result.ended}


def _as_json(one: Estimate | None) -> dict[str, float] | None:
    return None if one is None else {"mean": one.mean, "low": one.low, "high": one.high}


def _figures(result: LoopResult) -> Iterator[str]:
    if len(result.figures) > 1:
        yield ""
        yield f"{'model':<16}{'pass@1':>8}  {'95 % interval':<16}{'gain':>7}  {'95 % interval':<18}{'validation':>10}"
        for one in result.figures:
            yield _row(one, is_best=one.round == result.best)
    if result.controls:
        yield ""
        yield f"{'learned from':<20}{'pass@1':>8}  {'95 % interval':<16}{'less consensus':>14}"
        for control in result.controls:
            yield _control_row(control)
    if len(result.figures) > 1:
        yield ""


def _row(one: Figures, *, is_best: bool) -> str:
    name = "at the start" if not one.round else f"after round {one.round}"
    rate = f"{one.evaluation.mean:8.1%}  {_interval(one.evaluation):<16}" if one.evaluation else f"{'-':>8}  {'':<16}"
    more = f"{100 * one.gain.mean:+7.1f}  {_interval(one.gain, sign='+'):<18}" if one.gain else f"{'':>7}  {'':<18}"
    validation = f"{one.validation.mean:10.1%}" if one.validation else f"{'-':>10}"
    return f"{name:<16}{rate}{more}{validation}" + ("  best" if is_best else "")


def _control_row(one: ControlFigures) -> str:
    difference = "" if one.source == "consensus" else f"{100 * one.less_consensus.mean:+14.1f}  "
    interval = "" if one.source == "consensus" else _interval(one.less_consensus, sign="+")
    return f"{one.source:<20}{one.evaluation.mean:8.1%}  {_interval(one.evaluation):<16}{difference}{interval}"


def _interval(one: Estimate, sign: str = "") -> str:
    return f"{100 * one.low:{sign}.1f} to {100 * one.high:{sign}.1f}"
