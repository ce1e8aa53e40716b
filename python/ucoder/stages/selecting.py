"""Selecting: rules applied to a finished run, their selections written beside its evidence.

    DIR/selections/selections.parquet   one row for each problem and rule: the record, and the program it chose
    DIR/selections/bounds.parquet       one row a problem: Theorem 2.4 with estimated quantities
    DIR/selections/summary.json         what `ucoder select` prints

Each file is there whole or not at all. Equal runs, rules, settings and truth give equal bytes; other ones replace
them. Problems stream: one part of the run is held at a time, and a few numbers for each problem.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from ucoder.consensus.ballot import Rows
from ucoder.consensus.bound import Bound, bound_of
from ucoder.consensus.choice import Rule, choose
from ucoder.consensus.comparison import Estimate, estimates
from ucoder.consensus.rules import RULES
from ucoder.consensus.settings import ConsensusSettings
from ucoder.consensus.stability import with_stability
from ucoder.errors import IncompleteRunError, OtherRunError
from ucoder.execution.judged import COLUMNS, StoredProblem, stored_problems
from ucoder.execution.truth import Truth
from ucoder.records import JudgedProblem, Selection
from ucoder.store import JsonObject, RunDirectory, RunRecord, publish, write_json

__all__ = ["SelectedProblem", "finished_run", "iter_problems", "read_truth", "select_problem", "select_run"]

_TAUS = (2, 4, 8)
_ROWS_AT_A_TIME = 1000  # selections held before they are written
_RIVALS = ("output-cluster", "codet")  # what the first rule is compared with in pairs

_SELECTION_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("task_id", "rule", "nothing")),
        ("candidate", pa.int32()),
        ("program_id", pa.string()),
        ("cluster", pa.int32()),
        ("cluster_size", pa.int32()),
        *((name, pa.float64()) for name in ("score", "ran_share", "pass_share", "perplexity")),
        ("runner_up", pa.int32()),
        ("runner_up_size", pa.int32()),
        *((name, pa.float64()) for name in ("runner_up_score", "margin", "kept_tests", "kept_candidates")),
        ("right", pa.bool_()),
        ("program", pa.string()),
    ]
)
_BOUND_SCHEMA = pa.schema(
    [
        ("task_id", pa.string()),
        *((name, pa.int32()) for name in ("num_candidates", "num_tests", "largest", "largest_size", "k")),
        *((name, pa.float64()) for name in ("delta", "p", "least_tests", "bound")),
        ("says_something", pa.bool_()),
        ("right", pa.bool_()),
    ]
)


@dataclass(frozen=True, eq=False, slots=True)
class SelectedProblem:
    """What the rules chose for one problem, in their order, and what else was found about it."""

    selections: tuple[Selection, ...]
    bound: Bound
    largest_cluster: int
    """Size of the largest cluster that the rule `ucoder` could choose; 0 for none"""


# ---------------------------------------------------------------- what there is to select from


def finished_run(path: Path) -> RunRecord:
    """A run's folder. OtherRunError where it holds no judgements, IncompleteRunError where it is not finished."""
    record = RunRecord.load(path)
    if record.identity.get("verb") != "judge":
        raise OtherRunError(f"{path} was not written by `ucoder judge` or `ucoder merge`")
    if record.summary is None:
        raise IncompleteRunError(f"{path} is not finished: run its command again, it goes on from there")
    if record.identity["shard"]["count"] > 1:
        raise IncompleteRunError(f"{path} is a shard of a job: merge the shards first (`ucoder merge`)")
    return record


def iter_problems(record: RunRecord) -> Iterator[StoredProblem]:
    """A run's problems in order; one part is held at a time. RunDirectoryError where a table is not as written."""
    for number in sorted(record.parts):
        tables = {name: record.read_part(name, number, columns) for name, columns in COLUMNS.items()}
        yield from stored_problems(tables, f"{record.path}, part {number}")


