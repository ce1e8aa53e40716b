"""Where a run or a judging job stands, for people as lines and for programs as JSON, on standard output."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from ucoder.stages.standing import CellsStanding, JobStanding, Pace, RunStanding, StageStanding

__all__ = ["print_job", "print_run"]

_WORDS = {
    "missing": "-",
    "begun": "begun, not finished",
    "running": "running",
    "share done": "this share is done",
    "earlier": "finished before; something it depends on is not",
    "finished": "finished",
}


def print_run(standing: RunStanding, seconds_left: float | None, *, as_json: bool) -> None:
    """Print where a run is. `seconds_left`: of the round in hand, None where nobody knows."""
    if as_json:
        rounds = [
            {
                "round": number,
                "stages": [asdict(one) for one in stages],
                "cells": asdict(standing.cells[number]) if number in standing.cells else None,
            }
            for number, stages in standing.rounds.items()
        ]
        told = {name: getattr(standing, name) for name in ("state", "attempts", "shard", "asked")}
        pace = asdict(standing.pace) if standing.pace else None
        told |= {"rounds": rounds, "pace": pace, "round_seconds_left": seconds_left}
        print(json.dumps({"out": str(standing.path), "kind": "run", **told}))
        return
    share = f", shard {standing.shard}" if standing.shard != "1/1" else ""
    print(f"{standing.path}: {standing.state}, attempt {standing.attempts}{share}, {'..'.join(_ends(standing.asked))}")
    for number, stages in standing.rounds.items():
        print(f"round {number}")
        for one in stages:
            print(f"  {one.name:<12}{_stage(one)}")
            if one.name == "candidates" and number in standing.cells:
                print(f"  {'executed':<12}{_cells(standing.cells[number])}")
    if standing.pace:
        for title, text in _pace(standing.pace):
            print(f"{title:<14}{text}")
    if seconds_left:
        left = timedelta(seconds=round(seconds_left))
        print(f"{'left':<14}about {left} for this round, at this rate of tokens and if nothing more is dropped")


def print_job(standing: JobStanding, *, as_json: bool) -> None:
    """Print where a judging job is."""
    if as_json:
        print(json.dumps({"kind": "judge", **asdict(standing), "out": str(standing.path)}, default=str))
        return
    share = f", shard {standing.shard}" if standing.shard != "1/1" else ""
    print(f"{standing.path}: {standing.state}{share}")
    of = f" of {standing.parts_wanted:,}" if standing.parts_wanted is not None else ""
    print(f"{'parts':<14}{standing.parts:,}{of}")
    print(f"{'executed':<14}{standing.problems:,} problems, {standing.candidates:,} candidates, "
          f"{standing.evaluations:,} evaluations")  # fmt: skip
    if standing.candidates_per_second is not None:
        print(f"{'rate':<14}{standing.candidates_per_second:,.1f} candidates/s{_left(standing.seconds_left)}")


def _ends(stages: tuple[str, ...]) -> tuple[str, ...]:
    return (stages[0], stages[-1]) if len(stages) > 1 else stages


def _stage(one: StageStanding) -> str:
    parts = [_WORDS[one.state]]
    if one.counts:
        dropped = sum(count for reason, count in one.counts.items() if reason != "kept")
        parts.append(f"{one.counts.get('kept', 0):,} kept" + (f", {dropped:,} dropped" if dropped else ""))
    if one.answers_stored or one.answers_wanted:
        of = f" of {one.answers_wanted:,}" if one.answers_wanted is not None else ""
        parts.append(f"{one.answers_stored:,}{of} answers")
    return "; ".join(parts)


def _cells(cells: CellsStanding) -> str:
    of = f" of {cells.problems_wanted:,}" if cells.problems_wanted is not None else ""
    rate = f"; {cells.candidates_per_second:,.1f} candidates/s" if cells.candidates_per_second else ""
    return f"{cells.problems:,}{of} problems, {cells.candidates:,} candidates, {cells.evaluations:,} evaluations{rate}"


def _pace(pace: Pace) -> Iterator[tuple[str, str]]:
    when = datetime.fromtimestamp(pace.noted, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    rate = f", {pace.per_second:,.1f}/s" if pace.per_second else ""
    things = "steps" if pace.stage.endswith("training") else "answers"
    yield "last", f"{pace.stage}: {pace.done:,} of {pace.total:,} {things}{rate}{_left(pace.seconds_left)} (at {when})"
    if pace.sampler_waited_s is not None and pace.executor_waited_s is not None:
        yield "waits", f"sampler {pace.sampler_waited_s:,.1f} s, executor {pace.executor_waited_s:,.1f} s"


def _left(seconds: float | None) -> str:
    return f", {timedelta(seconds=round(seconds))} left" if seconds else ""
