"""Tally: what is counted about judged problems. Tallies of parts add up to the tally of a run, in any order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from ucoder._core import Outcome
from ucoder.execution.matrix import ExecutionMatrix

__all__ = ["Tally", "summarize"]

_MOST_TEXTS = 100  # texts in one count; a program chooses some of them, and may choose a new one each time
_OTHERS = "(others)"


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts over some problems. A cell is one candidate on one usable test."""

    problems: int = 0
    problems_without_usable_test: int = 0
    candidates: int = 0
    distinct_candidates: int = 0
    candidates_loaded: int = 0
    tests: int = 0
    evaluations: int = 0
    trusted_evaluations: int = 0
    at_limit: int = 0
    distinct_values: int = 0
    wall_seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    test_kinds: Counter[str] = field(default_factory=Counter)
    void_tests: Counter[str] = field(default_factory=Counter)
    """Void tests by the reason"""
    untrusted_tests: Counter[str] = field(default_factory=Counter)
    """Tests judged beside the candidate, by the reason"""
    bad_values: Counter[str] = field(default_factory=Counter)
    """BAD_VALUE cells by what was returned"""
    shared_candidates: int = 0
    """Candidates that shared a process with others: at level "auto", those that are tame"""
    alone: Counter[str] = field(default_factory=Counter)
    """Candidates at level "auto" that did not, by the reason"""
    work: Counter[str] = field(default_factory=Counter)
    """What it took: workers started, runs, inputs shared, cells requeued, rests judged"""

    def add(self, matrix: ExecutionMatrix) -> None:
        """Count one problem."""
        usable = matrix.usable
        self.problems += 1
        self.problems_without_usable_test += not usable.any()
        self.candidates += matrix.num_candidates
        self.distinct_candidates += len(np.unique(matrix.first_twin))
        self.candidates_loaded += int(np.count_nonzero(matrix.load_causes == Outcome.NOT_RUN))
        self.tests += matrix.num_tests
        self.evaluations += matrix.num_candidates * int(np.count_nonzero(usable))
        self.trusted_evaluations += matrix.num_candidates * int(np.count_nonzero(usable & matrix.trusted))
        self.at_limit += int(np.count_nonzero(matrix.at_limit[:, usable]))
        self.distinct_values += len(matrix.value_bytes)
        self.outcomes.update(matrix.outcome_counts())
        self.test_kinds.update(matrix.test_kinds)
        notes = list(zip(matrix.test_kinds, matrix.test_notes, matrix.trusted.tolist(), strict=True))
        self.void_tests.update(note for kind, note, _ in notes if kind == "void")
        self.untrusted_tests.update(note for kind, note, trusted in notes if kind != "void" and not trusted)
        self.bad_values.update(matrix.detail_counts(Outcome.BAD_VALUE))
        self.shared_candidates += int(np.count_nonzero(matrix.shared))
        self.alone.update(matrix.why_alone_counts())
        self.work.update(matrix.counts)

    def merge(self, other: "Tally") -> None:
        """Add another tally's counts to this one."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, mine + theirs)

    def as_json(self) -> dict[str, Any]:
        """Plain values; counts by falling number, then by name, the rarest put together where there are too many."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}  # asdict would rebuild a Counter wrongly
        values["wall_seconds"] = round(self.wall_seconds, 3)
        return {name: _ordered(value) if isinstance(value, Counter) else value for name, value in values.items()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The tally that `as_json` wrote."""
        counted: dict[str, Any] = {
            name: Counter(value) if isinstance(value, dict) else value for name, value in content.items()
        }
        return cls(**counted)


def _ordered(counts: Counter[str]) -> dict[str, int]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    kept = dict(ranked[:_MOST_TEXTS])
    if rest := sum(count for _, count in ranked[_MOST_TEXTS:]):
        kept[_OTHERS] = kept.get(_OTHERS, 0) + rest
    return kept


def summarize(identity: Mapping[str, Any], markers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The summary of a run, from its identity and its parts' markers.

    `sandbox_layers` are those that were active in every part, `workers` the most of any part.
    """
    tally = Tally()
    layers: list[list[str]] = []
    workers = 0
    for marker in markers:
        tally.merge(Tally.from_json(marker["tally"]))
        layers.append(marker["sandbox_layers"])
        workers = max(workers, marker["workers"])
    seconds = tally.wall_seconds
    return {
        **{name: value for name, value in tally.as_json().items() if name != "trusted_evaluations"},
        "problems_without_candidates": identity["problems_without_candidates"],
        "candidates_per_second": round(tally.candidates / seconds, 2) if seconds else 0.0,
        "evaluations_per_second": round(tally.evaluations / seconds, 2) if seconds else 0.0,
        "trusted_share": tally.trusted_evaluations / tally.evaluations if tally.evaluations else None,
        "isolation": identity["settings"]["isolation"],
        "sandbox_layers": [layer for layer in layers[0] if all(layer in others for others in layers)] if layers else [],
        "workers": workers,
        "shard": identity["shard"],
        "parts": len(layers),
    }