def read_truth(source: Path) -> Truth:
    """The truth in a folder of `ucoder judge` on true tests, or in a file of verdicts (`Truth.from_file`)."""
    if not source.is_dir():
        return Truth.from_file(source)
    truth = Truth(source)
    for stored in iter_problems(finished_run(source)):
        truth.add_judged(stored.judged, stored.passed_all)
    return truth


# ---------------------------------------------------------------- selecting


def select_problem(judged: JudgedProblem, rules: Sequence[Rule], settings: ConsensusSettings) -> SelectedProblem:
    """Apply rules to one problem."""
    rows = Rows.of(judged)
    ballot = rows.unweighted()
    chosen = [choose(rule, ballot, settings) for rule in rules]
    any_size = choose(RULES["ucoder"], ballot, replace(settings, tau=1))
    return SelectedProblem(
        tuple(with_stability(rules, rows, chosen, settings)), bound_of(rows), any_size.cluster_size or 0
    )


def select_run(
    directory: RunDirectory,
    rules: Sequence[Rule],
    settings: ConsensusSettings,
    truth: Truth | None = None,
    *,
    trusted_only: bool = False,
) -> JsonObject:
    """Select for every problem of a finished run, write the folder `selections`, return its summary.

    `trusted_only` leaves out tests whose verdict a candidate could have touched. Raises what `Truth.of` and the store
    raise; selections that were there before stay then.
    """
    record = RunRecord.load(directory.path)
    count = _Count(rules)
    folder = directory.path / "selections"

    def write(stream: IO[bytes]) -> None:
        with pq.ParquetWriter(stream, _SELECTION_SCHEMA, compression="zstd") as writer:
            for batch in _batches(record, rules, settings, truth, count, trusted_only=trusted_only):
                writer.write_table(pa.Table.from_pylist(batch, _SELECTION_SCHEMA))

    publish(folder / "selections.parquet", write)
    bounds = pa.Table.from_pylist(count.bounds, _BOUND_SCHEMA)
    publish(folder / "bounds.parquet", lambda stream: pq.write_table(bounds, stream, compression="zstd"))
    summary = {**count.summary(settings), "settings": {**asdict(settings), "trusted_only": trusted_only}}
    write_json(folder / "summary.json", summary)
    return summary


def _batches(
    record: RunRecord,
    rules: Sequence[Rule],
    settings: ConsensusSettings,
    truth: Truth | None,
    count: "_Count",
    *,
    trusted_only: bool,
) -> Iterator[list[JsonObject]]:
    batch: list[JsonObject] = []
    for stored in iter_problems(record):
        judged = stored.judged
        right = truth.of(judged) if truth else None
        if trusted_only:
            judged = judged.on_tests(judged.trusted)
        selected = select_problem(judged, rules, settings)
        count.add(selected, right)
        batch += (_row(one, stored, right) for one in selected.selections)
        if len(batch) >= _ROWS_AT_A_TIME:
            yield batch
            batch = []
    if truth is not None:
        truth.check_used()
    yield batch


def _row(selection: Selection, stored: StoredProblem, right: np.ndarray | None) -> JsonObject:
    chosen = selection.candidate
    return {
        **{one.name: getattr(selection, one.name) for one in fields(selection)},
        "right": None if right is None or chosen is None else bool(right[chosen]),
        "program": None if chosen is None else stored.program(chosen),
    }


# ---------------------------------------------------------------- what is counted


@dataclass(slots=True)
class _RuleCount:
    """One rule over the problems so far."""

    chosen: int = 0
    nothing: Counter[str] = field(default_factory=Counter)
    kept_tests: list[float] = field(default_factory=list)
    kept_candidates: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    """By problem with truth: whether the choice was right, NaN where there was none"""

    def add(self, selection: Selection, right: np.ndarray | None) -> None:
        if selection.candidate is None:
            self.nothing[selection.nothing] += 1
        else:
            self.chosen += 1
            if selection.kept_tests is not None and selection.kept_candidates is not None:
                self.kept_tests.append(selection.kept_tests)
                self.kept_candidates.append(selection.kept_candidates)
        if right is not None:
            self.right.append(float("nan") if selection.candidate is None else float(right[selection.candidate]))

    def as_json(self) -> JsonObject:
        return {
            "chosen": self.chosen,
            "nothing": self.nothing.total(),
            "reasons": dict(sorted(self.nothing.items(), key=lambda item: (-item[1], item[0]))),
            "kept_tests": float(np.mean(self.kept_tests)) if self.kept_tests else None,
            "kept_candidates": float(np.mean(self.kept_candidates)) if self.kept_candidates else None,
        }


