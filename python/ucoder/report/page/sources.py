"""What a folder holds that a page can be made of. Reads and never writes; what is not there yet is left out."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.errors import OtherRunError, RunDirectoryError
from ucoder.loop_records import Chosen, ProblemStatement, Rating, Score
from ucoder.records import Selection
from ucoder.report.page.exams import ExamResults, exam_results
from ucoder.store import JsonObject, RunRecord
from ucoder.store.files import read_json
from ucoder.store.loop import FOLDERS, read_metrics, read_run, round_place
from ucoder.store.stages import StageFolder

__all__ = ["Choice", "Evidence", "LoopRound", "Origin", "Statement", "read_origin"]

_FIRST_RULE = "default"
_SETTINGS = ("settings", "python", "inputs", "benchmark", "data", "sampling", "limits", "isolation", "versions")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a problem asks."""

    title: str
    text: str
    kind: str = ""
    category: str = ""
    difficulty: str = ""
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule chose for a problem, and whether that is right, where it is known."""

    selection: Selection
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Judged problems, with what is known of them beside their cells."""

    name: str
    """Of the round; "" where there is one only"""
    record: RunRecord
    statements: Mapping[str, Statement] = field(default_factory=dict)
    choices: Mapping[str, Choice] | None = None
    """By problem; None where nothing was selected yet"""


@dataclass(frozen=True, slots=True)
class LoopRound:
    """A round of a loop, as far as it came."""

    number: int
    markers: Mapping[str, JsonObject]
    """By stage"""
    statements: Mapping[str, Statement]
    choices: Mapping[str, Choice] | None
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A folder."""

    path: Path
    kind: str
    """"run", "judge" or "eval" """
    record: JsonObject
    """run.json, the job's identity, or what stands beside an evaluation's samples"""
    environment: JsonObject = field(default_factory=dict)
    config: str = ""
    metrics: tuple[JsonObject, ...] = ()
    rounds: tuple[LoopRound, ...] = ()
    scores: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    """By "start/evaluation", "round-00/controls/random-0/evaluation" and the like; of these, by problem"""
    judged: Evidence | None = None
    selections: JsonObject | None = None
    """The summary of `ucoder select`"""
    exam: ExamResults | None = None

    @property
    def settings(self) -> JsonObject:
        """Every setting of a loop or a job, as a tree."""
        if self.kind == "run":
            return tomllib.loads(self.config)
        return {name: self.record[name] for name in _SETTINGS if name in self.record}

    @property
    def evidence(self) -> list[Evidence]:
        """All that was judged."""
        found = [one.evidence for one in self.rounds if one.evidence is not None]
        return [*found, self.judged] if self.judged is not None else found


def read_origin(path: Path) -> Origin:
    """Look at a folder. OtherRunError where nothing in it is ours, RunDirectoryError where something is broken."""
    if (path / "run.json").exists():
        return _loop(path)
    if (found := exam_results(path)) is not None:
        evidence = RunRecord.load(path) if (path / "job.json").exists() else None
        judged = Evidence("", evidence) if evidence is not None and evidence.parts else None
        return Origin(path, "eval", found.about, exam=found, judged=judged)
    if (path / "job.json").exists():
        return _judged(path)
    raise OtherRunError(
        f"{path} holds nothing to report on: give a folder of `ucoder run`, `ucoder judge` or `ucoder eval`"
    )


# ---------------------------------------------------------------- a judged job


def _judged(path: Path) -> Origin:
    record = RunRecord.load(path)
    if not record.parts:
        raise OtherRunError(f"{path} has no finished part yet: run its command again, it goes on from there")
    file = path / "selections" / "summary.json"
    summary = read_json(file) if file.exists() else None
    evidence = Evidence("", record, choices=_choices(path / "selections" / "selections.parquet"))
    return Origin(path, "judge", record.identity, judged=evidence, selections=summary)


def _choices(file: Path) -> dict[str, Choice] | None:
    """Of one rule: the default one, or the first that was asked for."""
    if not file.exists():
        return None
    names = list(Selection.__dataclass_fields__)
    try:
        table = pq.read_table(file, columns=[*names, "right"], partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise RunDirectoryError(f"{file} cannot be read: {error}") from error
    rows = table.to_pylist()
    rules = list(dict.fromkeys(row["rule"] for row in rows))
    rule = _FIRST_RULE if _FIRST_RULE in rules else next(iter(rules), "")
    return {
        row["task_id"]: Choice(Selection(**{name: row[name] for name in names}), row["right"])
        for row in rows
        if row["rule"] == rule
    }


# ---------------------------------------------------------------- a loop


def _loop(path: Path) -> Origin:
    environment = path / "environment.json"
    config = path / "config.resolved.toml"
    return Origin(
        path,
        "run",
        read_run(path),
        environment=read_json(environment) if environment.exists() else {},
        config=config.read_text(encoding="utf-8") if config.exists() else "",
        metrics=tuple(read_metrics(path)),
        rounds=tuple(_rounds(path)),
        scores=dict(_scores(path)),
    )


def _rounds(path: Path) -> Iterator[LoopRound]:
    number = 0
    while (place := path / round_place(number)).is_dir():
        found = {folder.name: StageFolder(folder).marker for folder in place.iterdir() if folder.is_dir()}
        names = {folder: stage for stage, folder in FOLDERS.items()}
        markers = {names.get(name, name): marker for name, marker in found.items() if marker is not None}
        statements = _statements(place) if "problems" in markers else {}
        choices = None
        if "consensus" in markers:
            chosen = StageFolder(place / FOLDERS["consensus"]).load("records", Chosen)
            choices = {one.problem_id: Choice(one.selection) for one in chosen}
        evidence = None
        if (place / "cells" / "job.json").exists():
            record = RunRecord.load(place / "cells")
            if record.parts:
                evidence = Evidence(f"round {number}", record, statements, choices)
        yield LoopRound(number, markers, statements, choices, evidence)
        number += 1


def _statements(place: Path) -> dict[str, Statement]:
    ratings: dict[str, Rating] = {}
    if StageFolder(place / "ratings").marker is not None:
        ratings = {one.problem_id: one for one in StageFolder(place / "ratings").load("records", Rating)}
    return {
        one.id: _statement(one, ratings.get(one.id))
        for one in StageFolder(place / "problems").load("records", ProblemStatement)
    }


def _statement(one: ProblemStatement, rating: Rating | None) -> Statement:
    text = "\n\n".join(filter(None, (one.description, one.signature, one.example, one.hint)))
    difficulty = (rating.difficulty if rating else None) or one.difficulty
    category = (rating.category if rating else "") or one.category
    return Statement(one.title, text, one.kind, category, difficulty, rating.quality if rating else None)


def _scores(path: Path) -> Iterator[tuple[str, dict[str, Score]]]:
    """Every measurement of a model that was finished."""
    for pattern in ("start/*", "round-*/*", "round-*/controls/*/*"):
        for folder in sorted(path.glob(pattern)):
            if folder.name in ("evaluation", "validation") and StageFolder(folder).marker is not None:
                scores = StageFolder(folder).load("records", Score)
                yield str(folder.relative_to(path)), {one.problem_id: one for one in scores}
