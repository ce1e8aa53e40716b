"""Standing: where a run or a judging job is, from its folder alone, which is read and never written.

What a run noted of itself counts: markers of finished stages, rows of answers, parts of cells, and progress.json, which
is some seconds old at most. Whether a marker still fits its settings only the run can tell: it knows the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.config import Shard
from ucoder.errors import OtherRunError
from ucoder.execution.tally import Tally
from ucoder.store import JsonObject, RunRecord
from ucoder.store.files import is_held, read_json
from ucoder.store.loop import FOLDERS, read_metrics, read_run

__all__ = ["CellsStanding", "JobStanding", "Pace", "RunStanding", "StageStanding", "job_standing", "run_standing"]

StageState: TypeAlias = Literal["missing", "begun", "running", "share done", "earlier", "finished"]
"""Nothing is there; something is, and nobody works on it; in hand; this share of it is done; it was finished, but
something before it is not (any more); finished."""

RunState: TypeAlias = Literal["stopped", "running", "finished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStanding:
    """One stage of one round."""

    name: str
    state: StageState
    counts: Mapping[str, int] = field(default_factory=dict)
    """Records kept, and dropped by reason; empty until it is finished"""
    answers_stored: int = 0
    """Rows that are written; those of settings that were changed since are among them"""
    answers_wanted: int | None = None
    """None while the stage before is not finished"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsStanding:
    """What was executed."""

    parts: int
    problems: int
    problems_wanted: int | None
    candidates: int
    evaluations: int
    candidates_per_second: float | None
    """None where nothing was executed"""
    is_finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the stage in hand goes, or went when the last attempt ended."""

    stage: str
    done: int
    """Answers, of questions that are answered whole"""
    total: int
    per_second: float | None
    """Answers drawn by this attempt; None before the first"""
    seconds_left: float | None
    """Of this stage"""
    sampler_waited_s: float | None
    executor_waited_s: float | None
    noted: float
    """Unix time"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStanding:
    """A run of the loop."""

    path: Path
    state: RunState
    attempts: int
    shard: str
    asked: tuple[str, ...]
    """Stages that the last attempt was to do"""
    rounds: Mapping[int, tuple[StageStanding, ...]]
    cells: Mapping[int, CellsStanding]
    pace: Pace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """A judging job."""

    path: Path
    state: RunState
    shard: str
    parts: int
    parts_wanted: int | None
    """None for the cells of a run, whose parts are as many as come"""
    problems: int
    candidates: int
    evaluations: int
    candidates_per_second: float | None
    seconds_left: float | None


# ---------------------------------------------------------------- a judging job


def job_standing(path: Path) -> JobStanding:
    """A folder of `ucoder judge` or `ucoder merge`. OtherRunError where it is none."""
    record = RunRecord.load(path)
    tally = _tally(record)
    shard = Shard(**record.identity["shard"])
    planned = record.identity.get("num_parts")
    wanted = None if planned is None else sum(shard.holds(number) for number in range(planned))
    rate = tally.candidates / tally.wall_seconds if tally.wall_seconds else None
    left = None
    if rate and wanted is not None and record.parts:
        left = (wanted - len(record.parts)) * (tally.candidates / len(record.parts)) / rate
    return JobStanding(
        path=path,
        state="running" if is_held(path) else "finished" if record.summary is not None else "stopped",
        shard=f"{shard.index}/{shard.count}",
        parts=len(record.parts),
        parts_wanted=wanted,
        problems=tally.problems,
        candidates=tally.candidates,
        evaluations=tally.evaluations,
        candidates_per_second=rate,
        seconds_left=left,
    )


def _tally(record: RunRecord) -> Tally:
    tally = Tally()
    for marker in record.parts.values():
        tally.merge(Tally.from_json(marker["tally"]))
    return tally


# ---------------------------------------------------------------- a run


def run_standing(path: Path, stages: tuple[str, ...], per_input: Mapping[str, int]) -> RunStanding:
    """A folder of `ucoder run`. `per_input`: answers of each stage for each record of the stage before; of the first,
    all. OtherRunError where it is none.
    """
    run = read_run(path)
    if not run["attempts"]:
        raise OtherRunError(f"{path / 'run.json'} tells of no attempt")
    held = is_held(path)
    look = _Look(path, stages, per_input, run, held=held)
    rounds = {int(folder.name.removeprefix("round-")): folder for folder in sorted(path.glob("round-[0-9]*"))}
    found = {number: look.stages_of(number, folder) for number, folder in rounds.items()}
    last = run["attempts"][-1]
    all_done = bool(found) and all(one.state == "finished" for of_round in found.values() for one in of_round)
    shard = last.get("shard", {"index": 1, "count": 1})
    return RunStanding(
        path=path,
        state="running" if held else "finished" if "ended" in last or all_done else "stopped",
        attempts=len(run["attempts"]),
        shard=f"{shard['index']}/{shard['count']}",
        asked=tuple(last.get("stages", stages)),
        rounds=found,
        cells={number: cells for number, folder in rounds.items() if (cells := look.cells_of(folder, found[number]))},
        pace=look.pace(),
    )