class _Count:
    """What the summary needs of the problems."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.name: _RuleCount() for rule in rules}
        self.bounds: list[JsonObject] = []
        self._largest: list[int] = []
        self._mean: list[float] = []
        self._oracle: list[float] = []

    def add(self, selected: SelectedProblem, right: np.ndarray | None) -> None:
        for selection in selected.selections:
            self.rules[selection.rule].add(selection, right if right is not None and right.size else None)
        self._largest.append(selected.largest_cluster)
        bound = selected.bound
        self.bounds.append(
            {
                **asdict(bound),
                "says_something": bound.says_something,
                "right": None if right is None or bound.largest is None else bool(right[bound.largest]),
            }
        )
        if right is not None and right.size:
            self._mean.append(float(right.mean()))
            self._oracle.append(float(right.any()))

    def summary(self, settings: ConsensusSettings) -> JsonObject:
        unknown = dict.fromkeys(("pass_at_1", "low", "high", "pass_at_1_chosen"))
        rules = {name: {"rule": name, **unknown, **count.as_json()} for name, count in self.rules.items()}
        found: JsonObject = {"mean": None, "oracle": None, "differences": []}
        if self._mean:
            found = self._against_truth(rules, settings)
        return {
            "rules": list(rules.values()),
            **found,
            "problems": len(self._largest),
            "problems_with_truth": len(self._mean),
            "tau": {str(tau): float(np.mean(np.array(self._largest) >= tau)) for tau in _TAUS if self._largest},
            "bound": self._bounds(),
        }

    def _against_truth(self, rules: dict[str, JsonObject], settings: ConsensusSettings) -> JsonObject:
        mean = np.array(self._mean)
        values = {}
        for name, count in self.rules.items():
            right = np.array(count.right)
            chosen = right[~np.isnan(right)]
            rules[name]["pass_at_1_chosen"] = float(chosen.mean()) if chosen.size else None
            if chosen.size:
                values[name] = np.where(np.isnan(right), mean, right)
        first = next(iter(self.rules))
        pairs = [(first, rival) for rival in _RIVALS if {first, rival} <= values.keys() and rival != first]
        columns = [*values.values(), *(values[left] - values[right] for left, right in pairs)]
        found = estimates([mean, np.array(self._oracle), *columns], settings.seed)
        for name, estimate in zip(values, found[2:], strict=False):
            rules[name].update({"pass_at_1": estimate.mean, "low": estimate.low, "high": estimate.high})
        return {
            "mean": found[0].mean,
            "oracle": found[1].mean,
            "differences": [
                _difference(left, right, estimate)
                for (left, right), estimate in zip(pairs, found[2 + len(values) :], strict=True)
            ],
        }

    def _bounds(self) -> JsonObject:
        telling = [one for one in self.bounds if one["says_something"]]
        known = [one for one in telling if one["right"] is not None]
        return {
            "says_something": len(telling),
            "mean_bound": float(np.mean([one["bound"] for one in telling])) if telling else None,
            "with_truth": len(known),
            "mean_bound_with_truth": float(np.mean([one["bound"] for one in known])) if known else None,
            "right": float(np.mean([one["right"] for one in known])) if known else None,
        }


def _difference(rule: str, against: str, estimate: Estimate) -> JsonObject:
    return {
        "rule": rule, "against": against, "difference": estimate.mean, "low": estimate.low, "high": estimate.high,
    }  # fmt: skip