class _Look:
    """One reading of a run's folder."""

    def __init__(
        self, path: Path, stages: tuple[str, ...], per_input: Mapping[str, int], run: JsonObject, *, held: bool
    ) -> None:
        self._stages = stages
        self._per_input = per_input
        self._held = held
        self._last = run["attempts"][-1]
        progress = path / "progress.json"
        self._progress: JsonObject = read_json(progress) if progress.exists() else {}
        self._is_fresh = self._progress.get("attempt") == len(run["attempts"]) - 1
        self._metrics = read_metrics(path)

    def stages_of(self, number: int, folder: Path) -> tuple[StageStanding, ...]:
        """The stages of a round, in order."""
        found: list[StageStanding] = []
        inputs: int | None = 1
        unbroken = True
        for name in self._stages:
            if name == "ratings" and self._per_input.get(name) == 0:
                continue  # switched off
            place = folder / FOLDERS.get(name, name)
            counts = read_json(place / "stage.json").get("counts", {}) if (place / "stage.json").exists() else None
            is_marked = counts is not None
            state = self._state(number, name, place, is_marked=is_marked, unbroken=unbroken)
            per_input = self._per_input.get(name)
            wanted = None if inputs is None or per_input is None else inputs * per_input
            found.append(
                StageStanding(
                    name=name,
                    state=state,
                    counts=counts or {},
                    answers_stored=_num_rows(place / "answers"),
                    answers_wanted=self._in_hand(number, name) if wanted is None else wanted,
                )
            )
            unbroken = unbroken and state == "finished"
            inputs = self._kept(number, name, counts or {}) if unbroken else None
        return tuple(found)

    def _in_hand(self, number: int, name: str) -> int | None:
        """What the run itself noted of the stage that it was at."""
        is_this = (self._progress.get("round"), self._progress.get("stage")) == (number, name)
        return self._progress["total"] if is_this else None

    def _state(self, number: int, name: str, place: Path, *, is_marked: bool, unbroken: bool) -> StageState:
        working = (self._progress.get("round"), self._progress.get("stage")) == (number, name)
        again = working and self._progress["began"] > self._finished_at(number, name)
        asked = name in self._last.get("stages", self._stages)
        if not again and is_marked:
            return "finished" if unbroken else "earlier"
        if self._held and (again or self._is_next(name, asked=asked, unbroken=unbroken)):
            return "running"
        if not again and asked and not is_marked and "ended" in self._last and self._is_share() and place.is_dir():
            return "share done"
        return "begun" if again or place.is_dir() else "missing"

    def _is_next(self, name: str, *, asked: bool, unbroken: bool) -> bool:
        """Whether a process that has not noted anything yet must be at this stage."""
        return asked and unbroken and not self._is_fresh and bool(self._per_input.get(name, 1))

    def _is_share(self) -> bool:
        return bool(self._last.get("shard", {}).get("count", 1) > 1)

    def _finished_at(self, number: int, name: str) -> float:
        noted = "selections" if name == "consensus" else name
        times = [one["time"] for one in self._metrics if (one.get("round"), one.get("stage")) == (number, noted)]
        return max(times, default=0.0)

    def _kept(self, number: int, name: str, counts: Mapping[str, int]) -> int | None:
        """Records that go on to the next stage."""
        if name != "ratings":
            return counts.get("kept")
        effects = [one for one in self._metrics if (one.get("round"), one.get("stage")) == (number, "rating filter")]
        return effects[-1]["num_kept"] if effects else None

    def cells_of(self, folder: Path, stages: tuple[StageStanding, ...]) -> CellsStanding | None:
        """The cells of a round; None where there are none."""
        if not (folder / "cells" / "job.json").exists():
            return None
        record = RunRecord.load(folder / "cells")
        tally = _tally(record)
        suites = next(one for one in stages if one.name == "suites")
        return CellsStanding(
            parts=len(record.parts),
            problems=tally.problems,
            problems_wanted=suites.counts.get("kept") if suites.state == "finished" else None,
            candidates=tally.candidates,
            evaluations=tally.evaluations,
            candidates_per_second=tally.candidates / tally.wall_seconds if tally.wall_seconds else None,
            is_finished=record.summary is not None,
        )

    def pace(self) -> Pace | None:
        """None where nothing was noted."""
        if not self._progress or (self._held and not self._is_fresh):
            return None
        one = self._progress
        elapsed = one["time"] - one["began"]
        # Answers that were stored before take no time; where none were drawn, reading them is what is done.
        counted = one.get("drawn") or one["done"]
        rate = counted / elapsed if elapsed > 0 and counted else None
        left = one["total"] - one["done"]
        return Pace(
            stage=one["stage"],
            done=one["done"],
            total=one["total"],
            per_second=rate,
            seconds_left=left / rate if rate and left else 0.0 if not left else None,
            sampler_waited_s=one.get("sampler_waited"),
            executor_waited_s=one.get("executor_waited"),
            noted=one["time"],
        )


def _num_rows(folder: Path) -> int:
    """Rows of the files that can be read; what cannot, the run itself will complain of."""
    total = 0
    for file in folder.glob("answers-*.parquet"):
        try:
            total += pq.read_metadata(file).num_rows
        except (OSError, pa.ArrowException):
            continue
    return total
